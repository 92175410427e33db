// HTTP/2 on real sockets: how long a connection lasts whose other side takes its answer slowly.

#include "routing/transport/http2_channel.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/write.hpp>

namespace sitegate::test {
namespace {

using asio::ip::tcp;
using StreamId = Http2Session::StreamId;
using std::chrono::steady_clock;

constexpr std::uint32_t kWindow = 64 * 1024 * 1024;
constexpr Http2Limits kLimits{.stream_window = kWindow,
                              .window = kWindow,
                              .head = {.line = 100, .field = 200, .head = 400, .fields = 10}};
constexpr std::size_t kAnswer = 32 * 1024 * 1024;
constexpr Milliseconds kStall{400};

/// Answers each request with much.
class Server final : public Http2Channel::Events {
 public:
  Http2Channel* channel = nullptr;

 private:
  void on_head(StreamId, Http2Head, bool) override {}
  void on_content(StreamId, std::string_view) override {}
  void on_message_end(StreamId stream) override {
    channel->session().submit_reply(stream, 200, {}, std::string(kAnswer, 'x'));
    channel->flush_soon();
  }
  void on_stream_end(StreamId, Http2Error) override {}
  void on_sent(StreamId, std::size_t, bool) override {}
  void on_pong() override {}
  void on_flushed(bool) override {}
};

class Client final : public Http2Session::Events {
 public:
  Http2Session session{Http2Session::Role::Client, kLimits, *this};
  std::size_t taken = 0;

 private:
  void on_head(StreamId, Http2Head, bool) override {}
  void on_content(StreamId stream, std::string_view octets) override {
    taken += octets.size();
    session.consume(stream, octets.size());
  }
  void on_message_end(StreamId) override {}
  void on_stream_end(StreamId, Http2Error) override {}
  void on_sent(StreamId, std::size_t, bool) override {}
  void on_pong() override {}
};

class Http2ChannelTest : public testing::Test {
 protected:
  void SetUp() override {
    tcp::acceptor door(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    theirs_.open(tcp::v4());
    theirs_.set_option(tcp::socket::receive_buffer_size(64 * 1024));
    theirs_.connect(door.local_endpoint());
    tcp::endpoint from;
    boost::system::error_code error;
    auto ours = Socket::accept(door.native_handle(), from, error);
    // Larger than what a channel hands over at once: what is left of that is taken by one send.
    const int room = 256 * 1024;
    ASSERT_EQ(::setsockopt(ours.descriptor(), SOL_SOCKET, SO_SNDBUF, &room, sizeof room), 0);
    stream_.emplace(wire_, std::move(ours), std::nullopt);
    channel_.emplace(wire_, *stream_, Http2Session::Role::Server, kLimits, kStall, server_);
    server_.channel = &*channel_;
    const auto run = [](Http2Channel& channel, std::optional<StreamEnd>& said) -> Awaitable<> {
      said = co_await channel.run();
    };
    asio::co_spawn(io_, run(*channel_, end_), [](const std::exception_ptr&) {});
    wire_.sweep.start();
    ask();
  }

  void TearDown() override {
    stream_->stop();
    wire_.sweep.stop();
    io_.run();
  }

  void ask() {
    exchange(Milliseconds{20}, 0);  // SETTINGS
    exchange(Milliseconds{20}, 4096);
    const std::array<Http2Field, 4> fields{
        {{":method", "GET"}, {":scheme", "https"}, {":authority", "a"}, {":path", "/"}}};
    ASSERT_NE(client_.session.submit_request(fields, {}), 0);
    exchange(Milliseconds{20}, 0);
  }

  /// The client says what it has to, and takes at most so many octets after `time`.
  void exchange(Milliseconds time, std::size_t most) {
    std::string out;
    client_.session.take_output(out, static_cast<std::size_t>(-1));
    asio::write(theirs_, asio::buffer(out));
    io_.run_for(time);
    std::string in(most, '\0');
    boost::system::error_code error;
    theirs_.non_blocking(true);
    for (std::size_t come = 0; come < most && !error; come += in.size()) {
      in.resize(most - come);
      in.resize(theirs_.read_some(asio::buffer(in), error));
      client_.session.feed(in);
      io_.poll();
    }
    theirs_.non_blocking(false);
  }

  asio::io_context io_;
  WorkerIo wire_{io_};
  tcp::socket theirs_{io_};
  Server server_;
  Client client_;
  std::optional<Stream> stream_;
  std::optional<Http2Channel> channel_;
  std::optional<StreamEnd> end_;
};

TEST_F(Http2ChannelTest, who_takes_his_answer_slowly_but_steadily_gets_it) {
  const auto until = steady_clock::now() + 4 * kStall;
  while (steady_clock::now() < until && !end_) exchange(kStall / 8, 256 * 1024);
  EXPECT_FALSE(end_) << "after " << client_.taken << " octets";
  EXPECT_GT(client_.taken, 4U * 1024 * 1024);
  EXPECT_LT(client_.taken, kAnswer) << "there was always more to take";
}

TEST_F(Http2ChannelTest, who_takes_nothing_any_longer_is_parted_with) {
  exchange(kStall / 8, 1024 * 1024);
  const auto begin = steady_clock::now();
  while (!end_ && steady_clock::now() < begin + 20 * kStall) io_.run_for(Sweep::kTick);
  EXPECT_EQ(end_, StreamEnd::Late);
  EXPECT_GE(steady_clock::now() - begin, kStall / 2);
}

}  // namespace
}  // namespace sitegate::test
