#include "gateway/materials.hpp"

namespace sitegate {

std::optional<Materials> load_materials(const Settings& settings, Problems& problems) {
  const auto before = problems.size();
  auto users = settings.users ? load_users(*settings.users, problems)
                              : std::optional<Users>(Users(Users::Map{}));
  auto peers = PeerDirectory::load(settings.peers, problems);

  std::vector<TlsContext> listeners;
  const auto tickets = make_ticket_keys();
  for (const auto& listener : settings.listeners)
    listeners.push_back(listener.kind == ListenerKind::Admin
                            ? TlsContext{}
                            : make_server_context(listener, tickets, problems));

  std::vector<SiteMaterials> sites;
  for (const auto& site : settings.sites) {
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
