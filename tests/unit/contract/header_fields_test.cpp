#include "contract/header_fields.hpp"

#include <gtest/gtest.h>

namespace sitegate {
namespace {

TEST(HeaderFields, names_compare_without_case_and_values_as_they_are) {
  HeaderFields fields;
  fields.add("X-VCAV-Auth", "Token");
  EXPECT_EQ(fields.first("x-vcav-auth"), "Token");
  EXPECT_EQ(fields.count("X-Vcav-AUTH"), 1U);
  EXPECT_EQ(fields.first("X-VCAV-Aut"), "");
  EXPECT_EQ(fields.count("X-VCAV-Auth2"), 0U);
}

TEST(HeaderFields, only_ascii_letters_have_a_case) {
  EXPECT_TRUE(equals_ignoring_case("aZ-9", "Az-9"));
  EXPECT_FALSE(equals_ignoring_case("[", "{"));
  EXPECT_FALSE(equals_ignoring_case("@", "`"));
  EXPECT_FALSE(equals_ignoring_case("\xc3\x84", "\xc3\xa4"));
  EXPECT_TRUE(equals_ignoring_case("", ""));
}

TEST(HeaderFields, order_and_repetition_are_kept) {
  HeaderFields fields;
  fields.add("Via", "1.1 a");
  fields.add("Host", "h");
  fields.add("via", "1.1 b");
  fields.add("Empty", "");
  EXPECT_EQ(fields.size(), 4U);
  EXPECT_EQ(fields.count("Via"), 2U);
  EXPECT_EQ(fields.first("Via"), "1.1 a");
  EXPECT_EQ(fields.joined("VIA"), "1.1 a, 1.1 b");
  EXPECT_EQ(fields.name(2), "via");
  EXPECT_EQ(fields.value(2), "1.1 b");
  EXPECT_EQ(fields.count("Empty"), 1U);
  EXPECT_EQ(fields.joined("Empty"), "");
}

TEST(HeaderFields, many_fields_do_not_disturb_each_other) {
  HeaderFields fields;
  for (int i = 0; i < 1000; ++i) fields.add("n" + std::to_string(i), "v" + std::to_string(i));
  for (int i = 0; i < 1000; ++i)
    EXPECT_EQ(fields.first("N" + std::to_string(i)), "v" + std::to_string(i));
}

TEST(HeaderFields, a_cleared_head_is_empty_and_may_be_used_again) {
  HeaderFields fields;
  fields.add("a", "1");
  fields.clear();
  EXPECT_EQ(fields.size(), 0U);
  EXPECT_EQ(fields.first("a"), "");
  fields.add("b", "2");
  EXPECT_EQ(fields.first("b"), "2");
}

}  // namespace
}  // namespace sitegate
