#include "routing/transport/http_grammar.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sitegate::test {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(HttpGrammar, hosts_are_names_and_addresses) {
  for (const char* good :
       {"a", "site1.example", "a-b_c~d", "%41", "a!b", "127.0.0.1", "[::]", "[2001:db8::1]",
        "[::ffff:127.0.0.1]", "a:0", "a:1", "a:00443", "a:65535", "[::1]:65535"})
    EXPECT_TRUE(is_host_and_port(good)) << good;
  EXPECT_TRUE(is_host_and_port(std::string(255, 'a')));
}

TEST(HttpGrammar, what_is_no_host_is_refused) {
  for (const char* bad :
       {"",        ":",       ":443",     "a:",       "a:x",    "a:+1",    "a: 1",
        "a:65536", "a:99999", "a:100000", "a:000443", "a:1:2",  "u@a",     "@a",
        "a/",      "a?b",     "a#b",      "a b",      "a%",     "a%4",     "a%4g",
        "a\\b",    "a\"",     "\xC3\xA9", "[",        "]",      "[]",      "[a",
        "a]",      "[::1]x",  "[::1]443", "[::1]:",   "[::1]]", "[[::1]]", "a[::1]"})
    EXPECT_FALSE(is_host_and_port(bad)) << bad;
  EXPECT_FALSE(is_host_and_port(std::string(256, 'a')));
}

TEST(HttpGrammar, an_address_in_brackets_is_ipv6) {
  for (const char* bad : {"[1.2.3.4]", "[..]", "[ab]", "[:]", "[:::]", "[1::2::3]", "[12345::]",
                          "[1:2:3:4:5:6:7:8:9]", "[::1%25eth0]", "[::1%eth0]", "[g::]", "[v1.a]"})
    EXPECT_FALSE(is_host_and_port(bad)) << bad;
  EXPECT_FALSE(is_host_and_port(std::string_view("[::1\0]", 6)));
  EXPECT_FALSE(is_host_and_port("[" + std::string(100, ':') + "]"));
}

TEST(HttpGrammar, slashes_in_a_row_become_one) {
  EXPECT_EQ(collapse_slashes(""), "");
  EXPECT_EQ(collapse_slashes("/"), "/");
  EXPECT_EQ(collapse_slashes("////"), "/");
  EXPECT_EQ(collapse_slashes("//a///b/"), "/a/b/");
  EXPECT_EQ(collapse_slashes("/a%2F/%2Fb"), "/a%2F/%2Fb");
  EXPECT_EQ(collapse_slashes("/a/../b/./c"), "/a/../b/./c");
}

TEST(HttpGrammar, escapes_are_decoded_once) {
  EXPECT_EQ(percent_decode("a%20b", false), "a b");
  EXPECT_EQ(percent_decode("%2525", false), "%25");
  EXPECT_EQ(percent_decode("%c3%A9", false), "\xC3\xA9");
  EXPECT_EQ(percent_decode("%00", false), std::string(1, '\0'));
  EXPECT_EQ(percent_decode("", false), "");
}

TEST(HttpGrammar, a_plus_is_a_space_in_a_query_alone) {
  EXPECT_EQ(percent_decode("a+b%2B", true), "a b+");
  EXPECT_EQ(percent_decode("a+b%2B", false), "a+b+");
}

TEST(HttpGrammar, a_broken_escape_is_not_decoded) {
  for (const char* bad : {"%", "%4", "a%", "%g0", "%0g", "%%41", "% 41", "%+1"})
    EXPECT_FALSE(percent_decode(bad, false)) << bad;
}

TEST(HttpGrammar, segments_are_separated_before_they_are_decoded) {
  EXPECT_THAT(path_segments("/"), ElementsAre(""));
  EXPECT_THAT(path_segments("/a"), ElementsAre("a"));
  EXPECT_THAT(path_segments("/a/"), ElementsAre("a", ""));
  EXPECT_THAT(path_segments("/a/b%2Fc/%2e%2E"), ElementsAre("a", "b/c", ".."));
  EXPECT_THAT(path_segments("/a+b"), ElementsAre("a+b"));
  EXPECT_THAT(path_segments(""), ElementsAre());
  EXPECT_THAT(path_segments("*"), ElementsAre());
}

TEST(HttpGrammar, parameters_keep_their_order_and_repeats) {
  EXPECT_THAT(query_parameters("b=1&a=2&b=3"),
              ElementsAre(Pair("b", "1"), Pair("a", "2"), Pair("b", "3")));
}

TEST(HttpGrammar, parameters_are_separated_before_they_are_decoded) {
  EXPECT_THAT(query_parameters("a=1%262=3%3D4&%61=x+y"),
              ElementsAre(Pair("a", "1&2=3=4"), Pair("a", "x y")));
}

TEST(HttpGrammar, a_parameter_may_lack_its_value_or_its_name) {
  EXPECT_THAT(query_parameters("a&b=&=c&&d==e&"),
              ElementsAre(Pair("a", ""), Pair("b", ""), Pair("", "c"), Pair("d", "=e")));
  EXPECT_THAT(query_parameters(""), ElementsAre());
  EXPECT_THAT(query_parameters("&&"), ElementsAre());
}

TEST(HttpGrammar, a_semicolon_separates_nothing) {
  EXPECT_THAT(query_parameters("a=1;b=2"), ElementsAre(Pair("a", "1;b=2")));
}

TEST(HttpGrammar, tokens_of_a_list_are_trimmed_and_never_empty) {
  const auto tokens = [](std::string_view list) {
    std::vector<std::string> all;
    for_each_token(list, [&](std::string_view token) { all.emplace_back(token); });
    return all;
  };
  EXPECT_THAT(tokens("a, b ,\tc d\t,,e"), ElementsAre("a", "b", "c d", "e"));
  EXPECT_THAT(tokens(" , ,\t,"), ElementsAre());
  EXPECT_THAT(tokens(""), ElementsAre());
}

}  // namespace
}  // namespace sitegate::test
