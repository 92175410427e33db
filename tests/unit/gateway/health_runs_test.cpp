// One look at a time, shared.

#include "gateway/health_runs.hpp"

#include <gtest/gtest.h>

#include "tests/unit/gateway/front.hpp"

namespace sitegate::test {
namespace {

using namespace std::chrono_literals;
using Findings = HealthRuns::Findings;

class HealthRunsTest : public testing::Test {
 protected:
  struct Part {
    bool runs;
    HealthRuns::Awaited awaited;
  };

  Part take_part(const std::string& user, unsigned task = 1) {
    auto awaited = std::make_shared<Handoff<Findings>>(io_.get_executor());
    const bool runs = runs_.take_part(user, id_of(task), awaited, now_);
    return {runs, std::move(awaited)};
  }
  static TaskId id_of(unsigned n) {
    return *TaskId::parse("f61d60d2-698a-46dc-a266-88df2764495" + std::to_string(n));
  }
  static Findings found() { return std::make_shared<HealthFindings>(); }

  /// What has come by now; nullopt: nothing.
  std::optional<Findings> outcome(const Part& part) {
    return run_to_end(io_, part.awaited->wait({SteadyTime::min()}));
  }
  void settle() {
    io_.restart();
    io_.run();
  }

  asio::io_context io_;
  HealthRuns runs_;
  SteadyTime now_{1h};
};

TEST_F(HealthRunsTest, the_first_runs_and_all_get_what_it_found) {
  const auto first = take_part("a");
  const auto second = take_part("b", 2);
  EXPECT_TRUE(first.runs);
  EXPECT_FALSE(second.runs);
  const auto findings = found();
  runs_.finish(findings, now_);
  settle();
  EXPECT_EQ(outcome(first), findings);
  EXPECT_EQ(outcome(second), findings);
}

TEST_F(HealthRunsTest, what_was_found_is_shared_for_its_time) {
  take_part("a");
  const auto findings = found();
  runs_.finish(findings, now_);
  now_ += HealthRuns::kShared - 1ms;
  const auto later = take_part("b", 2);
  EXPECT_FALSE(later.runs);
  settle();
  EXPECT_EQ(outcome(later), findings);
  now_ += 1ms;
  EXPECT_TRUE(take_part("c", 3).runs);
}

TEST_F(HealthRunsTest, a_run_that_broke_off_is_told_and_not_shared) {
  const auto first = take_part("a");
  runs_.finish(nullptr, now_);
  settle();
  EXPECT_EQ(outcome(first), Findings());
  EXPECT_TRUE(take_part("b").runs);
}

TEST_F(HealthRunsTest, a_user_has_one_task_with_each_outcome) {
  EXPECT_EQ(runs_.task_of("a", now_), std::nullopt);
  take_part("a", 1);
  take_part("b", 2);
  EXPECT_EQ(runs_.task_of("a", now_), id_of(1));
  runs_.finish(found(), now_);
  EXPECT_EQ(runs_.task_of("b", now_), id_of(2));
  EXPECT_EQ(runs_.task_of("c", now_), std::nullopt);
  now_ += HealthRuns::kShared;
  EXPECT_EQ(runs_.task_of("a", now_), std::nullopt);
  take_part("c", 3);
  EXPECT_EQ(runs_.task_of("a", now_), std::nullopt) << "of the run before";
  EXPECT_EQ(runs_.task_of("c", now_), id_of(3));
}

}  // namespace
}  // namespace sitegate::test
