#pragma once
// IP addresses as operators speak of them: the networks they write, and whose an address is.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sitegate {

/// A run of addresses. IPv4 stands in its mapped form (RFC 4291 2.5.5.2), so that an address is the
/// same however it is written; `::/0` holds no IPv4.
struct IpNetwork {
  std::array<std::uint8_t, 16> first{};
  bool v4 = false;
  unsigned bits = 0;  ///< that are the same in all of them, of 128

  bool contains(std::string_view address) const;
  bool operator==(const IpNetwork&) const = default;
};

/// `10.0.0.0/8`, `2001:db8::/32`, or one address. The bits behind the prefix must be zero: with
/// `10.1.2.3/8` nobody knows which of both was meant.
std::optional<IpNetwork> parse_network(std::string_view text);

/// What is counted as one caller: an IPv4 address, or the /64 of an IPv6 address, because whoever
/// has one address of it has them all (RFC 6177). A text that is no address is its own group.
std::string address_group(std::string_view address);

}  // namespace sitegate
