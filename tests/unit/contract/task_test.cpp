#include "contract/task.hpp"

#include <gtest/gtest.h>

namespace sitegate {
namespace {

constexpr std::string_view kId = "f61d60d2-698a-46dc-a266-88df27644956";

// The example of the operation's page, as it stands there.
constexpr std::string_view kSeedExample = R"({
    "endTime": 1499929558827,
    "error": {
        "args": [
            "string"
        ],
        "code": "string",
        "msg": "string",
        "stacktrace": "string"
    },
    "id": "f61d60d2-698a-46dc-a266-88df27644956",
    "lastUpdated": 1499929558827,
    "progress": 100,
    "resultType": "string",
    "site": "site2",
    "startTime": 1499929548951,
    "state": "SUCCEEDED",
    "user": "root",
    "warnings": [],
    "workflowInfo": {
        "resourceId": "C4VAPP-ccbe771e-b685-46c7-8c7a-4ed36915d963",
        "resourceName": "my vapp 1",
        "resourceType": "vappReplication",
        "type": "sync"
    }
}
)";

Result<TaskRecord> check(std::string_view document, std::string_view site = "site1") {
  return check_task(std::string(document), {.local_site = site});
}

/// A valid document with these members more.
std::string with(std::string_view more) {
  return R"({"id":"f61d60d2-698a-46dc-a266-88df27644956","user":"root","site":"site1",)"
         R"("state":"RUNNING")" +
         std::string(more.empty() ? "" : ",") + std::string(more) + "}";
}

/// The members `what`, `sent`, `allowed` of a BadUserInput.
std::vector<std::string> bad(std::string_view document) {
  const auto task = check(document);
  if (task)
    return {"accepted"};
  EXPECT_EQ(task.error().code, ErrorCode::BadUserInput);
  return task.error().args;
}

using Args = std::vector<std::string>;

TEST(CheckTask, the_example_of_the_operations_page_is_valid) {
  const auto task = check(kSeedExample, "site2");
  ASSERT_TRUE(task) << message_of(task.error());
  EXPECT_EQ(task->id.to_string(), kId);
  EXPECT_EQ(task->user, "root");
  EXPECT_EQ(task->site, "site2");
  EXPECT_EQ(task->source_org, "System");
  EXPECT_EQ(task->destination_org, "");
  EXPECT_EQ(task->operation_id, "");
  EXPECT_EQ(task->state, "SUCCEEDED");
  EXPECT_EQ(task->type, "sync");
  EXPECT_EQ(task->resource_type, "vappReplication");
  EXPECT_EQ(task->resource_id, "C4VAPP-ccbe771e-b685-46c7-8c7a-4ed36915d963");
  EXPECT_EQ(task->resource_name, "my vapp 1");
  EXPECT_EQ(task->start_time, 1499929548951);
  EXPECT_EQ(task->last_updated, 1499929558827);
  EXPECT_EQ(task->end_time, 1499929558827);
  EXPECT_EQ(task->document, kSeedExample);
}

TEST(CheckTask, four_members_are_enough) {
  const auto task = check(with(""));
  ASSERT_TRUE(task) << message_of(task.error());
  EXPECT_EQ(task->start_time, -1);
  EXPECT_EQ(task->last_updated, -1);
  EXPECT_EQ(task->end_time, -1);
  EXPECT_EQ(task->resource_id, "");
}

TEST(CheckTask, a_missing_member_is_named) {
  EXPECT_EQ(bad("{}"), (Args{"id", "(absent)", "present"}));
  EXPECT_EQ(bad(R"({"id":"f61d60d2-698a-46dc-a266-88df27644956"})"),
            (Args{"user", "(absent)", "present"}));
  EXPECT_EQ(bad(R"({"id":"f61d60d2-698a-46dc-a266-88df27644956","user":"u","state":"FAILED"})"),
            (Args{"site", "(absent)", "present"}));
  EXPECT_EQ(bad(R"({"id":"f61d60d2-698a-46dc-a266-88df27644956","user":"u","site":"site1"})"),
            (Args{"state", "(absent)", "present"}));
}

