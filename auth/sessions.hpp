#pragma once
// The sessions of logged-in users (CONTRACT 0.5 "Session").
//
// One object for the whole process, shared by all workers: a logout must hold on every worker
// before it is answered, which copies per worker could only promise by waiting for each other.
// What a worker pays is one reader's lock around a hash look-up and the copy of a `Principal`;
// readers do not exclude one another. A writer (login, logout, expiry) holds the lock for one
// insert or erase and for looking through the sessions of one user. The store is never asked under
// the lock.

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "auth/principal.hpp"
#include "auth/session_store.hpp"
#include "config/settings.hpp"
#include "contract/api_message.hpp"
#include "contract/result.hpp"

namespace sitegate {

/// A session that has just begun.
struct Opened {
  std::string token;  ///< 32 random octets as base64url, 43 characters; kept nowhere
  std::string key;    ///< SHA-256 of the token's text and the kind of listener, 32 raw octets
};

/// Times are milliseconds since the epoch. All calls from any thread; `load`, `open`, `extend`,
/// `settle` and `flush` wait for the store and must not be made on a worker. `store` must outlive
/// this object.
///
/// What was ended here is never authenticated again. A removal that the store did not take is owed
/// to it and is made up for by the next `flush`.
class Sessions {
 public:
  Sessions(const SessionSettings& settings, SessionStore& store);

  /// Takes over what the store has; once, before any other call. What has expired meanwhile, is
  /// beyond `per_user`, or belongs to a user who is gone, or has other roles or another password
  /// now
  /// (`still_valid` says no), is left out and removed from the store by the next `flush`; so is an
  /// extension that is of no use any more.
  Result<void> load(
      std::int64_t now_ms, const std::function<bool(const StoredSession&)>& still_valid,
      const std::function<bool(const std::string& key, const Extension&)>& still_useful);

  /// `credential`: see StoredSession. Durable before it returns; after a failure there is no
  /// session. The user's least recently used sessions beyond `per_user` end with it, at once; the
  /// store hears of those by the next flush().
  /// Its token is good on listeners of that kind alone.
  Result<Opened> open(const Viewer& viewer, std::int64_t now_ms, std::string credential = {},
                      ListenerKind listener = ListenerKind::Callers);

  /// Who holds this token; counts as a use. nullopt when there is no such session, or it has been
  /// idle or alive for too long. Never waits for I/O.
  std::optional<Principal> authenticate(std::string_view token, std::int64_t now_ms,
                                        ListenerKind listener = ListenerKind::Callers);

  /// Ends a session for every thread, at once; never waits for I/O. A key that is not there is no
  /// failure. The store hears of it by the next settle() or flush().
  void end(const std::string& key);

  /// Makes durable what has ended. One call does it for all that ended before it. After a failure
  /// it is still owed.
  Result<void> settle();

  /// The session may speak at that site, too, on every thread; one that it had there before is
  /// replaced. Durable before it returns; after a failure the session has none there. Fails with
  /// NotAuthenticated when the session has ended meanwhile.
  Result<ExtensionsPtr> extend(const std::string& key, Extension extension, std::int64_t now_ms);

  /// Ends an extension for every thread, at once; never waits for I/O. With `which`: only that one,
  /// not one that was opened since. Returns what the session still has. The store hears of it by
  /// the next settle() or flush().
  ExtensionsPtr shrink(const std::string& key, const std::string& site,
                       const std::string* which_sealed = nullptr);

  /// Those that are due for a sign of life, which counts as given: each at most once in
  /// `keep_extensions`, and as long as its session was used within half an hour.
  std::vector<ExtensionsPtr> due_for_life(std::int64_t now_ms);

  /// Which last uses flush() writes.
  enum class Uses : std::uint8_t { OfAMinute, All };

  /// For a housekeeping thread: ends what has expired, settles, and writes last uses: each at most
  /// once a minute, but for the last time before the end.
  Result<void> flush(std::int64_t now_ms, Uses which = Uses::OfAMinute);

  std::size_t size() const;

 private:
  /// Sessions that are forgotten under one lock, or written in one job of the store: nobody waits
  /// for all of them.
  static constexpr std::size_t kBatch = 256;

  struct Session {
    Session(Viewer who, std::int64_t created_ms, std::int64_t used_ms)
        : viewer(std::move(who)),
          created(created_ms),
          last_used(used_ms),
          written_use(used_ms),
          written_at(used_ms) {}
    const Viewer viewer;
    const std::int64_t created;
    ExtensionsPtr extensions;  // replaced under the writer's lock
    std::atomic<std::int64_t> last_used;
    std::atomic<std::int64_t> written_use;  // the last use that the store knows
    std::atomic<std::int64_t> written_at;   // when it was told so
  };
  /// Keys are digests already.
  struct KeyHash {
    std::size_t operator()(const std::string& key) const noexcept;
  };
  using SessionMap = std::unordered_map<std::string, Session, KeyHash>;
  using Node = SessionMap::value_type;
  using UseList = std::vector<std::pair<std::string, std::int64_t>>;  // key, time

  bool expired(const Session& session, std::int64_t now_ms) const;

  // Under the writer's lock.
  void add(const StoredSession& stored);
  void forget(const std::string& key);
  void evict_beyond_limit(const std::string& user);

  void change_extensions(SessionMap::iterator session, std::vector<Extension> list,
                         std::int64_t last_sign);
  ExtensionsPtr extensions_of(const std::string& key) const;  // under either lock

  Result<void> settle_extensions();
  Result<void> write_extensions(const std::vector<std::string>& keys);

  void forget_expired(const std::vector<std::string>& keys, std::int64_t now_ms);
  Result<void> write_uses(const UseList& uses, std::int64_t now_ms);

  const SessionSettings settings_;
  SessionStore& store_;
  mutable std::shared_mutex mutex_;
  SessionMap sessions_;
  // The sessions of each user, the newest last. Nodes of sessions_ do not move.
  std::unordered_map<std::string, std::vector<const Node*>> by_user_;
  std::unordered_set<std::string> owed_;  // keys that the store may still have and must not
  std::unordered_map<std::string, std::int64_t> extended_;  // keys; the last sign of life there
  std::unordered_set<std::string> owed_extensions_;  // keys whose extensions the store must hear of
  std::mutex writing_extensions_;                    // so that what is written last is the latest
};

}  // namespace sitegate
