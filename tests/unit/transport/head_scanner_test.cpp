// Where a head ends, in whatever pieces it comes, and its limits (CHECKLIST 28).

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "routing/transport/http_head.hpp"
#include "tests/unit/transport/head_feed.hpp"

namespace sitegate::test {
namespace {

TEST(HeadScanner, an_unfinished_head_waits) {
  const std::string head = with_line("X: y");
  for (std::size_t size = 1; size < head.size(); ++size)
    EXPECT_EQ(refusal(head.substr(0, size)), "waits") << size;
  EXPECT_EQ(refusal(head), "taken");
}

/// What scanning says when the text comes in pieces of `size` octets.
std::string scanned(std::string_view text, const HeadLimits& limits, std::size_t size) {
  HeadScanner scanner;
  for (std::size_t come = 0; come < text.size();) {
    come = std::min(come + size, text.size());
    const auto found = scanner.scan(text.substr(0, come), limits);
    if (found.fault)
      return found.fault->what;
    if (found.size > 0)
      return std::to_string(found.size);
  }
  return "waits";
}

TEST(HeadScanner, how_a_head_is_cut_makes_no_difference) {
  constexpr HeadLimits kNarrow{.line = 20, .field = 24, .head = 60, .fields = 3};
  const std::string line = "GET /a HTTP/1.1\r\n";
  for (const std::string& text : std::vector<std::string>{
           line + "Host: a\r\n\r\n",
           line + "Host: a\r\n\r\nGET",
           line + "A:\tb \x80\r\n\r\n",
           line + "A: " + std::string(19, 'a') + "\r\n\r\n",
           line + "A: " + std::string(20, 'a') + "\r\n\r\n",
           "GET /" + std::string(20, 'a'),
           "GET /aaaaaa HTTP/1.1\r\n",
           line + "A: b\r\nB: c\r\nC: d\r\n\r\n",
           line + "A: b\r\nB: c\r\nC: d\r\nD: e\r\n\r\n",
           line + "A: " + std::string(18, 'a') + "\r\nB: " + std::string(18, 'b') + "\r\n\r\n",
           line + "A: b\rc\r\n",
           line + "A: b\r\r\n",
           line + "A: b\n",
           line + " A: b\r\n",
           line + "\tA: b\r\n",
           line + std::string("A: \0b", 5),
           line + "A: \x7f",
           "\r\n",
           " GET",
           "\n",
           "\rG",
           line + "\r\n"}) {
    const auto whole = scanned(text, kNarrow, text.size());
    for (std::size_t size = 1; size < text.size(); ++size)
      EXPECT_EQ(scanned(text, kNarrow, size), whole) << size << " of " << text;
  }
  EXPECT_EQ(scanned(line + "Host: a\r\n\r\n", kNarrow, 100), "28");
  EXPECT_EQ(scanned(line + "A: b\rc\r\n", kNarrow, 100), "a CR without its LF");
  EXPECT_EQ(scanned(line + "A: \x7f", kNarrow, 100), "a control character");
}

TEST(HeadScanner, a_scanner_is_ready_again_after_reset) {
  HeadScanner scanner;
  const std::string head = with_target("/");
  EXPECT_EQ(scanner.scan(head, kHeadLimits).size, head.size());
  scanner.reset();
  EXPECT_EQ(scanner.scan(head, kHeadLimits).size, head.size());
}

TEST(HeadLimits, request_line_of_8192_octets_is_taken_and_no_longer_one) {
  const auto line_of = [](std::size_t size) {
    const std::string_view rest = "GET / HTTP/1.1\r\n";
    return with_target("/" + std::string(size - rest.size(), 'a'));
  };
  EXPECT_EQ(refusal(line_of(8000)), "taken");
  EXPECT_EQ(refusal(line_of(8191)), "taken");
  EXPECT_EQ(refusal(line_of(8192)), "taken");
  EXPECT_EQ(refusal(line_of(8193)), "UriTooLong");
  EXPECT_EQ(refusal(std::string(8192, 'a')), "waits");
  EXPECT_EQ(refusal(std::string(8193, 'a')), "UriTooLong");
}

TEST(HeadLimits, field_of_8192_octets_is_taken_and_no_longer_one) {
  const auto field_of = [](std::size_t size) {
    return with_line("X: " + std::string(size - 5, 'a'));  // with its CRLF
  };
  EXPECT_EQ(refusal(field_of(8191)), "taken");
  EXPECT_EQ(refusal(field_of(8192)), "taken");
  EXPECT_EQ(refusal(field_of(8193)), "HeadersTooLarge");
}

TEST(HeadLimits, head_of_16384_octets_is_taken_and_no_longer_one) {
  const auto head_of = [](std::size_t size) {
    const std::string two = "X: " + std::string(8000, 'a') + "\r\nY: " + std::string(8000, 'b');
    const std::string three = two + "\r\nZ: ";
    return with_line(three + std::string(size - with_line(three).size(), 'c'));
  };
  ASSERT_EQ(head_of(16384).size(), 16384U);
  EXPECT_EQ(refusal(head_of(16383)), "taken");
  EXPECT_EQ(refusal(head_of(16384)), "taken");
  EXPECT_EQ(refusal(head_of(16385)), "HeadersTooLarge");
}

TEST(HeadLimits, hundred_fields_are_taken_and_no_more) {
  const auto fields = [](int count) {
    std::string head = "GET / HTTP/1.1\r\nHost: site1\r\n";
    for (int i = 1; i < count; ++i) head += "X: y\r\n";
    return head + "\r\n";
  };
  EXPECT_EQ(refusal(fields(99)), "taken");
  EXPECT_EQ(refusal(fields(100)), "taken");
  EXPECT_EQ(refusal(fields(101)), "HeadersTooLarge");
}

}  // namespace
}  // namespace sitegate::test