TEST(CheckTask, the_id_is_a_uuid_in_either_case) {
  EXPECT_TRUE(check(R"({"id":"F61D60D2-698A-46DC-A266-88DF27644956","user":"root","site":"site1",
      "state":"RUNNING"})"));
  EXPECT_EQ(bad(R"({"id":"f61d60d2698a46dca26688df27644956"})"),
            (Args{"id", "f61d60d2698a46dca26688df27644956", "a UUID"}));
  EXPECT_EQ(bad(R"({"id":7})"), (Args{"id", "7", "a UUID"}));
  EXPECT_EQ(bad(R"({"id":null})"), (Args{"id", "null", "a UUID"}));
}

TEST(CheckTask, the_id_is_that_of_the_path) {
  const TaskRules rules{.local_site = "site1"};
  EXPECT_TRUE(check_task(with(""), *TaskId::parse("F61D60D2-698A-46DC-A266-88DF27644956"), rules));
  const auto other = check_task(with(""), TaskId{}, rules);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::BadUserInput);
  EXPECT_EQ(other.error().args, (Args{"id", std::string(kId),
                                      "the id in the path, 00000000-0000-0000-0000-000000000000"}));
}

TEST(CheckTask, the_user_is_a_string_that_is_not_empty) {
  for (const char* user : {"\"\"", "null", "1", "[]", "{}"})
    EXPECT_EQ(bad(R"({"user":)" + std::string(user) + "}").at(0), "user") << user;
  EXPECT_EQ(bad(R"({"user":{"a":1}})"),
            (Args{"user", "(an object)", "a string that is not empty"}));
}

TEST(CheckTask, the_site_is_this_site) {
  EXPECT_EQ(bad(R"({"site":"Site1"})"), (Args{"site", "Site1", "the name of this site, site1"}));
  EXPECT_EQ(bad(R"({"site":["site1"]})").at(1), "(an array)");
}

TEST(CheckTask, the_state_is_one_of_three) {
  for (const char* state : {"RUNNING", "SUCCEEDED", "FAILED"})
    EXPECT_TRUE(check(R"({"id":"f61d60d2-698a-46dc-a266-88df27644956","user":"u","site":"site1",)"
                      R"("state":")" +
                      std::string(state) + "\"}"));
  for (const char* state : {"\"QUEUED\"", "\"running\"", "\"\"", "null", "true"})
    EXPECT_EQ(bad(R"({"state":)" + std::string(state) + "}").at(2), "RUNNING, SUCCEEDED or FAILED");
}

TEST(CheckTask, progress_is_an_integer_from_0_to_100) {
  for (const char* value : {"0", "-0", "100", "50"})
    EXPECT_TRUE(check(with("\"progress\":" + std::string(value)))) << value;
  for (const char* value : {"-1", "101", "50.0", "5e1", "\"50\"", "null", "true",
                            "18446744073709551615", "1e400", "[]"})
    EXPECT_EQ(bad(with("\"progress\":" + std::string(value))).at(0), "progress") << value;
  EXPECT_EQ(bad(with("\"progress\":50.0")), (Args{"progress", "50.0", "an integer from 0 to 100"}));
}

TEST(CheckTask, times_are_integers_from_minus_1) {
  for (const std::string name : {"startTime", "lastUpdated", "endTime"}) {
    const std::string member = '"' + name + "\":";
    for (const char* value : {"-1", "0", "9223372036854775807"})
      EXPECT_TRUE(check(with(member + value))) << value;
    for (const char* value : {"-2", "1.0", "1e3", "\"1\"", "null", "9223372036854775808", "{}"})
      EXPECT_EQ(bad(with(member + value)).at(0), name) << value;
  }
  const auto task = check(with(R"("startTime":1,"lastUpdated":2,"endTime":3)"));
  EXPECT_EQ(task->start_time, 1);
  EXPECT_EQ(task->last_updated, 2);
  EXPECT_EQ(task->end_time, 3);
}

