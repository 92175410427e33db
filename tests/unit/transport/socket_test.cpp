#include "routing/transport/socket.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "routing/transport/poller.hpp"

namespace sitegate::test {
namespace {

using asio::ip::tcp;

TEST(SocketTest, a_connection_that_nobody_takes_says_so) {
  asio::io_context io;
  Poller poller(io.get_executor());
  tcp::acceptor door(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  const auto nobody = door.local_endpoint();
  door.close();
  boost::system::error_code error;
  auto socket = Socket::open(tcp::v4(), error);
  ASSERT_FALSE(error);
  error = socket.connect(nobody);
  Polled polled(poller);
  polled.watch(std::move(socket));
  if (would_wait(error)) {
    const auto wait = [&]() -> Awaitable<> {
      co_await polled.until_writable();
      error = polled.socket().connect_error();
    };
    asio::co_spawn(io, wait(), asio::detached);
    io.run();
  }
  EXPECT_EQ(error, asio::error::connection_refused);
}

}  // namespace
}  // namespace sitegate::test
