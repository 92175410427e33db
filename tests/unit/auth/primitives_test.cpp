// The small functions that the rest of the room stands on.

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "auth/base64url.hpp"
#include "auth/digest.hpp"
#include "auth/names.hpp"
#include "auth/pattern.hpp"
#include "auth/random.hpp"

namespace sitegate {
namespace {

std::string hex(std::string_view octets) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : octets) {
    text += kDigits[static_cast<unsigned char>(c) >> 4];
    text += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

TEST(Digest, is_sha256_of_fips_180) {
  EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Random, a_uuid_has_version_4_and_its_variant_in_lower_case) {
  for (int i = 0; i < 1000; ++i) {
    const std::string uuid = random_uuid();
    ASSERT_EQ(uuid.size(), 36U);
    for (std::size_t at = 0; at < uuid.size(); ++at) {
      if (at == 8 || at == 13 || at == 18 || at == 23)
        EXPECT_EQ(uuid[at], '-');
      else
        EXPECT_NE(std::string("0123456789abcdef").find(uuid[at]), std::string::npos);
    }
    EXPECT_EQ(uuid[14], '4');
    EXPECT_NE(std::string("89ab").find(uuid[19]), std::string::npos);
  }
}

TEST(Random, uuids_differ_beyond_the_end_of_the_pool) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(seen.insert(random_uuid()).second);
}

TEST(Random, octets_come_in_the_number_asked_for_and_differ) {
  EXPECT_EQ(random_octets(0), "");
  EXPECT_EQ(random_octets(32).size(), 32U);
  EXPECT_NE(random_octets(32), random_octets(32));
}

TEST(Names, a_user_name_is_printable_text) {
  EXPECT_TRUE(is_user_name("admin1@Org1"));
  EXPECT_TRUE(is_user_name("J\xC3\xBCrgen M\xC3\xBCller@\xE6\x9D\xB1\xE4\xBA\xAC"));
  EXPECT_TRUE(is_user_name(std::string(256, 'a')));
  EXPECT_FALSE(is_user_name(""));
  EXPECT_FALSE(is_user_name(std::string(257, 'a')));
  EXPECT_FALSE(is_user_name("a\nb"));
  EXPECT_FALSE(is_user_name("a\x7F"));
  EXPECT_FALSE(is_user_name(std::string_view("a\0b", 3)));
  EXPECT_FALSE(is_user_name("a\xC2\x85")) << "a C1 control character";
}

TEST(Names, characters_are_counted_and_not_octets) {
  std::string name;
  for (int i = 0; i < 256; ++i) name += "\xF0\x9F\x98\x80";
  EXPECT_TRUE(is_user_name(name));
  EXPECT_FALSE(is_user_name(name + "a"));
}

TEST(Names, text_that_is_not_utf_8_is_refused) {
  for (const char* text : {"\x80", "\xC3", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80",
                           "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", "\xE4\xBAz", "\xFF"})
    EXPECT_FALSE(is_user_name(text)) << hex(text);
}

TEST(Names, a_role_name_keeps_to_its_grammar) {
  EXPECT_TRUE(is_role_name("A"));
  EXPECT_TRUE(is_role_name("TASK_PRODUCER2"));
  EXPECT_TRUE(is_role_name(std::string(64, 'A')));
  for (const std::string& text :
       {std::string(), std::string("a"), std::string("_A"), std::string("1A"), std::string("A-B"),
        std::string("A "), std::string(65, 'A')})
    EXPECT_FALSE(is_role_name(text)) << text;
}

TEST(Pattern, a_star_is_any_run_and_the_rest_is_itself) {
  EXPECT_TRUE(matches_pattern("*", ""));
  EXPECT_TRUE(matches_pattern("*", "anybody"));
  EXPECT_TRUE(matches_pattern("*@Org1", "admin1@Org1"));
  EXPECT_TRUE(matches_pattern("*@Org1", "@Org1"));
  EXPECT_TRUE(matches_pattern("admin*", "admin"));
  EXPECT_TRUE(matches_pattern("a*b*c", "aXbYbZc"));
  EXPECT_TRUE(matches_pattern("a**c", "abc"));
  EXPECT_TRUE(matches_pattern("*ab*aab*", "xabaaaab"));
  EXPECT_TRUE(matches_pattern("root", "root"));
  EXPECT_TRUE(matches_pattern("", ""));
}

TEST(Pattern, the_whole_text_must_match) {
  EXPECT_FALSE(matches_pattern("", "root"));
  EXPECT_FALSE(matches_pattern("root", "root2"));
  EXPECT_FALSE(matches_pattern("root", "Root"));
  EXPECT_FALSE(matches_pattern("*@Org1", "admin1@Org12"));
  EXPECT_FALSE(matches_pattern("*@Org1", "admin1@org1"));
  EXPECT_FALSE(matches_pattern("admin*", "Xadmin"));
  EXPECT_FALSE(matches_pattern("ab*ba", "aba")) << "head and tail may not share an octet";
  EXPECT_FALSE(matches_pattern("*ab*ab*", "xaby"));
  EXPECT_FALSE(matches_pattern("a.c", "abc")) << "no other sign is special";
  EXPECT_FALSE(matches_pattern("a?c", "abc"));
}

/// Every split of the text, tried one by one.
bool matches_naively(std::string_view pattern, std::string_view text) {
  if (pattern.empty())
    return text.empty();
  if (pattern.front() != '*')
    return !text.empty() && text.front() == pattern.front() &&
           matches_naively(pattern.substr(1), text.substr(1));
  for (std::size_t i = 0; i <= text.size(); ++i)
    if (matches_naively(pattern.substr(1), text.substr(i)))
      return true;
  return false;
}

/// The n-th text over `alphabet`, shortest first.
std::string nth_text(std::size_t n, std::string_view alphabet) {
  std::string text;
  for (; n > 0; n = (n - 1) / alphabet.size()) text += alphabet[(n - 1) % alphabet.size()];
  return text;
}

TEST(Pattern, agrees_with_trying_everything) {
  for (std::size_t p = 0; p < 1093; ++p)  // all patterns of up to 6 signs
    for (std::size_t t = 0; t < 255; ++t) {
      const std::string pattern = nth_text(p, "ab*");
      const std::string text = nth_text(t, "ab");
      ASSERT_EQ(matches_pattern(pattern, text), matches_naively(pattern, text))
          << pattern << ' ' << text;
    }
}

}  // namespace
}  // namespace sitegate
