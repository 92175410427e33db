#include "routing/location_memory.hpp"

#include <gtest/gtest.h>

#include "routing/question_limit.hpp"

#include "auth/principal.hpp"

namespace sitegate::test {
namespace {

using namespace std::chrono_literals;

const SteadyTime kStart{1h};

TaskId id(int n) {
  const auto digits = std::to_string(100000000000 + n);
  return *TaskId::parse("00000000-0000-4000-8000-" + digits);
}

Viewer viewer(std::string user, std::vector<std::string> roles = {"EVERYONE"}) {
  return {std::move(user), "Org1", std::move(roles)};
}

TEST(LocationMemory, knows_where_a_viewer_found_a_task) {
  LocationMemory memory(10min);
  EXPECT_FALSE(memory.where(viewer("a").key(), id(1), kStart));
  memory.found(viewer("a").key(), id(1), 3, kStart);
  EXPECT_EQ(memory.where(viewer("a").key(), id(1), kStart), 3U);
  EXPECT_FALSE(memory.where(viewer("a").key(), id(2), kStart));
}

TEST(LocationMemory, says_nothing_to_another_viewer) {
  LocationMemory memory(10min);
  memory.found(viewer("a").key(), id(1), 3, kStart);
  EXPECT_FALSE(memory.where(viewer("b").key(), id(1), kStart));
  EXPECT_FALSE(memory.where(viewer("A").key(), id(1), kStart));
  EXPECT_FALSE(memory.where(viewer("a", {"EVERYONE", "ADMINISTRATORS"}).key(), id(1), kStart));
  auto other_org = viewer("a");
  other_org.org = "Org2";
  EXPECT_FALSE(memory.where(other_org.key(), id(1), kStart));
}

TEST(LocationMemory, forgets_in_time_unless_it_is_confirmed) {
  LocationMemory memory(10min);
  memory.found(viewer("a").key(), id(1), 3, kStart);
  memory.found(viewer("a").key(), id(2), 4, kStart);
  memory.found(viewer("a").key(), id(2), 5, kStart + 5min);
  EXPECT_TRUE(memory.where(viewer("a").key(), id(1), kStart + 10min - 1ms));
  EXPECT_FALSE(memory.where(viewer("a").key(), id(1), kStart + 10min));
  EXPECT_EQ(memory.where(viewer("a").key(), id(2), kStart + 10min), 5U);
  EXPECT_EQ(memory.size(), 1U);
}

TEST(LocationMemory, forgets_when_told) {
  LocationMemory memory(10min);
  memory.found(viewer("a").key(), id(1), 3, kStart);
  memory.forget(viewer("b").key(), id(1));
  EXPECT_EQ(memory.size(), 1U);
  memory.forget(viewer("a").key(), id(1));
  EXPECT_FALSE(memory.where(viewer("a").key(), id(1), kStart));
  EXPECT_EQ(memory.size(), 0U);
}

TEST(LocationMemory, remembers_nothing_when_switched_off) {
  LocationMemory memory(0ms);
  memory.found(viewer("a").key(), id(1), 3, kStart);
  EXPECT_EQ(memory.size(), 0U);
}

TEST(LocationMemory, is_bounded_and_gives_up_what_was_confirmed_longest_ago) {
  LocationMemory memory(10min, 3);
  for (int n = 1; n <= 3; ++n) memory.found(viewer("a").key(), id(n), 0, kStart);
  memory.found(viewer("a").key(), id(1), 0, kStart + 1min);
  memory.found(viewer("a").key(), id(4), 0, kStart + 1min);
  EXPECT_EQ(memory.size(), 3U);
  EXPECT_FALSE(memory.where(viewer("a").key(), id(2), kStart + 1min));
  for (const int n : {1, 3, 4})
    EXPECT_TRUE(memory.where(viewer("a").key(), id(n), kStart + 1min)) << n;
}

TEST(QuestionLimit, holds_per_caller_and_keeps_nobody_who_has_none) {
  QuestionLimit limit(2);
  {
    const QuestionLimit::Place first(limit, "a");
    const QuestionLimit::Place second(limit, "a");
    const QuestionLimit::Place third(limit, "a");
    EXPECT_TRUE(first.granted());
    EXPECT_TRUE(second.granted());
    EXPECT_FALSE(third.granted());
    EXPECT_TRUE(QuestionLimit::Place(limit, "b").granted());
    EXPECT_EQ(limit.callers(), 1U);
  }
  EXPECT_EQ(limit.callers(), 0U);
  EXPECT_TRUE(QuestionLimit::Place(limit, "a").granted());
}

}  // namespace
}  // namespace sitegate::test
