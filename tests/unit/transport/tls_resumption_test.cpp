#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "tests/unit/transport/tls_world.hpp"

namespace sitegate::test {
namespace {

using std::chrono::minutes;

using Session = std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)>;

class TlsResumption : public testing::TestWithParam<int> {
 protected:
  TlsResumption() { SSL_CTX_set_max_proto_version(client_context.get(), GetParam()); }

  // Connects, with what an earlier connection left when there is one, and keeps what this leaves.
  bool resumes(SSL_CTX* server_context) {
    Pair pair(client_context.get(), server_context);
    if (session) {
      SSL_set_session(pair.client.tls.native(), session.get());
    }
    pair.run();
    pair.client.tls.write("question");
    pair.run();
    EXPECT_TRUE(pair.connected());
    EXPECT_EQ(pair.server.received, "question");
    EXPECT_EQ(pair.client.tls.resumed(), pair.server.tls.resumed());
    session.reset(SSL_get1_session(pair.client.tls.native()));
    pair.client.tls.close();
    return pair.server.tls.resumed();
  }

  SteadyTime now{};
  TlsWorld world;
  TlsContext client_context = TlsWorld::plain_client(&world.other_site);
  Session session{nullptr, SSL_SESSION_free};
};

INSTANTIATE_TEST_SUITE_P(versions, TlsResumption, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         version_name);

TEST_P(TlsResumption, callers_resume_on_every_listener_with_the_same_keys) {
  const TlsContext one = world.server();
  const TlsContext other = world.server();
  EXPECT_FALSE(resumes(one.get()));
  EXPECT_TRUE(resumes(one.get()));
  EXPECT_TRUE(resumes(other.get()));
  EXPECT_TRUE(resumes(one.get()));
}

TEST_P(TlsResumption, other_keys_mean_a_full_handshake) {
  const TlsContext one = world.server();
  world.tickets = make_ticket_keys();
  const TlsContext other = world.server();
  EXPECT_FALSE(resumes(one.get()));
  EXPECT_FALSE(resumes(other.get()));
  EXPECT_TRUE(resumes(other.get()));
}

TEST_P(TlsResumption, peers_never_resume) {
  const TlsContext peers = world.server(ListenerKind::Peers);
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(resumes(peers.get()));
    EXPECT_EQ(SSL_SESSION_has_ticket(session.get()), 0);
  }
}

TEST_P(TlsResumption, a_callers_ticket_opens_no_peers_listener) {
  const TlsContext callers = world.server();
  const TlsContext peers = world.server(ListenerKind::Peers);
  EXPECT_FALSE(resumes(callers.get()));
  EXPECT_FALSE(resumes(peers.get()));
}

TEST_P(TlsResumption, tickets_allow_no_early_data) {
  const TlsContext callers = world.server();
  resumes(callers.get());
  EXPECT_EQ(SSL_SESSION_has_ticket(session.get()), 1);
  EXPECT_EQ(SSL_SESSION_get_max_early_data(session.get()), 0U);
}

TEST_P(TlsResumption, a_ticket_lives_between_one_and_two_hours) {
  world.tickets = make_ticket_keys([this] { return now; });
  const TlsContext callers = world.server();
  now += minutes{59};
  EXPECT_FALSE(resumes(callers.get()));
  const Session first(SSL_SESSION_dup(session.get()), SSL_SESSION_free);
  now += minutes{60};
  EXPECT_TRUE(resumes(callers.get()));  // read by the previous key, a new ticket by the current
  now += minutes{10};
  EXPECT_TRUE(resumes(callers.get()));
  session.reset(SSL_SESSION_dup(first.get()));
  EXPECT_FALSE(resumes(callers.get()));  // its key is gone
}

TEST(TicketKeysTest, keys_change_each_hour_and_the_last_one_is_still_read) {
  SteadyTime now{};
  TicketKeys keys([&now] { return now; });
  const TicketKey first = keys.current();
  now += minutes{59};
  EXPECT_EQ(keys.current().name, first.name);
  now += minutes{1};
  const TicketKey second = keys.current();
  EXPECT_NE(second.name, first.name);
  EXPECT_NE(second.cipher, first.cipher);
  EXPECT_NE(second.mac, first.mac);
  ASSERT_TRUE(keys.find(first.name));
  EXPECT_EQ(keys.find(first.name)->cipher, first.cipher);
  EXPECT_TRUE(keys.find(second.name));
  now += minutes{60};
  EXPECT_FALSE(keys.find(first.name));
  EXPECT_TRUE(keys.find(second.name));
}

TEST(TicketKeysTest, a_key_that_nobody_asked_for_in_time_is_gone) {
  SteadyTime now{};
  TicketKeys keys([&now] { return now; });
  const TicketKey first = keys.current();
  now += minutes{120};
  EXPECT_FALSE(keys.find(first.name));
}

TEST(TicketKeysTest, threads_may_share_them) {
  // The hands move while both use them, past one change of keys, yet never further than a key is
  // read: so that a thread may rest between its two calls for as long as it likes.
  std::atomic<int> asked = 0;
  TicketKeys keys([&asked] { return SteadyTime(minutes{std::min(asked++ / 40, 119)}); });
  const auto use = [&keys] {
    for (int i = 0; i < 1000; ++i) {
      const TicketKey key = keys.current();
      EXPECT_TRUE(keys.find(key.name));
    }
  };
  std::thread other(use);
  use();
  other.join();
}

}  // namespace
}  // namespace sitegate::test
