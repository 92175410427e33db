// One order for the tasks of several sites: the sort fields by bytes, absent last, then site, then
// id; and never more kept than are wanted.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "routing/merge_lists.hpp"

namespace sitegate {
namespace {

using testing::ElementsAre;
using enum TaskField;

std::string task(char id, const std::string& members) {
  return R"({"id":"f61d60d2-698a-46dc-a266-88df2764495)" + std::string(1, id) + "\"," + members +
         "}";
}

/// The ids' last characters, in order.
std::string order(const std::vector<SortKey>& sort, std::size_t wanted,
                  const std::vector<std::pair<std::string, std::vector<std::string>>>& sites,
                  std::size_t offset = 0) {
  MergedTasks merged(sort, wanted);
  for (const auto& [site, documents] : sites)
    merged.add(site, {.documents = documents, .keys = {}, .total = 0});
  std::string ids;
  for (const auto& document : std::move(merged).take(offset)) ids += document[42];
  return ids;
}

TEST(MergedTasks, are_in_one_order_whichever_site_answered_first) {
  const std::vector<SortKey> newest{{StartTime, true}};
  const std::vector<std::string> a{task('1', R"("startTime":5)"), task('2', R"("startTime":1)")};
  const std::vector<std::string> b{task('3', R"("startTime":9)"), task('4', R"("startTime":3)")};
  EXPECT_EQ(order(newest, 10, {{"a", a}, {"b", b}}), "3142");
  EXPECT_EQ(order(newest, 10, {{"b", b}, {"a", a}}), "3142");
  EXPECT_EQ(order(newest, 3, {{"b", b}, {"a", a}}), "314");
  EXPECT_EQ(order(newest, 3, {{"b", b}, {"a", a}}, 2), "4");
  EXPECT_EQ(order(newest, 3, {{"b", b}, {"a", a}}, 3), "");
}

TEST(MergedTasks, ties_are_by_site_and_then_by_id) {
  const std::vector<SortKey> newest{{StartTime, true}};
  EXPECT_EQ(order(newest, 10,
                  {{"b", {task('1', R"("startTime":5)")}},
                   {"a", {task('3', R"("startTime":5)"), task('2', R"("startTime":5)")}}}),
            "231");
}

TEST(MergedTasks, absent_values_are_last_both_ways) {
  for (const bool descending : {false, true}) {
    EXPECT_EQ(order({{EndTime, descending}}, 10,
                    {{"a",
                      {task('1', R"("endTime":-1)"), task('2', R"("x":1)"),
                       task('3', R"("endTime":"7")"), task('4', R"("endTime":7)")}}}),
              "4123");
    EXPECT_EQ(order({{ResourceName, descending}}, 10,
                    {{"a",
                      {task('1', R"("workflowInfo":{"resourceName":null})"),
                       task('2', R"("workflowInfo":{"resourceName":""})"),
                       task('3', R"("workflowInfo":{"resourceName":"x"})")}}}),
              "312");
  }
}

TEST(MergedTasks, texts_compare_by_bytes) {
  EXPECT_EQ(order({{User, false}}, 10,
                  {{"a",
                    {task('1', R"("user":"b")"), task('2', R"("user":"B")"),
                     task('3', "\"user\":\"\xc3\xa9\""), task('4', R"("user":"a")")}}}),
            "2413");
}

TEST(MergedTasks, the_source_org_is_the_users_where_it_is_not_said) {
  EXPECT_EQ(
      order({{SourceOrg, false}}, 10,
            {{"a",
              {task('1', R"("user":"x@Org2")"), task('2', R"("user":"x@Org3","sourceOrg":"Org1")"),
               task('3', R"("user":"root")")}}}),
      order({{SourceOrg, false}}, 10,
            {{"a",
              {task('1', R"("sourceOrg":"Org2")"), task('2', R"("sourceOrg":"Org1")"),
               task('3', R"("sourceOrg":"System")")}}}));
}

TEST(MergedTasks, later_keys_decide_where_earlier_ones_are_equal) {
  EXPECT_EQ(order({{State, false}, {StartTime, true}}, 10,
                  {{"a",
                    {task('1', R"("state":"RUNNING","startTime":1)"),
                     task('2', R"("state":"FAILED","startTime":1)")}},
                   {"b",
                    {task('3', R"("state":"RUNNING","startTime":2)"),
                     task('4', R"("state":"FAILED","startTime":2)")}}}),
            "4231");
}

TEST(MergedTasks, a_site_that_does_not_sort_is_sorted) {
  EXPECT_EQ(order({{StartTime, true}}, 2,
                  {{"a",
                    {task('1', R"("startTime":1)"), task('2', R"("startTime":3)"),
                     task('3', R"("startTime":2)")}}}),
            "23");
}

}  // namespace
}  // namespace sitegate
