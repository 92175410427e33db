// What is said to a site about a list, and what its answer becomes (CONTRACT 0.3, rows "on a
// list").

#include "routing/remote/list_protocol.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sitegate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using enum TaskField;

constexpr const char* kOne = R"({"id":"f61d60d2-698a-46dc-a266-88df27644956","state":"RUNNING"})";
constexpr const char* kTwo =
    R"({ "id" : "f61d60d2-698a-46dc-a266-88df27644957","x":[1,{"y":"]"}]})";

SiteAnswer answer(int status, std::string body) {
  SiteAnswer made;
  made.status = status;
  made.body = std::move(body);
  return made;
}

SiteAnswer page(const std::string& items, const std::string& total = "2") {
  return answer(200,
                R"({"items":[)" + items + R"(],"total":)" + total + R"(,"offset":0,"limit":100})");
}

Result<TaskPage> read(const SiteAnswer& from, const TaskQuery& query = {}, bool queued = false) {
  return read_list_answer("site2", query, from, {}, queued);
}

Error failure(const SiteAnswer& from) {
  const auto got = read(from);
  return got ? make_error(ErrorCode::GeneralServerFailure, {"accepted"}) : got.error();
}

std::string target_of(const TaskQuery& query) {
  return list_request({.query = query,
                       .remote_name = "theirs",
                       .host = "h",
                       .local_site = "site1",
                       .operation_id = "op",
                       .max_body = 7})
      .target;
}

TEST(ListRequest, says_all_that_was_asked_and_nothing_twice) {
  EXPECT_EQ(target_of({}), "/tasks?site=theirs&sort=startTime-&limit=100&offset=0");
  TaskQuery query;
  query.ids = {*TaskId::parse("f61d60d2-698a-46dc-a266-88df27644956"),
               *TaskId::parse("f61d60d2-698a-46dc-a266-88df27644957")};
  query.texts = {{State, {"RUNNING", "FAILED"}}, {ResourceName, {"a&b=c, \xc3\xa9+"}}};
  query.times = {{StartTime, true, 5}, {EndTime, false, -1}};
  query.sort = {{User, false}, {EndTime, true}};
  query.limit = 7;
  query.offset = 3;
  EXPECT_EQ(target_of(query),
            "/tasks?site=theirs&state=RUNNING%2CFAILED&resourceName=a%26b%3Dc%2C%20%C3%A9%2B"
            "&startTimeBefore=5&endTimeAfter=-1"
            "&ids=f61d60d2-698a-46dc-a266-88df27644956%2Cf61d60d2-698a-46dc-a266-88df27644957"
            "&sort=user%2CendTime-&limit=7&offset=3");
}

TEST(ListAnswer, documents_come_byte_for_byte) {
  const auto got = read(page(std::string(kOne) + " ,\n " + kTwo, "17"));
  ASSERT_TRUE(got);
  EXPECT_THAT(got->documents, ElementsAre(kOne, kTwo));
  EXPECT_EQ(got->total, 17);
}

TEST(ListAnswer, members_may_stand_in_any_order_and_hold_more) {
  const auto got =
      read(answer(200, R"({"limit":100,"x":{"items":[1]},"total":0,"y":"]","items": [ ] })"));
  ASSERT_TRUE(got);
  EXPECT_THAT(got->documents, IsEmpty());
}

// Row 71: a client pages until offset reaches total.
TEST(ListAnswer, total_agrees_with_what_came) {
  TaskQuery query;
  query.offset = 100;
  EXPECT_EQ(read(page("", "1000"), query)->total, 100);
  EXPECT_EQ(read(page("", "7"), query)->total, 7);
  EXPECT_EQ(read(page("", "-3"), query)->total, 0);
  EXPECT_EQ(read(page(kOne, "7"), query)->total, 101);
  EXPECT_EQ(read(page(kOne, "700"), query)->total, 700);
}

TEST(ListAnswer, queued_is_running_to_all_but_those_who_know_it) {
  const std::string queued = R"({"state":"QUEUED","id":"f61d60d2-698a-46dc-a266-88df27644956"})";
  EXPECT_THAT(read(page(queued))->documents,
              ElementsAre(R"({"state":"RUNNING","id":"f61d60d2-698a-46dc-a266-88df27644956"})"));
  EXPECT_THAT(read(page(queued), {}, true)->documents, ElementsAre(queued));
}

