// What is still read of a head that is refused.

#include "routing/transport/readable_fields.hpp"

#include <gtest/gtest.h>

#include "routing/transport/http_head.hpp"

namespace sitegate::test {
namespace {

TEST(ReadableFields, are_those_in_whole_lines_of_the_right_form) {
  const auto fields = readable_fields(
      "GET /a:b HTTP/9\r\n"
      "Origin: https://ui.example.org\r\n"
      "accept:\tapplication/json \n"
      " folded: no\r\n"
      "two words: no\r\n"
      "no colon\r\n"
      ": no\r\n"
      "Empty:\r\n"
      "Time: 12:30\r\n"
      "Cut: no");
  ASSERT_EQ(fields.size(), 4U);
  EXPECT_EQ(fields.first("Origin"), "https://ui.example.org");
  EXPECT_EQ(fields.first("Accept"), "application/json");
  EXPECT_EQ(fields.count("Empty"), 1U);
  EXPECT_EQ(fields.first("Time"), "12:30");
}

TEST(ReadableFields, are_all_fields_of_a_head_that_is_right) {
  const std::string head =
      "GET /tasks HTTP/1.1\r\nHost: g\r\nACCEPT: a,\tb \r\nX:\r\nAccept: c\r\nX-Y: :z:\r\n\r\n";
  const auto parsed = parse_request_head(head);
  ASSERT_TRUE(parsed);
  const auto fields = readable_fields(head);
  ASSERT_EQ(fields.size(), parsed->fields.size());
  for (std::size_t i = 0; i < fields.size(); ++i) {
    EXPECT_EQ(fields.name(i), parsed->fields.name(i));
    EXPECT_EQ(fields.value(i), parsed->fields.value(i));
  }
}

TEST(ReadableFields, end_with_the_head) {
  EXPECT_EQ(readable_fields("GET / HTTP/1.1\r\nA: 1\r\n\r\nB: 2\r\n").size(), 1U);
  EXPECT_EQ(readable_fields("GET / HTTP/1.1\nA: 1\n\nB: 2\n").size(), 1U);
}

TEST(ReadableFields, may_be_none) {
  for (const char* head : {"", "\n", "\r\n\r\n", "GET", "A: 1\r\n", "\x16\x03\x01\x02"})
    EXPECT_EQ(readable_fields(head).size(), 0U) << head;
}

}  // namespace
}  // namespace sitegate::test
