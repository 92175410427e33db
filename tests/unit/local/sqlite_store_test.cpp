#include "routing/local/sqlite_store.hpp"

#include <gmock/gmock.h>

#include <map>
#include <random>
#include <thread>

#include "tests/unit/local/support.hpp"

namespace sitegate {
namespace {

using test::admin;
using test::document_of;
using test::SqliteStoreTest;
using test::viewer;
using test::Worker;

TEST_F(SqliteStoreTest, a_document_comes_back_byte_for_byte) {
  Worker worker(*store_);
  const test::TaskText task{.more = ",  \"x\" : \"\\u00e9 \xc3\xa9\" , \"n\":1.50"};
  EXPECT_EQ(*worker.put(task), PutOutcome::Created);
  EXPECT_EQ(**worker.find(1, viewer("admin1@Org1")), document_of(task));
}

TEST_F(SqliteStoreTest, a_task_is_its_users_and_the_administrators) {
  Worker worker(*store_);
  ASSERT_TRUE(worker.put({.user = "admin1@Org1"}));
  EXPECT_TRUE(worker.find(1, viewer("admin1@Org1"))->has_value());
  EXPECT_TRUE(worker.find(1, admin())->has_value());
  for (const char* other : {"admin1@Org2", "admin1@org1", "admin1", "", "admin1@Org1 ", "root"})
    EXPECT_FALSE(worker.find(1, viewer(other))->has_value()) << other;
  EXPECT_FALSE(worker.find(1, viewer("x", {"administrators", "TASK_PRODUCER"}))->has_value());
  EXPECT_FALSE(worker.find(2, admin())->has_value());
}

TEST_F(SqliteStoreTest, put_follows_the_rules) {
  Worker worker(*store_);
  EXPECT_EQ(*worker.put({}), PutOutcome::Created);
  EXPECT_EQ(*worker.put({}), PutOutcome::Unchanged);
  EXPECT_EQ(*worker.put({.last_updated = 3000}), PutOutcome::Replaced);
  EXPECT_EQ(worker.put({.last_updated = 2000}).error().code, ErrorCode::Conflict);
  EXPECT_EQ(worker.put({.user = "other", .last_updated = 4000}).error().args.at(0),
            "its 'user' cannot change");
  EXPECT_EQ(*worker.put({.state = "FAILED", .last_updated = 4000}), PutOutcome::Replaced);
  EXPECT_EQ(worker.put({.last_updated = 5000}).error().code, ErrorCode::Conflict);
  EXPECT_EQ(**worker.find(1, admin()), document_of({.state = "FAILED", .last_updated = 4000}));
}

TEST_F(SqliteStoreTest, a_renamed_site_does_not_take_over_its_old_tasks) {
  Worker worker(*store_);
  ASSERT_TRUE(worker.put({}));
  auto task = test::record_of({.last_updated = 3000});
  task.site = "site9";
  const auto batch = store_->put_batch({task});
  ASSERT_EQ(batch->conflicts.size(), 1U);
  EXPECT_EQ(batch->conflicts[0].reason, "its 'site' cannot change");
}

TEST_F(SqliteStoreTest, the_columns_hold_what_the_document_says) {
  Worker worker(*store_);
  ASSERT_TRUE(worker.put({.more = R"(,"endTime":7,"destinationOrg":"Org2","operationID":"op",
      "workflowInfo":{"type":"sync","resourceType":"vappReplication","resourceId":"C4VAPP-1",
      "resourceName":"my vapp 1"})"}));
  ASSERT_TRUE(worker.put({.number = 2, .more = R"(,"workflowInfo":{"resourceId":null})"}));
  EXPECT_EQ(stored_number(R"(SELECT count(*) FROM tasks WHERE user = 'admin1@Org1'
      AND source_org = 'Org1' AND destination_org = 'Org2' AND operation_id = 'op'
      AND state = 'RUNNING' AND type = 'sync' AND resource_type = 'vappReplication'
      AND resource_id = 'C4VAPP-1' AND resource_name = 'my vapp 1' AND start_time = 1000
      AND last_updated = 2000 AND end_time = 7 AND typeof(id) = 'blob' AND length(id) = 16)"),
            1);
  EXPECT_EQ(stored_number(R"(SELECT count(*) FROM tasks WHERE destination_org IS NULL
      AND operation_id IS NULL AND type IS NULL AND resource_id IS NULL AND end_time = -1)"),
            1);
}

TEST_F(SqliteStoreTest, tasks_survive_a_restart) {
  ASSERT_TRUE(Worker(*store_).put({}));
  restart();
  EXPECT_EQ(**Worker(*store_).find(1, admin()), document_of({}));
}

TEST_F(SqliteStoreTest, workers_see_what_was_acknowledged) {
  Worker one(*store_), two(*store_);
  ASSERT_FALSE(two.find(1, admin())->has_value());
  ASSERT_TRUE(one.put({}));
  EXPECT_TRUE(two.find(1, admin())->has_value());
  ASSERT_TRUE(one.put({.last_updated = 3000}));
  EXPECT_EQ(**two.find(1, admin()), document_of({.last_updated = 3000}));
}

/// Two questions in one turn of the loop, and something in between.
Awaitable<> ask_twice(TaskStore& port, std::function<void()> meanwhile, std::vector<bool>& seen) {
  const auto viewer = test::admin();
  seen.push_back((co_await port.find(test::id_of(1), viewer, {}))->has_value());
  meanwhile();
  seen.push_back((co_await port.find(test::id_of(1), viewer, {}))->has_value());
}

TEST_F(SqliteStoreTest, a_turn_sees_what_was_acknowledged_within_it) {
  asio::io_context io;
  const auto port = store_->for_worker(io.get_executor());
  std::vector<bool> seen;
  const auto put = [&] { std::jthread([&] { ASSERT_TRUE(Worker(*store_).put({})); }); };
  asio::co_spawn(io, ask_twice(*port, put, seen), asio::detached);
  io.run();
  EXPECT_THAT(seen, testing::ElementsAre(false, true));
}

TEST_F(SqliteStoreTest, the_next_turn_sees_what_another_process_wrote) {
  ASSERT_TRUE(Worker(*store_).put({}));
  asio::io_context io;
  const auto port = store_->for_worker(io.get_executor());
  std::vector<bool> seen;
  asio::co_spawn(io,
                 ask_twice(
                     *port, [] {}, seen),
                 asio::detached);
  io.run();
  auto other = sqlite::Connection::open(file_, sqlite::Connection::Mode::ReadWrite);
  ASSERT_TRUE(other->execute("DELETE FROM tasks"));
  asio::co_spawn(io,
                 ask_twice(
                     *port, [] {}, seen),
                 asio::detached);
  io.restart();
  io.run();
  EXPECT_THAT(seen, testing::ElementsAre(true, true, false, false));
}

TEST_F(SqliteStoreTest, a_passed_deadline_ends_the_wait) {
  Worker worker(*store_);
  const Deadline passed{SteadyTime::min()};
  const auto outcome = worker.put({}, passed);
  EXPECT_EQ(outcome.error().code, ErrorCode::StoreUnavailable);
  EXPECT_EQ(*worker.put({}), PutOutcome::Created);  // it had not been written
}

TEST_F(SqliteStoreTest, a_closed_store_refuses_writes) {
  asio::io_context io;
  const auto port = store_->for_worker(io.get_executor());
  store_->close();
  EXPECT_EQ(test::await(io, port->put(test::record_of({}), test::soon())).error().code,
            ErrorCode::StoreUnavailable);
  store_.reset();
  EXPECT_EQ(test::await(io, port->put(test::record_of({}), test::soon())).error().code,
            ErrorCode::StoreUnavailable);
}

TEST_F(SqliteStoreTest, a_document_beyond_the_bound_is_a_failure) {
  LimitSettings small;
  small.body = small.answer_body = 1000;
  restart(small);
  Worker worker(*store_);
  ASSERT_TRUE(worker.put({.more = ",\"x\":\"" + std::string(10000, 'x') + '"'}));
  EXPECT_EQ(worker.find(1, admin()).error().code, ErrorCode::StoreUnavailable);
  ASSERT_TRUE(worker.put({.number = 2}));
  EXPECT_TRUE(worker.find(2, admin())->has_value());
}

TEST_F(SqliteStoreTest, a_batch_counts_and_lists) {
  const auto one = test::record_of({.number = 1});
  const auto batch = store_->put_batch(
      {one, one, test::record_of({.number = 1, .last_updated = 2001}),
       test::record_of({.number = 1, .last_updated = 1}),
       test::record_of({.number = 1, .user = "other"}), test::record_of({.number = 2})});
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->created, 2U);
  EXPECT_EQ(batch->unchanged, 1U);
  EXPECT_EQ(batch->replaced, 1U);
  EXPECT_EQ(batch->superseded, 1U);
  ASSERT_EQ(batch->conflicts.size(), 1U);
  EXPECT_EQ(batch->conflicts[0].index, 4U);
}

// A model of who may see what, and random questions to both.
TEST_F(SqliteStoreTest, random_viewers_see_what_the_model_says) {
  const std::vector<std::string> users{
      "root", "admin1@Org1", "admin1@Org2", "admin1@org1",  "ADMIN1@ORG1", "admin1", "a",
      "A",    "\xc3\xa9",    "e\xcc\x81",   "admin1@Org1 ", "%",           "_"};
  const std::vector<std::vector<std::string>> roles{
      {}, {"ADMINISTRATORS"}, {"Administrators"}, {"TASK_PRODUCER"}, {"x", "ADMINISTRATORS"}};
  std::mt19937 random(20240607);
  const auto any = [&](std::size_t size) {
    return std::uniform_int_distribution<std::size_t>(0, size - 1)(random);
  };
  struct Known {
    std::string user, document;
    std::int64_t last_updated;
  };
  std::map<std::uint64_t, Known> model;
  Worker worker(*store_);
  for (int step = 0; step < 3000; ++step) {
    const std::uint64_t number = any(40);
    const std::string& user = users[any(users.size())];
    const auto known = model.find(number);
    if (any(4) == 0) {
      const test::TaskText task{.number = number, .user = user, .last_updated = step};
      const auto outcome = worker.put(task);
      const bool allowed = known == model.end() || known->second.user == user;
      ASSERT_EQ(outcome.has_value(), allowed);
      if (allowed)
        model[number] = {user, document_of(task), step};
      continue;
    }
    const auto who = viewer(user, roles[any(roles.size())]);
    const auto found = worker.find(number, who);
    ASSERT_TRUE(found);
    const bool visible = known != model.end() &&
                         (known->second.user == user || who.roles.back() == "ADMINISTRATORS");
    ASSERT_EQ(found->has_value(), visible) << user << " asks for " << number;
    if (visible) {
      EXPECT_EQ(**found, known->second.document);
    }
  }
}

}  // namespace
}  // namespace sitegate
