#include "contract/ip_address.hpp"

#include <gtest/gtest.h>

namespace sitegate {
namespace {

IpNetwork network(std::string_view text) {
  const auto parsed = parse_network(text);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(IpNetwork{});
}

TEST(IpNetwork, holds_the_addresses_of_its_prefix_and_no_others) {
  EXPECT_TRUE(network("10.0.0.0/8").contains("10.0.0.0"));
  EXPECT_TRUE(network("10.0.0.0/8").contains("10.255.255.255"));
  EXPECT_FALSE(network("10.0.0.0/8").contains("11.0.0.0"));
  EXPECT_TRUE(network("192.0.2.128/25").contains("192.0.2.255"));
  EXPECT_FALSE(network("192.0.2.128/25").contains("192.0.2.127"));
  EXPECT_TRUE(network("2001:db8::/33").contains("2001:db8:7fff::1"));
  EXPECT_FALSE(network("2001:db8::/33").contains("2001:db8:8000::1"));
}

TEST(IpNetwork, without_a_length_it_is_one_address) {
  EXPECT_TRUE(network("192.0.2.1").contains("192.0.2.1"));
  EXPECT_FALSE(network("192.0.2.1").contains("192.0.2.0"));
  EXPECT_TRUE(network("2001:db8::1").contains("2001:DB8:0::1"));
  EXPECT_FALSE(network("2001:db8::1").contains("2001:db8::2"));
}

TEST(IpNetwork, everybody_is_two_networks) {
  EXPECT_TRUE(network("0.0.0.0/0").contains("192.0.2.1"));
  EXPECT_FALSE(network("0.0.0.0/0").contains("2001:db8::1"));
  EXPECT_TRUE(network("::/0").contains("2001:db8::1"));
  EXPECT_FALSE(network("::/0").contains("192.0.2.1"));
}

TEST(IpNetwork, an_address_is_the_same_however_it_is_written) {
  EXPECT_TRUE(network("10.0.0.0/8").contains("::ffff:10.1.2.3"));
  EXPECT_TRUE(network("::ffff:10.0.0.0/104").contains("10.1.2.3"));
  EXPECT_TRUE(network("fe80::/10").contains("fe80::1%2"));
}

TEST(IpNetwork, what_is_no_address_is_in_no_network) {
  for (const auto* text : {"", "unknown", "10.0.0", "10.0.0.0/8", "::1::"})
    EXPECT_FALSE(network("0.0.0.0/0").contains(text)) << text;
}

TEST(IpNetwork, other_notations_are_refused) {
  for (const auto* text :
       {"", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8 ",
        "10.0.0.0/8/8", "10/8", "localhost", "*", "2001:db8::/129", "[::1]", "10.0.0.0:8443",
        "fe80::%eth0/64", "10.0.0.0/4294967304"})
    EXPECT_FALSE(parse_network(text)) << text;
}

TEST(IpNetwork, bits_behind_the_prefix_are_refused) {
  for (const auto* text : {"10.1.2.3/8", "192.0.2.1/31", "2001:db8::1/64", "::ffff:10.0.0.0/90"})
    EXPECT_FALSE(parse_network(text)) << text;
}

TEST(AddressGroup, is_an_ipv4_address_or_the_64_of_an_ipv6_address) {
  EXPECT_EQ(address_group("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(address_group("::ffff:192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(address_group("2001:db8:1:2::1"), address_group("2001:db8:1:2:ffff::9"));
  EXPECT_NE(address_group("2001:db8:1:2::1"), address_group("2001:db8:1:3::1"));
  EXPECT_EQ(address_group("fe80::1%2"), address_group("fe80::2%2"));
  EXPECT_EQ(address_group("unknown"), "unknown");
}

}  // namespace
}  // namespace sitegate
