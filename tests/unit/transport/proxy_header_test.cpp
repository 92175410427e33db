#include "routing/transport/proxy_header.hpp"

#include <gtest/gtest.h>

#include <charconv>

namespace sitegate {
namespace {

constexpr unsigned kLocal = 0x20;
constexpr unsigned kProxy = 0x21;
constexpr unsigned kTcp4 = 0x11;
constexpr unsigned kTcp6 = 0x21;
constexpr std::string_view kSignature("\r\n\r\n\0\r\nQUIT\n", 12);

std::string octets(std::initializer_list<unsigned> values) {
  std::string result;
  for (const auto value : values) result += static_cast<char>(value);
  return result;
}

std::string from_hex(std::string_view hex) {
  std::string result;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    unsigned octet = 0;
    const auto* at = hex.data() + i;
    EXPECT_EQ(std::from_chars(at, at + 2, octet, 16).ptr, at + 2);
    result += static_cast<char>(octet);
  }
  return result;
}

std::string header(unsigned version_and_command, unsigned family, std::string_view rest) {
  auto result = std::string(kSignature) + octets({version_and_command, family});
  result += static_cast<char>(rest.size() >> 8);
  result += static_cast<char>(rest.size() & 0xff);
  return result.append(rest);
}

const std::string kAddresses4 = octets({192, 0, 2, 7, 198, 51, 100, 1, 0x9c, 0x41, 0x20, 0xfb});
const std::string kAddresses6 =
    octets({0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7}) + std::string(20, '\1');

// As HAProxy 2.6 sent them (send-proxy-v2, proxy-v2-options crc32c,unique-id, check-send-proxy).
const std::string kHaproxy4 =
    from_hex("0d0a0d0a000d0a515549540a211100167f0000027f0000019c416dc503000458cfbe95050000");
const std::string kHaproxy6 = from_hex(
    "0d0a0d0a000d0a515549540a2121002e00000000000000000000000000000001000000000000000000000000000000"
    "01"
    "9c426dc50300041e03ed35050000");
const std::string kHaproxyCheck = from_hex("0d0a0d0a000d0a515549540a20000007030004a9b87e8f");

/// "missing N", "fault", or the source.
std::string outcome(std::string_view text) {
  const auto found = scan_proxy_header(text);
  if (found.fault)
    return "fault";
  return found.missing > 0 ? "missing " + std::to_string(found.missing) : found.source;
}

std::string fault(std::string_view text) {
  return scan_proxy_header(text).fault.value_or("none");
}

TEST(ProxyHeader, says_who_calls_over_ipv4_and_ipv6) {
  EXPECT_EQ(outcome(header(kProxy, kTcp4, kAddresses4)), "192.0.2.7");
  EXPECT_EQ(outcome(header(kProxy, kTcp6, kAddresses6)), "2001:db8::7");
}

TEST(ProxyHeader, headers_of_haproxy_are_understood) {
  EXPECT_EQ(outcome(kHaproxy4), "127.0.0.2");
  EXPECT_EQ(outcome(kHaproxy6), "::1");
  EXPECT_EQ(outcome(kHaproxyCheck), "");
}

TEST(ProxyHeader, a_local_connection_keeps_its_own_address_whatever_else_is_said) {
  EXPECT_EQ(outcome(header(kLocal, 0, "")), "");
  EXPECT_EQ(outcome(header(kLocal, kTcp4, kAddresses4)), "");
  EXPECT_EQ(outcome(header(kLocal, kTcp4, "short")), "");
}

TEST(ProxyHeader, every_family_and_protocol_of_version_2_is_taken) {
  for (unsigned family = 0; family < 16; ++family)
    for (unsigned protocol = 0; protocol < 16; ++protocol) {
      const auto found = outcome(header(kProxy, family << 4 | protocol, std::string(216, '\0')));
      if (family > 3 || protocol > 2)
        EXPECT_EQ(found, "fault") << family << ' ' << protocol;
      else if (family == 1 && protocol == 1)
        EXPECT_EQ(found, "0.0.0.0");
      else if (family == 2 && protocol == 1)
        EXPECT_EQ(found, "::");
      else
        EXPECT_EQ(found, "") << "UNSPEC, UNIX and UDP: " << family << ' ' << protocol;
    }
}

TEST(ProxyHeader, any_other_command_or_version_is_refused) {
  for (unsigned octet = 0; octet < 256; ++octet)
    EXPECT_EQ(outcome(header(octet, kTcp4, kAddresses4)), octet == kProxy   ? "192.0.2.7"
                                                          : octet == kLocal ? ""
                                                                            : "fault")
        << octet;
}

TEST(ProxyHeader, may_come_octet_by_octet_and_asks_for_no_octet_that_is_not_its_own) {
  for (const auto& whole : {kHaproxy4, kHaproxy6, header(kProxy, kTcp6, kAddresses6)}) {
    for (std::size_t size = 0; size < whole.size(); ++size)
      EXPECT_EQ(outcome(std::string_view(whole).substr(0, size)),
                "missing " + std::to_string((size < 16 ? 16 : whole.size()) - size));
    EXPECT_EQ(scan_proxy_header(whole).missing, 0U);
  }
}

TEST(ProxyHeader, a_wrong_octet_of_the_signature_is_refused_when_it_comes) {
  for (std::size_t at = 0; at < kSignature.size(); ++at) {
    std::string wrong(kSignature.substr(0, at + 1));
    wrong[at] = static_cast<char>(wrong[at] + 1);
    EXPECT_EQ(outcome(wrong), "fault") << at;
  }
}

TEST(ProxyHeader, version_1_and_tls_and_http_are_no_header) {
  EXPECT_NE(fault("PROXY TCP4 127.0").find("version 1"), std::string::npos);
  EXPECT_EQ(outcome(octets({0x16, 3, 1, 2, 0})), "fault");
  EXPECT_EQ(outcome("GET / HTTP/1.1\r\n"), "fault");
}

TEST(ProxyHeader, a_length_that_cuts_the_addresses_is_refused) {
  for (std::size_t size = 0; size < 12; ++size)
    EXPECT_EQ(outcome(header(kProxy, kTcp4, kAddresses4.substr(0, size))), "fault") << size;
  for (std::size_t size = 0; size < 36; ++size)
    EXPECT_EQ(outcome(header(kProxy, kTcp6, kAddresses6.substr(0, size))), "fault") << size;
  EXPECT_EQ(outcome(header(kProxy, 0x31, std::string(215, 'u'))), "fault");
}

TEST(ProxyHeader, is_bounded_before_it_has_come) {
  const auto longest = header(kProxy, 0, std::string(kMaxProxyHeader - 16, 'x'));
  EXPECT_EQ(outcome(longest), "");
  const auto longer = header(kProxy, 0, std::string(kMaxProxyHeader - 15, 'x'));
  EXPECT_EQ(outcome(longer.substr(0, 16)), "fault");
  EXPECT_EQ(outcome(header(kLocal, 0, std::string(65535, 'x')).substr(0, 16)), "fault");
}

TEST(ProxyHeader, tlvs_are_skipped_when_they_are_whole) {
  const auto alpn = octets({1, 0, 2}) + "h2";
  const auto custom = octets({0xe0, 1, 0}) + std::string(256, 'c');
  EXPECT_EQ(outcome(header(kProxy, kTcp4, kAddresses4 + alpn + custom + octets({4, 0, 0}))),
            "192.0.2.7");
  const auto whole = kAddresses4 + alpn;
  for (std::size_t size = kAddresses4.size() + 1; size < whole.size(); ++size)
    EXPECT_EQ(outcome(header(kProxy, kTcp4, whole.substr(0, size))), "fault") << size;
  EXPECT_EQ(outcome(header(kProxy, kTcp4, kAddresses4 + octets({1, 0xff, 0xff}))), "fault");
}

TEST(ProxyHeader, one_changed_bit_breaks_the_checksum) {
  for (const auto& whole : {kHaproxy4, kHaproxy6})
    for (std::size_t bit = 16U * 8; bit < whole.size() * 8; ++bit) {
      auto changed = whole;
      changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
      const auto size = whole.size() - 7 - 3;  // where the checksum's type and length stand
      if (bit / 8 >= size && bit / 8 < size + 3)
        continue;  // then it is another TLV
      EXPECT_EQ(outcome(changed), "fault") << bit;
    }
}

TEST(ProxyHeader, a_checksum_of_another_size_is_refused) {
  EXPECT_EQ(outcome(header(kProxy, kTcp4, kAddresses4 + octets({3, 0, 3, 1, 2, 3}))), "fault");
  EXPECT_EQ(outcome(header(kProxy, kTcp4, kAddresses4 + octets({3, 0, 0}))), "fault");
}

}  // namespace
}  // namespace sitegate
