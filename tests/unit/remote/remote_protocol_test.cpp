// What a site's answer becomes: every row of CONTRACT 0.3 that speaks of lookups, without a wire.

#include "routing/remote/remote_protocol.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sitegate::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kId = "f61d60d2-698a-46dc-a266-88df27644956";
constexpr std::size_t kDepth = 8;
constexpr JsonLimits kLimits{.depth = kDepth, .members = 1000};

TaskId id() {
  return *TaskId::parse(kId);
}

SiteAnswer answer(int status, std::string body) {
  return {status, {}, std::move(body)};
}

Result<std::string> read(SiteAnswer given, bool shows_queued = false) {
  auto task = read_lookup_answer("site2", id(), std::move(given), kLimits, shows_queued);
  if (!task)
    return std::move(task).error();
  return std::move(task->document);
}

/// A document with the right id and more members.
std::string task(std::string_view more = "") {
  return R"({"id":")" + std::string(kId) + '"' + std::string(more) + '}';
}

std::string api_error(std::string_view code, std::string_view stacktrace = "site2: X") {
  return R"({"code":")" + std::string(code) + R"(","msg":"<b>theirs</b>","args":["theirs"],)" +
         R"("stacktrace":")" + std::string(stacktrace) + "\"}";
}

/// The error an answer becomes; of GeneralServerFailure when it is a document.
Error error_for(SiteAnswer given) {
  const auto outcome = read(std::move(given));
  EXPECT_FALSE(outcome) << *outcome;
  return outcome ? Error{} : outcome.error();
}

ErrorCode code_for(SiteAnswer given) {
  return error_for(std::move(given)).code;
}

void expect_discarded(std::string body) {
  const auto error = error_for(answer(200, body));
  EXPECT_EQ(error.code, ErrorCode::SiteProtocolError) << body.substr(0, 200);
  EXPECT_THAT(error.args, ElementsAre("site2"));
}

TEST(LookupAnswer, the_task_is_relayed_byte_for_byte) {
  for (const std::string& document :
       {task(), "\r\n\t " + task() + " \n", task(R"(, "x" : 1.50, "y":"\u00e9\/", "z":[{}] )"),
        task(R"(,"state":"RUNNING","result":null)"),
        std::string(R"({"id":"F61D60D2-698A-46DC-A266-88DF27644956"})")}) {
    const auto outcome = read(answer(200, document));
    ASSERT_TRUE(outcome) << outcome.error().detail;
    EXPECT_EQ(*outcome, document);
  }
}

TEST(LookupAnswer, a_200_of_another_task_is_discarded) {
  expect_discarded(R"({"id":"f61d60d2-698a-46dc-a266-88df27644957"})");
  expect_discarded("{}");
  expect_discarded(R"({"id":null})");
  expect_discarded(R"({"id":7})");
  expect_discarded(R"({"id":["f61d60d2-698a-46dc-a266-88df27644956"]})");
  expect_discarded(R"({"x":{"id":"f61d60d2-698a-46dc-a266-88df27644956"}})");
  expect_discarded(R"({"Id":"f61d60d2-698a-46dc-a266-88df27644956"})");
  expect_discarded(R"({"id":" f61d60d2-698a-46dc-a266-88df27644956"})");
}

TEST(LookupAnswer, a_200_that_is_not_one_whole_json_object_is_discarded) {
  const auto whole = task(R"(,"x":[1])");
  for (std::size_t size = 0; size < whole.size(); ++size) expect_discarded(whole.substr(0, size));
  expect_discarded(whole + whole);
  expect_discarded(whole + "x");
  expect_discarded("[" + whole + "]");
  expect_discarded("\"" + std::string(kId) + "\"");
  expect_discarded("<html>" + whole);
  expect_discarded("\xEF\xBB\xBF" + whole);
  expect_discarded(task(R"(,"x":Infinity)"));
  expect_discarded(task(",\"x\":\"\xFF\""));
  expect_discarded(task(",\"x\":\"\n\""));
}

TEST(LookupAnswer, a_200_that_says_two_things_is_discarded) {
  expect_discarded(task(R"(,"id":")" + std::string(kId) + "\""));
  expect_discarded(task(R"(,"id":"00000000-0000-0000-0000-000000000000")"));
  expect_discarded(task(R"(,"x":1,"x":2)"));
}

TEST(LookupAnswer, a_200_nested_too_deep_is_discarded) {
  const auto nested = [](std::size_t depth) {
    return task(",\"x\":" + std::string(depth, '[') + std::string(depth, ']'));
  };
  EXPECT_TRUE(read(answer(200, nested(kDepth - 1))));
  expect_discarded(nested(kDepth));
}

