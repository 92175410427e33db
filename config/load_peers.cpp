#include "config/load_peers.hpp"

#include <algorithm>

#include "config/load_sites.hpp"
#include "contract/error.hpp"

namespace sitegate {
namespace {

// The roles with a meaning of their own. auth/, the room above, has the same names.
constexpr std::string_view kEveryone = "EVERYONE";
constexpr std::string_view kTaskProducer = "TASK_PRODUCER";

std::string shown(std::string_view text) {
  return "`" + printable(text) + "`";
}

void read_accept(YamlMap& map, PeerSettings& peer) {
  std::vector<LocatedText> users;
  if (map.texts("users", users,
                "Patterns of user names; `*` stands for any run of characters. A statement about "
                "anybody else is refused.") &&
      users.empty()) {
    map.problem("users", "is empty", R"(write patterns of user names; ["*"] is everybody)");
  }
  for (LocatedText& user : users) {
    peer.accept_users.push_back(std::move(user.value));
  }
}

void read_roles(YamlMap& map, PeerSettings& peer) {
  std::vector<LocatedPair> roles;
  map.pairs("roles", roles,
            "Their role: our role. A role that is not named here is not taken over; without this "
            "key none is. TASK_PRODUCER is never given.",
            Need::Optional);
  for (LocatedPair& role : roles) {
    if (role.key.value.empty()) {
      map.problems().add(role.key.origin, "has an empty role before the colon",
                         "write their role: our role");
    } else if (role.value.value == kTaskProducer) {
      map.problems().add(role.value.origin, "gives TASK_PRODUCER to users of another site",
                         "write another role: tasks are written at their own site only");
      continue;
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

void read_peer_key(YamlMap& map, PeerSettings& peer) {
  map.file("statement_key", peer.statement_key,
           "The public key, on P-256, that checks its statements: PEM, or a JWK.",
           Need{!map.has("statement_jwk"), "without statement_jwk"});
  LocatedText jwk;
  if (map.text("statement_jwk", jwk, "The same key, written here instead of in a file.",
               Need{false, "without statement_key"}, "a JWK in single quotes")) {
    peer.statement_jwk = JwkText{std::move(jwk.value), std::move(jwk.origin)};
  }
  if (map.has("statement_jwk") && map.has("statement_key")) {
    map.problem("statement_jwk", "stands beside statement_key", "keep one of them");
  }
}

void read_peer(const LocatedText& name, YamlMap& map, PeerSettings& peer) {
  peer.name = name.value;
  peer.origin = name.origin;
  peer.certificate_san = "sitegate:site:" + peer.name;
  if (map.text("certificate_san", peer.certificate_san,
               "The URI among the subject alternative names of that site's client certificate. No "
               "two peers have the same.",
               Need::Optional, "a URI") &&
      !is_san_uri(peer.certificate_san)) {
    map.problem("certificate_san", shown(peer.certificate_san) + " is not a URI",
                "write the URI in the peer's certificate, such as sitegate:site:NAME");
  }
  read_peer_key(map, peer);
  const auto accept = [&peer](YamlMap& inner) { read_accept(inner, peer); };
  map.map("accept", accept, "Whom that site may speak for.", Need::Required,
          R"(a mapping with users, such as { users: ["*"] })");
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

}  // namespace

void read_peers(YamlMap& root, Settings& settings) {
  const auto read_one = [&settings](const LocatedText& name, YamlMap& map) {
    PeerSettings peer;
    check_name(name, settings.site, map.problems());
    read_peer(name, map, peer);
    check_san(peer, settings.peers, map);
    settings.peers.push_back(std::move(peer));
  };
  root.maps("peers", read_one,
            "The sites that may ask us. NAME is what that site calls itself (its `site.name`).",
            Need::Optional);
  std::ranges::sort(settings.peers, {}, &PeerSettings::name);
}

}  // namespace sitegate
