#include "routing/local/retention.hpp"

#include <gmock/gmock.h>

#include "routing/local/sqlite_database.hpp"
#include "routing/local/sqlite_schema.hpp"
#include "tests/unit/local/support.hpp"

namespace sitegate {
namespace {

using namespace std::chrono_literals;
using test::admin;
using test::Worker;

constexpr std::int64_t kDay = 24 * 3600 * 1000LL;
constexpr std::int64_t kNow = 1'800'000'000'000;  // 2027-01-15
constexpr SteadyTime kStart{};

struct Times {
  std::int64_t end = -1, updated = -1, start = -1;
};

std::string finished(std::uint64_t number, const Times& times, std::string_view state) {
  std::string text = R"({"id":")" + test::id_of(number).to_string() +
                     R"(","user":"admin1@Org1","site":"site1","state":")" + std::string(state) +
                     '"';
  for (const auto& [name, time] : {std::pair{"endTime", times.end},
                                   {"lastUpdated", times.updated},
                                   {"startTime", times.start}})
    text += std::string(",\"") + name + "\":" + std::to_string(time);
  return text + "}";
}

class RetentionTest : public test::SqliteStoreTest {
 protected:
  void put(std::uint64_t number, const Times& times, std::string_view state = "SUCCEEDED") {
    const auto task = check_task(finished(number, times, state), {.local_site = "site1"});
    ASSERT_EQ(store_->put_batch({*task})->created, 1U);
  }

  bool there(std::uint64_t number) { return Worker(*store_).find(number, admin())->has_value(); }

  std::size_t remove(std::int64_t now_ms, const RetentionSettings& kept = {}) {
    return *store_->remove_expired(kept, now_ms, 1000);
  }

