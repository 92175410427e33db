#pragma once
// Statements that were accepted, so that ES256 is verified once a statement and not once a request.

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

#include "auth/statement.hpp"

namespace sitegate {

/// One per worker, not thread-safe. An answer is remembered for exactly this token on exactly this
/// certificate until its `exp`, to which no tolerance is added; refusals are not remembered. When
/// it is full the oldest entry goes, which is the one that expires first or nearly so.
class StatementCache {
 public:
  static constexpr std::size_t kMaxRemembered = 4096;

  /// `peers` must outlive this object. `capacity` is at least 1.
  StatementCache(const PeerDirectory& peers, std::string local_site,
                 std::size_t capacity = kMaxRemembered);

  /// As PeerDirectory::accept.
  Result<Principal> accept(std::string_view token, const ClientCertificate& certificate,
                           std::int64_t now_seconds);

  /// Is this connection that of a configured peer? `certificate` may be null.
  bool is_of_peer(const ClientCertificate* certificate) const {
    return certificate != nullptr && peers_.knows(*certificate);
  }

  std::size_t size() const noexcept { return accepted_.size(); }

 private:
  void remember(const std::string& key, const AcceptedStatement& statement, std::int64_t now);

  const PeerDirectory& peers_;
  const std::string local_site_;
  const std::size_t capacity_;
  // By SHA-256 of the token and the certificate's thumbprint.
  std::unordered_map<std::string, AcceptedStatement> accepted_;
  std::deque<std::string> order_;  // the keys of accepted_, the oldest first
};

}  // namespace sitegate
