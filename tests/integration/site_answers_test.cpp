// CONTRACT 0.3, "What a site's answer becomes": every row that speaks of lookups, each by a whole
// exchange with a site that answers like that.

#include <gtest/gtest.h>

#include <charconv>
#include <ostream>

#include "tests/integration/support/hop.hpp"

namespace sitegate::test {
namespace {

using namespace std::chrono_literals;

constexpr auto kTooMuch = 3 * 1024 * 1024;  // octets; limits.answer_body is 2 MiB

Expected protocol_error(const std::string& proxy) {
  return {.status = 502,
          .code = ErrorCode::SiteProtocolError,
          .args = {"site2"},
          .proxy = "; error=" + proxy};
}

/// A 200 whose body is not what was asked for.
Expected discarded() {
  return protocol_error("http_protocol_error; received-status=200");
}

Expected unreadable_head() {
  return protocol_error("http_protocol_error");
}

Expected unavailable(int status, const std::string& retry_after) {
  return {.status = 503,
          .code = ErrorCode::SiteUnavailable,
          .args = {"site2"},
          .retry_after = retry_after,
          .proxy = "; received-status=" + std::to_string(status)};
}

Expected refused_us(int status, const std::string& hops = {}) {
  return {.status = 401,
          .code = ErrorCode::RemoteAuthenticationFailure,
          .args = {"site2"},
          .hops = hops,
          .proxy = "; received-status=" + std::to_string(status)};
}

Expected task_not_found(const std::string& hops = "site2: TaskNotFound\n") {
  return {.status = 404,
          .code = ErrorCode::TaskNotFound,
          .args = {kTaskId},
          .hops = hops,
          .proxy = "; received-status=404"};
}

Expected status_discarded(int status, const std::string& hops = {}) {
  auto expected = protocol_error("http_protocol_error; received-status=" + std::to_string(status));
  expected.hops = hops;
  return expected;
}

std::string error_answer(int status, std::string_view code, std::string_view more_fields = {}) {
  return answer_text(status, api_error_text(code), more_fields);
}

std::string ok(std::string_view body) {
  return answer_text(200, body);
}

std::string raw_200(std::string_view fields, std::string_view body) {
  std::string text = "HTTP/1.1 200 OK\r\n";
  return text.append(fields).append("\r\n").append(body);
}

std::string chunk(std::string_view content) {
  char size[16];
  const auto [end, error] = std::to_chars(size, size + sizeof size, content.size(), 16);
  return std::string(size, end).append("\r\n").append(content).append("\r\n");
}

std::string deep_document() {
  std::string text = asked_task();
  text.pop_back();
  return text + ",\"deep\":" + std::string(65, '[') + std::string(65, ']') + "}";
}

std::string with_member(std::string_view member) {
  std::string text = asked_task();
  text.pop_back();
  return text.append(",").append(member).append("}");
}

FakeSite::Script once(const std::function<void(SiteConnection&)>& then) {
  return [then](SiteConnection& connection) {
    if (!connection.next_request().empty())
      then(connection);
  };
}

FakeSite::Script sends_then_cuts(const std::string& text) {
  return once([text](SiteConnection& connection) {
    connection.send(text);
    connection.cut();
  });
}

FakeSite::Script sends_then_closes(const std::string& text) {
  return once([text](SiteConnection& connection) { connection.send(text); });
}

struct Row {
  std::string name;
  FakeSite::Script site;
  Expected expected;
};

void PrintTo(const Row& row, std::ostream* out) {
  *out << row.name;
}

class SiteAnswer : public testing::TestWithParam<Row> {};

TEST_P(SiteAnswer, becomes_the_error_of_its_row) {
  const auto& row = GetParam();
  const FakeSite site2(row.site);
  const Hop hop(site2.port());
  auto client = hop.site1().client();
  auto fields = hop.caller();
  fields.emplace_back("operationID", "of-the-caller");
  const auto answer = client.get(Hop::target(), fields);
  expect_error(answer, row.expected);
  EXPECT_EQ(answer.field("operationID"), "of-the-caller");
  // Whatever the site said, it was asked once, and the caller's own session goes on.
  EXPECT_EQ(site2.connections(), 1U);
  EXPECT_EQ(site2.requests().size(), 1U);
  EXPECT_EQ(client.get("/sessions", hop.caller()).status, 200);
}

std::string name_of_row(const testing::TestParamInfo<Row>& row) {
  return row.param.name;
}

const std::string kHostileNotFound =
    R"({"code":"TaskNotFound","msg":"<script>canary</script>","args":["\u0000\u001b[2J canary"],)"
    R"("stacktrace":"java.lang.Error: canary\n\tat com.example.Canary(Canary.java:7)\n)"
    R"(site2: TaskNotFound\nsite 3: Canary\n/opt/canary: Canary\nsite4: a b\nsite5: Ok\u0007"})";

