#include "contract/octet_set.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sitegate {
namespace {

constexpr OctetSet kDigits(is_digit);

TEST(OctetSet, has_what_its_predicate_says_of_all_octets) {
  for (int c = 0; c < 256; ++c)
    EXPECT_EQ(kDigits.has(static_cast<char>(c)), c >= '0' && c <= '9') << c;
}

TEST(OctetSet, a_prefix_ends_at_the_first_octet_that_is_not_in_it) {
  for (std::size_t size = 0; size < 40; ++size) {
    const std::string digits(size, '7');
    EXPECT_EQ(kDigits.prefix(digits), size);
    EXPECT_TRUE(kDigits.has_all(digits));
    for (const char other : {'a', '/', ':', '\0', '\xB7'}) {
      const auto text = digits + other + digits;
      EXPECT_EQ(kDigits.prefix(text), size);
      EXPECT_FALSE(kDigits.has_all(text));
    }
  }
}

TEST(OctetSet, letters_are_those_of_ascii) {
  const std::string letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  for (int c = 0; c < 256; ++c) {
    const bool expected = letters.find(static_cast<char>(c)) != std::string::npos;
    EXPECT_EQ(is_alpha(static_cast<char>(c)), expected) << c;
  }
}

}  // namespace
}  // namespace sitegate
