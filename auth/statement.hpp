#pragma once
// What one site states to another about a caller: "this request comes from this user of mine"
// (DESIGN section 6). A JWT (RFC 7519) signed with ES256 (RFC 7515, 7518), bound to the TLS client
// certificate of the connection that carries it (RFC 8705 section 3.1), checked as RFC 8725 asks.
//
//   header  {"alg":"ES256","typ":"JWT"}
//   claims  iss, aud, sub, org, roles, iat, exp, jti, cnf: {"x5t#S256": ...}
//
// A statement is worthless without the private key of that client certificate: no list of seen ones
// is kept. Times are seconds since the epoch. Signers and directories are immutable: any thread.

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/es256.hpp"
#include "auth/principal.hpp"
#include "config/problems.hpp"
#include "config/settings.hpp"
#include "contract/api_message.hpp"
#include "contract/result.hpp"

namespace sitegate {

/// Octets of a whole statement; a longer one is refused unread. With its field's name it fits into
/// the smallest `limits.field`.
inline constexpr std::size_t kMaxStatementSize = 8000;
/// From `iat` to `exp` at most.
inline constexpr std::chrono::seconds kMaxStatementLifetime{120};
/// By which the clocks of two sites may differ (CHECKLIST 43).
inline constexpr std::chrono::seconds kStatementClockSkew{60};

struct StatementClaims {
  std::string issuer;    ///< our site, as the other one calls us in its `peers`
  std::string audience;  ///< what the other site calls itself
  Viewer viewer;         ///< `sub`, `org`, `roles`
  std::int64_t issued_at = 0;
  std::int64_t expires_at = 0;
  std::string id;                      ///< `jti`, not empty; for the logs of both sites
  std::string certificate_thumbprint;  ///< SHA-256 of our client certificate, 32 raw octets
};

class StatementSigner {
 public:
  static std::optional<StatementSigner> load(const FileRef& private_key_pem, Problems& problems);

  /// What the other site checks our statements with.
  std::string public_jwk() const { return key_.public_jwk(); }

  /// GeneralServerFailure when OpenSSL cannot sign or the claims are not fit to be stated.
  Result<std::string> sign(const StatementClaims& claims) const;

 private:
  explicit StatementSigner(Es256PrivateKey key) : key_(std::move(key)) {}
  Es256PrivateKey key_;
};

/// A statement that passed every check.
struct AcceptedStatement {
  Principal principal;  ///< `peer` is set; `roles` are ours, by the peer's table
  std::int64_t expires_at = 0;
};

/// The sites that may state who is asking, each with its key, its certificate's name, the users it
/// may speak for and what its roles mean here.
class PeerDirectory {
 public:
  /// Reads every peer's key; each key or role table that cannot be is a problem, and then nullopt.
  static std::optional<PeerDirectory> load(const std::vector<PeerSettings>& peers,
                                           Problems& problems);

  /// `certificate` is that of the connection, its chain verified. Every refusal is NotAuthenticated
  /// with a `detail` that names the check.
  Result<Principal> accept(std::string_view token, const ClientCertificate& certificate,
                           std::string_view local_site, std::int64_t now_seconds) const;

  /// Is it the certificate of a peer at all?
  bool knows(const ClientCertificate& certificate) const;

  /// The same as `accept`, and until when it is good.
  Result<AcceptedStatement> check(std::string_view token, const ClientCertificate& certificate,
                                  std::string_view local_site, std::int64_t now_seconds) const;

 private:
  struct Peer {
    std::string certificate_san;
    Es256PublicKey key;
    std::vector<std::string> accept_users;
    std::map<std::string, std::string> roles;

    bool speaks_for(std::string_view user) const;
    std::vector<std::string> our_roles(const std::vector<std::string>& theirs) const;
  };
  PeerDirectory() = default;

  std::map<std::string, Peer, std::less<>> peers_;  // by name: the `iss` of its statements
};

}  // namespace sitegate