INSTANTIATE_TEST_SUITE_P(
    Verdict, SiteAnswer,
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
             .proxy = "; error=proxy_loop_detected; received-status=508"}},
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
        Row{"args_of_ten_megabytes",
            answering(answer_text(404, R"({"code":"TaskNotFound","args":[")" +
                                           std::string(10'000'000, 'x') + "\"]}")),
            protocol_error("http_response_body_size; received-status=404")},
        Row{"redirect", answering(answer_text(302, "", "Location: https://127.0.0.1/canary\r\n")),
            status_discarded(302)}),
    name_of_row);

INSTANTIATE_TEST_SUITE_P(
    Document, SiteAnswer,
    testing::Values(
        Row{"of_another_task", answering(ok(task_document(task_id(2), "admin1@Org1", "site2"))),
            discarded()},
        Row{"without_an_id", answering(ok(R"({"user":"admin1@Org1"})")), discarded()},
        Row{"with_an_id_that_is_no_text", answering(ok(R"({"id":1})")), discarded()},
        Row{"with_the_id_one_floor_down", answering(ok(R"({"task":)" + asked_task() + "}")),
            discarded()},
        Row{"with_a_second_id", answering(ok(with_member(R"("id":")" + task_id(2) + "\""))),
            discarded()},
        Row{"with_a_second_id_in_other_letters",
            answering(ok(with_member(R"("\u0069d":")" + kTaskId + "\""))), discarded()},
        Row{"empty", answering(ok("")), discarded()},
        Row{"not_json", answering(ok("<html>canary</html>")), discarded()},
        Row{"cut_json", answering(ok(asked_task().substr(0, 60))), discarded()},
        Row{"json_and_more", answering(ok(asked_task() + "{}")), discarded()},
        Row{"array", answering(ok("[" + asked_task() + "]")), discarded()},
        Row{"text", answering(ok("\"" + kTaskId + "\"")), discarded()},
        Row{"too_deep", answering(ok(deep_document())), discarded()},
        Row{"with_broken_utf8", answering(ok(with_member("\"x\":\"\xc3\x28\""))), discarded()},
        Row{"encoded_although_nobody_asked",
            answering(answer_text(200, "\x1f\x8b\x08 octets", "Content-Encoding: gzip\r\n")),
            discarded()},
        Row{"said_to_be_encoded",
            answering(answer_text(200, asked_task(), "Content-Encoding: br\r\n")), discarded()},
        Row{"announced_too_large", answering(raw_200("Content-Length: 2097153\r\n", "")),
            protocol_error("http_response_body_size; received-status=200")},
        Row{"too_large_in_chunks",
            answering(raw_200("Transfer-Encoding: chunked\r\n", chunk(std::string(kTooMuch, ' ')))),
            protocol_error("http_response_body_size; received-status=200")},
        Row{"too_large_until_the_end", sends_then_closes(raw_200("", std::string(kTooMuch, ' '))),
            protocol_error("http_response_body_size; received-status=200")}),
    name_of_row);

