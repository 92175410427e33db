#include "routing/blocking_pool.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <latch>
#include <stdexcept>

#include "tests/unit/gateway/front.hpp"

namespace sitegate::test {
namespace {

using testing::ElementsAre;

/// Jobs that end when it opens, at the latest with its end. Declared behind the pool it holds.
class Gate {
 public:
  Gate() = default;
  ~Gate() { open(); }
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  std::function<void()> job() const {
    return [opened = opened_] { opened->wait(); };
  }
  void open() {
    if (!std::exchange(is_open_, true))
      opened_->count_down();
  }

 private:
  std::shared_ptr<std::latch> opened_ = std::make_shared<std::latch>(1);
  bool is_open_ = false;
};

class BlockingPoolTest : public testing::Test {
 protected:
  static Deadline later() { return Deadline::after(std::chrono::minutes{1}); }

  Result<int> run(BlockingPool& pool, std::function<Result<int>()> work,
                  Deadline deadline = later()) {
    return run_to_end(io_, pool.run<int>(io_.get_executor(), std::move(work), deadline));
  }

  asio::io_context io_;
};

TEST_F(BlockingPoolTest, work_is_done_on_another_thread_and_its_outcome_comes_back) {
  BlockingPool pool("things", 1, 1);
  std::thread::id done_on;
  const auto outcome = run(pool, [&]() -> Result<int> {
    done_on = std::this_thread::get_id();
    return 7;
  });
  ASSERT_TRUE(outcome);
  EXPECT_EQ(*outcome, 7);
  EXPECT_NE(done_on, std::this_thread::get_id());
}

TEST_F(BlockingPoolTest, a_failure_is_passed_on) {
  BlockingPool pool("things", 1, 1);
  const auto outcome =
      run(pool, []() -> Result<int> { return make_error(ErrorCode::LoginFailed, {"a"}, "why"); });
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::LoginFailed);
  EXPECT_EQ(outcome.error().detail, "why");
}

TEST_F(BlockingPoolTest, work_that_throws_is_a_failure_of_the_gateway_and_no_more) {
  BlockingPool pool("things", 1, 1);
  const auto outcome = run(pool, []() -> Result<int> { throw std::runtime_error("out of ink"); });
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::GeneralServerFailure);
  EXPECT_EQ(outcome.error().detail, "out of ink");
  EXPECT_TRUE(run(pool, []() -> Result<int> { return 1; })) << "the thread goes on";
}

TEST_F(BlockingPoolTest, a_job_that_throws_does_not_end_its_thread) {
  BlockingPool pool("things", 1, 2);
  ASSERT_TRUE(pool.submit([] { throw std::runtime_error("x"); }));
  EXPECT_TRUE(run(pool, []() -> Result<int> { return 1; }));
}

TEST_F(BlockingPoolTest, as_many_as_run_and_wait_are_taken_and_no_more) {
  BlockingPool pool("things", 2, 3);
  Gate gate;
  // At once: whether the threads have fetched their first jobs makes no difference.
  int taken = 0;
  while (taken < 100 && pool.submit(gate.job())) ++taken;
  EXPECT_EQ(taken, 5);
}

TEST_F(BlockingPoolTest, without_a_queue_a_free_thread_still_works) {
  BlockingPool pool("things", 1, 0);
  EXPECT_TRUE(run(pool, []() -> Result<int> { return 1; }));
}

TEST_F(BlockingPoolTest, a_full_queue_is_overloaded_and_the_work_is_not_done) {
  BlockingPool pool("logins", 1, 1);
  Gate gate;
  ASSERT_TRUE(pool.submit(gate.job()));
  ASSERT_TRUE(pool.submit([] {}));
  std::atomic<bool> done{false};
  const auto outcome = run(pool, [&]() -> Result<int> {
    done = true;
    return 1;
  });
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::Overloaded);
  EXPECT_THAT(outcome.error().args, ElementsAre("too many logins at once"));
  gate.open();
  EXPECT_FALSE(done);
}

TEST_F(BlockingPoolTest, when_the_deadline_passes_nobody_waits_any_more) {
  BlockingPool pool("things", 1, 2);
  Gate gate;
  ASSERT_TRUE(pool.submit(gate.job()));
  const auto outcome = run(
      pool, []() -> Result<int> { return 1; }, Deadline::after(Milliseconds{0}));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::Overloaded);
}

TEST_F(BlockingPoolTest, what_is_queued_is_done_before_the_end) {
  std::atomic<int> done{0};
  {
    BlockingPool pool("things", 1, 10);
    Gate gate;
    ASSERT_TRUE(pool.submit(gate.job()));
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(pool.submit([&] { ++done; }));
    gate.open();
  }
  EXPECT_EQ(done, 10);
}

}  // namespace
}  // namespace sitegate::test
