// The head of a site's answer: sites are not trusted (CHECKLIST 52 to 54).

#include <gtest/gtest.h>

#include "tests/unit/transport/head_feed.hpp"

namespace sitegate::test {
namespace {

struct Answer {
  std::optional<AnswerHead> head;
  HttpFault fault;
};

/// As a link takes it: scanned whole and octet by octet, then parsed.
Answer take_answer(std::string_view octets) {
  const auto whole = scan_in_steps(octets, octets.size(), kHeadLimits);
  const auto split = scan_in_steps(octets, 1, kHeadLimits);
  EXPECT_EQ(split.size, whole.size) << octets;
  EXPECT_EQ(split.fault.has_value(), whole.fault.has_value()) << octets;
  Answer answer;
  if (whole.fault)
    answer.fault = *whole.fault;
  else if (whole.size > 0)
    answer.head = parse_answer_head(octets.substr(0, whole.size), answer.fault);
  return answer;
}

Answer with_status_line(std::string_view line) {
  return take_answer(std::string(line) + "\r\nContent-Length: 0\r\n\r\n");
}

std::string framing(std::string_view status, std::string_view lines, int minor = 1) {
  const auto answer = take_answer("HTTP/1." + std::to_string(minor) + ' ' + std::string(status) +
                                  " x\r\n" + std::string(lines) + "\r\n");
  if (!answer.head)
    return std::string(traits(answer.fault.code).name);
  return framing_text(answer.head->framing) + (answer.head->keep_alive ? " keep" : " close");
}

TEST(AnswerHead, an_answer_is_taken_apart) {
  const auto answer =
      take_answer("HTTP/1.1 503 Go away: busy\r\nRetry-After: 7\r\nContent-Length: 2\r\n\r\n{}");
  ASSERT_TRUE(answer.head) << answer.fault.what;
  EXPECT_EQ(answer.head->status, 503);
  EXPECT_EQ(answer.head->fields.first("retry-after"), "7");
  EXPECT_EQ(framing_text(answer.head->framing), "length 2");
  EXPECT_TRUE(answer.head->keep_alive);
}

TEST(AnswerHead, a_reason_may_be_missing_or_strange) {
  for (const char* line : {"HTTP/1.1 200 ", "HTTP/1.1 200 \xC3\xA9t\xC3\xA9", "HTTP/1.0 200 a\tb"})
    EXPECT_TRUE(with_status_line(line).head) << line;
}

TEST(AnswerHead, a_malformed_status_line_is_a_fault) {
  for (const char* line :
       {"", " HTTP/1.1 200 OK", "HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1 20 OK", "HTTP/1.1 2000 OK",
        "HTTP/1.1 2x0 OK", "HTTP/1.1 020 OK", "HTTP/1.1 -20 OK", "HTTP/1.1  200 OK", "HTTP 200 OK",
        "http/1.1 200 OK", "ICY 200 OK", "GET / HTTP/1.1", "HTTP/1.10 200 OK", "SSH-2.0-x",
        "HTTP/1.1 200 \x01"})
    EXPECT_FALSE(with_status_line(line).head) << line;
}

TEST(AnswerHead, only_http_1_0_and_1_1_are_understood) {
  EXPECT_TRUE(with_status_line("HTTP/1.0 200 OK").head);
  for (const char* version : {"HTTP/0.9", "HTTP/1.2", "HTTP/2.0", "HTTP/2.1", "HTTP/3.0"})
    EXPECT_FALSE(with_status_line(std::string(version) + " 200 OK").head) << version;
}

// CHECKLIST 52
TEST(AnswerHead, framing_that_can_be_read_in_two_ways_is_a_fault) {
  for (const char* lines :
       {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n", "Content-Length: 5, 5\r\n",
        "Content-Length: -1\r\n", "Content-Length: +5\r\n", "Content-Length: 5x\r\n",
        "Content-Length: 18446744073709551616\r\n", "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: chunked, identity\r\n", "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding: xchunked\r\n", "Transfer-Encoding:\r\n", "Content-Length : 5\r\n",
        "X: y\r\n z\r\n", "X: \x01\r\n", "X: y\n", "X: a\rb\r\n"})
    EXPECT_EQ(framing("200", lines), "BadRequest") << lines;
  EXPECT_EQ(framing("200", "Transfer-Encoding: chunked\r\n", 0), "BadRequest");
}

TEST(AnswerHead, an_answer_is_framed_by_its_fields_or_by_the_end) {
  EXPECT_EQ(framing("200", "Content-Length: 5\r\n"), "length 5 keep");
  EXPECT_EQ(framing("200", "Content-Length: 0\r\n"), "none keep");
  EXPECT_EQ(framing("200", "Transfer-Encoding: chunked\r\n"), "chunked keep");
  EXPECT_EQ(framing("200", ""), "until close close");
  EXPECT_EQ(framing("200", "Connection: keep-alive\r\n", 0), "until close close");
  EXPECT_EQ(framing("200", "Connection: close\r\nContent-Length: 5\r\n"), "length 5 close");
  EXPECT_EQ(framing("200", "Content-Length: 5\r\n", 0), "length 5 close");
  EXPECT_EQ(framing("200", "Content-Length: 5\r\nConnection: keep-alive\r\n", 0), "length 5 keep");
}

// RFC 9112 6.3, first rule
TEST(AnswerHead, answers_that_cannot_have_a_body_have_none) {
  for (const char* status : {"100", "103", "204", "304"}) {
    EXPECT_EQ(framing(status, ""), "none keep") << status;
    EXPECT_EQ(framing(status, "Content-Length: 5\r\n"), "none keep") << status;
  }
}

}  // namespace
}  // namespace sitegate::test
