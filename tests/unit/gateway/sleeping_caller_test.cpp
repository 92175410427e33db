// Callers who rest until no coroutine waits for them, and what becomes of them. Time is the
// sweep's: nothing here waits for it.

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "gateway/caller_connection.hpp"
#include "gateway/http1_conversation.hpp"
#include "tests/unit/gateway/front.hpp"

namespace sitegate::test {
namespace {

using asio::ip::tcp;
using namespace std::chrono_literals;

class SleepingCaller : public Front {
 protected:
  /// Whatever still waits ends, and nothing is left of it.
  void TearDown() override {
    if (stream_)
      stream_->stop();
    if (const auto connection = connection_.lock())
      connection->abort();
    theirs_.close();
    work();
    EXPECT_TRUE(connection_.expired());
    EXPECT_TRUE(io_.stopped());
  }

  /// Our end; `theirs_` is the other one.
  Socket connected() {
    tcp::acceptor door(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    theirs_.connect(door.local_endpoint());
    theirs_.non_blocking(true);
    tcp::endpoint from;
    boost::system::error_code error;
    return Socket::accept(door.native_handle(), from, error);
  }

  void converse() {
    stream_.emplace(wire_, connected(), std::nullopt);
    side_.emplace(CallerSide{wire_, *services_, logs_, entrance_, certificate_, *stream_});
    conversation_.emplace(*side_);
    run();
  }

  /// What its end said: true, it sleeps.
  void run() {
    rests_.reset();
    const auto on_end = [this](const std::exception_ptr& thrown, bool rests) {
      EXPECT_FALSE(thrown);
      rests_ = rests;
    };
    asio::co_spawn(io_, conversation_->run(), on_end);
    work();
  }

  void connect() {
    auto made = std::make_shared<CallerConnection>(wire_, *services_, logs_, Entrance(),
                                                   connected(), std::nullopt);
    connection_ = made;
    CallerConnection::start(std::move(made));
    work();
  }

  void work() {
    io_.restart();
    while (io_.run_one_for(20ms) > 0) {
    }
  }

  void pass(Milliseconds time) {
    wire_.sweep.look(std::chrono::steady_clock::now() + time);
    work();
  }

  void say(std::string_view octets) {
    asio::write(theirs_, asio::buffer(octets));
    work();
  }

  /// What has come; with "(end)" when nothing more will.
  std::string hear() {
    std::string octets(64 * 1024, '\0');
    boost::system::error_code error;
    octets.resize(asio::read(theirs_, asio::buffer(octets), error));
    return error == asio::error::eof ? octets + "(end)" : octets;
  }

  int answers() {
    const auto heard = hear();
    int count = 0;
    for (auto at = heard.find("HTTP/1.1 401 "); at != std::string::npos;
         at = heard.find("HTTP/1.1 401 ", at + 1))
      ++count;
    return count;
  }

  const std::string request_ = "GET " + path() + " HTTP/1.1\r\nHost: s\r\n\r\n";
  WorkerIo wire_{io_};
  Logs logs_{LogSettings{.access = "off"}};
  Entrance entrance_;
  std::unique_ptr<const ClientCertificate> certificate_;
  tcp::socket theirs_{io_};
  std::optional<Stream> stream_;
  std::optional<CallerSide> side_;
  std::optional<Http1Conversation> conversation_;
  std::optional<bool> rests_;
  std::weak_ptr<CallerConnection> connection_;
};

TEST_F(SleepingCaller, a_conversation_ends_its_coroutine_after_two_seconds_and_goes_on) {
  converse();
  pass(1900ms);
  EXPECT_EQ(rests_, std::nullopt);
  for (int i = 1; i <= 3; ++i) {
    pass(2100ms);
    EXPECT_EQ(rests_, true);
    say(request_);
    run();
    EXPECT_EQ(rests_, std::nullopt);
    EXPECT_EQ(answers(), 1);
  }
  pass(2100ms);
  EXPECT_EQ(rests_, true);
}

TEST_F(SleepingCaller, a_conversation_that_has_begun_a_request_does_not_sleep) {
  converse();
  say(request_.substr(0, 5));
  pass(2100ms);
  EXPECT_EQ(rests_, std::nullopt);
  say(request_.substr(5));
  EXPECT_EQ(answers(), 1);
}

TEST_F(SleepingCaller, what_comes_in_the_turn_in_which_it_falls_asleep_is_answered) {
  connect();
  asio::write(theirs_, asio::buffer(request_));  // not looked at before the limit
  pass(2100ms);
  EXPECT_EQ(answers(), 1);
}

TEST_F(SleepingCaller, is_answered_whether_it_asks_in_pieces_or_several_things_at_once) {
  connect();
  pass(2100ms);
  say(request_.substr(0, 5));
  pass(2100ms);
  say(request_.substr(5) + request_ + request_);
  EXPECT_EQ(answers(), 3);
}

TEST_F(SleepingCaller, rests_as_long_as_it_may_and_no_longer) {
  connect();
  say(request_);
  EXPECT_EQ(answers(), 1);
  pass(2100ms);
  pass(59s);
  EXPECT_EQ(hear(), "");
  pass(61s);
  EXPECT_EQ(hear(), "(end)");
}

TEST_F(SleepingCaller, ends_at_once_when_the_gateway_does_after_an_answer) {
  connect();
  say(request_);
  EXPECT_EQ(answers(), 1);
  pass(2100ms);
  connection_.lock()->finish();
  work();
  EXPECT_EQ(hear(), "(end)");
}

TEST_F(SleepingCaller, has_three_seconds_when_the_gateway_ends_before_it_asked) {
  connect();
  pass(2100ms);
  connection_.lock()->finish();
  pass(2900ms);
  EXPECT_EQ(hear(), "");
  say(request_);
  EXPECT_EQ(answers(), 1);
}

TEST_F(SleepingCaller, that_was_awake_when_the_gateway_ended_has_three_seconds_as_well) {
  connect();
  connection_.lock()->finish();
  pass(2900ms);
  EXPECT_EQ(hear(), "");
  pass(3100ms);
  EXPECT_EQ(hear(), "(end)");
}

TEST_F(SleepingCaller, who_leaves_or_is_given_up_leaves_nothing) {
  connect();
  pass(2100ms);
  theirs_.close();
  work();
  EXPECT_TRUE(connection_.expired());
  connect();
  pass(2100ms);
  connection_.lock()->abort();
  work();
  EXPECT_TRUE(connection_.expired());
}

}  // namespace
}  // namespace sitegate::test
