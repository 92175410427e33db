// Who rests on a stream without a coroutine, and what wakes it up.

#include <gtest/gtest.h>

#include <boost/asio/write.hpp>

#include "routing/transport/stream.hpp"

namespace sitegate::test {
namespace {

using asio::ip::tcp;
using namespace std::chrono_literals;

class SleeperTest : public testing::Test {
 protected:
  struct Counting final : Sleeper {
    void wake_up() override { ++woken; }
    int woken = 0;
  };

  /// A new stream, and `theirs_` is the other side.
  void connect() {
    tcp::acceptor door(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    theirs_ = tcp::socket(io_);
    theirs_.connect(door.local_endpoint());
    tcp::endpoint from;
    boost::system::error_code error;
    stream_.emplace(wire_, Socket::accept(door.native_handle(), from, error), std::nullopt);
  }

  void say(std::string_view octets) { asio::write(theirs_, asio::buffer(octets)); }

  void work() {
    io_.restart();
    while (io_.run_one_for(20ms) > 0) {
    }
  }

  asio::io_context io_;
  WorkerIo wire_{io_};
  tcp::socket theirs_{io_};
  std::optional<Stream> stream_;
};

TEST_F(SleeperTest, wakes_up_once_when_octets_come) {
  connect();
  Counting sleeper;
  stream_->sleep(sleeper);
  work();
  EXPECT_EQ(sleeper.woken, 0);
  say("x");
  work();
  EXPECT_EQ(sleeper.woken, 1);
  say("y");
  work();
  EXPECT_EQ(sleeper.woken, 1);
  std::string heard;
  EXPECT_EQ(stream_->read_now(heard), StreamEnd::Ok);
  EXPECT_EQ(heard, "xy");
}

TEST_F(SleeperTest, on_octets_that_have_come_wakes_up_in_a_turn_of_its_own) {
  connect();
  Counting sleeper;
  stream_->sleep(sleeper);
  say("x");
  work();
  stream_->sleep(sleeper);  // and nothing was read
  EXPECT_EQ(sleeper.woken, 1) << "not within the call";
  work();
  EXPECT_EQ(sleeper.woken, 2);
}

TEST_F(SleeperTest, who_throws_when_it_wakes_up_costs_nobody_elses_turn) {
  struct Throwing final : Sleeper {
    void wake_up() override { throw std::runtime_error("no memory"); }
  };
  connect();
  Stream closed(wire_, Socket(), std::nullopt);
  Throwing first;
  closed.sleep(first);
  Counting second;
  stream_->sleep(second);
  stream_->interrupt();
  EXPECT_THROW(work(), std::runtime_error);
  EXPECT_EQ(second.woken, 0);
  work();
  EXPECT_EQ(second.woken, 1);
}

TEST_F(SleeperTest, wakes_up_when_the_other_side_ends) {
  connect();
  Counting sleeper;
  stream_->sleep(sleeper);
  theirs_.close();
  work();
  EXPECT_EQ(sleeper.woken, 1);
}

TEST_F(SleeperTest, wakes_up_when_its_limit_has_passed) {
  connect();
  Counting sleeper;
  const auto begin = std::chrono::steady_clock::now();
  stream_->set_limit(begin + 10s);
  stream_->sleep(sleeper);
  wire_.sweep.look(begin + 9s);
  work();
  EXPECT_EQ(sleeper.woken, 0);
  wire_.sweep.look(begin + 11s);
  work();
  EXPECT_EQ(sleeper.woken, 1);
}

TEST_F(SleeperTest, wakes_up_whatever_ends_the_stream_be_it_before_it_sleeps) {
  using Act = void (*)(Stream&);
  for (const Act act :
       {Act{[](Stream& stream) { stream.stop(); }}, Act{[](Stream& stream) { stream.interrupt(); }},
        Act{[](Stream& stream) { stream.close(); }}}) {
    for (const bool before : {false, true}) {
      connect();
      Counting sleeper;
      if (before)
        act(*stream_);
      stream_->sleep(sleeper);
      if (!before)
        act(*stream_);
      EXPECT_EQ(sleeper.woken, 0) << "not within the call";
      work();
      EXPECT_EQ(sleeper.woken, 1);
    }
  }
  EXPECT_TRUE(io_.stopped()) << "nothing is outstanding when nobody waits";
}

}  // namespace
}  // namespace sitegate::test
