#include "gateway/materials.hpp"

namespace sitegate {

namespace {

/// What is missing in the configuration has been said; what is there is looked into all the same.
bool is_whole(const ListenerSettings& listener) {
  return !listener.certificate.path.empty() && !listener.key.path.empty() &&
         (listener.kind != ListenerKind::Peers || listener.client_ca);
}

bool is_whole(const RemoteSiteSettings& site) {
  return !site.client_certificate.path.empty() && !site.client_key.path.empty() &&
         !site.statement_key.path.empty() && (site.trust.ca || !site.trust.pins.empty());
}

}  // namespace

std::optional<Materials> load_materials(const Settings& settings, Problems& problems) {
  const auto before = problems.size();
  auto users = settings.users ? load_users(*settings.users, problems)
                              : std::optional<Users>(Users(Users::Map{}));
  auto peers = PeerDirectory::load(settings.peers, problems);

  std::vector<TlsContext> listeners;
  const auto tickets = make_ticket_keys();
  for (const auto& listener : settings.listeners)
    listeners.push_back(listener.kind == ListenerKind::Admin || !is_whole(listener)
                            ? TlsContext{}
                            : make_server_context(listener, tickets, problems));

  std::vector<SiteMaterials> sites;
  for (const auto& site : settings.sites) {
    if (!is_whole(site))
      continue;
    Problems found;
    auto context = make_client_context(site, found);
    auto signer = StatementSigner::load(site.statement_key, found);
    auto thumbprint = certificate_thumbprint(site.client_certificate, found);
    problems.add_new(found);
    if (signer)
      sites.push_back({std::move(context), std::move(*signer), std::move(thumbprint)});
  }
  if (problems.size() > before || !users || !peers)
    return std::nullopt;
  return Materials{std::move(*users), std::move(*peers), std::move(listeners), std::move(sites)};
}

}  // namespace sitegate
