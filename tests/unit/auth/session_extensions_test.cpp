// What sessions may do at other sites: it is one session's, and ends with it.

#include <gmock/gmock.h>

#include "tests/unit/auth/sessions_fixture.hpp"

namespace sitegate::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class SessionExtensions : public testing::Test {
 protected:
  Opened open(const std::string& user = "admin1@Org1") {
    return sessions_.open({user, "Org1", {"EVERYONE"}}, kNow).value();
  }
  std::vector<std::string> sites_of(const Opened& opened, std::int64_t now = kNow) {
    const auto principal = sessions_.authenticate(opened.token, now);
    std::vector<std::string> sites;
    if (principal && principal->extensions != nullptr)
      for (const auto& extension : principal->extensions->list) sites.push_back(extension.site);
    return sites;
  }
  Result<ExtensionsPtr> extend(const Opened& opened, const std::string& site,
                               const std::string& sealed = "sealed") {
    return sessions_.extend(opened.key, {site, "Org2", sealed}, kNow);
  }

  SessionSettings settings_{.per_user = 2};
  FakeStore store_;
  Sessions sessions_{settings_, store_};
};

TEST_F(SessionExtensions, are_of_one_session_and_of_no_other_of_the_same_user) {
  const auto mine = open();
  const auto other = open();
  const auto now_there = extend(mine, "site2");
  ASSERT_TRUE(now_there);
  EXPECT_EQ((*now_there)->session, mine.key);
  EXPECT_THAT(sites_of(mine), ElementsAre("site2"));
  EXPECT_THAT(sites_of(other), IsEmpty());
}

TEST_F(SessionExtensions, are_stored_before_it_is_said) {
  const auto mine = open();
  ASSERT_TRUE(extend(mine, "site2"));
  ASSERT_TRUE(extend(mine, "site3", "other"));
  EXPECT_THAT(store_.extensions(mine.key), ElementsAre(Extension{"site2", "Org2", "sealed"},
                                                       Extension{"site3", "Org2", "other"}));
}

TEST_F(SessionExtensions, that_cannot_be_stored_are_none) {
  const auto mine = open();
  store_.failing = true;
  EXPECT_EQ(extend(mine, "site2").error().code, ErrorCode::StoreUnavailable);
  EXPECT_THAT(sites_of(mine), IsEmpty());
}

TEST_F(SessionExtensions, of_a_session_that_ended_meanwhile_are_none) {
  const auto mine = open();
  sessions_.end(mine.key);
  EXPECT_EQ(extend(mine, "site2").error().code, ErrorCode::NotAuthenticated);
}

TEST_F(SessionExtensions, to_the_same_site_replace_each_other) {
  const auto mine = open();
  ASSERT_TRUE(extend(mine, "site2", "first"));
  ASSERT_TRUE(extend(mine, "site2", "second"));
  EXPECT_THAT(store_.extensions(mine.key), ElementsAre(Extension{"site2", "Org2", "second"}));
}

TEST_F(SessionExtensions, are_forgotten_at_once_and_the_store_hears_of_it) {
  const auto mine = open();
  ASSERT_TRUE(extend(mine, "site2"));
  ASSERT_TRUE(extend(mine, "site3"));
  const auto left = sessions_.shrink(mine.key, "site2");
  ASSERT_NE(left, nullptr);
  EXPECT_EQ(left->at("site2"), nullptr);
  EXPECT_THAT(sites_of(mine), ElementsAre("site3"));
  ASSERT_TRUE(sessions_.settle());
  EXPECT_THAT(store_.extensions(mine.key), ElementsAre(Extension{"site3", "Org2", "sealed"}));
  EXPECT_EQ(sessions_.shrink(mine.key, "site3"), nullptr);
  EXPECT_THAT(sites_of(mine), IsEmpty());
}

TEST_F(SessionExtensions, whose_removal_the_store_did_not_take_are_removed_later) {
  const auto mine = open();
  ASSERT_TRUE(extend(mine, "site2"));
  store_.failing = true;
  sessions_.shrink(mine.key, "site2");
  EXPECT_FALSE(sessions_.settle());
  EXPECT_FALSE(store_.extensions(mine.key).empty());
  store_.failing = false;
  ASSERT_TRUE(sessions_.flush(kNow));
  EXPECT_THAT(store_.extensions(mine.key), IsEmpty());
}

// A lookup with the old token may come back with a 401 after the caller has extended again.
TEST_F(SessionExtensions, that_lapse_late_do_not_take_their_successor_along) {
  const auto mine = open();
  ASSERT_TRUE(extend(mine, "site2", "first"));
  ASSERT_TRUE(extend(mine, "site2", "second"));
  const std::string first = "first";
  sessions_.shrink(mine.key, "site2", &first);
  EXPECT_THAT(sites_of(mine), ElementsAre("site2"));
}

