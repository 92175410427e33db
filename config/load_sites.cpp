#include "config/load_sites.hpp"

#include <algorithm>

#include "config/notations.hpp"
#include "contract/error.hpp"
#include "contract/site_name.hpp"

namespace sitegate {
namespace {

using namespace std::chrono_literals;

// The roles with a meaning of their own. auth/, the room above, has the same names.
constexpr std::string_view kEveryone = "EVERYONE";
constexpr std::string_view kTaskProducer = "TASK_PRODUCER";

std::string shown(std::string_view text) {
  return "`" + printable(text) + "`";
}

void check_name(const LocatedText& name, const SiteSettings& local, Problems& problems) {
  if (!is_site_name(name.value)) {
    problems.add(name.origin, shown(name.value) + " is not a site name",
                 "write " + std::string(kSiteNameGrammar));
  } else if (name.value == local.name) {
    problems.add(name.origin, shown(name.value) + " is the name of this site itself",
                 "name another site, or remove the entry");
  }
}

void read_url(YamlMap& map, RemoteSiteSettings& site) {
  constexpr std::string_view kExpected = "https://HOST or https://HOST:PORT";
  std::string url;
  if (!map.text("url", url, Need::Required, kExpected)) {
    return;
  }
  std::string why;
  if (auto endpoint = parse_site_url(url, why)) {
    site.host = std::move(endpoint->host);
    site.port = endpoint->port;
  } else {
    map.problem("url", why, "write " + std::string(kExpected));
  }
}

void read_names(YamlMap& map, RemoteSiteSettings& site) {
  site.tls_name = site.host;
  std::string tls_name;
  if (map.text("tls_name", tls_name, Need::Optional)) {
    if (is_host(tls_name)) {
      site.tls_name = lower_case(tls_name);
    } else {
      map.problem("tls_name", shown(tls_name) + " is not a host name",
                  "write a name that the certificate of the site carries, without wildcards");
    }
  }
  site.remote_name = site.name;
  if (map.text("remote_name", site.remote_name, Need::Optional) &&
      !is_site_name(site.remote_name)) {
    map.problem("remote_name", shown(site.remote_name) + " is not a site name",
                "write " + std::string(kSiteNameGrammar));
  }
}

void read_trust(YamlMap& map, TrustSettings& trust) {
  FileRef ca;
  if (map.file("ca", ca, Need::Optional)) {
    trust.ca = std::move(ca);
  }
  std::vector<LocatedText> pins;
  map.texts("pins", pins, Need::Optional);
  for (const LocatedText& pin : pins) {
    auto octets = parse_pin(pin.value);
    if (!octets) {
      map.problems().add(pin.origin, "is not a thumbprint",
                         "write SHA-256: and the 32 octets in hex, with colons between them");
    } else if (std::find(trust.pins.begin(), trust.pins.end(), *octets) != trust.pins.end()) {
      map.problems().add(pin.origin, "is there already", "remove one of them");
    } else {
      trust.pins.push_back(std::move(*octets));
    }
  }
  if (pins.size() > 2) {
    map.problem("pins", "holds " + std::to_string(pins.size()) + " thumbprints",
                "write at most two: the present one and the next");
  }
  if (!map.has("ca") && (!map.has("pins") || pins.empty())) {
    map.problems().add(map.origin(), "trusts nothing", "write ca, or pins, or both");
  }
}

void read_timeouts(YamlMap& map, RemoteSiteSettings& site) {
  map.duration("connect", site.connect_timeout, 10ms, 60s);
  map.duration("total", site.total_timeout, 10ms, 10min);
  map.duration("idle", site.idle_timeout, 10ms, 1h);
  if (site.total_timeout < site.connect_timeout) {
    map.problem(map.has("total") ? "total" : "connect",
                "total (" + std::to_string(site.total_timeout.count()) +
                    "ms) is shorter than connect (" + std::to_string(site.connect_timeout.count()) +
                    "ms), which is a part of it",
                "write a longer total or a shorter connect");
  }
}

void read_site(const LocatedText& name, YamlMap& map, RemoteSiteSettings& site) {
  site.name = name.value;
  site.origin = name.origin;
  map.text("description", site.description, Need::Optional);
  read_url(map, site);
  read_names(map, site);
  const auto trust = [&site](YamlMap& inner) { read_trust(inner, site.trust); };
  map.map("trust", trust, Need::Required, "a mapping with ca, or pins, or both");
  const auto client = [&site](YamlMap& inner) {
    inner.file("certificate", site.client_certificate);
    inner.file("key", site.client_key);
  };
  map.map("client", client, Need::Required, "a mapping with certificate and key");
  const auto auth = [&site](YamlMap& inner) {
    std::string mode;
    inner.choice("mode", mode, {"statement"}, Need::Optional);
    inner.file("statement_key", site.statement_key);
  };
  map.map("auth", auth, Need::Required, "a mapping with statement_key");
  const auto timeouts = [&site](YamlMap& inner) { read_timeouts(inner, site); };
  map.map("timeouts", timeouts, Need::Optional);
  map.integer("max_in_flight", site.max_in_flight, 1, 100'000);
  map.flag("find_anywhere", site.find_anywhere);
}

bool share_a_pin(const TrustSettings& a, const TrustSettings& b) {
  return std::any_of(a.pins.begin(), a.pins.end(), [&b](const std::string& pin) {
    return std::find(b.pins.begin(), b.pins.end(), pin) != b.pins.end();
  });
}

/// One certificate must not pass for two sites: then a reply of the one would be taken for the
/// other's.
void check_tls_name(const RemoteSiteSettings& site, const std::vector<RemoteSiteSettings>& earlier,
                    YamlMap& map) {
  for (const RemoteSiteSettings& other : earlier) {
    const bool told_apart = !site.trust.pins.empty() && !other.trust.pins.empty() &&
                            !share_a_pin(site.trust, other.trust);
    if (!site.tls_name.empty() && site.tls_name == other.tls_name && !told_apart) {
      map.problem("tls_name",
                  shown(site.tls_name) + " is the TLS name of " + shown(other.name) + " too",
                  "write a name that only one of them carries, or give each pins of its own");
    }
  }
}

void read_accept(YamlMap& map, PeerSettings& peer) {
  std::vector<LocatedText> users;
  if (map.texts("users", users) && users.empty()) {
    map.problem("users", "is empty", R"(write patterns of user names; ["*"] is everybody)");
  }
  for (LocatedText& user : users) {
    peer.accept_users.push_back(std::move(user.value));
  }
}

void read_roles(YamlMap& map, PeerSettings& peer) {
  std::vector<LocatedPair> roles;
  map.pairs("roles", roles, Need::Optional);
  for (LocatedPair& role : roles) {
    if (role.key.value.empty()) {
      map.problems().add(role.key.origin, "has an empty role before the colon",
                         "write their role: our role");
    } else if (role.value.value == kTaskProducer) {
      map.problems().add(role.value.origin, "gives TASK_PRODUCER to users of another site",
                         "write another role: tasks are written at their own site only");
    } else if (role.value.value == kEveryone) {
      map.problems().add(role.value.origin, "gives EVERYONE, which everyone has",
                         "remove the entry");
    }
    peer.roles.emplace(std::move(role.key.value), std::move(role.value.value));
  }
}

/// Visible ASCII with a scheme in front (RFC 3986 3.1): it is compared byte for byte.
bool is_san_uri(std::string_view text) {
  const auto visible = [](char c) { return c > 0x20 && c < 0x7F; };
  const auto colon = text.find(':');
  return colon != std::string_view::npos && colon > 0 && colon + 1 < text.size() &&
         std::all_of(text.begin(), text.end(), visible);
}

void read_peer(const LocatedText& name, YamlMap& map, PeerSettings& peer) {
  peer.name = name.value;
  peer.origin = name.origin;
  peer.certificate_san = "sitegate:site:" + peer.name;
  if (map.text("certificate_san", peer.certificate_san, Need::Optional) &&
      !is_san_uri(peer.certificate_san)) {
    map.problem("certificate_san", shown(peer.certificate_san) + " is not a URI",
                "write the URI in the peer's certificate, such as sitegate:site:NAME");
  }
  map.file("statement_key", peer.statement_key);
  const auto accept = [&peer](YamlMap& inner) { read_accept(inner, peer); };
  map.map("accept", accept, Need::Required, R"(a mapping with users, such as { users: ["*"] })");
  read_roles(map, peer);
}

void check_san(const PeerSettings& peer, const std::vector<PeerSettings>& earlier, YamlMap& map) {
  for (const PeerSettings& other : earlier) {
    if (peer.certificate_san == other.certificate_san) {
      map.problem(
          "certificate_san",
          shown(peer.certificate_san) + " is the name of peer " + shown(other.name) + " too",
          "write the URI that only this peer's certificate carries");
    }
  }
}

template <class T>
void sort_by_name(std::vector<T>& list) {
  std::sort(list.begin(), list.end(), [](const T& a, const T& b) { return a.name < b.name; });
}

}  // namespace

void read_sites(YamlMap& root, Settings& settings) {
  const auto read_one = [&settings](const LocatedText& name, YamlMap& map) {
    RemoteSiteSettings site;
    check_name(name, settings.site, map.problems());
    read_site(name, map, site);
    check_tls_name(site, settings.sites, map);
    settings.sites.push_back(std::move(site));
  };
  root.maps("sites", read_one, Need::Optional);
  sort_by_name(settings.sites);
}

void read_peers(YamlMap& root, Settings& settings) {
  const auto read_one = [&settings](const LocatedText& name, YamlMap& map) {
    PeerSettings peer;
    check_name(name, settings.site, map.problems());
    read_peer(name, map, peer);
    check_san(peer, settings.peers, map);
    settings.peers.push_back(std::move(peer));
  };
  root.maps("peers", read_one, Need::Optional);
  sort_by_name(settings.peers);
}

}  // namespace sitegate
