#include "gateway/materials.hpp"

#include <fstream>
#include <iterator>

namespace sitegate {

namespace {

/// What is missing in the configuration has been said; what is there is looked into all the same.
bool is_whole(const ListenerSettings& listener) {
  return !listener.certificate.path.empty() && !listener.key.path.empty() &&
         (listener.kind != ListenerKind::Peers || listener.client_ca);
}

bool is_whole(const RemoteSiteSettings& site) {
  const bool has_identity = !site.client_certificate.path.empty() &&
                            !site.client_key.path.empty() && !site.statement_key.path.empty();
  return (has_identity || site.auth == SiteAuth::Session) &&
         (site.trust.ca || !site.trust.pins.empty());
}

SiteMaterials load_site(const RemoteSiteSettings& site, Problems& problems) {
  SiteMaterials own{make_client_context(site, problems), std::nullopt, {}};
  if (site.auth == SiteAuth::Session)
    return own;
  own.signer = StatementSigner::load(site.statement_key, problems);
  own.certificate_thumbprint = certificate_thumbprint(site.client_certificate, problems);
  return own;
}

/// nullopt: none is named.
std::optional<Sealer> load_sealer(const std::optional<FileRef>& file, Problems& problems) {
  if (!file)
    return std::nullopt;
  std::ifstream stream(file->path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  auto sealer = Sealer::parse(text);
  if (sealer)
    return std::move(*sealer);
  problems.add(file->origin, "holds no keys that can be used",
               "correct the file: " + sealer.error().detail);
  return std::nullopt;
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
    sites.push_back(load_site(site, found));
    problems.add_new(found);
  }
  auto sealer = load_sealer(settings.sessions.sealing_keys, problems);
  if (problems.size() > before || !users || !peers)
    return std::nullopt;
  return Materials{std::move(*users), std::move(*peers), std::move(listeners), std::move(sites),
                   std::move(sealer)};
}

}  // namespace sitegate
