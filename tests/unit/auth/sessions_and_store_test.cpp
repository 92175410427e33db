// What sessions owe their store: uses, ends that came by themselves, and a restart.

#include "auth/sessions.hpp"
#include "tests/unit/auth/sessions_fixture.hpp"

namespace sitegate {
namespace {

using test::kMinute;
using test::kNow;
using test::kSecond;
class SessionsAndStoreTest : public test::SessionsTest {};

TEST_F(SessionsAndStoreTest, before_the_end_all_last_uses_are_written) {
  const Opened session = open();
  EXPECT_TRUE(lives(session, kNow + kSecond));
  EXPECT_TRUE(sessions_.flush(kNow + 2 * kSecond));
  EXPECT_EQ(store_.last_used(session.key), kNow);
  EXPECT_TRUE(sessions_.flush(kNow + 2 * kSecond, Sessions::Uses::All));
  EXPECT_EQ(store_.last_used(session.key), kNow + kSecond);
}

TEST_F(SessionsAndStoreTest, last_uses_are_written_at_most_once_a_minute) {
  const Opened session = open();
  EXPECT_TRUE(sessions_.flush(kNow + kMinute));
  EXPECT_EQ(store_.writes(), 0U) << "not used since it was stored";
  EXPECT_TRUE(lives(session, kNow + kMinute + 1));
  EXPECT_TRUE(sessions_.flush(kNow + kMinute + 2));
  EXPECT_EQ(store_.last_used(session.key), kNow + kMinute + 1);
  for (std::int64_t at = kMinute + 3; at < 2 * kMinute + 2; at += kSecond) {
    EXPECT_TRUE(lives(session, kNow + at));
    EXPECT_TRUE(sessions_.flush(kNow + at));
  }
  EXPECT_EQ(store_.writes(), 1U);
  EXPECT_TRUE(sessions_.flush(kNow + 2 * kMinute + 2));
  EXPECT_EQ(store_.writes(), 2U);
}

TEST_F(SessionsAndStoreTest, the_minute_counts_from_the_writing_and_not_from_the_use) {
  const Opened session = open();
  EXPECT_TRUE(lives(session, kNow + 10 * kSecond));
  EXPECT_TRUE(sessions_.flush(kNow + kMinute));
  EXPECT_TRUE(lives(session, kNow + 65 * kSecond));
  EXPECT_TRUE(sessions_.flush(kNow + 80 * kSecond));
  EXPECT_EQ(store_.writes(), 1U);
}

TEST_F(SessionsAndStoreTest, a_use_that_was_not_written_is_tried_again) {
  const Opened session = open();
  EXPECT_TRUE(lives(session, kNow + kMinute));
  store_.failing = true;
  EXPECT_FALSE(sessions_.flush(kNow + kMinute));
  store_.failing = false;
  EXPECT_TRUE(sessions_.flush(kNow + kMinute + 1));
  EXPECT_EQ(store_.last_used(session.key), kNow + kMinute);
}

TEST_F(SessionsAndStoreTest, flush_ends_what_has_expired_also_in_the_store) {
  const Opened idle = open();
  const Opened used = open();
  EXPECT_TRUE(lives(used, kNow + 20 * kMinute));
  EXPECT_TRUE(sessions_.flush(kNow + 30 * kMinute));
  EXPECT_EQ(sessions_.size(), 1U);
  EXPECT_FALSE(store_.has(idle.key));
  EXPECT_TRUE(store_.has(used.key));
}

TEST_F(SessionsAndStoreTest, flush_ends_more_than_one_batch) {
  for (int i = 0; i < 700; ++i) open("user" + std::to_string(i));
  EXPECT_TRUE(sessions_.flush(kNow + 30 * kMinute));
  EXPECT_EQ(sessions_.size(), 0U);
  EXPECT_EQ(store_.size(), 0U);
}

TEST_F(SessionsAndStoreTest, a_session_closed_while_flush_runs_does_not_come_back) {
  const Opened session = open();
  EXPECT_TRUE(lives(session, kNow + kMinute));
  store_.during_touch = [&] {
    store_.during_touch = {};
    EXPECT_TRUE(close(session));
  };
  EXPECT_TRUE(sessions_.flush(kNow + kMinute));
  EXPECT_FALSE(lives(session, kNow + kMinute));
  EXPECT_FALSE(store_.has(session.key));
  EXPECT_EQ(sessions_.size(), 0U);
}

TEST_F(SessionsAndStoreTest, a_session_closed_while_another_is_opened_does_not_come_back) {
  const Opened session = open();
  store_.during_insert = [&] { EXPECT_TRUE(close(session)); };
  const Opened other = open();
  EXPECT_FALSE(lives(session));
  EXPECT_TRUE(lives(other));
  EXPECT_EQ(store_.size(), 1U);
}

bool useful(const std::string&, const Extension&) {
  return true;
}

bool everybody(const StoredSession&) {
  return true;
}

TEST_F(SessionsAndStoreTest, a_user_who_is_gone_or_has_other_roles_loses_the_session_at_a_restart) {
  const Opened kept = open("kept");
  const Opened gone = open("gone");
  Sessions later(settings_, store_);
  ASSERT_TRUE(later.load(
      kNow, [](const StoredSession& it) { return it.viewer.user == "kept"; }, useful));
  EXPECT_TRUE(later.authenticate(kept.token, kNow));
  EXPECT_FALSE(later.authenticate(gone.token, kNow));
  EXPECT_TRUE(later.flush(kNow));
  EXPECT_FALSE(store_.has(gone.key));
}

TEST_F(SessionsAndStoreTest, sessions_survive_a_restart_and_closed_ones_stay_closed) {
  const Opened kept = open();
  const Opened closed = open();
  EXPECT_TRUE(close(closed));
  Sessions later(settings_, store_);
  ASSERT_TRUE(later.load(kNow + kMinute, everybody, useful));
  EXPECT_TRUE(later.authenticate(kept.token, kNow + kMinute));
  EXPECT_FALSE(later.authenticate(closed.token, kNow + kMinute));
  EXPECT_FALSE(later.authenticate(kept.token, kNow + 24 * 60 * kMinute)) << "its age is kept, too";
}

TEST_F(SessionsAndStoreTest, load_leaves_out_what_has_expired_and_what_is_beyond_the_limit) {
  // The store gives them in the order of their keys, the least recently used last.
  const std::string keys[] = {"e", "d", "c", "b", "a"};
  for (int i = 0; i < 5; ++i) store_.put({keys[i], viewer("root"), kNow - 10, kNow - 10 + i});
  store_.put({"idle", viewer("other"), kNow - kMinute, kNow - 30 * kMinute});
  ASSERT_TRUE(sessions_.load(kNow, everybody, useful));
  EXPECT_EQ(sessions_.size(), 3U);
  EXPECT_TRUE(sessions_.flush(kNow));
  EXPECT_EQ(store_.size(), 3U);
  for (const char* gone : {"e", "d", "idle"}) EXPECT_FALSE(store_.has(gone)) << gone;
}

TEST_F(SessionsAndStoreTest, a_store_that_cannot_load_is_told) {
  store_.failing = true;
  ASSERT_FALSE(sessions_.load(kNow, everybody, useful));
}

}  // namespace
}  // namespace sitegate
