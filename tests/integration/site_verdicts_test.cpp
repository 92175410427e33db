// CONTRACT 0.3, "What a site's answer becomes", the rows of verdicts: every status a site may
// answer with, each by a whole exchange.

#include <gtest/gtest.h>

#include "tests/integration/support/site_rows.hpp"

namespace sitegate::test {
namespace {

class SiteVerdict : public testing::TestWithParam<Row> {};

TEST_P(SiteVerdict, becomes_the_error_of_its_row) {
  expect_row(GetParam());
}

std::string name_of_row(const testing::TestParamInfo<Row>& row) {
  return row.param.name;
}

const std::string kHostileNotFound =
    R"({"code":"TaskNotFound","msg":"<script>canary</script>","args":["\u0000\u001b[2J canary"],)"
    R"("stacktrace":"java.lang.Error: canary\n\tat com.example.Canary(Canary.java:7)\n)"
    R"(site2: TaskNotFound\nsite 3: Canary\n/opt/canary: Canary\nsite4: a b\nsite5: Ok\u0007"})";

INSTANTIATE_TEST_SUITE_P(
    Row, SiteVerdict,
    testing::Values(
        Row{"task_not_found", answering(error_answer(404, "TaskNotFound")), task_not_found()},
        Row{"task_not_found_of_a_site_behind_it",
            answering(answer_text(404,
                                  R"({"code":"TaskNotFound","msg":"","args":[],)"
                                  R"("stacktrace":"site7: TaskNotFound\nsite2: TaskNotFound"})")),
            task_not_found("site7: TaskNotFound\nsite2: TaskNotFound\n")},
        Row{"task_not_found_without_a_line_of_its_own",
            answering(answer_text(404, R"({"code":"TaskNotFound"})")), task_not_found()},
        Row{"task_not_found_with_hostile_members", answering(answer_text(404, kHostileNotFound)),
            task_not_found()},
        Row{"site_not_found", answering(error_answer(404, "SiteNotFound")),
            status_discarded(404, "site2: SiteNotFound\n")},
        Row{"loop_detected",
            answering(error_answer(508, "LoopDetected")),
            {.status = 508,
             .code = ErrorCode::LoopDetected,
             .args = {"site2"},
             .hops = "site2: LoopDetected\n",
             .proxy = "; received-status=508"}},
        Row{"not_authenticated", answering(error_answer(401, "NotAuthenticated")),
            refused_us(401, "site2: NotAuthenticated\n")},
        Row{"not_authenticated_without_a_body", answering(answer_text(401, "")), refused_us(401)},
        Row{"not_authenticated_with_the_challenge_that_ends_sessions",
            answering(answer_text(401, "", "WWW-Authenticate: Authentication Token Required\r\n")),
            refused_us(401)},
        Row{"forbidden_on_a_lookup", answering(error_answer(403, "Forbidden")),
            refused_us(403, "site2: Forbidden\n")},
        Row{"bad_user_input_on_a_lookup", answering(error_answer(400, "BadUserInput")),
            status_discarded(400, "site2: BadUserInput\n")},
        Row{"too_many_requests",
            answering(error_answer(429, "TooManyRequests", "Retry-After: 7\r\n")),
            {.status = 503,
             .code = ErrorCode::SiteUnavailable,
             .args = {"site2"},
             .hops = "site2: TooManyRequests\n",
             .retry_after = "7",
             .proxy = "; received-status=429"}},
        Row{"unavailable_for_a_while", answering(answer_text(503, "", "Retry-After: 60\r\n")),
            unavailable(503, "60")},
        Row{"unavailable_for_too_long_a_while",
            answering(answer_text(503, "", "Retry-After: 61\r\n")), unavailable(503, "60")},
        Row{"unavailable_forever",
            answering(answer_text(503, "", "Retry-After: 99999999999999999999\r\n")),
            unavailable(503, "60")},
        Row{"unavailable_until_a_date",
            answering(answer_text(503, "", "Retry-After: Fri, 31 Dec 2027 23:59:59 GMT\r\n")),
            unavailable(503, "5")},
        Row{"unavailable_for_no_time", answering(answer_text(503, "", "Retry-After: -1\r\n")),
            unavailable(503, "5")},
        Row{"unavailable_without_a_word", answering(answer_text(503, "")), unavailable(503, "5")},
        Row{"timeout_behind_it",
            answering(error_answer(504, "SiteTimeout")),
            {.status = 504,
             .code = ErrorCode::SiteTimeout,
             .args = {"site2"},
             .hops = "site2: SiteTimeout\n",
             .proxy = "; received-status=504"}},
        Row{"its_own_failure", answering(error_answer(500, "GeneralServerFailure")),
            status_discarded(500, "site2: GeneralServerFailure\n")},
        Row{"a_bad_gateway_behind_it", answering(error_answer(502, "SiteProtocolError")),
            status_discarded(502, "site2: SiteProtocolError\n")},
        Row{"endpoint_not_found", answering(error_answer(404, "EndpointNotFound")),
            status_discarded(404, "site2: EndpointNotFound\n")},
        Row{"not_found_without_an_api_error",
            answering(answer_text(404, "<html>404 Not Found</html>")), status_discarded(404)},
        Row{"not_found_as_an_array", answering(answer_text(404, R"(["TaskNotFound"])")),
            status_discarded(404)},
        Row{"not_found_with_a_code_that_is_no_text",
            answering(answer_text(404, R"({"code":["TaskNotFound"]})")), status_discarded(404)},
        Row{"not_found_with_almost_the_code",
            answering(answer_text(404, R"({"code":"TaskNotFound\u0000"})")), status_discarded(404)},
        Row{"not_found_in_more_words_than_are_read",
            answering(answer_text(404, R"({"code":"TaskNotFound","msg":")" +
                                           std::string(65536, 'x') + "\"}")),
            status_discarded(404)},
        Row{"not_found_nested_too_deep",
            answering(answer_text(404, R"({"code":"TaskNotFound","args":)" +
                                           std::string(10000, '[') + std::string(10000, ']') +
                                           "}")),
            status_discarded(404)},
        Row{"args_of_ten_megabytes", once([](SiteConnection& connection) {
              connection.send(answer_text(404, R"({"code":"TaskNotFound","args":[")" +
                                                   std::string(10'000'000, 'x') + "\"]}"));
            }),
            protocol_error("http_response_body_size; received-status=404")},
        Row{"redirect", answering(answer_text(302, "", "Location: https://127.0.0.1/canary\r\n")),
            status_discarded(302)}),
    name_of_row);

TEST(SiteStatus, that_no_row_names_is_discarded) {
  const std::vector<int> statuses{201, 202, 203, 204, 206, 226, 299, 300, 301, 303, 304, 307,
                                  308, 402, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414,
                                  415, 416, 417, 418, 421, 422, 423, 425, 426, 428, 431, 451,
                                  499, 501, 505, 506, 507, 510, 511, 599, 600, 999};
  std::vector<std::string> texts;
  for (const int status : statuses) {
    const bool bodiless = status == 204 || status == 304;
    texts.push_back(answer_text(status, bodiless ? "" : asked_task()));
  }
  const FakeSite site2(answering_in_turn(texts));
  const Hop hop(site2.port());
  for (const int status : statuses) {
    SCOPED_TRACE(status);
    expect_error(hop.ask(), status_discarded(status));
  }
}

}  // namespace
}  // namespace sitegate::test
