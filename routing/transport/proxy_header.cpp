#include "routing/transport/proxy_header.hpp"

#include <array>
#include <boost/asio/ip/address.hpp>
#include <cstdint>

namespace sitegate {
namespace {

constexpr std::string_view kSignature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t kFixedSize = 16;  // signature, version and command, family, length
constexpr unsigned kVersion = 2;
constexpr unsigned kLocal = 0;
constexpr unsigned kProxy = 1;
constexpr unsigned kUnspecified = 0;
constexpr unsigned kStream = 1;
constexpr unsigned kDatagram = 2;
constexpr std::size_t kTlvHead = 3;
constexpr unsigned kTlvChecksum = 0x03;
constexpr std::size_t kChecksumSize = 4;

enum Family : std::uint8_t { Unspecified, Ipv4, Ipv6, Unix };
constexpr std::array<std::size_t, 4> kAddressSize{0, 12, 36, 216};  // both ends, with ports

unsigned octet(std::string_view octets, std::size_t at) {
  return static_cast<unsigned char>(octets[at]);
}

std::size_t two_octets(std::string_view octets, std::size_t at) {
  return (octet(octets, at) << 8) | octet(octets, at + 1);
}

/// CRC32c (RFC 3720 appendix B.4) with the octets from `blank` on, where the sum stands, as zeros.
std::uint32_t checksum(std::string_view octets, std::size_t blank) {
  std::uint32_t sum = 0xffffffff;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    sum ^= i >= blank && i < blank + kChecksumSize ? 0 : octet(octets, i);
    for (int bit = 0; bit < 8; ++bit) sum = (sum >> 1) ^ ((sum & 1U) != 0 ? 0x82f63b78U : 0U);
  }
  return ~sum;
}

/// Walks over the TLVs behind the addresses; nullptr: all are whole and the checksum, if any, fits.
const char* fault_of_tlvs(std::string_view header, std::size_t at) {
  while (at < header.size()) {
    if (header.size() - at < kTlvHead)
      return "it ends within a TLV";
    const auto type = octet(header, at);
    const auto size = two_octets(header, at + 1);
    at += kTlvHead;
    if (header.size() - at < size)
      return "it ends within a TLV";
    if (type == kTlvChecksum) {
      if (size != kChecksumSize)
        return "its checksum has another size than 4";
      const auto sent = two_octets(header, at) << 16 | two_octets(header, at + 2);
      if (sent != checksum(header, at))
        return "its checksum is wrong";
    }
    at += size;
  }
  return nullptr;
}

/// What can be said of the octets before the length is known; nullptr: nothing against them.
const char* early_fault(std::string_view octets) {
  const auto begin = octets.substr(0, kSignature.size());
  if (begin != kSignature.substr(0, begin.size()))
    return octets.starts_with("PROXY ") ? "it is of version 1; let the balancer send version 2"
                                        : "the connection does not begin with one";
  if (octets.size() > 12 && octet(octets, 12) >> 4 != kVersion)
    return "its version is not 2";
  if (octets.size() > 12 && (octet(octets, 12) & 0xf) > kProxy)
    return "its command is neither LOCAL nor PROXY";
  if (octets.size() > 13 &&
      (octet(octets, 13) >> 4 > Unix || (octet(octets, 13) & 0xf) > kDatagram))
    return "its address family or protocol is unknown";
  return nullptr;
}

std::string ipv4_at(std::string_view octets, std::size_t at) {
  boost::asio::ip::address_v4::bytes_type bytes{};
  octets.copy(reinterpret_cast<char*>(bytes.data()), bytes.size(), at);
  return boost::asio::ip::make_address_v4(bytes).to_string();
}

std::string ipv6_at(std::string_view octets, std::size_t at) {
  boost::asio::ip::address_v6::bytes_type bytes{};
  octets.copy(reinterpret_cast<char*>(bytes.data()), bytes.size(), at);
  return boost::asio::ip::make_address_v6(bytes).to_string();
}

ProxyHeader refuse(const char* why) {
  return {.missing = 0, .fault = why, .source = {}};
}

/// Of a whole header whose first 16 octets are right.
ProxyHeader judge(std::string_view header) {
  const auto family = octet(header, 13) >> 4;
  const auto protocol = octet(header, 13) & 0xf;
  // What such a header holds is skipped, whatever it is (section 2.2).
  if ((octet(header, 12) & 0xf) == kLocal || family == Unspecified || protocol == kUnspecified)
    return {};
  if (header.size() < kFixedSize + kAddressSize[family])
    return refuse("it is too short for its addresses");
  if (const auto* fault = fault_of_tlvs(header, kFixedSize + kAddressSize[family]))
    return refuse(fault);
  ProxyHeader found;
  if (protocol == kStream && family == Ipv4)
    found.source = ipv4_at(header, kFixedSize);
  if (protocol == kStream && family == Ipv6)
    found.source = ipv6_at(header, kFixedSize);
  return found;
}

}  // namespace

ProxyHeader scan_proxy_header(std::string_view octets) {
  if (const auto* fault = early_fault(octets))
    return refuse(fault);
  if (octets.size() < kFixedSize)
    return {.missing = kFixedSize - octets.size(), .fault = {}, .source = {}};
  const auto size = kFixedSize + two_octets(octets, 14);
  if (size > kMaxProxyHeader)
    return refuse("it is longer than 4096 octets");
  if (octets.size() < size)
    return {.missing = size - octets.size(), .fault = {}, .source = {}};
  return judge(octets.substr(0, size));
}

}  // namespace sitegate
