// A reply's head on the wire (RFC 9112 4, 9; CHECKLIST 23).

#include "gateway/reply_head.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "routing/transport/http_head.hpp"

namespace sitegate::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

ApiReply reply(int status = 200, std::string body = "{}") {
  return {status, body.empty() ? "" : "application/json;charset=UTF-8", std::move(body), {}};
}

/// The head read back by our own parser.
AnswerHead read_back(const std::string& head) {
  HeadScanner scanner;
  const auto found = scanner.scan(head, {8192, 8192, 16384, 100});
  EXPECT_EQ(found.size, head.size()) << head;
  HttpFault fault;
  auto parsed = parse_answer_head(head, fault);
  EXPECT_TRUE(parsed) << fault.what;
  return parsed.value_or(AnswerHead{});
}

TEST(ReplyHead, is_a_status_line_fields_and_an_empty_line) {
  auto given = reply();
  given.fields = {{"X-VCAV-Auth", "abc"}, {"Vary", "Accept"}};
  const auto head = reply_head(given, {});
  EXPECT_THAT(head, StartsWith("HTTP/1.1 200 OK\r\nDate: "));
  EXPECT_THAT(head, HasSubstr("\r\nX-VCAV-Auth: abc\r\n")) << "in exactly this case";
  const auto parsed = read_back(head);
  EXPECT_EQ(parsed.status, 200);
  EXPECT_EQ(parsed.fields.first("Content-Type"), "application/json;charset=UTF-8");
  EXPECT_EQ(parsed.fields.first("Vary"), "Accept");
  EXPECT_TRUE(parsed.keep_alive);
}

TEST(ReplyHead, content_length_is_that_of_the_body) {
  EXPECT_EQ(read_back(reply_head(reply(), {})).fields.first("Content-Length"), "2");
  EXPECT_EQ(read_back(reply_head(reply(200, std::string(70000, ' ')), {})).framing.length, 70000U);
  EXPECT_EQ(read_back(reply_head(reply(404, ""), {})).fields.first("Content-Length"), "0");
}

TEST(ReplyHead, what_never_has_content_has_neither_length_nor_type) {
  for (const int status : {204, 304}) {
    const auto parsed = read_back(reply_head(reply(status, ""), {}));
    EXPECT_EQ(parsed.fields.count("Content-Length"), 0U);
    EXPECT_EQ(parsed.fields.count("Content-Type"), 0U);
  }
}

TEST(ReplyHead, the_end_of_the_connection_is_said) {
  EXPECT_THAT(reply_head(reply(), {.keep_alive = true}), Not(HasSubstr("Connection")));
  EXPECT_THAT(reply_head(reply(), {.keep_alive = false}), HasSubstr("\r\nConnection: close\r\n"));
  EXPECT_THAT(reply_head(reply(), {.keep_alive = false, .http_minor = 0}),
              HasSubstr("\r\nConnection: close\r\n"));
}

TEST(ReplyHead, a_caller_of_http_1_0_is_told_that_the_connection_stays) {
  const auto head = reply_head(reply(), {.keep_alive = true, .http_minor = 0});
  EXPECT_THAT(head, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(head, HasSubstr("\r\nConnection: keep-alive\r\n"));
}

TEST(ReplyHead, nothing_in_a_value_ends_a_line) {
  auto given = reply();
  given.fields = {{"operationID", "a\r\nSet-Cookie: x\r\n\r\n<html>\n\r\0b"},
                  {"X-Next", std::string("c\0d\n", 4)}};
  const auto parsed = read_back(reply_head(given, {}));
  EXPECT_EQ(parsed.fields.count("Set-Cookie"), 0U);
  EXPECT_EQ(parsed.fields.first("operationID"), "aSet-Cookie: x<html>");
  EXPECT_EQ(parsed.fields.first("X-Next"), "cd");
}

TEST(ReplyHead, every_status_we_send_has_a_reason) {
  for (const auto& row : all_error_traits()) {
    const auto head = reply_head(reply(row.status), {});
    EXPECT_EQ(read_back(head).status, row.status);
    EXPECT_THAT(head, Not(HasSubstr("nknown")));
    EXPECT_EQ(head.find("  "), std::string::npos) << head;
  }
}

// RFC 9110 5.6.7
TEST(ReplyHead, date_is_an_imf_fixdate_of_now) {
  const auto date = std::string(read_back(reply_head(reply(), {})).fields.first("Date"));
  std::tm parts{};
  const char* end = ::strptime(date.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  ASSERT_NE(end, nullptr) << date;
  EXPECT_EQ(*end, '\0');
  EXPECT_EQ(date.size(), 29U);
  EXPECT_LE(std::abs(std::difftime(std::time(nullptr), ::timegm(&parts))), 5.0);
}

}  // namespace
}  // namespace sitegate::test