INSTANTIATE_TEST_SUITE_P(
    Wire, SiteAnswer,
    testing::Values(
        Row{"garbage", answering("\x01\x02 canary\r\n\r\n"), unreadable_head()},
        Row{"http_of_the_future", answering("HTTP/3.0 200 OK\r\n\r\n"), unreadable_head()},
        Row{"status_of_two_digits", answering("HTTP/1.1 99 Low\r\n\r\n"), unreadable_head()},
        Row{"line_ends_in_lf", answering("HTTP/1.1 200 OK\nContent-Length: 2\n\n{}"),
            unreadable_head()},
        Row{"folded_field", answering(raw_200("Content-Length: 2\r\nX: a\r\n b\r\n", "{}")),
            unreadable_head()},
        Row{"length_and_chunked",
            answering(raw_200("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")),
            unreadable_head()},
        Row{"two_unequal_lengths",
            answering(raw_200("Content-Length: 2\r\nContent-Length: 3\r\n", "{}}")),
            unreadable_head()},
        Row{"signed_length", answering(raw_200("Content-Length: +2\r\n", "{}")), unreadable_head()},
        Row{"odd_transfer_encoding",
            answering(raw_200("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")), unreadable_head()},
        Row{"gzip_transfer_encoding",
            answering(raw_200("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")),
            unreadable_head()},
        Row{"bad_chunk_size",
            answering(raw_200("Transfer-Encoding: chunked\r\n", "0x2\r\n{}\r\n0\r\n\r\n")),
            discarded()},
        Row{"chunk_longer_than_it_said",
            answering(raw_200("Transfer-Encoding: chunked\r\n", "2\r\n{} \r\n0\r\n\r\n")),
            discarded()},
        Row{"trailer",
            answering(raw_200("Transfer-Encoding: chunked\r\n",
                              chunk(asked_task()) + "0\r\nCanary: x\r\n\r\n")),
            discarded()},
        Row{"endless_chunk_extension",
            answering(raw_200("Transfer-Encoding: chunked\r\n",
                              "2;" + std::string(20000, 'x') + "\r\n{}\r\n0\r\n\r\n")),
            discarded()},
        Row{"endless_interim_answers", once([](SiteConnection& connection) {
              while (connection.send("HTTP/1.1 103 Early Hints\r\n\r\n")) {
              }
            }),
            unreadable_head()},
        Row{"unasked_upgrade",
            answering("HTTP/1.1 101 Switching Protocols\r\nUpgrade: canary\r\n\r\n"),
            unreadable_head()},
        Row{"head_too_large",
            answering(raw_200("X: " + std::string(7000, 'x') + "\r\nY: " + std::string(7000, 'y') +
                                  "\r\nZ: " + std::string(7000, 'z') + "\r\n",
                              "")),
            protocol_error("http_response_header_section_size")},
        Row{"field_too_large", answering(raw_200("X: " + std::string(9000, 'x') + "\r\n", "")),
            protocol_error("http_response_header_section_size")},
        Row{"too_many_fields",
            answering(raw_200(
                [] {
                  std::string fields;
                  for (int i = 0; i < 101; ++i) fields += "X: y\r\n";
                  return fields;
                }(),
                "")),
            protocol_error("http_response_header_section_size")},
        Row{"nothing_then_the_end", once([](SiteConnection&) {}),
            protocol_error("http_response_incomplete")},
        Row{"nothing_then_a_cut", sends_then_cuts(""), protocol_error("http_response_incomplete")},
        Row{"nothing_then_a_reset", once([](SiteConnection& connection) { connection.reset(); }),
            protocol_error("http_response_incomplete")},
        Row{"cut_in_the_head", sends_then_cuts("HTTP/1.1 200 OK\r\nContent-"),
            protocol_error("http_response_incomplete")},
        Row{"cut_in_the_body", sends_then_cuts(raw_200("Content-Length: 200\r\n", "{")),
            protocol_error("http_response_incomplete; received-status=200")},
        Row{"closed_in_the_body", sends_then_closes(raw_200("Content-Length: 200\r\n", "{")),
            protocol_error("http_response_incomplete; received-status=200")},
        Row{"closed_before_the_last_chunk",
            sends_then_closes(raw_200("Transfer-Encoding: chunked\r\n", chunk(asked_task()))),
            protocol_error("http_response_incomplete; received-status=200")},
        Row{"cut_where_the_end_is_the_end_of_the_body", sends_then_cuts(raw_200("", asked_task())),
            protocol_error("http_response_incomplete; received-status=200")}),
    name_of_row);

TEST(SiteAnswerStatus, that_no_row_names_is_discarded) {
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

struct Relayed {
  std::string name;
  FakeSite::Script site;
};

void PrintTo(const Relayed& row, std::ostream* out) {
  *out << row.name;
}

class WholeAnswer : public testing::TestWithParam<Relayed> {};

TEST_P(WholeAnswer, is_relayed_byte_for_byte) {
  const FakeSite site2(GetParam().site);
  const Hop hop(site2.port());
  const auto answer = hop.ask();
  SCOPED_TRACE(answer.head);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, asked_task());
  EXPECT_EQ(answer.field("Proxy-Status"),
            "sitegate-site1; next-hop=\"site2\"; received-status=200");
  EXPECT_EQ(answer.field("Via"), "1.1 sitegate-site1");
  EXPECT_EQ(answer.field("Content-Type"), "application/json;charset=UTF-8");
  EXPECT_EQ(answer.field("Cache-Control"), "private, no-cache");
}