TEST(LookupAnswer, a_200_with_an_encoding_nobody_asked_for_is_discarded) {
  auto encoded = answer(200, task());
  encoded.fields.add("Content-Encoding", "gzip");
  EXPECT_EQ(code_for(encoded), ErrorCode::SiteProtocolError);
  auto plain = answer(200, task());
  plain.fields.add("Content-Encoding", "Identity");
  EXPECT_TRUE(read(plain));
}

TEST(LookupAnswer, queued_is_shown_as_running_to_all_who_do_not_know_it) {
  const auto queued = task(R"(, "state" : "QUEUED", "x":"QUEUED")");
  EXPECT_EQ(*read(answer(200, queued)), task(R"(, "state" : "RUNNING", "x":"QUEUED")"));
  EXPECT_EQ(*read(answer(200, queued), true), queued);
  for (const char* other : {R"(,"state":"queued")", R"(,"x":{"state":"QUEUED"})",
                            R"(,"state":["QUEUED"])", R"(,"State":"QUEUED")"})
    EXPECT_EQ(*read(answer(200, task(other))), task(other));
}

TEST(LookupAnswer, a_queued_that_cannot_be_replaced_is_never_shown) {
  const auto outcome = read(answer(200, task(R"(,"state":"QUEU\u0045D")")));
  EXPECT_FALSE(outcome && outcome->find("QUEU") != std::string::npos);
}

TEST(LookupAnswer, task_not_found_names_the_site_it_came_from) {
  const auto error = error_for(answer(404, api_error("TaskNotFound", "site2: TaskNotFound")));
  EXPECT_EQ(error.code, ErrorCode::TaskNotFound);
  EXPECT_THAT(error.args, ElementsAre(std::string(kId)));
  EXPECT_THAT(error.hops, ElementsAre("site2: TaskNotFound"));
}

TEST(LookupAnswer, task_not_found_without_a_line_of_the_site_gets_one) {
  for (const char* trace : {"", "com.vmware.h4.TaskNotFoundException: no task", "\\n\\n", "X"})
    EXPECT_THAT(error_for(answer(404, api_error("TaskNotFound", trace))).hops,
                ElementsAre("site2: TaskNotFound"))
        << trace;
  EXPECT_THAT(error_for(answer(404, R"({"code":"TaskNotFound","stacktrace":7})")).hops,
              ElementsAre("site2: TaskNotFound"));
}

TEST(LookupAnswer, what_looks_like_a_token_is_no_hop) {
  const std::string token = "sGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGe0";
  EXPECT_THAT(error_for(answer(404, api_error("TaskNotFound", token + ": TaskNotFound"))).hops,
              ElementsAre("site2: TaskNotFound"));
}

TEST(LookupAnswer, a_site_that_does_not_know_its_name_is_a_protocol_error) {
  const auto error = error_for(answer(404, api_error("SiteNotFound")));
  EXPECT_EQ(error.code, ErrorCode::SiteProtocolError);
  EXPECT_THAT(error.args, ElementsAre("site2"));
  EXPECT_THAT(error.detail, HasSubstr("remote_name"));
}

TEST(LookupAnswer, every_other_404_is_a_protocol_error) {
  for (const std::string& body :
       {std::string(), std::string("<html>Not Found</html>"), api_error("EndpointNotFound"),
        api_error("taskNotFound"), api_error(""), std::string("{}"), std::string("[]"),
        std::string(R"({"code":404})"), std::string(R"({"code":["TaskNotFound"]})"),
        std::string(R"("TaskNotFound")"), api_error("TaskNotFound") + "x",
        api_error("TaskNotFound").substr(0, 30)})
    EXPECT_EQ(code_for(answer(404, body)), ErrorCode::SiteProtocolError) << body;
}

TEST(LookupAnswer, a_loop_is_a_loop) {
  const auto error = error_for(answer(508, api_error("LoopDetected", "site2: LoopDetected")));
  EXPECT_EQ(error.code, ErrorCode::LoopDetected);
  EXPECT_THAT(error.args, ElementsAre("site2"));
  EXPECT_THAT(error.hops, ElementsAre("site2: LoopDetected"));
}

TEST(LookupAnswer, a_site_that_rejects_who_we_are_is_a_failure_of_identity) {
  for (const int status : {401, 403})
    for (const std::string& body :
         {api_error("NotAuthenticated"), api_error("Forbidden"), std::string()}) {
      const auto error = error_for(answer(status, body));
      EXPECT_EQ(error.code, ErrorCode::RemoteAuthenticationFailure) << status;
      EXPECT_THAT(error.args, ElementsAre("site2"));
    }
}

