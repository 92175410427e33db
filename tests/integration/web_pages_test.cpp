// Pages of other origins, where no request or no gateway could be had: what the connection itself
// refuses, and what another site's failure looks like. The rest is in unit/gateway/cors_test.cpp.

#include <gtest/gtest.h>

#include "tests/integration/support/hop.hpp"
#include "tests/integration/support/peers_listener.hpp"

namespace sitegate::test {
namespace {

const std::string kUi = "https://ui.example.org";

void allow_ui(Settings& settings) {
  settings.cors.origins = {kUi};
}

std::string origin_of(const Answer& answer) {
  return answer.field("Access-Control-Allow-Origin");
}

TEST(WebPages, may_read_why_their_request_is_none) {
  const TestGateway site1({.tune = allow_ui});
  struct Row {
    std::string head;
    int status;
  };
  const Row rows[] = {
      {"GET / HTTP/1.1\r\nHost: g\r\nOrigin: " + kUi + "\r\nContent-Length: x\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nOrigin: " + kUi + "\r\nHost: g\r\n folded\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: g\r\nOrigin: " + kUi + "\r\nX: " + std::string(8200, 'x') +
           "\r\n\r\n",
       431},
      {"GET / HTTP/2.1\r\nHost: g\r\nOrigin: " + kUi + "\r\n\r\n", 505}};
  for (const auto& row : rows) {
    auto client = site1.client();
    client.send(row.head);
    const auto answer = client.read_answer();
    SCOPED_TRACE(answer.head);
    EXPECT_EQ(answer.status, row.status);
    EXPECT_EQ(origin_of(answer), kUi);
    EXPECT_EQ(answer.field("Vary"), "Origin");
    EXPECT_EQ(client.wait_for_end(), WireEnd::Closed);
  }
  auto client = site1.client();
  client.send("GET / HTTP/1.1\r\nOrigin: https://evil.example\r\nContent-Length: x\r\n\r\n");
  const auto answer = client.read_answer();
  EXPECT_EQ(origin_of(answer), "");
  EXPECT_EQ(answer.field("Vary"), "Origin");
}

TEST(WebPages, may_read_what_became_of_another_site) {
  const ClosedPort nobody;
  const Hop hop(nobody.port(), {.tune = allow_ui});
  auto fields = hop.caller();
  fields.emplace_back("Origin", kUi);
  const auto answer = hop.site1().get(Hop::target(), fields);
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(origin_of(answer), kUi);
  EXPECT_NE(answer.field("Access-Control-Expose-Headers").find("Proxy-Status"), std::string::npos);
}

TEST(WebPages, see_no_difference_between_a_hidden_task_and_none) {
  TestGateway site1({.tune = allow_ui});
  site1.put_task(kTaskId, task_document(kTaskId, "admin1@Org1", "site1"));
  for (const auto& origin : {kUi, std::string("https://evil.example")}) {
    auto fields = site1.login("admin1@Org2");
    fields.emplace_back("Origin", origin);
    const auto hidden = site1.get("/tasks/" + kTaskId, fields);
    auto absent = site1.get("/tasks/" + task_id(2), fields).without_ids();
    for (auto at = absent.find(task_id(2)); at != std::string::npos; at = absent.find(task_id(2)))
      absent.replace(at, kTaskId.size(), kTaskId);
    EXPECT_EQ(hidden.status, 404);
    EXPECT_EQ(hidden.without_ids(), absent);
  }
}

TEST(WebPages, are_nothing_to_a_site) {
  const FakeSite site2(answering(answer_text(200, asked_task())));
  const Hop hop(site2.port(), {.tune = allow_ui});
  auto fields = hop.caller();
  fields.emplace_back("Origin", kUi);
  auto client = hop.site1().client();
  EXPECT_EQ(client.get(Hop::target(), fields).status, 200);
  const auto preflight = client.ask("OPTIONS", Hop::target(),
                                    {{"Origin", kUi}, {"Access-Control-Request-Method", "GET"}});
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(preflight.field("Access-Control-Allow-Methods"), "GET, HEAD, PUT, OPTIONS");
  ASSERT_EQ(site2.requests().size(), 1U) << "a preflight goes nowhere";
  EXPECT_EQ(lower_case(site2.requests()[0]).find("origin:"), std::string::npos);
}

}  // namespace
}  // namespace sitegate::test