const auto kInChunks =
    raw_200("Transfer-Encoding: CHUNKED\r\n", chunk(asked_task().substr(0, 1)) + "00a;x=\"y\"\r\n" +
                                                  asked_task().substr(1, 10) + "\r\n" +
                                                  chunk(asked_task().substr(11)) + "000\r\n\r\n");

INSTANTIATE_TEST_SUITE_P(
    Site, WholeAnswer,
    testing::Values(
        Relayed{"with_a_length", answering(ok(asked_task()))},
        Relayed{"in_chunks", answering(kInChunks)},
        Relayed{"until_the_end", sends_then_closes(raw_200("", asked_task()))},
        Relayed{"of_http_1_0", sends_then_closes("HTTP/1.0 200 OK\r\n\r\n" + asked_task())},
        Relayed{"octet_by_octet", once([](SiteConnection& connection) {
                  for (const char octet : ok(asked_task())) connection.send({&octet, 1});
                  connection.hold();
                })},
        Relayed{"after_interim_answers",
                answering("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n"
                          "Link: </canary>\r\n\r\n" +
                          ok(asked_task()))},
        Relayed{"said_not_to_be_encoded",
                answering(answer_text(200, asked_task(), "Content-Encoding: identity\r\n"))}),
    [](const testing::TestParamInfo<Relayed>& row) { return row.param.name; });

TEST(RelayedAnswer, may_be_as_large_as_the_limit) {
  auto document = asked_task();
  document.append(2097152 - document.size(), ' ');
  const FakeSite site2(answering(ok(document)));
  EXPECT_TRUE(Hop(site2.port()).ask().body == document);
}

TEST(RelayedAnswer, has_none_of_the_sites_own_fields) {
  const FakeSite site2(answering(answer_text(
      200, asked_task(),
      "Server: canary\r\nSet-Cookie: canary=1\r\nX-VCAV-Auth: canary\r\nETag: \"canary\"\r\n"
      "Location: /canary\r\nWWW-Authenticate: canary\r\nAccess-Control-Allow-Origin: canary\r\n"
      "operationID: canary\r\nX-Request-Id: canary\r\nRetry-After: 7\r\nAllow: canary\r\n"
      "Proxy-Status: canary\r\nVia: 1.1 canary\r\nConnection: canary\r\nKeep-Alive: canary\r\n"
      "Cache-Control: public, max-age=86400\r\nVary: canary\r\nStrict-Transport-Security: c\r\n")));
  const auto answer = Hop(site2.port()).ask();
  EXPECT_EQ(answer.head.find("canary"), std::string::npos) << answer.head;
  EXPECT_EQ(answer.field_names(),
            (std::vector<std::string>{"Date", "Content-Type", "Content-Length", "Cache-Control",
                                      "Vary", "operationID", "X-Request-Id",
                                      "X-Content-Type-Options", "Proxy-Status", "Via"}));
}

TEST(RelayedAnswer, shows_queued_as_running_to_all_but_who_asks_for_v4_7) {
  const auto in_state = [](std::string_view state) {
    auto document = asked_task();
    const std::string_view shown = "SUCCEEDED";
    return document.replace(document.find(shown), shown.size(), state);
  };
  const auto queued = in_state("QUEUED");
  const FakeSite site2(answering(ok(queued)));
  const Hop hop(site2.port());
  EXPECT_EQ(hop.ask().body, in_state("RUNNING"));
  auto newest = hop.caller();
  newest.emplace_back("Accept", "application/vnd.vmware.h4-v4.7+json");
  EXPECT_EQ(hop.site1().get(Hop::target(), newest).body, queued);
}

TEST(RelayedAnswer, without_its_body_is_what_head_shows) {
  const FakeSite site2(answering(ok(asked_task())));
  const Hop hop(site2.port());
  auto client = hop.site1().client();
  const auto whole = client.get(Hop::target(), hop.caller());
  const auto head = client.ask("HEAD", Hop::target(), hop.caller());
  EXPECT_EQ(head.without_ids() + whole.body, whole.without_ids());
  EXPECT_EQ(client.get("/sessions", hop.caller()).status, 200);  // and nothing follows it
  ASSERT_EQ(site2.requests().size(), 2U);
  EXPECT_TRUE(site2.requests().back().starts_with("GET /tasks/")) << site2.requests().back();
}

}  // namespace
}  // namespace sitegate::test