TEST(LookupAnswer, a_busy_site_is_unavailable_for_as_long_as_it_says) {
  for (const int status : {429, 503})
    EXPECT_EQ(code_for(answer(status, "")), ErrorCode::SiteUnavailable) << status;
  const auto wait = [](std::string_view value) {
    auto busy = answer(503, api_error("Overloaded"));
    busy.fields.add("Retry-After", value);
    return error_for(std::move(busy)).retry_after;
  };
  EXPECT_EQ(wait("1"), 1);
  EXPECT_EQ(wait("59"), 59);
  EXPECT_EQ(wait("60"), 60);
  EXPECT_EQ(wait("61"), 60);
  EXPECT_EQ(wait("99999999999999999999"), 60);
  for (const char* unreadable :
       {"", "0", "-1", "+7", "7s", "1.5", "x", "7, 8", "Fri, 31 Dec 1999 23:59:59 GMT"})
    EXPECT_EQ(wait(unreadable), 5) << unreadable;
  EXPECT_EQ(error_for(answer(429, "")).retry_after, 5);
}

TEST(LookupAnswer, a_site_whose_own_time_was_over_is_a_timeout) {
  EXPECT_EQ(code_for(answer(504, api_error("SiteTimeout"))), ErrorCode::SiteTimeout);
}

TEST(LookupAnswer, every_other_status_is_a_protocol_error) {
  for (const int status : {100, 101, 199, 201, 202, 204, 206, 299, 300, 301, 302, 304, 307, 308,
                           400, 402, 405, 406, 407, 408, 409, 410, 413, 415, 418, 421, 422, 431,
                           451, 499, 500, 501, 502, 505, 507, 510, 511, 599, 600, 999, 0}) {
    const auto error = error_for(answer(status, api_error("TaskNotFound")));
    EXPECT_EQ(error.code, ErrorCode::SiteProtocolError) << status;
    EXPECT_THAT(error.args, ElementsAre("site2")) << status;
    EXPECT_EQ(error.retry_after, 0) << status;
  }
}

TEST(ForeignError, nothing_of_its_words_or_values_reaches_the_caller) {
  for (const int status : {400, 401, 403, 404, 409, 429, 500, 503, 504, 508}) {
    const auto error = error_for(answer(status, api_error("TaskNotFound")));
    const auto shown = render_api_error(error, "site1");
    EXPECT_EQ(shown.find("theirs"), std::string::npos) << shown;
  }
}

TEST(ForeignError, lines_that_are_no_hop_are_left_out) {
  const auto hops = [](std::string_view trace) {
    return error_for(answer(401, api_error("NotAuthenticated", trace))).hops;
  };
  EXPECT_THAT(hops("site3: SiteTimeout\\nsite2: NotAuthenticated"),
              ElementsAre("site3: SiteTimeout", "site2: NotAuthenticated"));
  for (const char* line :
       {"", "site2", "site2:", "site2: ", ": SiteTimeout", "site2:SiteTimeout", "site2: A B",
        "site2: SiteTimeout ", " site2: SiteTimeout", "a/b: SiteTimeout", "site2: <script>",
        "site2: SiteTimeout\\r", "site2: SiteTimeout\\u0000", "a\\tb: SiteTimeout",
        "at com.vmware.h4.Main(Main.java:7)", "java.lang.Error: timeout", "10.0.0.7: SiteTimeout!"})
    EXPECT_THAT(hops(line), IsEmpty()) << line;
}

TEST(ForeignError, its_hops_are_bounded) {
  std::string trace;
  for (int i = 0; i < 100; ++i) trace += "site" + std::to_string(i) + ": SiteTimeout\\n";
  EXPECT_LE(error_for(answer(404, api_error("TaskNotFound", trace))).hops.size(), 8U);
  const auto long_name = std::string(64, 'a') + ": SiteTimeout";
  EXPECT_THAT(error_for(answer(401, api_error("X", long_name))).hops, IsEmpty());
  const auto long_code = "site2: " + std::string(65, 'A');
  EXPECT_THAT(error_for(answer(401, api_error("X", long_code))).hops, IsEmpty());
}

TEST(ForeignError, a_hostile_body_costs_its_code_only) {
  const std::string deep(10000, '[');
  const std::string large = api_error("TaskNotFound", std::string(70000, 'x'));
  for (const std::string& body :
       {deep, R"({"code":"TaskNotFound","x":)" + deep, large, std::string("\0\1\2", 3),
        std::string(R"({"code":"\ud800"})"), std::string("{\"code\":\"\xFF\"}")})
    EXPECT_EQ(code_for(answer(404, body)), ErrorCode::SiteProtocolError) << body.substr(0, 40);
}

TEST(ForeignError, its_code_is_printable_in_the_log) {
  const auto error = error_for(answer(404, api_error("a\\r\\nb" + std::string(500, 'c'))));
  EXPECT_EQ(error.detail.find_first_of("\r\n"), std::string::npos);
  EXPECT_LT(error.detail.size(), 200U);
}

}  // namespace
}  // namespace sitegate::test
