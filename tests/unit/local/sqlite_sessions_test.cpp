#include "auth/session_store.hpp"

#include "tests/unit/local/support.hpp"

namespace sitegate {
namespace {

using test::viewer;

class SessionsTest : public test::SqliteStoreTest {};

StoredSession session(char c, std::int64_t last_used = 5) {
  return {.key = std::string("\0\xff", 2) + std::string(30, c),
          .viewer = viewer("admin1@Org1", {"ADMINISTRATORS", "odd \"role\" \xc3\xa9"}),
          .created = 5,
          .last_used = last_used,
          .credential = std::string("\0\xfe", 2) + std::string(30, c)};
}

TEST_F(SessionsTest, sessions_survive_a_restart) {
  ASSERT_TRUE(store_->sessions().insert(session('a')));
  ASSERT_TRUE(store_->sessions().insert(session('b')));
  restart();
  const auto loaded = store_->sessions().load();
  ASSERT_EQ(loaded->size(), 2U);
  EXPECT_EQ(loaded->at(0).key, session('a').key);
  EXPECT_EQ(loaded->at(0).viewer, session('a').viewer);
  EXPECT_EQ(loaded->at(0).created, 5);
  EXPECT_EQ(loaded->at(1).last_used, 5);
  EXPECT_EQ(loaded->at(1).credential, session('b').credential);
}

TEST_F(SessionsTest, removed_sessions_are_gone) {
  auto& sessions = store_->sessions();
  for (const char c : {'a', 'b', 'c'}) ASSERT_TRUE(sessions.insert(session(c)));
  EXPECT_TRUE(sessions.remove({session('a').key, session('x').key, session('c').key}));
  restart();
  const auto loaded = store_->sessions().load();
  ASSERT_EQ(loaded->size(), 1U);
  EXPECT_EQ(loaded->at(0).key, session('b').key);
}

TEST_F(SessionsTest, a_touch_only_moves_time_forward) {
  auto& sessions = store_->sessions();
  ASSERT_TRUE(sessions.insert(session('a', 10)));
  ASSERT_TRUE(sessions.insert(session('b', 10)));
  EXPECT_TRUE(sessions.touch({{session('a').key, 20}, {session('b').key, 9}, {"gone", 30}}));
  const auto loaded = sessions.load();
  ASSERT_EQ(loaded->size(), 2U);
  EXPECT_EQ(loaded->at(0).last_used, 20);
  EXPECT_EQ(loaded->at(1).last_used, 10);
}

TEST_F(SessionsTest, sessions_of_a_closed_store_are_a_failure) {
  store_->close();
  EXPECT_EQ(store_->sessions().insert(session('a')).error().code, ErrorCode::StoreUnavailable);
  EXPECT_EQ(store_->sessions().load().error().code, ErrorCode::StoreUnavailable);
}

}  // namespace
}  // namespace sitegate
