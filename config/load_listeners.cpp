#include "config/load_listeners.hpp"

#include "config/notations.hpp"
#include "contract/error.hpp"

namespace sitegate {
namespace {

void read_address(YamlMap& map, ListenerSettings& listener) {
  constexpr std::string_view kExpected =
      R"(an IP address and a port: 127.0.0.1:8443 or "[::1]:8443")";
  std::string text;
  if (!map.text("address", text,
                "Where to listen; 0.0.0.0 and [::] are all addresses. Port 0 is any free one.",
                Need::Required, kExpected)) {
    return;
  }
  if (auto endpoint = parse_listen_address(text)) {
    listener.address = std::move(endpoint->host);
    listener.port = endpoint->port;
  } else {
    map.problem("address", "`" + printable(text) + "` is no address to listen on",
                "write " + std::string(kExpected));
  }
}

void read_proxy_protocol(YamlMap& map, ListenerSettings& listener) {
  std::vector<LocatedText> networks;
  const bool given = map.texts(
      "proxy_protocol_from", networks,
      "The networks of the balancers in front. With it every connection must come from one of them "
      "and begin with the header of PROXY protocol version 2, which says who the caller is.",
      Need::Optional);
  if (given && networks.empty()) {
    map.problem("proxy_protocol_from", "names no network, so nobody could connect",
                "write the networks of the balancers in front, or remove the key");
  }
  for (const LocatedText& network : networks) {
    if (const auto parsed = parse_network(network.value)) {
      listener.proxy_protocol_from.push_back(*parsed);
    } else {
      map.problems().add(network.origin, "`" + printable(network.value) + "` is no network",
                         R"(write an address, or its first one and a length: "10.0.0.0/8")");
    }
  }
}

void read_http2(YamlMap& map, const std::string& purpose, ListenerSettings& listener) {
  listener.http2 = purpose == "peers";
  map.flag("http2", listener.http2,
           "Offer HTTP/2, beside HTTP/1.1. By default true for peers and false for callers: many "
           "clients choose it by themselves, and its field names are in lower case, which scripts "
           "that look for `X-VCAV-Auth` may not find.");
}

/// What a listener needs depends on what it is for; while that is unknown, nothing is missing.
void read_tls(YamlMap& map, const std::string& purpose, ListenerSettings& listener) {
  if (purpose == "admin") {
    for (const std::string_view key : {"certificate", "key", "client_ca"}) {
      map.forbid(key, "a listener for admin speaks plain HTTP", "remove the key");
    }
    map.forbid("proxy_protocol_from", "a listener for admin is called without a balancer",
               "remove the key");
    map.forbid("http2", "a listener for admin speaks HTTP/1.1", "remove the key");
    return;
  }
  read_proxy_protocol(map, listener);
  read_http2(map, purpose, listener);
  const Need need{!purpose.empty(), "for callers and peers"};
  map.file(
      "certificate", listener.certificate,
      "PEM: the certificate of this listener and the intermediate ones above it. There is none "
      "for admin, which speaks plain HTTP.",
      need);
  map.file("key", listener.key, "PEM: the private key of `certificate`, not encrypted.", need);
  if (purpose == "callers") {
    map.forbid("client_ca", "a listener for callers asks for no client certificate",
               "remove the key, or write for: peers");
    return;
  }
  FileRef client_ca;
  if (map.file("client_ca", client_ca,
               "PEM: the authorities whose client certificates get in; only for peers.",
               Need{need.required, "for peers"})) {
    listener.client_ca = std::move(client_ca);
  }
}

/// False: what it is for is unknown, and it was left out of `listeners`.
bool read_listener(YamlMap& map, std::vector<ListenerSettings>& listeners) {
  ListenerSettings listener;
  listener.origin = map.origin();
  std::string purpose;
  map.choice("for", purpose, {"callers", "peers", "admin"},
             "Who comes in here: people and programs with a session, other sites with a client "
             "certificate and a statement, or whatever watches `/livez`, `/readyz` and "
             "`/metrics`.");
  if (purpose == "peers") {
    listener.kind = ListenerKind::Peers;
  } else if (purpose == "admin") {
    listener.kind = ListenerKind::Admin;
  }
  read_address(map, listener);
  read_tls(map, purpose, listener);
  for (const ListenerSettings& other : listeners) {
    if (collide({listener.address, listener.port}, {other.address, other.port})) {
      map.problem("address",
                  "is taken by the listener in line " + std::to_string(other.origin.line),
                  "write another address or port");
    }
  }
  if (!purpose.empty()) {
    listeners.push_back(std::move(listener));
  }
  return !purpose.empty();
}

}  // namespace

bool read_listeners(YamlMap& root, std::vector<ListenerSettings>& listeners) {
  bool all_known = true;
  const auto read_one = [&](YamlMap& map) {
    all_known = read_listener(map, listeners) && all_known;
  };
  const bool is_list = root.list("listeners", read_one, "The doors of this gateway; at least one.");
  if (is_list && all_known && listeners.empty()) {
    root.problem("listeners", "has no listener", "write at least one");
  }
  return is_list && all_known;
}

}  // namespace sitegate
