#include "routing/remote/site_identity.hpp"

#include <utility>

#include "routing/remote/remote_protocol.hpp"
#include "routing/remote/session_protocol.hpp"

namespace sitegate {

SiteIdentity::SiteIdentity(std::string site, std::optional<Delegation> delegation,
                           const Sealer& sealer, Lapsed lapsed)
    : site_(std::move(site)),
      delegation_(std::move(delegation)),
      sealer_(sealer),
      lapsed_(std::move(lapsed)) {}

bool SiteIdentity::speaks_for(const Extensions* extensions) const noexcept {
  return delegation_.has_value() || (extensions != nullptr && extensions->at(site_) != nullptr);
}

Result<SiteIdentity::Proof> SiteIdentity::prove(SiteRequest& request, const Asker& asker,
                                                std::int64_t now) {
  const auto* extension = asker.extensions == nullptr ? nullptr : asker.extensions->at(site_);
  if (extension != nullptr) {
    auto token = sealer_.open(extension->sealed, asker.extensions->session, site_);
    if (!token)
      return lapse(asker, *extension);
    request.fields.emplace_back(kSessionTokenField, *std::move(token));
    return Proof{extension, {}};
  }
  if (!delegation_)
    return make_error(ErrorCode::ExtensionNeeded, {site_});
  SITEGATE_TRY(auto statement, delegation_->statement_for(asker.viewer, now));
  add_statement(request, statement.token);
  return Proof{nullptr, std::move(statement.id)};
}

Error SiteIdentity::lapse(const Asker& asker, const Extension& extension) const {
  lapsed_(asker.extensions->session, extension);
  return make_error(ErrorCode::ExtensionNeeded, {site_}, "the session there is over");
}

}  // namespace sitegate
