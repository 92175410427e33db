// CONTRACT 0.3, "What a site's answer becomes", the rows of a 200: what is no document of the task
// that was asked for is discarded, what is one is relayed byte for byte.

#include <gtest/gtest.h>

#include <ostream>

#include "contract/media_type.hpp"
#include "tests/integration/support/site_rows.hpp"

namespace sitegate::test {
namespace {

constexpr auto kTooMuch = 3 * 1024 * 1024;  // octets; limits.answer_body is 2 MiB

std::string deep_document() {
  std::string text = asked_task();
  text.pop_back();
  return text + ",\"deep\":" + std::string(65, '[') + std::string(65, ']') + "}";
}

class SiteDocument : public testing::TestWithParam<Row> {};

TEST_P(SiteDocument, becomes_the_error_of_its_row) {
  expect_row(GetParam());
}

std::string name_of_row(const testing::TestParamInfo<Row>& row) {
  return row.param.name;
}

INSTANTIATE_TEST_SUITE_P(
    Row, SiteDocument,
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
                                      "Vary", "ETag", "operationID", "X-Request-Id",
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
  for (const auto& type : supported_media_types()) {
    auto fields = hop.caller();
    fields.emplace_back("Accept", type);
    const auto answer = hop.site1().get(Hop::target(), fields);
    EXPECT_EQ(answer.field("Content-Type"), type + ";charset=UTF-8");
    EXPECT_EQ(answer.body, type.ends_with("v4.7+json") ? queued : in_state("RUNNING")) << type;
  }
}

TEST(RelayedAnswer, in_every_version_has_all_that_the_site_said) {
  auto odd = asked_task();
  odd.pop_back();
  odd += R"( , "later" : {"state":"QUEUED", "n":[1.50,1e2,-0,{}]},
    "\u0061\/b":null,"big":12345678901234567890,"é":"\u00e9", "progress2" : 50.0 } )";
  const FakeSite site2(answering(ok(odd)));
  const Hop hop(site2.port());
  auto client = hop.site1().client();
  for (const auto& type : supported_media_types()) {
    auto fields = hop.caller();
    fields.emplace_back("Accept", type);
    EXPECT_EQ(client.get(Hop::target(), fields).body, odd) << type;
  }
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
