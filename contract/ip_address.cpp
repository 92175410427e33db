#include "contract/ip_address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace sitegate {
namespace {

using Octets = std::array<std::uint8_t, 16>;

constexpr Octets kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0};
constexpr unsigned kMappedBits = 96;

struct Address {
  Octets octets{};
  bool v4 = false;
};

std::optional<Address> parse_address(std::string_view text) {
  const std::string name(text.substr(0, text.find('%')));  // without the scope of fe80::1%eth0
  Address address{kMapped, true};
  if (::inet_pton(AF_INET, name.c_str(), address.octets.data() + kMappedBits / 8) == 1)
    return address;
  if (::inet_pton(AF_INET6, name.c_str(), address.octets.data()) != 1)
    return std::nullopt;
  address.v4 =
      std::equal(kMapped.begin(), kMapped.begin() + kMappedBits / 8, address.octets.begin());
  return address;
}

void clear_behind(Octets& octets, unsigned bits) {
  for (unsigned i = 0; i < octets.size(); ++i) {
    const unsigned kept = std::clamp(bits, 8 * i, 8 * i + 8) - 8 * i;
    octets[i] = static_cast<std::uint8_t>(octets[i] & (0xff00U >> kept));
  }
}

std::string to_string(const Address& address) {
  char text[INET6_ADDRSTRLEN] = {};
  if (address.v4)
    ::inet_ntop(AF_INET, address.octets.data() + kMappedBits / 8, text, sizeof text);
  else
    ::inet_ntop(AF_INET6, address.octets.data(), text, sizeof text);
  return text;
}

}  // namespace

bool IpNetwork::contains(std::string_view address) const {
  auto found = parse_address(address);
  if (!found || found->v4 != v4)
    return false;
  clear_behind(found->octets, bits);
  return found->octets == first;
}

std::optional<IpNetwork> parse_network(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  if (!address || text.find('%') != std::string_view::npos)
    return std::nullopt;
  const bool dotted = text.substr(0, slash).find(':') == std::string_view::npos;
  IpNetwork network{address->octets, address->v4, 128};
  if (slash != std::string_view::npos) {
    const auto prefix = text.substr(slash + 1);
    const char* end = prefix.data() + prefix.size();
    const auto [stop, error] = std::from_chars(prefix.data(), end, network.bits);
    if (prefix.empty() || stop != end || error != std::errc{} ||
        network.bits > (dotted ? 32U : 128U))
      return std::nullopt;
    network.bits += dotted ? kMappedBits : 0;
  }
  clear_behind(network.first, network.bits);
  return network.first == address->octets ? std::optional(network) : std::nullopt;
}

std::string address_group(std::string_view address) {
  auto found = parse_address(address);
  if (!found)
    return std::string(address);
  if (!found->v4)
    clear_behind(found->octets, 64);
  return to_string(*found);
}

}  // namespace sitegate
