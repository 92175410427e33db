// The life of a session: its token, its ends, how many a user may have.

#include "auth/sessions.hpp"

#include <atomic>
#include <thread>

#include "auth/base64url.hpp"
#include "auth/digest.hpp"
#include "tests/unit/auth/sessions_fixture.hpp"

namespace sitegate {
namespace {

using test::kMinute;
using test::kNow;
using test::kSecond;
using test::SessionsTest;

TEST_F(SessionsTest, a_token_is_good_on_the_kind_of_listener_where_it_was_given) {
  const Viewer viewer{"root", "System", {"EVERYONE"}};
  const auto of_peers = sessions_.open(viewer, kNow, {}, ListenerKind::Peers).value();
  EXPECT_TRUE(sessions_.authenticate(of_peers.token, kNow, ListenerKind::Peers));
  EXPECT_FALSE(sessions_.authenticate(of_peers.token, kNow));
  const auto of_callers = sessions_.open(viewer, kNow).value();
  EXPECT_FALSE(sessions_.authenticate(of_callers.token, kNow, ListenerKind::Peers));
}

TEST_F(SessionsTest, a_token_is_32_octets_and_only_its_digest_is_stored) {
  const Opened session = open();
  EXPECT_EQ(session.token.size(), 43U);
  EXPECT_EQ(base64url_decode(session.token)->size(), 32U);
  EXPECT_EQ(session.key, sha256(session.token));
  EXPECT_TRUE(store_.has(session.key));
  EXPECT_NE(session.token, open().token);
}

TEST_F(SessionsTest, a_token_tells_who_holds_it) {
  const Viewer admin{"admin1@Org1", "Org1", {"EVERYONE", "ADMINISTRATORS"}};
  const Opened session = sessions_.open(admin, kNow).value();
  const auto principal = sessions_.authenticate(session.token, kNow);
  ASSERT_TRUE(principal);
  EXPECT_EQ(principal->viewer, admin);
  EXPECT_EQ(principal->session, session.key);
  EXPECT_EQ(principal->peer, "");
}

TEST_F(SessionsTest, what_is_no_token_is_nobody) {
  const Opened session = open();
  for (const std::string& token :
       {std::string(), session.key, session.token + "A", session.token.substr(1),
        std::string(43, 'A'), session.token + "=", std::string(100000, 'A')})
    EXPECT_FALSE(sessions_.authenticate(token, kNow));
}

TEST_F(SessionsTest, an_idle_session_ends) {
  const Opened session = open();
  EXPECT_FALSE(lives(session, kNow + 30 * kMinute));
  EXPECT_TRUE(lives(session, kNow + 30 * kMinute - 1));
}

TEST_F(SessionsTest, use_keeps_a_session_alive_until_its_lifetime_ends) {
  const Opened session = open();
  std::int64_t now = kNow;
  for (; now < kNow + 24 * 60 * kMinute; now += 29 * kMinute) EXPECT_TRUE(lives(session, now));
  EXPECT_TRUE(lives(session, kNow + 24 * 60 * kMinute - 1));
  EXPECT_FALSE(lives(session, kNow + 24 * 60 * kMinute));
}

TEST_F(SessionsTest, a_closed_session_is_over_at_once_and_in_the_store) {
  const Opened session = open();
  const Opened other = open();
  EXPECT_TRUE(close(session));
  EXPECT_FALSE(lives(session));
  EXPECT_FALSE(store_.has(session.key));
  EXPECT_TRUE(lives(other));
  EXPECT_TRUE(close(session)) << "closing again is no failure";
}

TEST_F(SessionsTest, a_session_is_over_before_the_store_is_asked) {
  const Opened session = open();
  store_.during_remove = [&] { EXPECT_FALSE(lives(session)); };
  EXPECT_TRUE(close(session));
}

TEST_F(SessionsTest, one_settling_does_for_all_that_ended_before) {
  const Opened first = open();
  const Opened second = open();
  sessions_.end(first.key);
  sessions_.end(second.key);
  EXPECT_TRUE(store_.has(first.key) && store_.has(second.key));
  int asked = 0;
  store_.during_remove = [&] { ++asked; };
  EXPECT_TRUE(sessions_.settle());
  EXPECT_TRUE(sessions_.settle());
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(store_.size(), 0U);
}

TEST_F(SessionsTest, a_close_that_the_store_refuses_holds_and_is_made_up_for) {
  const Opened session = open();
  store_.failing = true;
  const Result<void> closed = close(session);
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().code, ErrorCode::StoreUnavailable);
  EXPECT_FALSE(lives(session));
  EXPECT_TRUE(store_.has(session.key));
  EXPECT_FALSE(sessions_.flush(kNow));

