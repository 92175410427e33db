#pragma once
// What the traffic with one site has shown: whether it can be reached, and by which certificate.
// Nobody is asked for it; `/sites` reads it (CONTRACT rows 78 and 79).

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "contract/error.hpp"
#include "routing/remote/link.hpp"
#include "routing/transport/certificate_in_use.hpp"

namespace sitegate {

/// Of the wall clock, since the epoch.
inline std::int64_t unix_milliseconds() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// Why a site counts as not to be reached.
struct SiteFailure {
  ErrorCode code = ErrorCode::SiteUnavailable;
  std::int64_t since =
      0;               ///< milliseconds since the epoch: the first failure after the last success
  std::string reason;  ///< of the last one: as `error=` or `received-status=` of Proxy-Status
  bool operator==(const SiteFailure&) const = default;
};

/// Lookups since the start, by what answered them; what nobody answered, too. Any thread.
struct LookupCounts {
  std::atomic<std::uint64_t> site{0};    ///< the site was asked
  std::atomic<std::uint64_t> shared{0};  ///< it had been asked by another one, under way
  std::atomic<std::uint64_t> kept{0};    ///< a finished task that was kept
};

/// Shared by the workers; any thread. Writes nothing while things stay as they are, so that a
/// lookup costs one relaxed read.
class SiteRecord {
 public:
  /// A lookup was answered, with the task or with TaskNotFound: all is well.
  void answered() noexcept;

  /// A lookup got an answer that is none: its status, and the error that it became.
  void answered_badly(int status, ErrorCode code, std::int64_t now_ms) noexcept;

  /// There was no answer. What says nothing about the site (this process is shutting down or has no
  /// resources) changes nothing. Cancelled lookups do not belong here.
  void failed(LinkFailure::Kind kind, std::int64_t now_ms) noexcept;

  /// A connection stands, its certificate verified. Heals what was a failure to connect; whether a
  /// lookup will be answered is not known yet.
  void connected(const CertificateInUse& certificate);

  /// nullopt: the last lookup was answered, or nothing is known.
  std::optional<SiteFailure> failure() const;

  /// The one that the site showed last; nullopt: it showed none since the start.
  std::optional<CertificateInUse> certificate() const;

  LookupCounts counts;

 private:
  void fail(std::uint64_t code, std::uint64_t reason, std::int64_t now_ms) noexcept;

  std::atomic<std::uint64_t> failure_{0};  // 0: none; else see the .cpp
  mutable std::mutex mutex_;
  std::optional<CertificateInUse> certificate_;  // guarded by mutex_
};

/// By the index of a site in Settings::sites.
using SiteRecords = std::vector<std::shared_ptr<SiteRecord>>;

}  // namespace sitegate
