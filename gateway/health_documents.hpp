#pragma once
// The task of a health check (CONTRACT rows 57, 58, 75, 88, 89): a C4ApiTask whose result is a
// CloudHealthInfo. Pure.

#include <string>
#include <vector>

#include "auth/principal.hpp"
#include "contract/task.hpp"
#include "gateway/health_runs.hpp"
#include "gateway/instance.hpp"

namespace sitegate {

/// A check that somebody asked for.
struct HealthTask {
  TaskId id;
  Viewer viewer;  ///< whose task it is, and in whose name the sites are asked
  std::string operation_id;
  std::int64_t started = 0;       ///< milliseconds since the epoch
  std::int64_t last_updated = 0;  ///< later with each state of it that is stored
};

/// Who checks, and what is known without looking.
struct HealthSubject {
  const Instance& instance;
  std::string_view site;        ///< this one
  std::string_view public_url;  ///< `address`; empty: not said
  std::vector<NamedCertificate> certificates;
};

/// A certificate is said to end soon when it has less than this, milliseconds.
inline constexpr std::int64_t kCertificateEndsSoon = 30LL * 24 * 3600 * 1000;

TaskRecord running_health(const HealthTask& task, int progress, const HealthSubject& subject);
TaskRecord finished_health(const HealthTask& task, const HealthFindings& findings,
                           const HealthSubject& subject);
/// The check itself came to nothing.
TaskRecord failed_health(const HealthTask& task, const Error& error, const HealthSubject& subject);

}  // namespace sitegate