  store_.failing = false;
  EXPECT_TRUE(sessions_.flush(kNow));
  EXPECT_FALSE(store_.has(session.key));
}

TEST_F(SessionsTest, a_close_that_the_store_refused_may_be_repeated) {
  const Opened session = open();
  store_.failing = true;
  EXPECT_FALSE(close(session));
  store_.failing = false;
  EXPECT_TRUE(close(session));
  EXPECT_FALSE(store_.has(session.key));
}

TEST_F(SessionsTest, a_failed_insert_leaves_no_session) {
  store_.failing = true;
  const auto opened = sessions_.open(viewer("root"), kNow);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::StoreUnavailable);
  EXPECT_EQ(sessions_.size(), 0U);
}

TEST_F(SessionsTest, a_failed_insert_ends_nobody_elses_session) {
  const std::vector<Opened> mine{open(), open(), open()};
  store_.failing = true;
  EXPECT_FALSE(sessions_.open(viewer("root"), kNow));
  for (const Opened& session : mine) EXPECT_TRUE(lives(session));
}

TEST_F(SessionsTest, a_session_is_durable_before_it_is_known) {
  store_.during_insert = [&] {
    EXPECT_EQ(store_.size(), 1U);
    EXPECT_EQ(sessions_.size(), 0U);
  };
  open();
  EXPECT_EQ(sessions_.size(), 1U);
}

TEST_F(SessionsTest, the_least_recently_used_session_of_the_same_user_goes) {
  const Opened foreign = open("somebody", kNow - kMinute);
  const Opened first = open("root", kNow);
  const Opened second = open("root", kNow + 1);
  const Opened third = open("root", kNow + 2);
  EXPECT_TRUE(lives(first, kNow + 3));
  const Opened fourth = open("root", kNow + 4);
  EXPECT_FALSE(lives(second, kNow + 4));
  EXPECT_TRUE(sessions_.flush(kNow + 4));
  EXPECT_FALSE(store_.has(second.key));
  for (const Opened& session : {foreign, first, third, fourth})
    EXPECT_TRUE(lives(session, kNow + 4));
  EXPECT_EQ(store_.size(), 4U);
}

TEST_F(SessionsTest, the_new_session_stays_even_if_the_clock_was_set_back) {
  for (int i = 0; i < 3; ++i) open("root", kNow);
  const Opened session = open("root", kNow - kMinute);
  EXPECT_TRUE(lives(session, kNow - kMinute));
  EXPECT_EQ(sessions_.size(), 3U);
}

TEST_F(SessionsTest, a_login_does_not_wait_for_the_removal_of_what_it_pushed_out) {
  const Opened oldest = open("root", kNow - 1);
  open();
  open();
  bool asked = false;
  store_.during_remove = [&] { asked = true; };
  const Opened session = open();
  EXPECT_FALSE(asked);
  EXPECT_TRUE(lives(session));
  EXPECT_FALSE(lives(oldest));
  EXPECT_TRUE(store_.has(oldest.key));
  EXPECT_TRUE(sessions_.flush(kNow));
  EXPECT_FALSE(store_.has(oldest.key));
}

TEST_F(SessionsTest, may_be_used_by_many_threads) {
  const Opened shared = open("shared");
  std::atomic<bool> wrong = false;
  const auto hammer = [&](int thread) {
    const std::string user = "user" + std::to_string(thread % 2);
    for (int i = 0; i < 500; ++i) {
      const std::int64_t now = kNow + i * kSecond;
      const Opened session = sessions_.open(viewer(user), now).value();
      if (!sessions_.authenticate(shared.token, now))
        wrong = true;
      if (const auto principal = sessions_.authenticate(session.token, now);
          principal && principal->viewer.user != user)
        wrong = true;
      if (i % 3 == 0 && !close(session))
        wrong = true;
      if (i % 3 == 0 && sessions_.authenticate(session.token, now))
        wrong = true;
      if (i % 50 == 0 && !sessions_.flush(now))
        wrong = true;
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(hammer, i);
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(wrong);
  EXPECT_TRUE(sessions_.flush(kNow + 500 * kSecond));
  EXPECT_LE(sessions_.size(), 1 + 2 * settings_.per_user);
  EXPECT_EQ(store_.size(), sessions_.size()) << "memory and store agree in the end";
}

}  // namespace
}  // namespace sitegate
