#include "config/nearest.hpp"

#include <gtest/gtest.h>

namespace sitegate {
namespace {

const std::vector<std::string> kKnown{"listeners", "limits", "log", "sites", "site", "users", "ca"};

TEST(Nearest, each_kind_of_mistake_costs_one) {
  EXPECT_EQ(distance("limits", "limits"), 0U);
  EXPECT_EQ(distance("limts", "limits"), 1U);
  EXPECT_EQ(distance("limmits", "limits"), 1U);
  EXPECT_EQ(distance("limets", "limits"), 1U);
  EXPECT_EQ(distance("lmiits", "limits"), 1U);
  EXPECT_EQ(distance("", "abc"), 3U);
  EXPECT_EQ(distance("abc", ""), 3U);
  EXPECT_EQ(distance("ca", "abc"), 3U) << "a swapped letter is not touched again";
}

TEST(Nearest, is_found_through_one_mistake_in_three_letters_and_three_in_all) {
  EXPECT_EQ(nearest("lgo", kKnown), "log");
  EXPECT_EQ(nearest("limmit", kKnown), "limits");
  EXPECT_EQ(nearest("lsitenres", kKnown), "listeners");
  EXPECT_EQ(nearest("usr", kKnown), "");
  EXPECT_EQ(nearest("cb", kKnown), "") << "two letters are too few to guess by";
  EXPECT_EQ(nearest("colour", kKnown), "");
  EXPECT_EQ(nearest(std::string(1 << 20, 'x'), kKnown), "");
  EXPECT_EQ(nearest("log", {}), "");
}

TEST(Nearest, is_the_nearest_and_among_equals_the_first) {
  EXPECT_EQ(nearest("sitess", kKnown), "sites");
  EXPECT_EQ(nearest("abcx", {"abcy", "abcz"}), "abcy");
}

TEST(Nearest, knows_no_case_and_no_dash) {
  EXPECT_EQ(nearest("Users", kKnown), "users");
  EXPECT_EQ(nearest("TLS-NAME", {"tls_name"}), "tls_name");
  EXPECT_EQ(did_you_mean("Users", kKnown), "did you mean `users`? ");
  EXPECT_EQ(did_you_mean("colour", kKnown), "");
}

}  // namespace
}  // namespace sitegate
