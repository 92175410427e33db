#include "gateway/trust_command.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "auth/statement.hpp"
#include "config/notations.hpp"
#include "routing/transport/certificate_facts.hpp"

namespace sitegate {
namespace {

/// As whom we speak to other sites.
struct Identity {
  FileRef certificate;
  FileRef statement_key;
};

bool is_same(const Identity& a, const Identity& b) {
  return a.certificate.path == b.certificate.path && a.statement_key.path == b.statement_key.path;
}

/// `identity`, else the one that all sites get to see. nullopt: there is none, or a problem, for
/// what we print is one entry.
std::optional<Identity> identity_of(const Settings& settings, Problems& problems) {
  if (settings.identity)
    return Identity{settings.identity->certificate, settings.identity->statement_key};
  std::vector<const RemoteSiteSettings*> stated;
  for (const RemoteSiteSettings& site : settings.sites)
    if (site.auth == SiteAuth::Statement)
      stated.push_back(&site);
  if (stated.empty())
    return std::nullopt;
  const auto of = [](const RemoteSiteSettings& site) {
    return Identity{site.client_certificate, site.statement_key};
  };
  const RemoteSiteSettings& first = *stated.front();
  for (const RemoteSiteSettings* site : stated) {
    if (!is_same(of(first), of(*site))) {
      problems.add(site->origin, "is spoken to as another than `" + first.name + "` is",
                   "write identity: what a new site shall know us by");
      return std::nullopt;
    }
  }
  return of(first);
}

std::vector<FileRef> authorities_of(const Settings& settings) {
  std::vector<FileRef> bundles;
  for (const ListenerSettings& listener : settings.listeners)
    if (listener.client_ca)
      bundles.push_back(*listener.client_ca);
  return bundles;
}

/// Quoted where YAML could take it for something else; names of certificates are not always ours.
std::string yaml(std::string_view text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._/:";
  const bool plain = !text.empty() && kPlain.substr(0, 62).find(text.front()) != kPlain.npos &&
                     text.find_first_not_of(kPlain) == text.npos && text.back() != ':' &&
                     lower_case(text) != "null";
  if (plain)
    return std::string(text);
  std::string quoted = "'";
  for (const char c : text) quoted.append(c == '\'' ? 2 : 1, c);
  return quoted + '\'';
}

/// The first name that a `tls_name` may be.
std::optional<std::string> tls_name_of(const CertificateFacts& facts, const FileRef& file,
                                       Problems& problems) {
  for (const auto* names : {&facts.dns, &facts.ip})
    for (const std::string& name : *names)
      if (is_host(name))
        return name;
  problems.add(file.origin, "the certificate names no host among its subject alternative names",
               "use one with DNS:NAME, without wildcards: other sites know us by it");
  return std::nullopt;
}

/// Ours by default, else the first.
std::optional<std::string> san_uri_of(const CertificateFacts& facts, const std::string& site,
                                      const FileRef& file, Problems& problems) {
  const std::string ours = "sitegate:site:" + site;
  if (std::find(facts.uri.begin(), facts.uri.end(), ours) != facts.uri.end())
    return ours;
  if (!facts.uri.empty())
    return facts.uri.front();
  problems.add(file.origin, "the certificate carries no URI among its subject alternative names",
               "use one with URI:" + ours + ": other sites know by it who speaks to them");
  return std::nullopt;
}

std::string bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : '[' + host + ']';
}

std::optional<std::string> sites_entry(const Settings& settings, Problems& problems) {
  const auto listener = std::find_if(settings.listeners.begin(), settings.listeners.end(),
                                     [](const auto& l) { return l.kind == ListenerKind::Peers; });
  if (listener == settings.listeners.end())
    return fmt::format(
        "# sites: nobody can ask {}, it does not listen for peers. Add a listener with for: peers\n"
        "# to its configuration and run this again.\n",
        settings.site.name);
  const auto facts =
      read_certificate_facts(listener->certificate, authorities_of(settings), problems);
  if (!facts)
    return std::nullopt;
  const auto name = tls_name_of(*facts, listener->certificate, problems);
  if (!name)
    return std::nullopt;
  const bool everywhere = listener->address == "0.0.0.0" || listener->address == "::";
  return fmt::format(
      "sites:\n"
      "  {}:\n"
      "    # {}\n"
      "    url: https://{}:{}\n"
      "    tls_name: {}\n"
      "    trust:\n"
      "      # Our certificate until it ends on {}. Instead of it, or beside it,\n"
      "      # ca: FILE    with the authority {}\n"
      "      pins: [\"{}\"]\n",
      yaml(settings.site.name),
      everywhere ? "We listen on all addresses: write the one that leads from you to us."
                 : "Where we listen; write another host if that is not how you reach us.",
      bracketed(everywhere ? *name : listener->address), listener->port, yaml(*name),
      facts->not_after, printable(facts->issuer), facts->thumbprint);
}

std::string authority_of(const CertificateFacts& facts) {
  std::string text =
      facts.issuer_is_known
          ? fmt::format("# The authority of our client certificate is {}.\n",
                        printable(facts.issuer))
          : fmt::format(
                "# {} issued our client certificate, and is not in our files. Get its\n"
                "# certificate, or believe our client certificate alone, which follows.\n",
                printable(facts.issuer));
  text +=
      "# It must be in the file client_ca of your listener for peers. To put it there:\n"
      "#   sed -n 's/^#| //p' THIS-FILE >> CLIENT-CA-FILE\n";
  std::string_view pem = facts.authority_pem;
  while (!pem.empty()) {
    const std::size_t end = std::min(pem.find('\n'), pem.size() - 1) + 1;
    text.append("#| ").append(pem.substr(0, end));
    pem.remove_prefix(end);
  }
  return text;
}

std::optional<std::string> peers_entry(const Settings& settings, Problems& problems) {
  const std::size_t problems_before = problems.size();
  const auto identity = identity_of(settings, problems);
  if (!identity && problems.size() == problems_before)
    return fmt::format(
        "# peers: {} speaks to nobody yet. Add to its configuration, and run this again:\n"
        "#   identity: {{ certificate: FILE, key: FILE, statement_key: FILE }}\n",
        settings.site.name);
  if (!identity)
    return std::nullopt;
  const auto signer = StatementSigner::load(identity->statement_key, problems);
  const auto facts =
      read_certificate_facts(identity->certificate, authorities_of(settings), problems);
  if (!signer || !facts)
    return std::nullopt;
  const auto uri = san_uri_of(*facts, settings.site.name, identity->certificate, problems);
  if (!uri)
    return std::nullopt;
  return fmt::format(
             "peers:\n"
             "  {}:\n"
             "    certificate_san: {}\n"
             "    statement_jwk: '{}'\n"
             "    # Whom we may speak for; [\"*@Org1\", root] would be those of Org1, and root.\n"
             "    accept: {{ users: [\"*\"] }}\n"
             "\n",
             yaml(settings.site.name), yaml(*uri), signer->public_jwk()) +
         authority_of(*facts);
}

}  // namespace

std::optional<std::string> describe_trust(const Settings& settings, Problems& problems) {
  const auto sites = sites_entry(settings, problems);
  const auto peers = peers_entry(settings, problems);
  if (!sites || !peers)
    return std::nullopt;
  return fmt::format(
             "# To pair with {0}: put what follows into the configuration of the other site "
             "(where\n"
             "# it has `sites` or `peers` already, the entry {0} below them) and run `sitegate\n"
             "# check` there. Nothing here is secret, but take it only from somebody you know.\n"
             "\n",
             settings.site.name) +
         *sites + '\n' + *peers;
}

}  // namespace sitegate
