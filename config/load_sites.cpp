#include "config/load_sites.hpp"

#include <algorithm>

#include "config/notations.hpp"
#include "contract/error.hpp"
#include "contract/secrets.hpp"
#include "contract/site_name.hpp"

namespace sitegate {
namespace {

using namespace std::chrono_literals;

std::string shown(std::string_view text) {
  return "`" + printable(text) + "`";
}

void read_url(YamlMap& map, RemoteSiteSettings& site) {
  constexpr std::string_view kExpected = "https://HOST or https://HOST:PORT";
  auto& url = site.url;
  if (!map.text("url", url, "The peers listener of that site; the port is 443 by default.",
                Need::Required, kExpected)) {
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
  if (map.text("tls_name", tls_name,
               "The name that the certificate of that site must carry, and that we send as SNI. By "
               "default the host of `url`.",
               Need::Optional, "a host name")) {
    if (is_host(tls_name)) {
      site.tls_name = lower_case(tls_name);
    } else {
      map.problem("tls_name", shown(tls_name) + " is not a host name",
                  "write a name that the certificate of the site carries, without wildcards");
    }
  }
  site.remote_name = site.name;
  if (map.text("remote_name", site.remote_name,
               "What that site calls itself (its `site.name`), if we call it otherwise.",
               Need::Optional) &&
      !is_site_name(site.remote_name)) {
    map.problem("remote_name", shown(site.remote_name) + " is not a site name",
                "write " + std::string(kSiteNameGrammar));
  }
}

void read_trust(YamlMap& map, TrustSettings& trust) {
  FileRef ca;
  if (map.file("ca", ca,
               "PEM: the authorities that may have issued its certificate. With pins as well, the "
               "certificate must pass both.",
               Need{false, "without pins"})) {
    trust.ca = std::move(ca);
  }
  std::vector<LocatedText> pins;
  map.texts("pins", pins,
            "`SHA-256:` and the thumbprint of its certificate in hex: that certificate and no "
            "other, whoever issued it. Two at most: the present one and the next.",
            Need{false, "without ca"});
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
  map.duration("connect", site.connect_timeout, 10ms, 60s,
               "For a new connection: the look-up of the name, TCP and TLS.");
  map.duration("total", site.total_timeout, 10ms, 10min,
               "For a whole lookup, a second attempt included; not less than `connect`.");
  map.duration("idle", site.idle_timeout, 10ms, 1h,
               "How long an unused connection is kept. Keep it below what the other side allows.");
  if (site.total_timeout < site.connect_timeout) {
    map.problem(map.has("total") ? "total" : "connect",
                "total (" + std::to_string(site.total_timeout.count()) +
                    "ms) is shorter than connect (" + std::to_string(site.connect_timeout.count()) +
                    "ms), which is a part of it",
                "write a longer total or a shorter connect");
  }
}

void read_client(YamlMap& map, RemoteSiteSettings& site) {
  map.file(
      "certificate", site.client_certificate,
      "PEM: our client certificate and the intermediate ones above it. It carries the URI that "
      "the other site has as `peers.NAME.certificate_san`.");
  map.file("key", site.client_key, "PEM: its private key, not encrypted.");
}

void read_auth(YamlMap& map, RemoteSiteSettings& site) {
  std::string mode = "statement";
  map.choice("mode", mode, {"statement", "session"},
             "statement: a signed statement goes with every lookup; for another sitegate. session: "
             "callers open sessions of their own there by `POST /sessions/extend`; for other "
             "software that speaks this API.",
             Need::Optional);
  if (mode == "session") {
    site.auth = SiteAuth::Session;
    map.forbid("statement_key", "is not used in mode session", "remove it");
    return;
  }
  map.file("statement_key", site.statement_key,
           "PEM: the private key, on P-256, that signs our statements. Its public half is "
           "`peers.NAME.statement_key` at the other site.",
           Need{true, "in mode statement"});
}

void read_links(YamlMap& map, LinkSettings& links) {
  map.integer("warm", links.warm, 0, 64,
              "Connections that each worker keeps open although nobody asks, so that the first "
              "lookup after a quiet time does not pay for a new one.");
  map.duration("retry", links.retry, 100ms, 10min,
               "How long a worker waits before it tries again to open a missing one.");
  map.duration("max_age", links.max_age, 100ms, 24h,
               "How old a connection may become before it takes no lookup any more: certificates, "
               "addresses and balancers change.");
  map.duration("addresses", links.addresses, 1s, 1h,
               "How long the addresses of the name in `url` are believed before it is looked up "
               "again.");
  map.flag("http2", links.http2,
           "Offer HTTP/2, which carries many lookups on one connection. A site that does not take "
           "it up is spoken to by HTTP/1.1.");
}

/// `own`: whether it needs a certificate and a key of its own.
void read_site(const LocatedText& name, YamlMap& map, RemoteSiteSettings& site, Need own) {
  site.name = name.value;
  site.origin = name.origin;
  map.text("description", site.description, "For people.", Need::Optional);
  read_url(map, site);
  site.public_url = site.url;
  read_public_url(
      map, site.public_url,
      "Where callers of that site reach it. `/sites` shows it as it is written here; by "
      "default it is `url`.");
  read_names(map, site);
  const auto trust = [&site](YamlMap& inner) { read_trust(inner, site.trust); };
  map.map("trust", trust, "Which certificate of that site is believed.", Need::Required,
          "a mapping with ca, or pins, or both");
  const auto auth = [&site](YamlMap& inner) { read_auth(inner, site); };
  map.map("auth", auth, "How that site learns who asks, if not as `identity` says.", own,
          "a mapping with statement_key");
  const bool states = site.auth == SiteAuth::Statement;
  const auto client = [&site](YamlMap& inner) { read_client(inner, site); };
  map.map("client", client, "As whom we connect to this site, if not as `identity` says.",
          Need{own.required && states, "without identity, in mode statement"},
          "a mapping with certificate and key");
  const auto timeouts = [&site](YamlMap& inner) { read_timeouts(inner, site); };
  map.map("timeouts", timeouts, "How long that site may take.", Need::Optional);
  const auto links = [&site](YamlMap& inner) { read_links(inner, site.links); };
  map.map("links", links, "How connections to that site are kept.", Need::Optional);
  map.integer("max_in_flight", site.max_in_flight, 1, 100'000,
              "Lookups at that site at once, of all workers. More are SiteUnavailable.");
  map.flag("find_anywhere", site.find_anywhere,
           "Whether that site is asked, too, when a caller does not say which site.");
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

}  // namespace

void check_name(const LocatedText& name, const SiteSettings& local, Problems& problems) {
  if (!is_site_name(name.value)) {
    problems.add(name.origin, shown(name.value) + " is not a site name",
                 "write " + std::string(kSiteNameGrammar));
  } else if (without_secrets(name.value) != name.value) {
    problems.add(name.origin, "has the form of a token, which no log and no answer would show",
                 "write a name of less than 43 characters that does not begin with eyJ");
  } else if (name.value == local.name) {
    problems.add(name.origin, shown(name.value) + " is the name of this site itself",
                 "name another site, or remove the entry");
  }
}

void read_public_url(YamlMap& map, std::string& url, std::string_view meaning) {
  constexpr std::string_view kExpected = "an https URL";
  const auto is_shown = [](char c) { return c > 0x20 && c < 0x7f; };
  if (map.text("public_url", url, meaning, Need::Optional, kExpected) &&
      (!url.starts_with("https://") || !std::all_of(url.begin(), url.end(), is_shown))) {
    map.problem("public_url", shown(url) + " is not " + std::string(kExpected),
                "write one such as https://HOST or https://HOST:PORT");
  }
}

void read_identity(YamlMap& root, Settings& settings) {
  IdentitySettings identity;
  const auto read = [&identity](YamlMap& map) {
    map.file("certificate", identity.certificate,
             "PEM: the client certificate, and the intermediate ones above it. It carries the URI "
             "that other sites have as `peers.NAME.certificate_san`.");
    map.file("key", identity.key, "PEM: its private key, not encrypted.");
    map.file("statement_key", identity.statement_key,
             "PEM: the private key, on P-256, that signs our statements.");
  };
  root.map("identity", read, "As whom we speak to other sites. `sitegate trust show` prints it.",
           Need::Optional, "a mapping with certificate, key and statement_key");
  if (root.has("identity")) {
    settings.identity = std::move(identity);
  }
}

void read_sites(YamlMap& root, Settings& settings) {
  const Need own{!settings.identity, "without identity"};
  const auto read_one = [&settings, own](const LocatedText& name, YamlMap& map) {
    RemoteSiteSettings site;
    if (settings.identity) {
      site.client_certificate = settings.identity->certificate;
      site.client_key = settings.identity->key;
      site.statement_key = settings.identity->statement_key;
    }
    check_name(name, settings.site, map.problems());
    read_site(name, map, site, own);
    check_tls_name(site, settings.sites, map);
    settings.sites.push_back(std::move(site));
  };
  root.maps("sites", read_one, "The sites that we ask. NAME is what callers write in `?site=`.",
            Need::Optional);
  std::ranges::sort(settings.sites, {}, &RemoteSiteSettings::name);
}

}  // namespace sitegate
