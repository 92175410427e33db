#include "routing/remote/delegation.hpp"

#include "auth/random.hpp"

namespace sitegate {

Delegation::Delegation(const StatementSigner& signer, std::string local_site, std::string audience,
                       std::string certificate_thumbprint)
    : signer_(signer),
      local_site_(std::move(local_site)),
      audience_(std::move(audience)),
      thumbprint_(std::move(certificate_thumbprint)) {}

Result<Delegation::Statement> Delegation::statement_for(const Viewer& viewer, std::int64_t now) {
  auto key = viewer.key();
  if (const auto found = made_.find(key); found != made_.end()) {
    const auto age = now - found->second.at;
    if (age >= 0 && age < kReuse)
      return found->second.statement;
    made_.erase(found);
  }
  auto id = random_uuid();
  SITEGATE_TRY(auto token, signer_.sign({.issuer = local_site_,
                                         .audience = audience_,
                                         .viewer = viewer,
                                         .issued_at = now,
                                         .expires_at = now + kLife,
                                         .id = id,
                                         .certificate_thumbprint = thumbprint_}));
  Statement statement{std::move(token), std::move(id)};
  if (made_.size() >= kMaxRemembered)
    made_.clear();
  made_.emplace(std::move(key), Made{statement, now});
  return statement;
}

}  // namespace sitegate
