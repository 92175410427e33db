#include "auth/login_limiter.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace sitegate {
namespace {

using namespace std::chrono_literals;

constexpr SteadyTime kStart{std::chrono::hours{1}};

TEST(LoginLimiter, ten_failures_in_a_minute_are_listened_to_and_no_more) {
  LoginLimiter limiter(10, 100);
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(limiter.retry_after("u", "a", kStart)) << i;
    limiter.failed("u", "a", kStart);
  }
  EXPECT_EQ(limiter.retry_after("u", "a", kStart), 60);
}

TEST(LoginLimiter, whoever_has_a_network_of_ipv6_addresses_has_one_address) {
  LoginLimiter limiter(1, 100);
  limiter.failed("u", "2001:db8:1:2::1", kStart);
  EXPECT_TRUE(limiter.retry_after("u", "2001:db8:1:2:ffff::9", kStart));
  EXPECT_FALSE(limiter.retry_after("u", "2001:db8:1:3::1", kStart));
  limiter.failed("u", "192.0.2.1", kStart);
  EXPECT_TRUE(limiter.retry_after("u", "::ffff:192.0.2.1", kStart));
  EXPECT_FALSE(limiter.retry_after("u", "192.0.2.2", kStart));
}

TEST(LoginLimiter, the_wait_is_rounded_up_and_ends_on_time) {
  LoginLimiter limiter(1, 100);
  limiter.failed("u", "a", kStart);
  EXPECT_EQ(limiter.retry_after("u", "a", kStart + 1ms), 60);
  EXPECT_EQ(limiter.retry_after("u", "a", kStart + 1s), 59);
  EXPECT_EQ(limiter.retry_after("u", "a", kStart + 59999ms), 1);
  EXPECT_FALSE(limiter.retry_after("u", "a", kStart + 60s));
}

TEST(LoginLimiter, every_window_of_a_minute_counts_and_not_the_minutes_of_the_clock) {
  LoginLimiter limiter(2, 100);
  limiter.failed("u", "a", kStart);
  limiter.failed("u", "a", kStart + 50s);
  EXPECT_EQ(limiter.retry_after("u", "a", kStart + 55s), 5);
  EXPECT_FALSE(limiter.retry_after("u", "a", kStart + 60s));
  limiter.failed("u", "a", kStart + 60s);
  EXPECT_EQ(limiter.retry_after("u", "a", kStart + 60s), 50);
}

TEST(LoginLimiter, another_address_and_another_user_are_not_refused) {
  LoginLimiter limiter(1, 100);
  limiter.failed("u", "a", kStart);
  EXPECT_TRUE(limiter.retry_after("u", "a", kStart));
  EXPECT_FALSE(limiter.retry_after("u", "b", kStart));
  EXPECT_FALSE(limiter.retry_after("v", "a", kStart));
}

TEST(LoginLimiter, an_address_that_tries_many_users_is_refused_for_all_of_them) {
  LoginLimiter limiter(10, 100);
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(limiter.retry_after("somebody", "a", kStart));
    limiter.failed("user" + std::to_string(i), "a", kStart);
  }
  EXPECT_EQ(limiter.retry_after("somebody", "a", kStart), 60);
  EXPECT_FALSE(limiter.retry_after("somebody", "b", kStart));
}

TEST(LoginLimiter, the_longer_of_both_waits_is_told) {
  LoginLimiter limiter(1, 2);
  limiter.failed("u", "a", kStart);
  limiter.failed("v", "a", kStart + 20s);
  EXPECT_EQ(limiter.retry_after("v", "a", kStart + 20s), 60) << "pair 60, address 40";
  EXPECT_EQ(limiter.retry_after("w", "a", kStart + 20s), 40);
}

TEST(LoginLimiter, names_that_look_alike_are_kept_apart) {
  LoginLimiter limiter(1, 100);
  limiter.failed(std::string_view("\0u", 2), "a", kStart);
  EXPECT_FALSE(limiter.retry_after("u", "a", kStart));
  limiter.failed(std::string(100000, 'u'), "a", kStart);
  EXPECT_FALSE(limiter.retry_after(std::string(100001, 'u'), "a", kStart));
}

TEST(FailureTable, never_holds_more_keys_than_its_capacity) {
  FailureTable table(10, 100);
  for (int i = 0; i < 1000; ++i) table.add(std::to_string(i), kStart);
  EXPECT_EQ(table.size(), 100U);
}

TEST(FailureTable, a_flood_of_other_keys_does_not_reset_a_key_at_its_limit) {
  FailureTable table(10, 100);
  for (int i = 0; i < 10; ++i) table.add("victim", kStart);
  for (int i = 0; i < 10000; ++i) table.add(std::to_string(i), kStart + 1s);
  EXPECT_TRUE(table.refused_until("victim", kStart + 2s));
}

TEST(FailureTable, a_full_table_takes_new_keys_and_refuses_nobody) {
  FailureTable table(2, 10);
  for (int i = 0; i < 10; ++i) {
    table.add(std::to_string(i), kStart);
    table.add(std::to_string(i), kStart);
  }
  EXPECT_FALSE(table.refused_until("new", kStart));
  table.add("new", kStart);
  table.add("new", kStart);
  EXPECT_TRUE(table.refused_until("new", kStart));
  EXPECT_EQ(table.size(), 10U);
}

TEST(FailureTable, what_is_older_than_a_minute_goes_first) {
  FailureTable table(2, 3);
  table.add("old", kStart);
  table.add("old", kStart);
  table.add("young", kStart + 59s);
  table.add("younger", kStart + 59s);
  table.add("new", kStart + 60s);
  EXPECT_EQ(table.size(), 3U);
  table.add("young", kStart + 60s);
  EXPECT_TRUE(table.refused_until("young", kStart + 60s)) << "its first failure was kept";
}

TEST(FailureTable, all_that_is_older_than_a_minute_goes_and_what_failed_again_stays) {
  FailureTable table(2, 3);
  for (const char* key : {"again", "old", "older"}) table.add(key, kStart);
  table.add("again", kStart + 59s);
  table.add("new", kStart + 61s);
  EXPECT_EQ(table.size(), 2U);
}

TEST(LoginLimiter, may_be_used_by_many_threads) {
  LoginLimiter limiter(10, 1000000);
  const auto hammer = [&limiter](int thread) {
    for (int i = 0; i < 2000; ++i) {
      const std::string user = std::to_string(i % 50);
      limiter.failed(user, "a" + std::to_string(thread % 2), kStart + std::chrono::seconds(i % 5));
      static_cast<void>(limiter.retry_after(user, "a0", kStart + 5s));
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(hammer, i);
  for (std::thread& thread : threads) thread.join();
  for (int i = 0; i < 50; ++i)
    EXPECT_TRUE(limiter.retry_after(std::to_string(i), "a0", kStart + 5s));
}

// The address of a gateway stands for all of its callers.
TEST(LoginLimiter, counts_an_address_for_its_users_alone_where_it_is_told_so) {
  using enum LoginLimiter::Addresses;
  LoginLimiter limiter(2, 3);
  const SteadyTime now{};
  for (const auto* user : {"a", "b", "c", "d"}) limiter.failed(user, "192.0.2.1", now, DoNotCount);
  EXPECT_FALSE(limiter.retry_after("e", "192.0.2.1", now, DoNotCount));
  EXPECT_FALSE(limiter.retry_after("e", "192.0.2.1", now));
  limiter.failed("a", "192.0.2.1", now, DoNotCount);
  EXPECT_TRUE(limiter.retry_after("a", "192.0.2.1", now, DoNotCount));
}

}  // namespace
}  // namespace sitegate
