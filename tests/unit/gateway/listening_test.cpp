#include "gateway/listening.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <set>

namespace sitegate::test {
namespace {

using asio::ip::tcp;
using testing::HasSubstr;

ListenerSettings loopback(std::uint16_t port = 0, ListenerKind kind = ListenerKind::Callers) {
  ListenerSettings listener;
  listener.kind = kind;
  listener.address = "127.0.0.1";
  listener.port = port;
  listener.origin.key_path = "listeners[0]";
  return listener;
}

bool can_connect(const tcp::endpoint& endpoint) {
  asio::io_context io;
  tcp::socket socket(io);
  boost::system::error_code error;
  socket.connect(endpoint, error);
  return !error;
}

TEST(Listening, every_worker_listens_on_the_same_port) {
  auto sockets = open_listener(loopback(), 3);
  ASSERT_TRUE(sockets) << sockets.error().detail;
  EXPECT_NE(sockets->endpoint().port(), 0);
  std::set<int> descriptors;
  for (std::size_t i = 0; i < 3; ++i) {
    const int fd = sockets->hand_over(i);
    descriptors.insert(fd);
    tcp::endpoint bound;
    auto size = static_cast<::socklen_t>(bound.capacity());
    ASSERT_EQ(::getsockname(fd, reinterpret_cast<::sockaddr*>(bound.data()), &size), 0);
    EXPECT_EQ(bound, sockets->endpoint());
  }
  EXPECT_EQ(descriptors.size(), 3U);
  EXPECT_TRUE(can_connect(sockets->endpoint()));
  for (const int fd : descriptors) ::close(fd);
}

TEST(Listening, a_port_taken_by_a_gateway_is_refused_although_it_shares_it) {
  const auto first = open_listener(loopback(), 2);
  ASSERT_TRUE(first);
  const auto second = open_listener(loopback(first->endpoint().port(), ListenerKind::Peers), 1);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().detail, HasSubstr("the listener for peers"));
  EXPECT_THAT(second.error().detail,
              HasSubstr("127.0.0.1:" + std::to_string(first->endpoint().port())));
  EXPECT_THAT(second.error().detail, HasSubstr("listeners[0]"));
}

TEST(Listening, a_port_taken_by_somebody_else_is_refused) {
  asio::io_context io;
  const tcp::acceptor other(io, {asio::ip::address_v4::loopback(), 0});
  EXPECT_FALSE(open_listener(loopback(other.local_endpoint().port()), 1));
}

TEST(Listening, what_was_not_handed_over_is_closed) {
  tcp::endpoint endpoint;
  {
    const auto sockets = open_listener(loopback(), 2);
    ASSERT_TRUE(sockets);
    endpoint = sockets->endpoint();
  }
  EXPECT_FALSE(can_connect(endpoint));
  EXPECT_TRUE(open_listener(loopback(endpoint.port()), 1)) << "and can be had again";
}

TEST(Listening, what_was_handed_over_stays_open) {
  int fd = -1;
  tcp::endpoint endpoint;
  {
    auto sockets = open_listener(loopback(), 1);
    ASSERT_TRUE(sockets);
    ListeningSockets moved = std::move(*sockets);
    endpoint = moved.endpoint();
    fd = moved.hand_over(0);
  }
  EXPECT_TRUE(can_connect(endpoint));
  ::close(fd);
}

TEST(Listening, an_address_that_is_none_or_not_ours_is_refused) {
  for (const char* address : {"", "localhost", "127.0.0.1:1", "192.0.2.1", "::ffff"}) {
    auto listener = loopback();
    listener.address = address;
    const auto sockets = open_listener(listener, 1);
    ASSERT_FALSE(sockets) << address;
    EXPECT_THAT(sockets.error().detail, HasSubstr("listeners[0]"));
  }
}

TEST(Listening, kinds_have_the_names_of_the_configuration) {
  EXPECT_EQ(name_of(ListenerKind::Callers), "callers");
  EXPECT_EQ(name_of(ListenerKind::Peers), "peers");
  EXPECT_EQ(name_of(ListenerKind::Admin), "admin");
}

}  // namespace
}  // namespace sitegate::test
