#pragma once
// The notations of a configuration that mean more than text: addresses, URLs of sites, host names,
// thumbprints. Pure functions.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sitegate {

struct HostPort {
  std::string host;  ///< an IPv6 address without brackets
  std::uint16_t port = 0;
  bool operator==(const HostPort&) const = default;
};

/// `IP:PORT` or `[IPV6]:PORT`, the address in its canonical text form; port 0 to 65535.
std::optional<HostPort> parse_listen_address(std::string_view text);

/// Where connections go when both ask for this address: the same one, or one of them is the
/// wildcard of the same family. Port 0 never collides.
bool collide(const HostPort& a, const HostPort& b);

/// `https://HOST[:PORT]` and nothing more; a lone `/` behind it is the same URL (RFC 9110 4.2.3).
/// The host comes back in lower case, the port defaults to 443. nullopt: `why` says what is wrong.
std::optional<HostPort> parse_site_url(std::string_view text, std::string& why);

/// `SCHEME://HOST[:PORT]` as browsers send it in `Origin` (Fetch, "serializing an origin"): http or
/// https, the host in lower case, no port where it is the scheme's own. What comes back is that
/// form of `text`, whatever case, port or lone `/` it has. nullopt: `why` says what is wrong.
std::optional<std::string> parse_origin(std::string_view text, std::string& why);

/// Labels of letters, digits, '-' and '_' (1 to 63 each, 253 in all), or an IP address.
bool is_host(std::string_view text);

/// `SHA-256:` and 32 octets in hex, colons between the octets or none at all; 32 raw octets.
std::optional<std::string> parse_pin(std::string_view text);

/// The same back to text, with colons: `SHA-256:A0:1F:...`.
std::string pin_text(std::string_view octets);

std::string lower_case(std::string_view text);  // ASCII

}  // namespace sitegate
