#include "routing/remote/kept_connections.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <set>

namespace sitegate::test {
namespace {

using namespace std::chrono_literals;
using asio::ip::tcp;

constexpr SteadyTime kBegin{100h};

class KeptConnectionsTest : public testing::Test {
 protected:
  /// A connection without TLS, and its other end.
  LinkConnectionPtr connection(std::chrono::milliseconds too_old = 1h) {
    theirs_.emplace_back(io_).connect(door_.local_endpoint());
    tcp::endpoint from;
    boost::system::error_code error;
    auto ours = Socket::accept(door_.native_handle(), from, error);
    EXPECT_FALSE(error) << error.message();
    auto made = std::make_unique<LinkConnection>(wire_, std::move(ours), std::nullopt);
    made->too_old = kBegin + too_old;
    return made;
  }

  /// The site ends the n-th connection, and that has been noticed: something waits for octets.
  void end(std::size_t n, LinkConnection& ours) {
    theirs_.at(n).close();
    auto other = connection();
    std::string in;
    asio::co_spawn(io_, other->stream.read(in), asio::detached);
    while (ours.stream.is_quiet()) io_.run_one_for(1s);
    other->stream.stop();
    io_.run();
    io_.restart();
  }

  asio::io_context io_;
  WorkerIo wire_{io_};
  tcp::acceptor door_{io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  std::vector<tcp::socket> theirs_;
  KeptConnections kept_{30s, 64};
};

TEST_F(KeptConnectionsTest, the_one_used_last_is_taken_first) {
  auto first = connection();
  auto second = connection();
  const auto* last_used = second.get();
  kept_.keep(std::move(first), kBegin);
  kept_.keep(std::move(second), kBegin + 1s);
  EXPECT_EQ(kept_.take(kBegin + 2s).get(), last_used);
  EXPECT_EQ(kept_.size(), 1U);
  EXPECT_TRUE(kept_.take(kBegin + 2s));
  EXPECT_FALSE(kept_.take(kBegin + 2s));
}

TEST_F(KeptConnectionsTest, what_rested_too_long_is_not_taken) {
  kept_.keep(connection(), kBegin);
  auto again = kept_.take(kBegin + 29s);
  ASSERT_TRUE(again);
  kept_.keep(std::move(again), kBegin + 29s);  // its use began a new rest
  again = kept_.take(kBegin + 58s);
  ASSERT_TRUE(again);
  kept_.keep(std::move(again), kBegin + 58s);
  EXPECT_FALSE(kept_.take(kBegin + 88s));
  EXPECT_EQ(kept_.size(), 0U) << "it was closed";
}

TEST_F(KeptConnectionsTest, what_is_too_old_is_neither_taken_nor_kept_however_it_is_used) {
  kept_.keep(connection(45s), kBegin);
  auto used = kept_.take(kBegin + 25s);
  ASSERT_TRUE(used);
  kept_.keep(std::move(used), kBegin + 25s);
  EXPECT_FALSE(kept_.take(kBegin + 45s));
  kept_.keep(connection(45s), kBegin + 45s);
  EXPECT_EQ(kept_.size(), 0U);
}

TEST_F(KeptConnectionsTest, what_the_site_ended_is_not_taken) {
  auto dying = connection();
  auto& ended = *dying;
  kept_.keep(connection(), kBegin);
  kept_.keep(std::move(dying), kBegin);
  end(0, ended);
  const auto taken = kept_.take(kBegin);
  EXPECT_TRUE(taken);
  EXPECT_EQ(kept_.size(), 0U);
}

TEST_F(KeptConnectionsTest, what_its_last_lookup_closed_is_not_kept) {
  auto closed = connection();
  closed->stream.close();
  kept_.keep(std::move(closed), kBegin);
  EXPECT_EQ(kept_.size(), 0U);
}

TEST_F(KeptConnectionsTest, tidying_closes_what_is_over_and_nothing_else) {
  auto ended = connection();
  auto& dead = *ended;
  kept_.keep(connection(), kBegin);            // rests too long
  kept_.keep(connection(20s), kBegin + 10s);   // gets too old
  kept_.keep(std::move(ended), kBegin + 10s);  // ended by the site
  kept_.keep(connection(), kBegin + 10s);      // good
  kept_.tidy(kBegin + 10s);
  EXPECT_EQ(kept_.size(), 4U);
  end(0, dead);
  kept_.tidy(kBegin + 30s);
  EXPECT_EQ(kept_.size(), 1U);
  EXPECT_TRUE(kept_.take(kBegin + 30s));
}

TEST_F(KeptConnectionsTest, those_of_which_nothing_was_heard_since_a_time_can_be_dropped) {
  kept_.keep(connection(), kBegin);
  kept_.keep(connection(), kBegin + 1s);
  kept_.keep(connection(), kBegin + 2s);
  kept_.drop_silent_since(kBegin + 1s);
  EXPECT_EQ(kept_.size(), 2U);
}

TEST_F(KeptConnectionsTest, those_that_will_last_are_counted) {
  kept_.keep(connection(), kBegin);
  kept_.keep(connection(10s), kBegin);
  kept_.keep(connection(), kBegin + 5s);
  EXPECT_EQ(kept_.lasting_until(kBegin + 9s), 3U);
  EXPECT_EQ(kept_.lasting_until(kBegin + 10s), 2U);
  EXPECT_EQ(kept_.lasting_until(kBegin + 30s), 1U);
  EXPECT_EQ(kept_.lasting_until(kBegin + 35s), 0U);
}

TEST_F(KeptConnectionsTest, there_is_an_end_to_how_many_rest) {
  for (int i = 0; i < 66; ++i) kept_.keep(connection(), kBegin + i * 1ms);
  EXPECT_EQ(kept_.size(), 64U);
  kept_.drop_silent_since(kBegin + 2ms);
  EXPECT_EQ(kept_.size(), 64U) << "those that went were the least recently used";
}

TEST(SpreadTest, stays_between_four_fifths_and_the_whole) {
  Spread spread;
  std::set<Milliseconds> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(spread.of(1000ms));
  EXPECT_GE(*seen.begin(), 800ms);
  EXPECT_LE(*seen.rbegin(), 1000ms);
  EXPECT_GT(seen.size(), 50U);
  EXPECT_EQ(spread.of(0ms), 0ms);
}

}  // namespace
}  // namespace sitegate::test
