// CONTRACT rows 67 to 70: what a query for tasks may say, and how it is told what it may not.

#include "gateway/parse_task_query.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sitegate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using enum TaskField;

TaskQuery query(std::string_view text, std::size_t max_limit = 100) {
  const auto parsed = parse_task_query(text, max_limit);
  EXPECT_TRUE(parsed) << text << ": " << (parsed ? "" : message_of(parsed.error()));
  return parsed ? *parsed : TaskQuery{};
}

/// `parameter value` of the BadUserInput.
std::string refused(std::string_view text) {
  const auto parsed = parse_task_query(text, 100);
  if (parsed)
    return "accepted";
  const Error error = parsed.error();
  EXPECT_EQ(error.code, ErrorCode::BadUserInput);
  return error.args.at(0) + " " + error.args.at(1);
}

TEST(TaskQueryParser, without_parameters_asks_for_the_newest_hundred) {
  const auto asked = query("");
  EXPECT_EQ(asked.limit, 100U);
  EXPECT_EQ(asked.offset, 0U);
  EXPECT_THAT(asked.sort, ElementsAre(SortKey{StartTime, true}));
  EXPECT_THAT(asked.texts, IsEmpty());
}

TEST(TaskQueryParser, takes_every_parameter_of_the_contract) {
  const auto asked = query(
      "ids=F61D60D2-698A-46DC-A266-88DF27644956,%20f61d60d2-698a-46dc-a266-88df27644957&user=root"
      "&sourceOrg=Org1&operationID=o-1&state=RUNNING&startTimeBefore=10&startTimeAfter=-1"
      "&endTimeBefore=20&endTimeAfter=5&type=failover&resourceId=r&resourceName=a,b"
      "&resourceType=vm,%20vapp&sort=startTime&limit=7&offset=3");
  EXPECT_EQ(asked.ids.size(), 2U);
  EXPECT_EQ(asked.texts.size(), 8U);
  EXPECT_EQ(asked.times.size(), 4U);
  EXPECT_EQ(asked.limit, 7U);
  EXPECT_EQ(asked.offset, 3U);
  for (const auto& filter : asked.texts) {
    if (filter.field == ResourceType) {
      EXPECT_THAT(filter.any_of, ElementsAre("vm", "vapp"));
    }
    if (filter.field == ResourceName) {
      EXPECT_THAT(filter.any_of, ElementsAre("a,b"));
    }
  }
  EXPECT_EQ(query("destinationOrg=Org2").texts.at(0).field, DestinationOrg);
}

// Rows 67, 69: a comma list, a repeat, or both.
TEST(TaskQueryParser, lists_may_be_repeated) {
  const auto asked = query("resourceType=a&resourceType=b,c&state=FAILED&state=SUCCEEDED");
  EXPECT_THAT(asked.texts.at(0).any_of, ElementsAre("a", "b", "c"));
  EXPECT_THAT(asked.texts.at(1).any_of, ElementsAre("FAILED", "SUCCEEDED"));
  EXPECT_EQ(query("ids=f61d60d2-698a-46dc-a266-88df27644956"
                  "&ids=f61d60d2-698a-46dc-a266-88df27644956")
                .ids.size(),
            1U);
}

// Row 68.
TEST(TaskQueryParser, sort_has_spaces_and_hyphens) {
  EXPECT_THAT(query("sort=sourceOrg,startTime-").sort,
              ElementsAre(SortKey{SourceOrg, false}, SortKey{StartTime, true}));
  EXPECT_THAT(query("sort=startTime,+state,%20endTime,%20user-").sort,
              ElementsAre(SortKey{StartTime, false}, SortKey{State, false}, SortKey{EndTime, false},
                          SortKey{User, true}));
}

// Row 67: missing or above the maximum is 100, and no error.
TEST(TaskQueryParser, a_limit_above_the_maximum_is_a_hundred) {
  for (const char* text : {"limit=101", "limit=1000", "limit=99999999999999999999999"})
    EXPECT_EQ(query(text).limit, 100U) << text;
  EXPECT_EQ(query("limit=1000", 1000).limit, 1000U);
  EXPECT_EQ(query("limit=1001", 1000).limit, 100U);
  EXPECT_EQ(query("", 1000).limit, 100U);
}

TEST(TaskQueryParser, an_unknown_parameter_is_ignored) {
  EXPECT_THAT(query("owner=x&State=nonsense&_=1&site=a").texts, IsEmpty());
}

TEST(TaskQueryParser, what_is_wrong_is_named) {
  EXPECT_EQ(refused("ids=x"), "ids x");
  EXPECT_EQ(refused("ids="), "ids ");
  EXPECT_EQ(refused("state=running"), "state running");
  EXPECT_EQ(refused("state=RUNNING,"), "state ");
  EXPECT_EQ(refused("user="), "user ");
  EXPECT_EQ(refused("user=a&user=b"), "user a, b");
  EXPECT_EQ(refused("user=%00"), "user ?");
  EXPECT_EQ(refused("user=%ff"), "user ?");
  EXPECT_EQ(refused("type=%0a"), "type ?");
  EXPECT_EQ(refused("startTimeBefore=1.5"), "startTimeBefore 1.5");
  EXPECT_EQ(refused("startTimeBefore="), "startTimeBefore ");
  EXPECT_EQ(refused("endTimeAfter=9223372036854775808"), "endTimeAfter 9223372036854775808");
  EXPECT_EQ(refused("endTimeAfter=1&endTimeAfter=1"), "endTimeAfter 1");
  EXPECT_EQ(refused("sort=nonsense"), "sort nonsense");
  EXPECT_EQ(refused("sort="), "sort ");
  EXPECT_EQ(refused("sort=user,user-"), "sort user-");
  EXPECT_EQ(refused("sort=user--"), "sort user--");
  EXPECT_EQ(refused("sort=user&sort=state"), "sort state");
  for (const char* limit : {"0", "-1", "", "x", "1.0", "+1", "1e2"})
    EXPECT_EQ(refused("limit=" + std::string(limit == std::string("+1") ? "%2B1" : limit)),
              "limit " + std::string(limit));
  for (const char* offset : {"-1", "", "x", "1000000001", "99999999999999999999"})
    EXPECT_EQ(refused("offset=" + std::string(offset)), "offset " + std::string(offset));
  EXPECT_EQ(refused("destinationOrg=a&user=b"), "destinationOrg with a filter 'user'");
}

TEST(TaskQueryParser, says_what_can_be_sorted_by) {
  const Error error = parse_task_query("sort=x", 100).error();
  EXPECT_THAT(message_of(error), HasSubstr("startTime"));
  EXPECT_THAT(message_of(error), HasSubstr("resourceName"));
}

// CONTRACT 0.2, last row; rows 91 and 94.
TEST(TaskFilters, some_are_for_administrators) {
  const Viewer tenant{.user = "a@Org1", .org = "Org1", .roles = {"EVERYONE"}};
  const Viewer admin{.user = "root", .org = "System", .roles = {"EVERYONE", "ADMINISTRATORS"}};
  for (const char* text : {"user=a@Org1", "destinationOrg=Org1"}) {
    EXPECT_EQ(check_filters(query(text), tenant).error().code, ErrorCode::Forbidden) << text;
    EXPECT_TRUE(check_filters(query(text), admin)) << text;
  }
  EXPECT_TRUE(check_filters(query("sourceOrg=Org2&operationID=x"), tenant));
}

}  // namespace
}  // namespace sitegate
