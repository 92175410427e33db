#include "gateway/state_lock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "tests/support/certificates.hpp"

namespace sitegate::test {
namespace {

using testing::HasSubstr;

class StateLockTest : public testing::Test {
 protected:
  TempDirectory files_;
  const std::filesystem::path state_ = files_.path() / "deep" / "state";
};

TEST_F(StateLockTest, the_directory_is_made_for_nobody_else) {
  ASSERT_TRUE(StateLock::take(state_));
  EXPECT_EQ(std::filesystem::status(state_).permissions(), std::filesystem::perms::owner_all);
}

TEST_F(StateLockTest, a_second_one_is_refused_and_told_who_has_it) {
  const auto first = StateLock::take(state_);
  ASSERT_TRUE(first);
  const auto second = StateLock::take(state_);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().detail, HasSubstr("serve.lock"));
  EXPECT_THAT(second.error().detail, HasSubstr("process " + std::to_string(::getpid())));
}

TEST_F(StateLockTest, the_lock_ends_with_its_owner) {
  { const auto first = StateLock::take(state_); }
  EXPECT_TRUE(StateLock::take(state_));
}

TEST_F(StateLockTest, the_lock_moves) {
  StateLock kept;
  {
    auto first = StateLock::take(state_);
    ASSERT_TRUE(first);
    kept = std::move(*first);
  }
  EXPECT_FALSE(StateLock::take(state_));
  { const StateLock moved = std::move(kept); }
  EXPECT_TRUE(StateLock::take(state_));
}

TEST_F(StateLockTest, each_directory_has_its_own) {
  const auto first = StateLock::take(state_);
  EXPECT_TRUE(StateLock::take(files_.path() / "other"));
}

TEST_F(StateLockTest, a_database_is_served_once_whatever_the_state_directories_are) {
  const auto database = files_.path() / "tasks.db";
  std::ofstream(database) << "x";
  const auto first = StateLock::take_for(database);
  ASSERT_TRUE(first);
  const auto second = StateLock::take_for(database);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().detail, HasSubstr("uses this database"));
  EXPECT_TRUE(StateLock::take_for(files_.path() / "other.db"));
}

TEST_F(StateLockTest, a_lock_file_left_behind_is_no_lock) {
  std::filesystem::create_directories(state_);
  std::ofstream(state_ / "serve.lock") << "4194304999999";
  const auto lock = StateLock::take(state_);
  ASSERT_TRUE(lock);
  std::string text;
  std::ifstream(state_ / "serve.lock") >> text;
  EXPECT_EQ(text, std::to_string(::getpid()));
}

TEST_F(StateLockTest, a_place_that_cannot_be_a_directory_is_named) {
  std::ofstream(files_.path() / "file") << "x";
  const auto lock = StateLock::take(files_.path() / "file" / "state");
  ASSERT_FALSE(lock);
  EXPECT_THAT(lock.error().detail, HasSubstr((files_.path() / "file" / "state").string()));
}

}  // namespace
}  // namespace sitegate::test
