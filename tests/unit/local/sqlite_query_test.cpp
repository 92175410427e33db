// Lists out of the table, against a model: who sees what, in which order, how many.

#include "routing/local/sqlite_query.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <charconv>
#include <random>

#include "routing/local/sqlite_database.hpp"
#include "routing/local/sqlite_tables.hpp"
#include "routing/merge_lists.hpp"
#include "tests/unit/local/support.hpp"

namespace sitegate::sqlite {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using enum TaskField;

const Viewer kAdmin{.user = "root", .org = "System", .roles = {"EVERYONE", "ADMINISTRATORS"}};

Viewer tenant(std::string user) {
  return {.user = std::move(user), .org = "Org1", .roles = {"EVERYONE"}};
}

class SqliteQueryTest : public testing::Test {
 protected:
  void put(const TaskRecord& task) {
    auto transaction = Transaction::begin(database_.connection);
    ASSERT_TRUE(tables_.put(task));
    ASSERT_TRUE(transaction->commit());
  }

  TaskPage page(const TaskQuery& query, const Viewer& viewer = kAdmin) {
    auto found = query_tasks(database_.connection, query, viewer, 1 << 20);
    EXPECT_TRUE(found) << (found ? "" : found.error().detail);
    return found ? *std::move(found) : TaskPage{};
  }

  test::TempDir dir_;
  OpenDatabase database_ = *open_to_write(test::store_at(dir_ / "tasks.db"));
  Tables tables_ = *Tables::open(database_.connection);
};

/// Numbers of the tasks of a page.
std::vector<std::uint64_t> numbers(const TaskPage& page) {
  std::vector<std::uint64_t> found;
  for (const auto& document : page.documents) {
    const auto* digits = document.data() + document.find("-a266-") + 6;
    std::from_chars(digits, digits + 12, found.emplace_back(), 16);
  }
  return found;
}

TaskRecord task(std::uint64_t number, std::int64_t start, std::string user = "a@Org1") {
  auto record = test::record_of({.number = number, .user = std::move(user)});
  record.start_time = start;
  return record;
}

TEST_F(SqliteQueryTest, the_newest_first_and_ties_by_id) {
  put(task(3, 100));
  put(task(1, 100));
  put(task(2, 200));
  put(task(4, -1));
  EXPECT_THAT(numbers(page({})), ElementsAre(2, 1, 3, 4));
  TaskQuery oldest;
  oldest.sort = {{StartTime, false}};
  EXPECT_THAT(numbers(page(oldest)), ElementsAre(1, 3, 2, 4));  // absent last, this way too
}

TEST_F(SqliteQueryTest, pages_follow_one_another_and_agree_on_the_total) {
  for (std::uint64_t n = 1; n <= 25; ++n) put(task(n, static_cast<std::int64_t>(n)));
  TaskQuery query;
  query.limit = 10;
  std::vector<std::uint64_t> all;
  for (query.offset = 0; query.offset < 30; query.offset += 10) {
    const auto found = page(query);
    EXPECT_EQ(found.total, 25);
    for (const auto number : numbers(found)) all.push_back(number);
  }
  EXPECT_EQ(all.size(), 25U);
  EXPECT_TRUE(std::is_sorted(all.rbegin(), all.rend()));
  query.offset = 100;
  EXPECT_EQ(page(query).total, 25);
  EXPECT_THAT(page(query).documents, ElementsAre());
}

TEST_F(SqliteQueryTest, a_tenant_sees_and_counts_what_is_his) {
  put(task(1, 1, "a@Org1"));
  put(task(2, 2, "A@Org1"));
  put(task(3, 3, "b@Org1"));
  EXPECT_THAT(numbers(page({}, tenant("a@Org1"))), ElementsAre(1));
  EXPECT_EQ(page({}, tenant("a@Org1")).total, 1);
  TaskQuery by_id;
  by_id.ids = {test::id_of(1), test::id_of(3), test::id_of(9)};
  EXPECT_THAT(numbers(page(by_id, tenant("a@Org1"))), ElementsAre(1));
  EXPECT_EQ(page(by_id, tenant("a@Org1")).total, 1);
  EXPECT_EQ(page(by_id).total, 2);
}

TEST_F(SqliteQueryTest, times_are_strict_and_an_absent_one_is_neither_before_nor_after) {
  put(task(1, 10));
  put(task(2, 20));
  put(task(3, -1));
  TaskQuery query;
  query.times = {{StartTime, true, 20}};
  EXPECT_THAT(numbers(page(query)), ElementsAre(1));
  query.times = {{StartTime, false, 10}};
  EXPECT_THAT(numbers(page(query)), ElementsAre(2));
  query.times = {{StartTime, false, -5}};
  EXPECT_THAT(numbers(page(query)), ElementsAre(2, 1));
}

TEST_F(SqliteQueryTest, a_page_that_is_too_large_asks_for_a_smaller_one) {
  for (std::uint64_t n = 1; n <= 3; ++n)
    put(test::record_of({.number = n, .more = ",\"x\":\"" + std::string(500, 'x') + '"'}));
  const auto found = query_tasks(database_.connection, {}, kAdmin, 1200);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::BadUserInput);
  EXPECT_EQ(found.error().args.at(0), "limit");
}

