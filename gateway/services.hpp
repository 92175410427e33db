#pragma once
// What handlers work with, on one worker. References lead to what the process shares; each of those
// is immutable or says in its own header why it is not.

#include <atomic>

#include "auth/login_limiter.hpp"
#include "auth/sessions.hpp"
#include "auth/statement_cache.hpp"
#include "auth/users.hpp"
#include "config/settings.hpp"
#include "gateway/extend_limits.hpp"
#include "gateway/health_runs.hpp"
#include "gateway/instance.hpp"
#include "routing/blocking_pool.hpp"
#include "routing/fetch_task.hpp"
#include "routing/site_directory.hpp"

namespace sitegate {

struct Services {
  const Settings& settings;
  const SiteDirectory& directory;
  const Users& users;
  Sessions& sessions;
  LoginLimiter& login_limiter;
  ExtendLimits& extend_limits;
  BlockingPool& hashing;  ///< passwords
  BlockingPool& storing;  ///< sessions: never behind the passwords of a flood
  /// Configuration loaded and not shutting down. Else every answer is the last of its connection.
  const std::atomic<bool>& ready;

  WorkerExecutor worker;
  StatementCache statements;
  TaskSources sources;
  const SiteRecords& site_records;
  const Instance& instance;
  HealthRuns& health_runs;
};

/// Milliseconds since the epoch.
inline std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace sitegate
