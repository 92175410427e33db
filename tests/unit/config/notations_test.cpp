#include "config/notations.hpp"

#include <gtest/gtest.h>

namespace sitegate {
namespace {

std::string why_not(std::string_view url) {
  std::string why;
  EXPECT_FALSE(parse_site_url(url, why)) << url;
  return why;
}

HostPort endpoint(std::string_view url) {
  std::string why;
  return parse_site_url(url, why).value_or(HostPort{why, 0});
}

TEST(ListenAddress, is_an_ip_address_and_a_port) {
  EXPECT_EQ(parse_listen_address("127.0.0.1:8441"), (HostPort{"127.0.0.1", 8441}));
  EXPECT_EQ(parse_listen_address("[::1]:0"), (HostPort{"::1", 0}));
  EXPECT_EQ(parse_listen_address("[0:0::0]:65535"), (HostPort{"::", 65535}));
}

TEST(ListenAddress, anything_else_is_refused) {
  for (const char* text :
       {"", ":", ":80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:-1", "1.2.3:80", "127.0.0.1:65536",
        "127.0.0.1:80 ", "127.0.0.1:+80", "localhost:80", "::1:80", "[::1]", "[127.0.0.1]:80",
        "[]:80", "*:80", "127.0.0.1:0x50"}) {
    EXPECT_FALSE(parse_listen_address(text)) << text;
  }
}

TEST(ListenAddress, collides_with_itself_and_with_the_wildcards_that_take_it) {
  EXPECT_TRUE(collide({"127.0.0.1", 80}, {"127.0.0.1", 80}));
  EXPECT_TRUE(collide({"0.0.0.0", 80}, {"127.0.0.1", 80}));
  EXPECT_TRUE(collide({"::1", 80}, {"::", 80}));
  EXPECT_FALSE(collide({"127.0.0.1", 80}, {"127.0.0.1", 81}));
  EXPECT_FALSE(collide({"127.0.0.1", 80}, {"127.0.0.2", 80}));
  EXPECT_FALSE(collide({"0.0.0.0", 80}, {"::1", 80}));
  EXPECT_TRUE(collide({"0.0.0.0", 80}, {"::", 80}));
  EXPECT_TRUE(collide({"::", 80}, {"127.0.0.1", 80}));
  EXPECT_FALSE(collide({"127.0.0.1", 0}, {"127.0.0.1", 0}));
}

/// The origin that a browser sends from there; else what is wrong.
std::string origin(std::string_view text) {
  std::string why;
  return parse_origin(text, why).value_or(why);
}

TEST(WebOrigin, comes_back_as_browsers_send_it) {
  for (const char* same : {"https://ui.example.org", "https://ui.example.org:8443",
                           "http://localhost:3000", "http://127.0.0.1", "https://[::1]:444"}) {
    EXPECT_EQ(origin(same), same);
  }
  EXPECT_EQ(origin("HTTPS://UI.Example.ORG:443/"), "https://ui.example.org");
  EXPECT_EQ(origin("http://ui.example.org:80"), "http://ui.example.org");
  EXPECT_EQ(origin("https://ui.example.org:80"), "https://ui.example.org:80");
  EXPECT_EQ(origin("http://ui.example.org:443"), "http://ui.example.org:443");
  EXPECT_EQ(origin("https://ui.example.org:"), "https://ui.example.org");
  EXPECT_EQ(origin("https://[0:0::1]"), "https://[::1]");
}

TEST(WebOrigin, is_one_page_owners_and_nothing_more) {
  EXPECT_EQ(origin("*"), "stands for everybody");
  EXPECT_EQ(origin("null"), "is what any page can send");
  for (const char* text : {"", "ui.example.org", "https:", "//ui.example.org", "https://a b"}) {
    EXPECT_NE(origin(text), text) << text;
  }
  EXPECT_EQ(origin("ui.example.org"), "is no origin");
  EXPECT_EQ(origin("file:///ui"), "is neither https nor http");
  EXPECT_EQ(origin("https://ui.example.org/app"), "holds a path");
  EXPECT_EQ(origin("https://ui.example.org?"), "holds a query");
  EXPECT_EQ(origin("https://ui.example.org#"), "holds a fragment");
  EXPECT_EQ(origin("https://me@ui.example.org"), "holds a user name");
  EXPECT_EQ(origin("https://*.example.org"), "has no valid host");
  EXPECT_EQ(origin("https://"), "has no valid host");
  EXPECT_EQ(origin("https://ui.example.org:65536"), "has no valid port");
}

TEST(SiteUrl, has_a_host_and_a_port) {
  EXPECT_EQ(endpoint("https://site2.test"), (HostPort{"site2.test", 443}));
  EXPECT_EQ(endpoint("HTTPS://Site2.Test:8542/"), (HostPort{"site2.test", 8542}));
  EXPECT_EQ(endpoint("https://site2:"), (HostPort{"site2", 443}));
  EXPECT_EQ(endpoint("https://[2001:DB8::1]:8542"), (HostPort{"2001:db8::1", 8542}));
  EXPECT_EQ(endpoint("https://10.0.0.1:65535"), (HostPort{"10.0.0.1", 65535}));
}

TEST(SiteUrl, has_nothing_else) {
  EXPECT_EQ(why_not("http://site2.test"), "is not https");
  EXPECT_EQ(why_not("https://root@site2.test"), "holds a user name");
  EXPECT_EQ(why_not("https://@site2.test"), "holds a user name");
  EXPECT_EQ(why_not("https://site2.test/api"), "holds a path");
  EXPECT_EQ(why_not("https://site2.test//"), "holds a path");
  EXPECT_EQ(why_not("https://site2.test?"), "holds a query");
  EXPECT_EQ(why_not("https://site2.test/#"), "holds a fragment");
  EXPECT_EQ(why_not("https://site2.test:0"), "has no valid port");
  EXPECT_EQ(why_not("https://site2.test:65536"), "has no valid port");
  EXPECT_EQ(why_not("https://site%32.test"), "has no valid host");
  EXPECT_EQ(why_not("https://"), "has no valid host");
  EXPECT_EQ(why_not("https:"), "has no valid host");
  EXPECT_EQ(why_not("https://[v1.x]"), "has no valid host");
  EXPECT_EQ(why_not("https://[::1"), "is not a URL");
  EXPECT_EQ(why_not("site2.test"), "is not a URL");
  EXPECT_EQ(why_not("https://site 2"), "is not a URL");
}

TEST(HostName, is_labels_or_an_address) {
  for (const std::string& text :
       {std::string("a"), std::string("site-2.sitegate.test"), std::string("task_store.local"),
        std::string("3com.com"), std::string("10.0.0.1"), std::string("::1"),
        std::string(63, 'a') + ".b"}) {
    EXPECT_TRUE(is_host(text)) << text;
  }
  for (const std::string& text :
       {std::string(), std::string("."), std::string("a..b"), std::string("a."), std::string("-a"),
        std::string("a-.b"), std::string("*.b"), std::string("a b"), std::string("256.0.0.1"),
        std::string("1.2.3"), std::string("[::1]"), std::string(64, 'a'),
        std::string("a") + std::string(126, '.')}) {
    EXPECT_FALSE(is_host(text)) << text;
  }
}

TEST(Pin, is_hex_with_colons_or_without) {
  std::string with_colons = "SHA-256:";
  for (int i = 0; i < 32; ++i) {
    with_colons += i == 0 ? "0f" : ":Ab";
  }
  const std::string octets = '\x0f' + std::string(31, '\xab');
  EXPECT_EQ(parse_pin(with_colons), octets);
  std::string without = with_colons.substr(8);
  std::erase(without, ':');
  EXPECT_EQ(parse_pin("SHA-256:" + without), octets);
  EXPECT_FALSE(parse_pin(with_colons.substr(8)));
  EXPECT_FALSE(parse_pin("SHA-1:" + without));
  EXPECT_FALSE(parse_pin("SHA-256:" + without + "00"));
  EXPECT_FALSE(parse_pin("SHA-256:" + without.substr(2)));
  EXPECT_FALSE(parse_pin("SHA-256:" + without.substr(1) + "g"));
  std::string one_wrong = with_colons;
  one_wrong[10] = '-';
  EXPECT_FALSE(parse_pin(one_wrong));
  EXPECT_EQ(pin_text(octets).substr(0, 16), "SHA-256:0F:AB:AB");
  EXPECT_EQ(parse_pin(pin_text(octets)), octets);
}

}  // namespace
}  // namespace sitegate
