#include "routing/remote/delegation.hpp"

#include "auth/random.hpp"

namespace sitegate {
namespace {

/// One text per viewer: no name or role holds an octet below space.
std::string key_of(const Viewer& viewer) {
  std::string key = viewer.user + '\n' + viewer.org;
  for (const auto& role : viewer.roles) key.append("\n").append(role);
  return key;
}

}  // namespace

Delegation::Delegation(const StatementSigner& signer, std::string local_site, std::string audience,
                       std::string certificate_thumbprint)
    : signer_(signer),
      local_site_(std::move(local_site)),
      audience_(std::move(audience)),
      thumbprint_(std::move(certificate_thumbprint)) {}

Result<Delegation::Statement> Delegation::statement_for(const Viewer& viewer, std::int64_t now) {
  auto key = key_of(viewer);
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
