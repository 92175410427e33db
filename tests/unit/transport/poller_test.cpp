#include "routing/transport/poller.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <stdexcept>
#include <vector>

namespace sitegate::test {
namespace {

using asio::ip::tcp;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

class PollerTest : public testing::Test {
 protected:
  /// Ours, polled, and the other end.
  struct Pair {
    std::unique_ptr<Polled> ours;
    tcp::socket theirs;

    void say(std::string_view octets) { asio::write(theirs, asio::buffer(octets)); }
    std::string hear(std::size_t most = 1024) {
      std::vector<std::byte> buffer(most);
      const auto [n, error] = ours->receive(buffer);
      return error ? error.message() : std::string(reinterpret_cast<const char*>(&buffer[0]), n);
    }
  };

  Pair pair() {
    Pair made{std::make_unique<Polled>(poller_), tcp::socket(io_)};
    made.theirs.connect(door_.local_endpoint());
    tcp::endpoint from;
    boost::system::error_code error;
    made.ours->watch(Socket::accept(door_.native_handle(), from, error));
    EXPECT_EQ(from, made.theirs.local_endpoint());
    EXPECT_TRUE(made.ours->socket().is_open()) << error.message();
    return made;
  }

  /// `then` once there is something to be received.
  template <class Then>
  void when_readable(Polled& polled, Then then) {
    const auto wait = [](Polled& waited, Then after) -> Awaitable<> {
      co_await waited.until_readable();
      after();
    };
    asio::co_spawn(io_, wait(polled, std::move(then)), [](const std::exception_ptr& thrown) {
      if (thrown)
        std::rethrow_exception(thrown);
    });
  }

  struct Words final : Outgoing {
    explicit Words(std::string said) : text(std::move(said)) {}
    std::string_view output() const noexcept override { return text; }
    std::string text;
  };

  /// Writes down that it goes on, sends its name, and writes down what came of it.
  Awaitable<> send(std::vector<std::string>& log, Polled& polled, std::string name) {
    log.push_back(name);
    const Words words(name);
    Poller::Sending sending(polled, words);
    co_await poller_.send(sending);
    const auto& [n, error] = sending.result();
    log.push_back(name + (error ? ": " + error.message() : " sent " + std::to_string(n)));
  }

  void work() {
    io_.restart();
    while (io_.run_one_for(std::chrono::milliseconds{20}) > 0) {
    }
  }