TEST(ListAnswer, what_is_no_list_is_a_protocol_error) {
  TaskQuery one;
  one.limit = 1;
  EXPECT_EQ(read(page(std::string(kOne) + "," + kTwo), one).error().code,
            ErrorCode::SiteProtocolError);
  for (const auto& wrong :
       {answer(200, ""), answer(200, "[]"), answer(200, "{}"), answer(200, R"({"items":[]})"),
        answer(200, R"({"total":0})"), answer(200, R"({"items":{},"total":0})"),
        answer(200, R"({"items":[],"total":"0"})"), answer(200, R"({"items":[],"total":0.5})"),
        answer(200, R"({"items":[],"total":0)"), page("1"), page("{}"), page("null"),
        page(R"({"id":"x"})"), page(R"({"id":7})"), page("[" + std::string(kOne) + "]"),
        page(R"({"id":"f61d60d2-698a-46dc-a266-88df27644956","id":"x"})"),
        page(R"({"id":"f61d60d2-698a-46dc-a266-88df27644956","state":"QUEUE\u0044"})")})
    EXPECT_EQ(failure(wrong).code, ErrorCode::SiteProtocolError) << wrong.body;
  auto encoded = page(kOne);
  encoded.fields.add("Content-Encoding", "gzip");
  EXPECT_EQ(failure(encoded).code, ErrorCode::SiteProtocolError);
}

TEST(ListAnswer, a_word_on_the_question_is_passed_on) {
  const auto forbidden = failure(
      answer(403, R"({"code":"Forbidden","msg":"theirs","args":["the role X"],"stacktrace":""})"));
  EXPECT_EQ(forbidden.code, ErrorCode::Forbidden);
  EXPECT_THAT(forbidden.args, ElementsAre("the role X"));
  const auto input = failure(answer(
      400,
      R"({"code":"BadUserInput","args":["sort","a\nb","fields"],"stacktrace":"site2: BadUserInput"})"));
  EXPECT_EQ(input.code, ErrorCode::BadUserInput);
  EXPECT_THAT(input.args, ElementsAre("sort", "a?b", "fields"));
  EXPECT_THAT(input.hops, ElementsAre("site2: BadUserInput"));
  EXPECT_THAT(render_api_error(input, "site1"), HasSubstr("site2: BadUserInput"));
}

TEST(ListAnswer, other_failures_are_as_for_a_lookup) {
  const std::pair<SiteAnswer, ErrorCode> rows[] = {
      {answer(401, "{}"), ErrorCode::RemoteAuthenticationFailure},
      {answer(403, "no"), ErrorCode::RemoteAuthenticationFailure},
      {answer(403, R"({"code":"TaskNotFound"})"), ErrorCode::RemoteAuthenticationFailure},
      {answer(400, R"({"code":"SiteNotFound"})"), ErrorCode::SiteProtocolError},
      {answer(400, ""), ErrorCode::SiteProtocolError},
      {answer(404, R"({"code":"TaskNotFound"})"), ErrorCode::SiteProtocolError},
      {answer(404, R"({"code":"SiteNotFound"})"), ErrorCode::SiteProtocolError},
      {answer(429, ""), ErrorCode::SiteUnavailable},
      {answer(500, ""), ErrorCode::SiteProtocolError},
      {answer(503, ""), ErrorCode::SiteUnavailable},
      {answer(504, ""), ErrorCode::SiteTimeout},
      {answer(508, ""), ErrorCode::LoopDetected},
  };
  for (const auto& [from, code] : rows) EXPECT_EQ(failure(from).code, code) << from.status;
}

// A 403 whose args are missing still has a message.
TEST(ListAnswer, refusals_without_args_have_a_message) {
  for (const auto& [status, code] :
       {std::pair{403, "Forbidden"}, {400, "BadUserInput"}, {400, "BadRequest"}})
    EXPECT_FALSE(
        message_of(failure(answer(status, R"({"code":")" + std::string(code) + "\"}"))).empty());
}

}  // namespace
}  // namespace sitegate
