#include "tests/integration/support/site_rows.hpp"

#include <gtest/gtest.h>

#include <charconv>
#include <ostream>

namespace sitegate::test {

Expected cannot_trust(const std::string& proxy_error) {
  return {.status = 401,
          .code = ErrorCode::RemoteAuthenticationFailure,
          .args = {"site2"},
          .proxy = "; error=" + proxy_error};
}

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

Expected refused_us(int status, const std::string& hops) {
  return {.status = 401,
          .code = ErrorCode::RemoteAuthenticationFailure,
          .args = {"site2"},
          .hops = hops,
          .proxy = "; received-status=" + std::to_string(status)};
}

Expected task_not_found(const std::string& hops) {
  return {.status = 404,
          .code = ErrorCode::TaskNotFound,
          .args = {kTaskId},
          .hops = hops,
          .proxy = "; received-status=404"};
}

Expected status_discarded(int status, const std::string& hops) {
  auto expected = protocol_error("http_protocol_error; received-status=" + std::to_string(status));
  expected.hops = hops;
  return expected;
}

std::string error_answer(int status, std::string_view code, std::string_view more_fields) {
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

Expected too_late(const std::string& proxy) {
  return {.status = 504,
          .code = ErrorCode::SiteTimeout,
          .args = {"site2"},
          .proxy = "; error=" + proxy};
}

std::string document_answer() {
  return answer_text(200, asked_task());
}

FakeSite::Script dying_after_one(const FakeSite::Script& dies, const FakeSite::Script& later) {
  return [dies, later](SiteConnection& connection) {
    if (connection.number() > 0)
      return later(connection);
    if (!connection.next_request().empty() && connection.send(document_answer()) &&
        !connection.next_request().empty())
      dies(connection);
  };
}

void PrintTo(const Row& row, std::ostream* out) {
  *out << row.name;
}

void expect_row(const Row& row) {
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

}  // namespace sitegate::test