TEST_F(SqliteQueryTest, what_takes_too_long_ends) {
  for (std::uint64_t n = 1; n <= 2000; ++n) put(task(n, static_cast<std::int64_t>(n)));
  database_.connection.interrupt_at(std::chrono::steady_clock::time_point::min());
  TaskQuery query;
  query.sort = {{ResourceName, false}};
  EXPECT_EQ(query_tasks(database_.connection, query, kAdmin, 1 << 20).error().code,
            ErrorCode::StoreUnavailable);
  database_.connection.interrupt_at(std::chrono::steady_clock::time_point::max());
  EXPECT_EQ(page(query).total, 2000);
}

// No question of a tenant reads another one's rows: the index of his own tasks leads, whatever is
// filtered or sorted by; and no question of anybody reads the table from end to end.
TEST_F(SqliteQueryTest, a_tenants_question_is_led_by_what_is_his) {
  for (const auto field : {User, SourceOrg, DestinationOrg, OperationId, State, Type, ResourceType,
                           ResourceId, ResourceName}) {
    TaskQuery query;
    query.texts = {{field, {"x", "y"}}};
    query.times = {{EndTime, true, 5}};
    query.sort = {{field, false}, {EndTime, true}};
    const auto his = plan_of(database_.connection, query, tenant("a@Org1"));
    ASSERT_TRUE(his) << his.error().detail;
    EXPECT_THAT(*his, HasSubstr("tasks_of_user (user=?"));
    EXPECT_THAT(*his, Not(HasSubstr("SCAN")));
    const auto all = plan_of(database_.connection, query, kAdmin);
    ASSERT_TRUE(all) << all.error().detail;
    EXPECT_THAT(*all, HasSubstr("USING")) << *all;
  }
  TaskQuery by_id;
  by_id.ids = {test::id_of(1)};
  EXPECT_THAT(*plan_of(database_.connection, by_id, tenant("a")), HasSubstr("(id=?)"));
  EXPECT_THAT(*plan_of(database_.connection, {}, kAdmin),
              HasSubstr("SCAN tasks USING COVERING INDEX tasks_by_start"));
}

// Random tasks and random questions, against what the merging of lists makes of all documents: two
// ways to sort that share no line.
TEST_F(SqliteQueryTest, random_questions_agree_with_a_model) {
  std::mt19937 random(20261125);
  const auto any = [&](std::initializer_list<const char*> of) {
    return std::string(
        std::data(of)[std::uniform_int_distribution<std::size_t>(0, of.size() - 1)(random)]);
  };
  const auto number = [&](std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(-1, most)(random);
  };
  std::vector<TaskRecord> model;
  for (std::uint64_t n = 0; n < 200; ++n) {
    const auto end = number(5);
    std::string document = R"({"id":")" + test::id_of(n).to_string() + R"(","user":")" +
                           any({"a@Org1", "b@Org2", "c"}) + R"(","site":"site1","state":")" +
                           any({"RUNNING", "SUCCEEDED", "FAILED"}) + R"(","startTime":)" +
                           std::to_string(number(9)) + R"(,"endTime":)" + std::to_string(end) +
                           R"(,"workflowInfo":{"type":")" + any({"sync", "failover", ""}) +
                           R"(","resourceName":)" +
                           any({"null", "\"\xc3\xa9\"", "\"B\"", "\"a\""}) + "}}";
    auto record = *check_task(std::move(document), {.local_site = "site1", .json = {}});
    put(record);
    model.push_back(std::move(record));
  }
  const std::array fields{StartTime, EndTime, User, SourceOrg, State, Type, ResourceName, Id};
  for (int round = 0; round < 300; ++round) {
    TaskQuery query;
    query.sort.clear();
    for (const auto field : fields)
      if (number(4) == 0)
        query.sort.push_back({field, number(1) == 0});
    query.sort.push_back({LastUpdated, false});
    std::shuffle(query.sort.begin(), query.sort.end(), random);
    if (number(1) == 0)
      query.texts.push_back({State, {any({"RUNNING", "FAILED"}), "SUCCEEDED"}});
    if (number(2) == 0)
      query.times.push_back({EndTime, number(1) == 0, number(5)});
    query.limit = static_cast<std::size_t>(number(60)) + 2;
    query.offset = static_cast<std::size_t>(number(100) + 1);
    const auto viewer = number(1) == 0 ? kAdmin : tenant("a@Org1");

    std::vector<std::string> seen;
    for (const auto& record : model) {
      bool fits = viewer.may_see_task_of(record.user);
      for (const auto& filter : query.texts)
        fits = fits && std::ranges::find(filter.any_of, record.state) != filter.any_of.end();
      for (const auto& filter : query.times)
        fits = fits && record.end_time >= 0 &&
               (filter.before ? record.end_time < filter.limit : record.end_time > filter.limit);
      if (fits)
        seen.push_back(record.document);
    }
    const auto total = static_cast<std::int64_t>(seen.size());
    MergedTasks merged(query.sort, query.offset + query.limit);
    merged.add("site1", {.documents = std::move(seen), .keys = {}, .total = 0});
    const auto found = page(query, viewer);
    EXPECT_EQ(found.documents, std::move(merged).take(query.offset)) << "round " << round;
    EXPECT_EQ(found.total, total) << "round " << round;
  }
}

}  // namespace
}  // namespace sitegate::sqlite
