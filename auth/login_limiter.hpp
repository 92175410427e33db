#pragma once
// How many wrong passwords are listened to (CONTRACT 0.5 "Login limits"): so many a minute for one
// user from one address, so many a minute from one address whatever the user; then `Retry-After`.
// Only failures count, and they count where they came from: nobody can lock a user out elsewhere.
//
// "A minute" is every window of 60 seconds, not every minute of the clock: an entry keeps the times
// of its latest failures, no more of them than the limit.
//
// Memory is bounded (kMaxTracked pairs and as many addresses). When there is no room, what failed
// longest ago goes: what is older than a minute first, and otherwise, among the oldest, the entry
// with the fewest failures. So new callers are never refused for want of room, and whoever wants
// another entry forgotten pays tens of thousands of wrong logins within one minute, of which the
// entries that matter (close to their limit) are the last to go.

#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "contract/deadline.hpp"
#include "contract/error.hpp"

namespace sitegate {

/// Failures by key within the last minute. Not thread-safe.
class FailureTable {
 public:
  /// `limit` failures a minute of one key, at least 1; at most `capacity` keys, at least 1.
  FailureTable(std::size_t limit, std::size_t capacity);

  /// Until when `key` is refused; nullopt when it is not.
  std::optional<SteadyTime> refused_until(const std::string& key, SteadyTime now) const;

  void add(const std::string& key, SteadyTime now);

  std::size_t size() const noexcept { return entries_.size(); }

 private:
  struct Entry {
    std::vector<SteadyTime> failures;               // a ring once `limit` of them are there
    std::size_t oldest = 0;                         // into the full ring
    std::list<const std::string*>::iterator place;  // in by_age_
    SteadyTime latest;
  };
  using Entries = std::unordered_map<std::string, Entry>;

  void make_room(SteadyTime now);
  void remove(const std::string* key);
  std::size_t recent_failures(const Entry& entry, SteadyTime now) const;

  std::size_t limit_;
  std::size_t capacity_;
  Entries entries_;
  std::list<const std::string*> by_age_;  // keys of entries_, the latest failure last
};

/// TooManyRequests until then, in seconds.
Error too_many_failed_logins(int retry_after);

/// Any thread; shared by all workers because a limit per worker would be no limit. The critical
/// sections are a hash look-up, and for a failure, which has just cost a password hash, an insert.
///
/// Logins that run at the same time do not see each other's failures: ask again right before the
/// password is hashed, so that no more can slip through than are hashed at once.
class LoginLimiter {
 public:
  /// Pairs, and again addresses, that are remembered at once.
  static constexpr std::size_t kMaxTracked = 65536;

  LoginLimiter(std::size_t per_user, std::size_t per_address);

  /// Whether failures from one address count together, whoever the user. Not where one address
  /// stands for many callers.
  enum class Addresses : std::uint8_t { Count, DoNotCount };

  /// Whole seconds, rounded up and at least 1, after which a login is listened to again; nullopt
  /// when it is now.
  std::optional<int> retry_after(std::string_view user, std::string_view address, SteadyTime now,
                                 Addresses addresses = Addresses::Count) const;

  void failed(std::string_view user, std::string_view address, SteadyTime now,
              Addresses addresses = Addresses::Count);

 private:
  mutable std::mutex mutex_;
  FailureTable pairs_;
  FailureTable addresses_;
};

}  // namespace sitegate
