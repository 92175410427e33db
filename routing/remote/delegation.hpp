#pragma once
// As whom we speak to a site: a signed statement of who asks (DESIGN section 6, mode `statement`).

#include <string>
#include <unordered_map>

#include "auth/statement.hpp"
#include "contract/result.hpp"

namespace sitegate {

/// One per worker and site. Statements are remembered per viewer for part of their life, so that
/// signing costs nothing on most lookups.
class Delegation {
 public:
  static constexpr std::int64_t kLife = 60;   // seconds until `exp`
  static constexpr std::int64_t kReuse = 30;  // seconds for which one is used again
  static constexpr std::size_t kMaxRemembered = 4096;

  /// `signer` outlives this. `certificate_thumbprint` is that of our client certificate there.
  Delegation(const StatementSigner& signer, std::string local_site, std::string audience,
             std::string certificate_thumbprint);

  struct Statement {
    std::string token;
    std::string id;  ///< its `jti`, for the log
  };

  /// The statement for this viewer at `now` (seconds since the epoch).
  Result<Statement> statement_for(const Viewer& viewer, std::int64_t now);

 private:
  struct Made {
    Statement statement;
    std::int64_t at;
  };

  const StatementSigner& signer_;
  std::string local_site_;
  std::string audience_;
  std::string thumbprint_;
  std::unordered_map<std::string, Made> made_;
};

}  // namespace sitegate
