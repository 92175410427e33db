// Questions to all sites, over links that do what the test says.

#include <gmock/gmock.h>

#include "tests/unit/remote/find_anywhere_fixture.hpp"

namespace sitegate::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using Kind = LinkFailure::Kind;

TEST_F(FindAnywhereTest, the_site_that_has_it_answers) {
  make(3);
  links_[1]->next = SiteAnswer{200, {}, document_of(kId)};
  const auto found = find();
  ASSERT_TRUE(found) << found.error().detail;
  EXPECT_EQ(*found, document_of(kId));
  EXPECT_EQ(trace_.next_hop, "site3");
  EXPECT_EQ(trace_.ended_by, EndedBy::Site);
  EXPECT_EQ(trace_.proxy_error, "");
}

TEST_F(FindAnywhereTest, all_said_that_there_is_none) {
  make(3);
  const auto found = find();
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::TaskNotFound);
  EXPECT_THAT(found.error().args, ElementsAre(std::string(kId)));
  EXPECT_THAT(found.error().hops, IsEmpty()) << "no word of who was asked";
  EXPECT_THAT(questions(), ElementsAre(1, 1, 1));
  EXPECT_EQ(trace_.next_hop, "");
  EXPECT_EQ(trace_.proxy_error, "");
  EXPECT_EQ(trace_.sites_asked, 3U);
}

TEST_F(FindAnywhereTest, sites_that_answer_at_once_do_not_leave_the_asker_waiting) {
  make(3);
  for (auto* link : links_) link->at_once = true;
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(find().error().code, ErrorCode::TaskNotFound);
  links_[1]->next = SiteAnswer{200, {}, document_of(kId)};
  EXPECT_TRUE(find());
  EXPECT_LT(std::chrono::steady_clock::now() - began, time_ / 2);
}

TEST_F(FindAnywhereTest, absence_is_only_said_by_those_who_answered) {
  make(4);
  links_[0]->next = LinkFailure{Kind::Refused, "connection refused"};
  links_[2]->next = says(503, "Overloaded", "17");
  const auto found = find();
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::SiteUnavailable);
  EXPECT_THAT(found.error().args, ElementsAre("site2", "site4"));
  EXPECT_EQ(found.error().retry_after, 17);
  EXPECT_NE(found.error().detail.find("connection refused"), std::string::npos);
  EXPECT_EQ(trace_.proxy_error, "destination_unavailable");
}

TEST_F(FindAnywhereTest, every_failure_is_a_site_that_was_not_heard) {
  make(2);
  for (const auto& failure :
       {says(401, "NotAuthenticated"), says(403, "Forbidden"), says(404, "SiteNotFound"),
        says(500, "GeneralServerFailure"), says(508, "LoopDetected"),
        LinkOutcome(SiteAnswer{200, {}, "{}"}), LinkOutcome(LinkFailure{Kind::Late, ""})}) {
    links_[1]->next = failure;
    const auto found = find();
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, ErrorCode::SiteUnavailable);
    EXPECT_THAT(found.error().args, ElementsAre("site3"));
  }
}

TEST_F(FindAnywhereTest, a_failure_elsewhere_does_not_hide_what_was_found) {
  make(3);
  links_[0]->next = LinkFailure{Kind::Refused, ""};
  links_[1]->next = SiteAnswer{200, {}, document_of(kId)};
  EXPECT_TRUE(find());
}

TEST_F(FindAnywhereTest, only_the_sites_that_take_part_are_asked) {
  make(3, {2});
  EXPECT_FALSE(find());
  EXPECT_THAT(questions(), ElementsAre(0, 0, 1));
}

TEST_F(FindAnywhereTest, the_losers_are_cancelled) {
  make(3);
  links_[0]->silent = true;
  links_[2]->silent = true;
  links_[1]->next = SiteAnswer{200, {}, document_of(kId)};
  const auto began = std::chrono::steady_clock::now();
  EXPECT_TRUE(find());  // runs until the losers have ended, too
  EXPECT_LT(std::chrono::steady_clock::now() - began, time_ / 2);
  EXPECT_EQ(links_[0]->cancelled + links_[2]->cancelled, 2);
  EXPECT_EQ(links_[0]->too_late + links_[2]->too_late, 0);
}

TEST_F(FindAnywhereTest, silence_ends_with_the_deadline) {
  time_ = 50ms;
  make(2);
  links_[0]->silent = true;
  const auto found = find();
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::SiteUnavailable);
  EXPECT_THAT(found.error().args, ElementsAre("site2"));
  EXPECT_EQ(links_[0]->too_late, 1);
}