  asio::io_context io_;
  Poller poller_{io_.get_executor()};
  tcp::acceptor door_{io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
};

TEST_F(PollerTest, who_waits_goes_on_when_octets_come_again_and_again) {
  auto one = pair();
  for (const std::string said : {"first", "second"}) {
    std::string heard;
    when_readable(*one.ours, [&] { heard = one.hear(); });
    work();
    EXPECT_EQ(heard, "") << "nothing came yet";
    one.say(said);
    work();
    EXPECT_EQ(heard, said);
    EXPECT_FALSE(one.ours->is_readable());
  }
}

TEST_F(PollerTest, what_came_while_nobody_waited_for_it_is_known) {
  auto one = pair();
  auto other = pair();
  when_readable(*other.ours, [] {});
  one.say("x");
  work();
  EXPECT_TRUE(one.ours->is_readable());
  bool went_on = false;
  when_readable(*one.ours, [&] { went_on = true; });
  work();
  EXPECT_TRUE(went_on);
  other.ours->wake();
  work();
}

TEST_F(PollerTest, what_a_full_buffer_leaves_is_not_forgotten) {
  auto one = pair();
  std::string heard;
  when_readable(*one.ours, [&] { heard = one.hear(3); });
  one.say("abcdef");
  work();
  EXPECT_EQ(heard, "abc");
  EXPECT_TRUE(one.ours->is_readable());
  when_readable(*one.ours, [&] { heard += one.hear(); });
  work();
  EXPECT_EQ(heard, "abcdef");
  EXPECT_FALSE(one.ours->is_readable());
}

TEST_F(PollerTest, an_end_that_came_with_the_last_octets_is_not_forgotten) {
  auto one = pair();
  one.say("last");
  one.theirs.close();
  std::vector<std::string> heard;
  when_readable(*one.ours, [&] { heard.push_back(one.hear()); });
  work();
  when_readable(*one.ours, [&] { heard.push_back(one.hear()); });
  work();
  EXPECT_THAT(heard, ElementsAre("last", ""));
}

TEST_F(PollerTest, room_is_waited_for_until_the_other_side_takes_something) {
  auto one = pair();
  const std::string much(64 * 1024, 'x');
  std::size_t sent = 0;
  for (;;) {
    const auto [n, error] = one.ours->socket().send(much);
    sent += n;
    if (would_wait(error))
      break;
    ASSERT_FALSE(error) << error.message();
  }
  bool has_room = false;
  const auto wait = [&]() -> Awaitable<> {
    co_await one.ours->until_writable();
    has_room = true;
  };
  asio::co_spawn(io_, wait(), asio::detached);
  work();
  EXPECT_FALSE(has_room);
  std::string taken(sent, '\0');
  asio::read(one.theirs, asio::buffer(taken));
  work();
  EXPECT_TRUE(has_room);
}

TEST_F(PollerTest, whoever_is_woken_or_closed_goes_on_but_not_at_once) {
  auto one = pair();
  auto other = pair();
  std::vector<int> went_on;
  when_readable(*one.ours, [&] { went_on.push_back(1); });
  when_readable(*other.ours, [&] { went_on.push_back(2); });
  work();
  one.ours->wake();
  other.ours->close();
  EXPECT_THAT(went_on, ElementsAre());
  work();
  EXPECT_THAT(went_on, UnorderedElementsAre(1, 2));
  EXPECT_EQ(io_.run(), 0U) << "nothing is outstanding when nobody waits";
}

TEST_F(PollerTest, of_two_that_are_ready_the_first_may_close_and_destroy_the_second) {
  auto one = pair();
  auto other = pair();
  int went_on = 0;
  const auto destroy = [&went_on](Pair& closed) {
    ++went_on;
    closed.ours->close();
  };
  when_readable(*one.ours, [&] { destroy(other); });
  when_readable(*other.ours, [&] { destroy(one); });
  work();
  one.say("x");
  other.say("x");
  work();
  EXPECT_EQ(went_on, 2);
}

TEST_F(PollerTest, who_throws_costs_nobody_elses_turn) {
  std::vector<Pair> pairs;
  int went_on = 0;
  for (int i = 0; i < 5; ++i) pairs.push_back(pair());
  for (auto& each : pairs)
    when_readable(*each.ours, [&] {
      ++went_on;
      throw std::runtime_error("no memory");
    });
  work();
  for (auto& each : pairs) each.say("x");
  EXPECT_THROW(
      {
        for (int i = 0; i < 10; ++i) work();
      },
      std::exception);
  for (int i = 0; i < 5; ++i) EXPECT_NO_THROW(work());
  EXPECT_EQ(went_on, 5);
}

TEST_F(PollerTest, more_that_are_ready_than_one_look_takes_all_go_on) {
  std::vector<Pair> pairs;
  int went_on = 0;
  for (int i = 0; i < 400; ++i) pairs.push_back(pair());
  for (auto& each : pairs) when_readable(*each.ours, [&] { ++went_on; });
  work();
  for (auto& each : pairs) each.say("x");
  work();
  EXPECT_EQ(went_on, 400);
}

TEST_F(PollerTest, what_is_sent_in_a_turn_is_sent_at_its_end_in_a_row) {
  std::vector<Pair> pairs;
  std::vector<std::string> log;
  const auto serve = [&](Polled& polled, std::string name) -> Awaitable<> {
    co_await polled.until_readable();
    co_await send(log, polled, name);
    co_await send(log, polled, name + name);
  };
  for (const std::string name : {"a", "b"}) {
    pairs.push_back(pair());
    asio::co_spawn(io_, serve(*pairs.back().ours, name), asio::detached);
  }
  work();
  for (auto& each : pairs) each.say("x");
  work();
  EXPECT_THAT(log,
              ElementsAre("a", "b", "a sent 1", "aa", "b sent 1", "bb", "aa sent 2", "bb sent 2"));
  std::string heard(3, '\0');
  asio::read(pairs[1].theirs, asio::buffer(heard));
  EXPECT_EQ(heard, "bbb");
}

TEST_F(PollerTest, work_that_was_posted_has_a_turn_as_well) {
  std::vector<std::string> log;
  auto one = pair();
  Polled closed(poller_);
  asio::co_spawn(io_, send(log, *one.ours, "a"), asio::detached);
  asio::co_spawn(io_, send(log, closed, "b"), asio::detached);
  work();
  EXPECT_THAT(log, ElementsAre("a", "b", "a sent 1", "b: Bad file descriptor"));
  EXPECT_EQ(io_.run(), 0U) << "nothing is outstanding when nobody waits";
}

TEST_F(PollerTest, who_throws_after_he_sent_costs_nobody_elses_turn) {
  std::vector<std::string> log;
  Polled closed(poller_);
  const auto fail = [&]() -> Awaitable<> {
    co_await send(log, closed, "x");
    throw std::runtime_error("no memory");
  };
  const auto on_end = [](const std::exception_ptr& thrown) { std::rethrow_exception(thrown); };
  for (int i = 0; i < 5; ++i) asio::co_spawn(io_, fail(), on_end);
  EXPECT_THROW(
      {
        for (int i = 0; i < 10; ++i) work();
      },
      std::exception);
  for (int i = 0; i < 5; ++i) EXPECT_NO_THROW(work());
  EXPECT_EQ(std::ranges::count(log, "x: Bad file descriptor"), 5);
}

}  // namespace
}  // namespace sitegate::test
