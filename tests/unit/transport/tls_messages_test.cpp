// Messages after the handshake that carry no data, floods of them, and input that is no TLS.

#include <gtest/gtest.h>

#include "tests/unit/transport/tls_world.hpp"

namespace sitegate::test {
namespace {

class TlsMessages : public testing::Test {
 protected:
  TlsMessages() { pair.run(); }

  static void update_key(End& end, int answer) {
    ASSERT_EQ(SSL_key_update(end.tls.native(), answer), 1);
    ASSERT_EQ(SSL_do_handshake(end.tls.native()), 1);  // sends it
  }

  void expect_both_ways() {
    pair.client.received.clear();
    pair.server.received.clear();
    EXPECT_EQ(pair.server.tls.write("down"), TlsStatus::Ok);
    EXPECT_EQ(pair.client.tls.write("up"), TlsStatus::Ok);
    pair.run(1);
    EXPECT_EQ(pair.client.received, "down");
    EXPECT_EQ(pair.server.received, "up");
  }

  TlsWorld world;
  TlsContext client_context = world.client();
  TlsContext server_context = world.server();
  Pair pair{client_context.get(), server_context.get()};
};

TEST_F(TlsMessages, key_update_of_the_client_is_followed) {
  for (const int answer : {SSL_KEY_UPDATE_REQUESTED, SSL_KEY_UPDATE_NOT_REQUESTED}) {
    update_key(pair.client, answer);
    Pair::carry(pair.client, pair.server, 1);
    EXPECT_EQ(pair.server.status, TlsStatus::WantRead);
    expect_both_ways();
  }
}

TEST_F(TlsMessages, key_update_of_the_server_is_followed) {
  for (const int answer : {SSL_KEY_UPDATE_REQUESTED, SSL_KEY_UPDATE_NOT_REQUESTED}) {
    update_key(pair.server, answer);
    Pair::carry(pair.server, pair.client, 1);
    EXPECT_EQ(pair.client.status, TlsStatus::WantRead);
    expect_both_ways();
  }
}

TEST_F(TlsMessages, key_updates_may_cross_each_other) {
  update_key(pair.server, SSL_KEY_UPDATE_REQUESTED);
  update_key(pair.client, SSL_KEY_UPDATE_REQUESTED);
  expect_both_ways();
  expect_both_ways();
}

TEST_F(TlsMessages, requested_key_updates_are_answered_by_no_more_octets_than_they_have) {
  for (int i = 0; i < 10; ++i) {
    update_key(pair.client, SSL_KEY_UPDATE_REQUESTED);
  }
  const std::size_t asked = pair.client.tls.output().size();
  Pair::carry(pair.client, pair.server);
  EXPECT_LE(pair.server.tls.output().size(), asked);
  expect_both_ways();
}

TEST_F(TlsMessages, key_updates_without_end_are_a_failure) {
  for (int i = 0; i < 40; ++i) {
    update_key(pair.client, SSL_KEY_UPDATE_NOT_REQUESTED);
  }
  Pair::carry(pair.client, pair.server);
  EXPECT_EQ(pair.server.failure().kind, TlsFailure::Kind::Protocol);
  EXPECT_EQ(pair.server.failure().detail, "too many records without data");
}

TEST_F(TlsMessages, many_key_updates_with_data_between_are_fine) {
  for (int i = 0; i < 100; ++i) {
    update_key(pair.client, SSL_KEY_UPDATE_NOT_REQUESTED);
    pair.client.tls.write("x");
  }
  Pair::carry(pair.client, pair.server);
  EXPECT_EQ(pair.server.received, std::string(100, 'x'));
}

TEST_F(TlsMessages, key_update_after_our_close_is_survived) {
  pair.server.tls.close();
  update_key(pair.client, SSL_KEY_UPDATE_NOT_REQUESTED);
  pair.client.tls.write("still here");
  pair.client.tls.close();
  Pair::carry(pair.client, pair.server);
  EXPECT_EQ(pair.server.received, "still here");
  EXPECT_EQ(pair.server.status, TlsStatus::Closed);
}

TEST_F(TlsMessages, a_ticket_after_data_is_no_data) {
  EXPECT_EQ(pair.server.tls.write("before"), TlsStatus::Ok);
  ASSERT_EQ(SSL_new_session_ticket(pair.server.tls.native()), 1);
  ASSERT_EQ(SSL_do_handshake(pair.server.tls.native()), 1);
  pair.run();
  EXPECT_EQ(pair.client.received, "before");
  EXPECT_EQ(pair.client.status, TlsStatus::WantRead);
  expect_both_ways();
}

// A ticket longer than a record: half of it is there when we want to write.
class HalfATicket : public TlsMessages {
 protected:
  HalfATicket() {
    SSL* server = pair.server.tls.native();
    SSL_set_max_send_fragment(server, 512);
    const std::string padding(600, 'p');
    SSL_SESSION_set1_ticket_appdata(SSL_get_session(server), padding.data(), padding.size());
    SSL_new_session_ticket(server);
    SSL_do_handshake(server);
    wire = pair.server.tls.output();
    pair.server.tls.sent(wire.size());
    pair.client.take(wire.substr(0, 600));
  }