  static std::int64_t real_now() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
};

TEST_F(RetentionTest, ninety_days_after_its_end_a_task_goes) {
  put(1, {.end = kNow - 90 * kDay - 1});
  put(2, {.end = kNow - 90 * kDay});
  EXPECT_EQ(remove(kNow), 1U);
  EXPECT_FALSE(there(1));
  EXPECT_TRUE(there(2));
  EXPECT_EQ(remove(kNow + 1), 1U);
}

TEST_F(RetentionTest, each_state_has_its_own_time_and_0_is_for_ever) {
  put(1, {.end = kNow - 2 * kDay}, "SUCCEEDED");
  put(2, {.end = kNow - 2 * kDay}, "FAILED");
  EXPECT_EQ(remove(kNow, {.succeeded = 0ms, .failed = 0ms, .interval = 1s}), 0U);
  EXPECT_EQ(remove(kNow, {.succeeded = 0ms, .failed = 24h, .interval = 1s}), 1U);
  EXPECT_TRUE(there(1));
  EXPECT_EQ(remove(kNow, {.succeeded = 24h, .failed = 0ms, .interval = 1s}), 1U);
  EXPECT_FALSE(there(1));
}

TEST_F(RetentionTest, what_runs_is_never_removed) {
  put(1, {.end = 1'000'000'000'000, .updated = 1'000'000'000'000, .start = 1'000'000'000'000},
      "RUNNING");
  put(2, {}, "RUNNING");
  EXPECT_EQ(remove(kNow + 100'000 * kDay), 0U);
}

TEST_F(RetentionTest, without_an_end_the_last_update_counts_and_then_the_start) {
  put(1, {.updated = kNow - 91 * kDay, .start = kNow - 200 * kDay});
  put(2, {.updated = kNow - 89 * kDay, .start = kNow - 200 * kDay});
  put(3, {.start = kNow - 91 * kDay});
  put(4, {.start = kNow - 89 * kDay});
  EXPECT_EQ(remove(kNow), 2U);
  EXPECT_TRUE(there(2));
  EXPECT_TRUE(there(4));
}

TEST_F(RetentionTest, a_number_that_can_be_no_time_does_not_count) {
  // Never set, one second after the epoch, seconds, microseconds.
  for (const std::int64_t odd : {-1LL, 0LL, 1000LL, 1'700'000'000LL, 1'700'000'000'000'000LL}) {
    put(static_cast<std::uint64_t>(odd + 10), {.end = odd, .updated = kNow - 89 * kDay});
    EXPECT_EQ(remove(kNow), 0U) << odd;
    EXPECT_EQ(remove(kNow + 2 * kDay), 1U) << odd;
  }
}

TEST_F(RetentionTest, without_any_time_it_counts_from_when_the_state_came_here) {
  const auto before = real_now() - 1000;  // it is stored in whole seconds
  put(1, {.end = 0, .updated = 7, .start = 1'700'000'000});
  const auto after = real_now();
  EXPECT_EQ(remove(before + 90 * kDay), 0U);
  EXPECT_EQ(remove(after + 90 * kDay + 1), 1U);
}

TEST_F(RetentionTest, a_batch_takes_the_oldest_and_no_more_than_it_may) {
  for (std::uint64_t n = 0; n < 10; ++n)
    put(n, {.end = kNow - (100 + static_cast<std::int64_t>(n)) * kDay});
  EXPECT_EQ(*store_->count_expired({}, kNow), 10U);
  EXPECT_EQ(*store_->remove_expired({}, kNow, 4), 4U);
  for (std::uint64_t n = 0; n < 10; ++n) EXPECT_EQ(there(n), n < 6) << n;
  EXPECT_EQ(*store_->count_expired({}, kNow), 6U);
}

TEST_F(RetentionTest, the_limit_holds_for_all_states_together) {
  put(1, {.end = kNow - 100 * kDay}, "SUCCEEDED");
  put(2, {.end = kNow - 100 * kDay}, "SUCCEEDED");
  put(3, {.end = kNow - 100 * kDay}, "FAILED");
  EXPECT_EQ(*store_->remove_expired({}, kNow, 2), 2U);
  EXPECT_EQ(*store_->remove_expired({}, kNow, 2), 1U);
}

TEST_F(RetentionTest, the_first_look_comes_after_an_interval_and_then_one_each) {
  put(1, {.end = kNow - 100 * kDay});
  Retention retention({.succeeded = 90 * 24h, .failed = 0ms, .interval = 10min}, *store_, kStart);
  EXPECT_EQ(*retention.step(kNow, kStart + 10min - 1ms), 0U);
  EXPECT_TRUE(there(1));
  EXPECT_EQ(*retention.step(kNow, kStart + 10min), 1U);
  put(2, {.end = kNow - 100 * kDay});
  EXPECT_EQ(*retention.step(kNow, kStart + 20min - 1ms), 0U);
  EXPECT_EQ(*retention.step(kNow, kStart + 20min), 1U);
}

TEST_F(RetentionTest, many_tasks_take_several_steps_and_are_told_together) {
  constexpr std::size_t kStep = Retention::kBatch * Retention::kBatchesAtOnce;
  std::vector<TaskRecord> tasks;
  for (std::uint64_t n = 0; n < kStep + 700; ++n)
    tasks.push_back(
        *check_task(finished(n, {.end = kNow - 100 * kDay}, "FAILED"), {.local_site = "site1"}));
  ASSERT_TRUE(store_->put_batch(std::move(tasks)));
  Retention retention({.succeeded = 0ms, .failed = 24h, .interval = 10min}, *store_, kStart);
  const auto due = kStart + 10min;
  EXPECT_EQ(*retention.step(kNow, due), 0U);
  EXPECT_EQ(stored_number("SELECT count(*) FROM tasks"), 700);
  EXPECT_EQ(*retention.step(kNow, due + 1s), kStep + 700);
  EXPECT_EQ(stored_number("SELECT count(*) FROM tasks"), 0);
}

TEST_F(RetentionTest, a_failure_is_reported_and_tried_again_an_interval_later) {
  Retention retention({}, *store_, kStart);
  store_->close();
  EXPECT_FALSE(retention.step(kNow, kStart + 10min));
  EXPECT_TRUE(retention.step(kNow, kStart + 10min + 1s));
  EXPECT_FALSE(retention.step(kNow, kStart + 20min));
}

TEST_F(RetentionTest, an_index_finds_what_is_too_old) {
  auto connection = *sqlite::Connection::open(file_, sqlite::Connection::Mode::ReadWrite);
  for (const char* sql :
       {"SELECT rowid FROM tasks WHERE state = ?1 AND finished_at < ?2 ORDER BY finished_at",
        "SELECT count(*) FROM tasks WHERE state = ?1 AND finished_at < ?2"}) {
    auto plan = *connection.prepare(std::string("EXPLAIN QUERY PLAN ") + sql);
    ASSERT_TRUE(*plan.step());
    EXPECT_THAT(std::string(plan.text(3)), testing::HasSubstr("INDEX tasks_finished"));
    EXPECT_FALSE(*plan.step());  // and nothing is sorted
  }
}

// As the first version made it, word for word.
constexpr const char* kVersion1 = R"sql(
  PRAGMA journal_mode = WAL;
  PRAGMA application_id = 0x53476174;
  CREATE TABLE tasks (
    id               BLOB PRIMARY KEY NOT NULL,
    user             TEXT NOT NULL,
    source_org       TEXT,
    destination_org  TEXT,
    operation_id     TEXT,
    state            TEXT NOT NULL,
    type             TEXT,
    resource_type    TEXT,
    resource_id      TEXT,
    resource_name    TEXT,
    start_time       INTEGER NOT NULL,
    last_updated     INTEGER NOT NULL,
    end_time         INTEGER NOT NULL,
    document         TEXT NOT NULL
  ) STRICT;
  CREATE TABLE sessions (
    key        BLOB PRIMARY KEY NOT NULL,
    user       TEXT NOT NULL,
    org        TEXT NOT NULL,
    roles      TEXT NOT NULL,
    created    INTEGER NOT NULL,
    last_used  INTEGER NOT NULL,
    credential BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;
  PRAGMA user_version = 1;
  INSERT INTO tasks VALUES
    (x'f61d60d2698a46dca266000000000001', 'admin1@Org1', 'Org1', NULL, NULL, 'SUCCEEDED', NULL,
     NULL, NULL, NULL, 1700000000000, 1700000001000, 1700000002000, '{"one":1}'),
    (x'f61d60d2698a46dca266000000000002', 'admin1@Org1', 'Org1', NULL, NULL, 'FAILED', NULL,
     NULL, NULL, NULL, -1, -1, -1, '{"two":2}'),
    (x'f61d60d2698a46dca266000000000003', 'admin1@Org1', 'Org1', NULL, NULL, 'RUNNING', NULL,
     NULL, NULL, NULL, 1700000000000, 1700000001000, -1, '{"three":3}');
  INSERT INTO sessions VALUES (x'00ff', 'admin1@Org1', 'Org1', '["EVERYONE"]', 7, 8, x'01');
)sql";

TEST_F(RetentionTest, a_database_of_the_first_version_is_brought_up_to_date) {
  store_.reset();
  const auto file = dir_ / "version1.db";
  test::write_file(file, "");
  ASSERT_TRUE(
      sqlite::Connection::open(file, sqlite::Connection::Mode::ReadWrite)->execute(kVersion1));
  const auto migrated = real_now() - 1000;
  store_ = test::open_store(file);
  EXPECT_FALSE(store_->is_new());
  EXPECT_EQ(**Worker(*store_).find(1, admin()), R"({"one":1})");
  EXPECT_EQ(**Worker(*store_).find(2, admin()), R"({"two":2})");
  EXPECT_EQ(**Worker(*store_).find(3, admin()), R"({"three":3})");
  EXPECT_EQ(store_->sessions().load()->size(), 1U);
  // The one with an end has been too old for long; the one without any time counts from now on.
  EXPECT_EQ(remove(migrated), 1U);
  EXPECT_FALSE(there(1));
  EXPECT_EQ(remove(migrated + 90 * kDay), 0U);
  EXPECT_EQ(remove(real_now() + 90 * kDay + 1), 1U);
  EXPECT_TRUE(there(3));
}

TEST_F(RetentionTest, a_migrated_database_and_a_new_one_have_one_schema) {
  const auto old = dir_ / "version1.db";
  test::write_file(old, "");
  ASSERT_TRUE(
      sqlite::Connection::open(old, sqlite::Connection::Mode::ReadWrite)->execute(kVersion1));
  test::open_store(old);
  const auto schema = [](const std::filesystem::path& file) {
    auto connection = *sqlite::Connection::open(file, sqlite::Connection::Mode::ReadWrite);
    EXPECT_EQ(*connection.integer("PRAGMA user_version"), sqlite::newest_schema());
    return *connection.text("SELECT group_concat(sql, ';') FROM sqlite_schema ORDER BY name");
  };
  EXPECT_EQ(schema(old), schema(file_));
}

class HealthTasks : public RetentionTest {
 protected:
  static constexpr std::string_view kInstance = "1b4e28ba-2fa1-41d2-883f-b9a761bde3fb";

  void put_health(std::uint64_t number, std::int64_t start, std::string_view state = "SUCCEEDED",
                  std::string_view resource = kInstance, std::string_view type = "health") {
    auto text = finished(number, {.end = kNow, .start = start}, state);
    text.pop_back();
    text += R"(,"workflowInfo":{"type":")" + std::string(type) +
            R"(","resourceType":"CLOUD","resourceId":")" + std::string(resource) + "\"}}";
    ASSERT_EQ(store_->put_batch({check_task(text, {.local_site = "site1"}).value()})->created, 1U);
  }

  std::size_t remove_health(std::size_t limit = 1000) {
    return *store_->remove_health_tasks(std::string(kInstance), kNow, limit);
  }
};

TEST_F(HealthTasks, of_this_gateway_go_by_their_begin_in_whatever_state) {
  put_health(1, kNow - 1);
  put_health(2, kNow - 1, "FAILED");
  put_health(3, kNow - 1, "RUNNING");  // what a crash left behind
  put_health(4, kNow);
  EXPECT_EQ(remove_health(), 3U);
  EXPECT_TRUE(there(4));
}

TEST_F(HealthTasks, of_others_stay) {
  put_health(1, kNow - 1, "SUCCEEDED", "f61d60d2-698a-46dc-a266-88df27644956");
  put_health(2, kNow - 1, "SUCCEEDED", kInstance, "sync");
  put(3, {.end = kNow - 1});
  EXPECT_EQ(remove_health(), 0U);
}

TEST_F(HealthTasks, go_a_few_at_a_time) {
  for (std::uint64_t n = 0; n < 5; ++n) put_health(n, kNow - 1);
  EXPECT_EQ(remove_health(3), 3U);
  EXPECT_EQ(remove_health(3), 2U);
}

TEST_F(HealthTasks, are_found_by_their_index) {
  auto connection = sqlite::Connection::open(file_, sqlite::Connection::Mode::ReadWrite);
  auto plan = connection->prepare(
      "EXPLAIN QUERY PLAN SELECT rowid FROM tasks WHERE type = 'health' AND resource_type = 'CLOUD'"
      " AND start_time < ?2 AND resource_id = ?1 LIMIT ?3");
  ASSERT_TRUE(plan);
  ASSERT_TRUE(*plan->step());
  EXPECT_NE(plan->text(3).find("tasks_by_resource_id (resource_id=? AND start_time<?)"),
            std::string::npos)
      << plan->text(3);
}

}  // namespace
}  // namespace sitegate
