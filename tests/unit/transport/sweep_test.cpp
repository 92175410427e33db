#include "routing/transport/sweep.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <numeric>
#include <random>
#include <vector>

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

/// Looks at `sweep` as its ticks would, in a time of its own, each tick `late` later than it
/// should.
struct Ticks {
  Sweep& sweep;
  SteadyTime now = std::chrono::steady_clock::now();
  Milliseconds late{0};

  void until(SteadyTime end) {
    while (now < end) {
      now += Sweep::kTick + late;
      sweep.look(now);
    }
  }
};

TEST_F(SweepTest, what_was_far_away_is_told_when_its_time_has_come) {
  for (const auto late : {Milliseconds{0}, Milliseconds{40}}) {
    Ticks ticks{.sweep = sweep_, .late = late};
    std::vector<std::unique_ptr<Entry>> entries;
    std::vector<SteadyTime> limits;
    for (int i = 0; i < 100; ++i) {
      entries.push_back(std::make_unique<Entry>());
      sweep_.add(*entries.back());
      limits.push_back(ticks.now + Milliseconds{137 * i});
      entries.back()->set_limit(limits.back());
      ticks.until(ticks.now + Sweep::kTick);
    }
    const auto begin = ticks.now;
    while (ticks.now < begin + std::chrono::seconds{20}) {
      for (std::size_t i = 0; i < entries.size(); ++i)
        EXPECT_EQ(entries[i]->times_late(), limits[i] <= ticks.now ? 1 : 0) << i;
      ticks.until(ticks.now + Sweep::kTick);
    }
  }
}

TEST_F(SweepTest, a_far_limit_may_become_a_near_one_and_a_near_one_a_far_one) {
  Ticks ticks{.sweep = sweep_};
  std::mt19937 random(7);
  std::vector<std::unique_ptr<Entry>> entries;
  for (int i = 0; i < 50; ++i) sweep_.add(*entries.emplace_back(std::make_unique<Entry>()));
  std::vector<int> told(entries.size(), 0);
  for (int step = 0; step < 5000; ++step) {
    const auto i = random() % entries.size();
    const Milliseconds away{random() % 3 == 0 ? random() % 100 : random() % 10'000};
    if (random() % 10 == 0)
      entries[i]->clear_limit();
    else
      entries[i]->set_limit(ticks.now + away);
    for (std::size_t j = 0; j < entries.size(); ++j)
      told[j] += entries[j]->limit() <= ticks.now + Sweep::kTick ? 1 : 0;
    ticks.until(ticks.now + Sweep::kTick);
    for (std::size_t j = 0; j < entries.size(); ++j)
      ASSERT_EQ(entries[j]->times_late(), told[j]) << j << " at step " << step;
  }
  EXPECT_GT(std::accumulate(told.begin(), told.end(), 0), 1000);
}

TEST_F(SweepTest, what_became_due_while_nothing_ticked_is_told_by_the_first_tick) {
  Ticks ticks{.sweep = sweep_};
  std::vector<std::unique_ptr<Entry>> entries;
  for (std::size_t i = 0; i < Sweep::kShares; ++i) {
    sweep_.add(*entries.emplace_back(std::make_unique<Entry>()));
    entries.back()->set_limit(ticks.now + std::chrono::minutes{1});
    ticks.until(ticks.now + Sweep::kTick);  // each in a share of its own
  }
  ticks.now += std::chrono::minutes{2};
  ticks.until(ticks.now + Sweep::kTick);
  for (const auto& entry : entries) EXPECT_EQ(entry->times_late(), 1);
}

TEST_F(SweepTest, who_is_told_may_give_others_limits_that_have_passed) {
  Ticks ticks{.sweep = sweep_};
  Entry other;
  Entry first([&] { other.set_limit(ticks.now); });
  sweep_.add(other);
  sweep_.add(first);
  ticks.until(ticks.now + 2 * Sweep::kRound);  // both are far by now
  first.set_limit(ticks.now);
  ticks.until(ticks.now + 2 * Sweep::kTick);
  EXPECT_EQ(first.times_late(), 1);
  EXPECT_EQ(other.times_late(), 1);
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