TEST_F(FindAnywhereTest, no_more_sites_than_allowed_are_asked_at_once) {
  routing_.sites_per_question = 2;
  make(5);
  std::size_t under_way = 0, most = 0;
  for (auto* link : links_) link->silent = true;
  time_ = 60ms;
  for (auto* link : links_) link->during = [&] { most = std::max(most, ++under_way); };
  const auto found = find();
  ASSERT_FALSE(found);
  EXPECT_EQ(most, 2U) << "the others were not reached in time";
  EXPECT_THAT(found.error().args, ElementsAre("site2", "site3", "site4", "site5", "site6"));
  // In turn, all are reached.
  for (auto* link : links_) link->silent = false;
  time_ = 10s;
  EXPECT_EQ(find().error().code, ErrorCode::TaskNotFound);
  EXPECT_THAT(questions(), ElementsAre(2, 2, 1, 1, 1));
}

TEST_F(FindAnywhereTest, who_found_it_there_asks_there_again) {
  make(3);
  links_[1]->next = SiteAnswer{200, {}, document_of(kId)};
  EXPECT_TRUE(find());
  EXPECT_TRUE(find());
  EXPECT_THAT(questions(), ElementsAre(1, 2, 1));
  EXPECT_TRUE(find(other_));
  EXPECT_THAT(questions(), ElementsAre(2, 3, 2)) << "what one found says nothing to another";
}

TEST_F(FindAnywhereTest, a_remembered_site_that_fails_is_the_answer) {
  make(2);
  links_[1]->next = SiteAnswer{200, {}, document_of(kId)};
  EXPECT_TRUE(find());
  links_[1]->next = LinkFailure{Kind::Late, ""};
  const auto found = find();
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::SiteTimeout);
  EXPECT_THAT(found.error().args, ElementsAre("site3"));
  EXPECT_EQ(trace_.next_hop, "site3");
  EXPECT_THAT(questions(), ElementsAre(1, 2));
}

TEST_F(FindAnywhereTest, a_task_that_is_gone_from_there_is_looked_for_again) {
  make(2);
  links_[1]->next = SiteAnswer{200, {}, document_of(kId)};
  EXPECT_TRUE(find());
  links_[1]->next = says(404, "TaskNotFound");
  links_[0]->next = SiteAnswer{200, {}, document_of(kId)};
  EXPECT_TRUE(find());
  EXPECT_EQ(trace_.next_hop, "site2");
  EXPECT_TRUE(find());
  EXPECT_THAT(questions(), ElementsAre(3, 3));
}

TEST_F(FindAnywhereTest, one_caller_has_so_many_questions_and_no_more) {
  routing_.questions_per_caller = 2;
  time_ = 100ms;
  make(1);
  links_[0]->silent = true;
  const auto first = begin(tenant_), second = begin(tenant_), third = begin(tenant_);
  const auto elses = begin(other_);
  io_.run();
  EXPECT_EQ(first->error().code, ErrorCode::SiteUnavailable);
  EXPECT_EQ(second->error().code, ErrorCode::SiteUnavailable);
  EXPECT_EQ(third->error().code, ErrorCode::TooManyRequests);
  EXPECT_GT(third->error().retry_after, 0);
  EXPECT_EQ(elses->error().code, ErrorCode::SiteUnavailable);
  EXPECT_EQ(links_[0]->asked.size(), 3U);
  EXPECT_EQ(memory_->callers.callers(), 0U) << "places are given back";
}

TEST_F(FindAnywhereTest, one_worker_has_so_many_questions_and_no_more) {
  routing_.questions_per_worker = 1;
  time_ = 100ms;
  make(1);
  links_[0]->silent = true;
  const auto first = begin(tenant_), second = begin(other_);
  io_.run();
  EXPECT_EQ(first->error().code, ErrorCode::SiteUnavailable);
  EXPECT_EQ(second->error().code, ErrorCode::TooManyRequests);
  links_[0]->silent = false;
  EXPECT_EQ(find().error().code, ErrorCode::TaskNotFound);
}

TEST_F(FindAnywhereTest, every_site_is_asked_in_the_callers_name) {
  make(2);
  EXPECT_FALSE(find());
  for (const auto* link : links_) {
    ASSERT_EQ(link->asked.size(), 1U);
    EXPECT_EQ(link->asked[0].target, "/tasks/" + std::string(kId) + "?site=theirs");
    for (const auto& [name, value] : link->asked[0].fields) {
      EXPECT_TRUE(name != "operationID" || value == "op-1");
      if (name != "Sitegate-Statement")
        continue;
      const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
      const auto who = peers_->accept(value, certificate(), "theirs", now);
      ASSERT_TRUE(who) << who.error().detail;
      EXPECT_EQ(who->viewer.user, tenant_.user);
    }
  }
}

}  // namespace
}  // namespace sitegate::test
