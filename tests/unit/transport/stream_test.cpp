// A stream on real sockets: what becomes of octets and of waiting when several things happen in one
// turn of the worker.

#include "routing/transport/stream.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/write.hpp>

#include "tests/unit/transport/tls_world.hpp"

namespace sitegate::test {
namespace {

using asio::ip::tcp;

class StreamTest : public testing::Test {
 protected:
  /// Ours, and `theirs_` is the other side.
  void connect(std::optional<TlsEngine> engine = std::nullopt) {
    tcp::acceptor door(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    theirs_.connect(door.local_endpoint());
    theirs_.non_blocking(true);
    tcp::endpoint from;
    boost::system::error_code error;
    stream_.emplace(wire_, Socket::accept(door.native_handle(), from, error), std::move(engine));
  }

  /// The system takes no more, a little is left, and nobody flushes.
  void fill() {
    constexpr std::size_t kChunk = 64 * 1024;
    for (bool taken = true; taken; written_ += kChunk) {
      ASSERT_LE(written_ + kChunk, content_.size());
      stream_->write(std::string_view(content_).substr(written_, kChunk));
      taken = stream_->send_now().has_value();
    }
  }

  void flush(std::optional<StreamEnd>& end) {
    const auto wait = [](Stream& stream, std::optional<StreamEnd>& said) -> Awaitable<> {
      said = co_await stream.flush();
    };
    asio::co_spawn(io_, wait(*stream_, end), asio::detached);
  }

  void work(std::chrono::milliseconds quiet = std::chrono::milliseconds{20}) {
    io_.restart();
    while (io_.run_one_for(quiet) > 0) {
    }
  }

  /// What is there for the other side.
  std::string hear() {
    std::string octets(1024 * 1024, '\0');
    boost::system::error_code error;
    octets.resize(theirs_.read_some(asio::buffer(octets), error));
    return octets;
  }

  asio::io_context io_;
  WorkerIo wire_{io_};
  tcp::socket theirs_{io_};
  std::optional<Stream> stream_;
  const std::string content_ = pattern(16 * 1024 * 1024);
  std::size_t written_ = 0;
};

TEST_F(StreamTest, a_flush_goes_on_as_the_other_side_takes_it) {
  connect();
  std::optional<StreamEnd> end;
  stream_->write(content_);
  flush(end);
  std::string heard;
  for (int round = 0; round < 10'000 && heard.size() < content_.size(); ++round) {
    work();
    heard += hear();
  }
  work();
  EXPECT_EQ(end, StreamEnd::Ok);
  EXPECT_TRUE(heard == content_);
}

/// What ends a stream, and what its flush says then.
struct Ending {
  void (*act)(Stream& stream);
  StreamEnd end;
};

TEST_F(StreamTest, what_ends_while_its_send_waits_for_the_turn_waits_for_no_room) {
  for (const auto& [act, expected] :
       {Ending{[](Stream& stream) { stream.stop(); }, StreamEnd::Stopped},
        Ending{[](Stream& stream) { stream.interrupt(); }, StreamEnd::Late},
        Ending{[](Stream& stream) { stream.close(); }, StreamEnd::Cut}}) {
    theirs_ = tcp::socket(io_);
    written_ = 0;
    connect();
    fill();
    std::optional<StreamEnd> end;
    flush(end);
    io_.restart();
    ASSERT_EQ(io_.poll_one(), 1U) << "to the point where it waits";
    act(*stream_);
    work();
    EXPECT_EQ(end, expected);
  }
}

class TlsStreamTest : public StreamTest {
 protected:
  void SetUp() override {
    connect(TlsEngine::server(server_context_.get()));
    const auto serve = [](TlsStreamTest& test) -> Awaitable<> {
      test.end_ = co_await test.stream_->handshake();
      while (*test.end_ == StreamEnd::Ok) test.end_ = co_await test.stream_->read(test.heard_);
    };
    asio::co_spawn(io_, serve(*this), asio::detached);
    for (int round = 0; round < 10 && !client_.shaken; ++round) {
      client_.drive();
      say();
      work();
      client_.take(hear());
    }
    ASSERT_TRUE(client_.shaken);
    say();
    work();
  }

  void say() {
    asio::write(theirs_, asio::buffer(client_.tls.output()));
    client_.tls.sent(client_.tls.output().size());
  }

  void ask_for_new_keys(int times) {
    for (int i = 0; i < times; ++i) {
      ASSERT_EQ(SSL_key_update(client_.tls.native(), SSL_KEY_UPDATE_REQUESTED), 1);
      ASSERT_EQ(SSL_do_handshake(client_.tls.native()), 1);
    }
    say();
    work(std::chrono::milliseconds{1});
  }

  TlsWorld world_;
  TlsContext server_context_ = world_.server();
  TlsContext client_context_ = world_.client();
  End client_{TlsEngine::client(client_context_.get(), kSiteName)};
  std::string heard_;
  std::optional<StreamEnd> end_;  // of what we read
};

TEST_F(TlsStreamTest, who_reads_is_no_second_one_to_flush) {
  fill();
  ask_for_new_keys(1);  // which is to be answered
  work();
  std::optional<StreamEnd> flushed;
  flush(flushed);
  work();
  ask_for_new_keys(1);
  for (int round = 0; round < 10'000 && client_.received.size() < written_; ++round) {
    client_.take(hear());
    say();
    work();
  }
  EXPECT_EQ(flushed, StreamEnd::Ok);
  EXPECT_TRUE(client_.received == content_.substr(0, written_));
  ASSERT_EQ(client_.tls.write("still there"), TlsStatus::Ok);
  say();
  work();
  EXPECT_EQ(heard_, "still there");
}

TEST_F(TlsStreamTest, who_takes_nothing_gets_no_answer_of_tls_without_end) {
  stream_->write(content_);
  ASSERT_FALSE(stream_->send_now());
  ask_for_new_keys(1);
  work();
  EXPECT_EQ(end_, StreamEnd::Cut);
}

}  // namespace
}  // namespace sitegate::test