TEST_F(SessionExtensions, written_at_the_same_time_leave_the_latest_in_the_store) {
  const auto mine = open();
  ASSERT_TRUE(extend(mine, "site2"));
  store_.during_write_extensions = [&] {
    store_.during_write_extensions = nullptr;
    sessions_.shrink(mine.key, "site2");
  };
  ASSERT_TRUE(extend(mine, "site3"));
  ASSERT_TRUE(sessions_.settle());
  EXPECT_THAT(store_.extensions(mine.key), ElementsAre(Extension{"site3", "Org2", "sealed"}));
}

// A site restarts, and a thousand sessions lapse: that is a few commits, not a thousand.
TEST_F(SessionExtensions, that_lapse_together_are_written_together) {
  SessionSettings many = settings_;
  many.per_user = 1000;
  Sessions sessions(many, store_);
  for (int i = 0; i < 300; ++i) {
    const auto one = sessions.open({"admin1@Org1", "Org1", {"EVERYONE"}}, kNow).value();
    ASSERT_TRUE(sessions.extend(one.key, {"site2", "Org2", "sealed"}, kNow));
    sessions.shrink(one.key, "site2");
  }
  store_.extension_jobs = 0;
  ASSERT_TRUE(sessions.settle());
  EXPECT_EQ(store_.extension_jobs, 2);
  ASSERT_TRUE(sessions.settle());
  EXPECT_EQ(store_.extension_jobs, 2) << "nothing is owed";
}

TEST_F(SessionExtensions, end_with_their_session) {
  const auto mine = open();
  ASSERT_TRUE(extend(mine, "site2"));
  sessions_.end(mine.key);
  ASSERT_TRUE(sessions_.settle());
  EXPECT_FALSE(store_.has(mine.key));
  EXPECT_TRUE(sessions_.due_for_life(kNow + 10 * kMinute).empty());
  EXPECT_EQ(sessions_.shrink(mine.key, "site2"), nullptr);
}

TEST_F(SessionExtensions, outlive_a_restart_but_not_their_use) {
  const auto mine = open();
  ASSERT_TRUE(extend(mine, "site2"));
  ASSERT_TRUE(extend(mine, "site3"));
  Sessions later(settings_, store_);
  const auto valid = [](const StoredSession&) { return true; };
  const auto useful = [&](const std::string& key, const Extension& extension) {
    EXPECT_EQ(key, mine.key);
    return extension.site != "site3";
  };
  ASSERT_TRUE(later.load(kNow, valid, useful));
  const auto principal = later.authenticate(mine.token, kNow);
  ASSERT_TRUE(principal && principal->extensions);
  EXPECT_NE(principal->extensions->at("site2"), nullptr);
  EXPECT_EQ(principal->extensions->at("site3"), nullptr);
  EXPECT_EQ(later.due_for_life(kNow).size(), 1U) << "nobody knows how long it was idle there";
  ASSERT_TRUE(later.flush(kNow));
  EXPECT_THAT(store_.extensions(mine.key), ElementsAre(Extension{"site2", "Org2", "sealed"}));
}

TEST_F(SessionExtensions, get_a_sign_of_life_every_ten_minutes_while_their_session_is_used) {
  const auto mine = open();
  ASSERT_TRUE(extend(mine, "site2"));
  EXPECT_TRUE(sessions_.due_for_life(kNow + 10 * kMinute - 1).empty());
  const auto due = sessions_.due_for_life(kNow + 10 * kMinute);
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0]->session, mine.key);
  EXPECT_TRUE(sessions_.due_for_life(kNow + 20 * kMinute - 1).empty());
  EXPECT_EQ(sessions_.due_for_life(kNow + 20 * kMinute).size(), 1U);
  EXPECT_TRUE(sessions_.due_for_life(kNow + 31 * kMinute).empty()) << "nobody uses it";
}

TEST_F(SessionExtensions, of_a_session_that_may_be_idle_for_long_are_kept_for_half_an_hour) {
  settings_.idle = std::chrono::hours{8};
  Sessions sessions(settings_, store_);
  const auto mine = sessions.open({"admin1@Org1", "Org1", {"EVERYONE"}}, kNow).value();
  ASSERT_TRUE(sessions.extend(mine.key, {"site2", "Org2", "sealed"}, kNow));
  EXPECT_EQ(sessions.due_for_life(kNow + 30 * kMinute).size(), 1U);
  EXPECT_TRUE(sessions.due_for_life(kNow + 41 * kMinute).empty());
  ASSERT_TRUE(sessions.authenticate(mine.token, kNow + 42 * kMinute));
  EXPECT_EQ(sessions.due_for_life(kNow + 42 * kMinute).size(), 1U);
}

}  // namespace
}  // namespace sitegate::test