TEST(CheckTask, warnings_are_an_array_of_anything) {
  EXPECT_TRUE(check(with(R"("warnings":[1,{"msg":"x"},null])")));
  for (const char* value : {"{}", "null", "\"\"", "0"})
    EXPECT_EQ(bad(with("\"warnings\":" + std::string(value))).at(0), "warnings") << value;
}

TEST(CheckTask, filter_members_are_strings_and_fill_their_columns) {
  const auto task =
      check(with(R"("sourceOrg":"Org1","destinationOrg":"Org2","operationID":"op-1")"));
  ASSERT_TRUE(task);
  EXPECT_EQ(task->source_org, "Org1");
  EXPECT_EQ(task->destination_org, "Org2");
  EXPECT_EQ(task->operation_id, "op-1");
  for (const std::string name : {"sourceOrg", "destinationOrg", "operationID"})
    for (const char* value : {"null", "1", "[]", "false"})
      EXPECT_EQ(bad(with('"' + name + "\":" + value)),
                (Args{name, std::string(value) == "[]" ? "(an array)" : value, "a string"}));
}

TEST(CheckTask, the_source_org_follows_from_the_user) {
  const auto org = [](const std::string& user) {
    return check(R"({"id":"f61d60d2-698a-46dc-a266-88df27644956","site":"site1","state":"FAILED",)"
                 R"("user":")" +
                 user + "\"}")
        ->source_org;
  };
  EXPECT_EQ(org("admin1@Org1"), "Org1");
  EXPECT_EQ(org("a@b@Org2"), "Org2");
  EXPECT_EQ(org("root"), "System");
}

TEST(CheckTask, nothing_else_is_checked) {
  for (const char* more :
       {R"("workflowInfo":{"type":null,"resourceType":null,"resourceId":null,"resourceName":null})",
        R"("workflowInfo":null)", R"("workflowInfo":"x")", R"("workflowInfo":{"type":[1]})",
        R"("error":null)", R"("error":7)", R"("result":{"a":[1.5e300]},"resultType":null)",
        R"("resultType":[])", R"("unknown":{"id":"x","state":"y"},"":1)", R"("user.x":1)"})
    EXPECT_TRUE(check(with(more))) << more;
  EXPECT_EQ(check(with(R"("workflowInfo":{"type":"sync","resourceId":null})"))->type, "sync");
  EXPECT_EQ(check(with(R"("workflowInfo.type":"sync")"))->type, "");
}

TEST(CheckTask, what_is_not_json_is_a_bad_request) {
  for (const std::string& document :
       {std::string("[]"), std::string("{"), with("\"x\":\"\xff\""), with(R"("state":"RUNNING")"),
        with("") + "x", std::string(R"({"state":"QUEUED")")}) {
    const auto task = check(document);
    ASSERT_FALSE(task) << document;
    EXPECT_EQ(task.error().code, ErrorCode::BadRequest) << document;
  }
  EXPECT_EQ(message_of(check("{").error()),
            "The request is not well-formed HTTP, or its body is not JSON: unexpected end after 1 "
            "octets. Correct it and send it again.");
}

TEST(CheckTask, depth_is_bounded_by_the_rules) {
  const TaskRules rules{.local_site = "site1", .json = {.depth = 3}};
  EXPECT_TRUE(check_task(with(R"("x":[[]])"), rules));
  EXPECT_EQ(check_task(with(R"("x":[[[]]])"), rules).error().code, ErrorCode::BadRequest);
}

TEST(CheckTask, a_long_value_is_cut_in_the_message) {
  EXPECT_EQ(bad(R"({"id":")" + std::string(1000, 'x') + "\"}").at(1).size(), 128U);
}

}  // namespace
}  // namespace sitegate
