#include "routing/local/put_rules.hpp"

#include <gtest/gtest.h>

namespace sitegate {
namespace {

TaskRecord running() {
  TaskRecord task;
  task.user = "admin1@Org1";
  task.site = "site1";
  task.state = "RUNNING";
  task.start_time = 1000;
  task.last_updated = 2000;
  task.document = "stored";
  return task;
}

TaskRecord newer() {
  auto task = running();
  task.last_updated = 2001;
  task.document = "sent";
  return task;
}

std::string conflict(const TaskRecord& stored, const TaskRecord& sent) {
  const auto outcome = decide_put(stored, sent);
  if (outcome)
    return "accepted";
  EXPECT_EQ(outcome.error().code, ErrorCode::Conflict);
  return outcome.error().args.at(0);
}

TEST(PutRules, a_newer_document_replaces_a_running_task) {
  EXPECT_EQ(*decide_put(running(), newer()), PutOutcome::Replaced);
}

TEST(PutRules, a_running_task_may_finish) {
  auto sent = newer();
  sent.state = "FAILED";
  EXPECT_EQ(*decide_put(running(), sent), PutOutcome::Replaced);
}

TEST(PutRules, the_same_bytes_are_unchanged_even_when_finished) {
  EXPECT_EQ(*decide_put(running(), running()), PutOutcome::Unchanged);
  auto finished = running();
  finished.state = "SUCCEEDED";
  EXPECT_EQ(*decide_put(finished, finished), PutOutcome::Unchanged);
}

TEST(PutRules, finished_is_final) {
  for (const char* state : {"SUCCEEDED", "FAILED"}) {
    auto stored = running();
    stored.state = state;
    EXPECT_EQ(conflict(stored, newer()),
              "it is finished (" + std::string(state) + "), and finished is final");
  }
}

TEST(PutRules, user_site_and_start_time_cannot_change) {
  auto sent = newer();
  sent.user = "admin1@Org2";
  EXPECT_EQ(conflict(running(), sent), "its 'user' cannot change");
  sent = newer();
  sent.site = "site2";
  EXPECT_EQ(conflict(running(), sent), "its 'site' cannot change");
  sent = newer();
  sent.start_time = -1;
  EXPECT_EQ(conflict(running(), sent), "its 'startTime' is 1000 and cannot change");
}

TEST(PutRules, time_does_not_run_backwards) {
  auto sent = newer();
  sent.last_updated = 1999;
  EXPECT_EQ(conflict(running(), sent), "'lastUpdated' 1999 is older than the stored 2000");
}

TEST(PutRules, an_equal_time_with_other_bytes_is_a_conflict) {
  auto sent = newer();
  sent.last_updated = 2000;
  EXPECT_EQ(conflict(running(), sent),
            "another document with the same 'lastUpdated' 2000 is stored");
}

TEST(PutRules, absent_times_count_as_minus_one) {
  auto stored = running();
  stored.last_updated = -1;
  auto sent = newer();
  EXPECT_EQ(*decide_put(stored, sent), PutOutcome::Replaced);
  sent.last_updated = -1;
  EXPECT_NE(conflict(stored, sent), "accepted");
}

TEST(PutRules, an_older_state_of_the_same_task_is_superseded_where_history_is_written) {
  auto sent = newer();
  sent.last_updated = 1999;
  auto stored = running();
  EXPECT_EQ(*decide_import(stored, sent), PutOutcome::Superseded);
  stored.state = "FAILED";
  EXPECT_EQ(*decide_import(stored, sent), PutOutcome::Superseded);
  for (auto change :
       {+[](TaskRecord& task) { task.user = "x"; }, +[](TaskRecord& task) { task.site = "x"; },
        +[](TaskRecord& task) { task.start_time = 1; }}) {
    auto other = sent;
    change(other);
    EXPECT_FALSE(decide_import(stored, other));
  }
}

TEST(PutRules, a_final_state_is_never_superseded_by_a_running_one) {
  auto sent = newer();
  sent.state = "SUCCEEDED";
  for (const std::int64_t last_updated : {-1, 1999}) {
    sent.last_updated = last_updated;
    EXPECT_FALSE(decide_import(running(), sent)) << last_updated;
  }
}

TEST(PutRules, a_state_without_a_time_is_not_known_to_be_older) {
  auto sent = newer();
  sent.last_updated = -1;
  EXPECT_FALSE(decide_import(running(), sent));
}

TEST(PutRules, where_history_is_written_all_else_is_as_in_a_put) {
  EXPECT_EQ(*decide_import(running(), newer()), PutOutcome::Replaced);
  EXPECT_EQ(*decide_import(running(), running()), PutOutcome::Unchanged);
  auto sent = newer();
  sent.last_updated = 2000;
  EXPECT_FALSE(decide_import(running(), sent));
}

TEST(PutRules, the_reason_fits_the_message_of_conflict) {
  auto sent = newer();
  sent.user = "x";
  EXPECT_EQ(message_of(decide_put(running(), sent).error()),
            "The task was not changed: its 'user' cannot change. Read its current state before you "
            "write it again.");
}

}  // namespace
}  // namespace sitegate
