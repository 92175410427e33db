#include "contract/deadline.hpp"

#include <gtest/gtest.h>

namespace sitegate {
namespace {

constexpr SteadyTime kNow{std::chrono::hours(1)};

TEST(Deadline, is_spent_and_never_negative) {
  const auto deadline = Deadline::after(Milliseconds(100), kNow);
  EXPECT_EQ(deadline.left(kNow + Milliseconds(30)), Milliseconds(70));
  EXPECT_EQ(deadline.left(kNow + Milliseconds(100)), Milliseconds(0));
  EXPECT_EQ(deadline.left(kNow + Milliseconds(101)), Milliseconds(0));
  EXPECT_FALSE(deadline.passed(kNow + Milliseconds(99)));
  EXPECT_TRUE(deadline.passed(kNow + Milliseconds(100)));
}

TEST(Deadline, the_sooner_of_two_counts) {
  const auto early = Deadline::after(Milliseconds(1), kNow);
  const auto late = Deadline::after(Milliseconds(2), kNow);
  EXPECT_EQ(late.sooner_of(early).at, early.at);
  EXPECT_EQ(early.sooner_of(late).at, early.at);
}

TEST(Deadline, none_is_far_away) {
  EXPECT_FALSE(Deadline{}.passed(kNow));
  EXPECT_EQ(Deadline{}.sooner_of(Deadline::after(Milliseconds(1), kNow)).at,
            kNow + Milliseconds(1));
}

}  // namespace
}  // namespace sitegate
