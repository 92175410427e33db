#pragma once
// Where sessions outlive the process. Declared here, where it is used; implemented beside the task
// store, in the same database.

#include <cstdint>
#include <string>
#include <vector>

#include "auth/principal.hpp"
#include "contract/result.hpp"

namespace sitegate {

/// Times are milliseconds since the epoch.
struct StoredSession {
  std::string key;  ///< SHA-256 of the token, 32 raw octets; the token itself is kept nowhere
  Viewer viewer;
  std::int64_t created = 0;
  std::int64_t last_used = 0;
  /// Of what the user logged in with, so that a session ends with it: SHA-256 of the password's
  /// hash, 32 raw octets.
  std::string credential{};
  std::vector<Extension> extensions{};
};

/// By the key of the session.
using ExtensionsOfSessions = std::vector<std::pair<std::string, std::vector<Extension>>>;

/// Blocking and thread-safe. Never called on a worker but through the store's own threads.
/// Every call fails with StoreUnavailable or Overloaded.
class SessionStore {
 public:
  virtual ~SessionStore() = default;

  /// All sessions; at start-up.
  virtual Result<std::vector<StoredSession>> load() = 0;

  /// Durable before it returns.
  virtual Result<void> insert(const StoredSession& session) = 0;

  /// Durable before it returns; a key that is not there is no failure.
  virtual Result<void> remove(const std::vector<std::string>& keys) = 0;

  /// All extensions that these sessions have now. Durable before it returns; keys that are gone are
  /// passed over.
  virtual Result<void> write_extensions(const ExtensionsOfSessions& rows) = 0;

  /// New `last_used` of several sessions at once; keys that are gone are passed over.
  virtual Result<void> touch(const std::vector<std::pair<std::string, std::int64_t>>& uses) = 0;
};

}  // namespace sitegate