  std::string wire;
};

TEST_F(HalfATicket, lets_us_write_when_the_other_half_is_there) {
  EXPECT_EQ(pair.client.tls.write("one "), TlsStatus::Ok);
  EXPECT_EQ(pair.client.tls.write("two"), TlsStatus::Ok);
  EXPECT_TRUE(pair.client.tls.output().empty());  // else nothing had to wait
  pair.client.take(wire.substr(600));
  EXPECT_EQ(pair.client.status, TlsStatus::WantRead);
  pair.run();
  EXPECT_EQ(pair.server.received, "one two");
  expect_both_ways();
}

TEST_F(HalfATicket, lets_us_close_after_what_was_written) {
  pair.client.tls.write("last words");
  pair.client.tls.close();
  pair.client.take(wire.substr(600));
  pair.run();
  EXPECT_EQ(pair.server.received, "last words");
  EXPECT_EQ(pair.server.status, TlsStatus::Closed);
}

TEST(TlsGarbage, no_tls_instead_of_a_client_hello_is_refused) {
  TlsWorld world;
  const TlsContext context = world.server();
  for (const std::string& garbage :
       {std::string("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), std::string(64, '\0'), pattern(5000)}) {
    End server{.tls = TlsEngine::server(context.get())};
    server.take(garbage);
    EXPECT_EQ(server.failure().kind, TlsFailure::Kind::Protocol);
    EXPECT_FALSE(server.failure().detail.empty());
    server.take(garbage);
    EXPECT_EQ(server.status, TlsStatus::Failed);
    server.tls.close();
  }
}

// Every prefix waits; every spoilt octet is refused or leads nowhere.
TEST(TlsGarbage, cut_and_spoilt_hellos_are_survived) {
  TlsWorld world;
  const TlsContext client_context = world.client();
  const TlsContext server_context = world.server();
  End client{.tls = TlsEngine::client(client_context.get(), kSiteName)};
  client.drive();
  const std::string hello(client.tls.output());
  for (std::size_t at = 0; at < hello.size(); ++at) {
    End cut{.tls = TlsEngine::server(server_context.get())};
    cut.take(hello.substr(0, at));
    EXPECT_EQ(cut.status, TlsStatus::WantRead);
    EXPECT_TRUE(cut.tls.output().empty());
    std::string spoilt = hello;
    spoilt[at] = static_cast<char>(spoilt[at] ^ 0x55);
    End server{.tls = TlsEngine::server(server_context.get())};
    server.take(spoilt);
    EXPECT_FALSE(server.shaken);
  }
}

// A client that gets a spoilt flight either fails, or waits for more, or what was spoilt is one of
// the octets that TLS 1.3 tells receivers to ignore, and then the connection works.
TEST(TlsGarbage, spoilt_server_flights_are_survived) {
  TlsWorld world;
  const TlsContext client_context = world.client();
  const TlsContext server_context = world.server();
  std::size_t failed = 0;
  std::size_t flight_size = 1;
  for (std::size_t at = 0; at < flight_size; at += 7) {
    Pair pair(client_context.get(), server_context.get());
    pair.client.drive();
    Pair::carry(pair.client, pair.server);
    std::string flight(pair.server.tls.output());
    pair.server.tls.sent(flight.size());
    flight_size = flight.size();
    flight[at] = static_cast<char>(flight[at] ^ 0x20);
    pair.client.take(flight);
    if (pair.client.shaken) {
      Pair::carry(pair.client, pair.server);
      EXPECT_TRUE(pair.server.shaken) << at;
    }
    failed += pair.client.status == TlsStatus::Failed ? 1U : 0U;
    EXPECT_EQ(pair.client.received, "");
  }
  EXPECT_GT(failed, flight_size / 7 / 2);
}

}  // namespace
}  // namespace sitegate::test
