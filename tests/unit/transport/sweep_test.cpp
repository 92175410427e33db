#include "routing/transport/sweep.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>

namespace sitegate::test {
namespace {

class Entry final : public Sweepable {
 public:
  explicit Entry(std::function<void()> late = [] {}) : late_(std::move(late)) {}
  int times_late() const { return times_late_; }

 private:
  void on_late() noexcept override {
    ++times_late_;
    late_();
  }

  std::function<void()> late_;
  int times_late_ = 0;
};

class SweepTest : public testing::Test {
 protected:
  static SteadyTime ago() { return std::chrono::steady_clock::now() - Milliseconds{1}; }
  static SteadyTime far() { return std::chrono::steady_clock::now() + std::chrono::hours{1}; }

  asio::io_context io_;
  Sweep sweep_{io_.get_executor()};
};

TEST_F(SweepTest, only_what_is_late_is_told_so_and_once) {
  Entry late;
  Entry in_time;
  Entry without_limit;
  Entry next_tick([this] { sweep_.stop(); });
  Entry last([&] { next_tick.set_limit(ago()); });  // told in this tick, acts in the next
  for (auto* entry : {&next_tick, &late, &in_time, &without_limit, &last}) sweep_.add(*entry);
  late.set_limit(ago());
  in_time.set_limit(far());
  last.set_limit(ago());
  sweep_.start();
  io_.run();
  EXPECT_EQ(late.times_late(), 1);
  EXPECT_EQ(last.times_late(), 1);
  EXPECT_EQ(next_tick.times_late(), 1);
  EXPECT_EQ(in_time.times_late(), 0);
  EXPECT_EQ(without_limit.times_late(), 0);
}

TEST_F(SweepTest, a_limit_is_cleared_before_its_owner_is_told) {
  auto limit_seen = SteadyTime::min();
  Entry entry([&] {
    limit_seen = entry.limit();
    sweep_.stop();
  });
  sweep_.add(entry);
  entry.set_limit(ago());
  sweep_.start();
  io_.run();
  EXPECT_EQ(limit_seen, SteadyTime::max());
}

TEST_F(SweepTest, a_cleared_limit_is_none) {
  Entry cleared;
  Entry end([this] { sweep_.stop(); });
  sweep_.add(cleared);
  sweep_.add(end);
  cleared.set_limit(ago());
  cleared.clear_limit();
  end.set_limit(ago());
  sweep_.start();
  io_.run();
  EXPECT_EQ(cleared.times_late(), 0);
}

TEST_F(SweepTest, what_is_destroyed_has_left) {
  auto gone = std::make_unique<Entry>();
  Entry end([this] { sweep_.stop(); });
  sweep_.add(*gone);
  sweep_.add(end);
  gone->set_limit(ago());
  gone.reset();
  end.set_limit(ago());
  sweep_.start();
  io_.run();
  EXPECT_EQ(end.times_late(), 1);
}

TEST_F(SweepTest, no_work_is_outstanding_after_stop) {
  sweep_.start();
  sweep_.stop();
  EXPECT_LE(io_.run(), 1U) << "the cancelled wait and nothing else";
}

TEST_F(SweepTest, a_stop_within_a_tick_is_the_last_of_it) {
  Entry end([this] { sweep_.stop(); });
  sweep_.add(end);
  end.set_limit(ago());
  sweep_.start();
  EXPECT_EQ(io_.run(), 2U) << "one tick; the wait for the next is cancelled";
}

}  // namespace
}  // namespace sitegate::test
