// How the body of a request is delimited, and whether the connection goes on after it
// (CHECKLIST 1 to 4, 16).

#include <gtest/gtest.h>

#include "tests/unit/transport/head_feed.hpp"

namespace sitegate::test {
namespace {

std::string post(std::string_view lines, int minor = 1) {
  return "POST /sessions HTTP/1." + std::to_string(minor) + "\r\nHost: site1\r\n" +
         std::string(lines) + "\r\n";
}

std::string framing(std::string_view lines) {
  const auto outcome = take_request(post(lines));
  return outcome.error ? std::string(traits(outcome.error->code).name)
                       : framing_text(outcome.head.framing);
}

bool keeps_alive(std::string_view lines, int minor = 1) {
  const auto outcome = take_request(post(lines, minor));
  EXPECT_FALSE(outcome.error) << outcome.text;
  return outcome.head.keep_alive;
}

TEST(HttpFraming, a_request_without_framing_fields_has_no_body) {
  EXPECT_EQ(framing(""), "none");
  EXPECT_EQ(framing("Content-Type: application/json\r\n"), "none");
}

// CHECKLIST 1
TEST(HttpFraming, content_length_and_transfer_encoding_together_are_refused) {
  for (const char* lines : {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                            "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
                            "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n",
                            "Content-Length: x\r\nTransfer-Encoding: chunked\r\n",
                            "Content-Length: 5\r\nTransfer-Encoding: identity\r\n",
                            "Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n",
                            "content-length: 5\r\nX: y\r\ntRANSFER-eNCODING: CHUNKED\r\n"})
    EXPECT_EQ(framing(lines), "BadRequest") << lines;
}

// CHECKLIST 2
TEST(HttpFraming, transfer_encoding_is_exactly_one_chunked) {
  EXPECT_EQ(framing("Transfer-Encoding: chunked\r\n"), "chunked");
  EXPECT_EQ(framing("transfer-encoding:\t CHUNKED \r\n"), "chunked");
  for (const char* value : {"",
                            " ",
                            "xchunked",
                            "chunkedx",
                            "identity",
                            "gzip",
                            "chunked, identity",
                            "identity, chunked",
                            "gzip, chunked",
                            "chunked, gzip",
                            "chunked, chunked",
                            "chunked,",
                            ",chunked",
                            "\"chunked\"",
                            "chunked;q=1",
                            "chunked chunked",
                            "chunked\t chunked",
                            "'chunked'",
                            "chunk ed",
                            "\x0B"
                            "chunked",
                            "chunked\xFF",
                            "trailers",
                            "close"})
    EXPECT_EQ(framing("Transfer-Encoding: " + std::string(value) + "\r\n"), "BadRequest") << value;
}

TEST(HttpFraming, transfer_encoding_twice_is_refused) {
  for (const char* second : {"chunked", "identity", "", "gzip"})
    for (const bool swapped : {false, true}) {
      const std::string a = "Transfer-Encoding: chunked\r\n";
      const std::string b = "Transfer-Encoding: " + std::string(second) + "\r\n";
      EXPECT_EQ(framing(swapped ? b + a : a + b), "BadRequest") << second;
    }
}

TEST(HttpFraming, look_alikes_of_transfer_encoding_are_not_it) {
  for (const char* line : {"Transfer_Encoding: chunked\r\n", "X-Transfer-Encoding: chunked\r\n",
                           "TE: chunked\r\n", "Transfer-Encodin: chunked\r\n"})
    EXPECT_EQ(framing(line), "none") << line;
  for (const char* line :
       {"Transfer-Encoding : chunked\r\n", "Transfer-Encoding\t: chunked\r\n",
        "X: y\r\n Transfer-Encoding: chunked\r\n", "X: y\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding:\r\n chunked\r\n"})
    EXPECT_EQ(framing(line), "BadRequest") << line;
}

// CHECKLIST 3
TEST(HttpFraming, transfer_encoding_is_not_part_of_http_1_0) {
  for (const char* value : {"chunked", "identity", ""})
    EXPECT_EQ(refusal(post("Transfer-Encoding: " + std::string(value) + "\r\n", 0)), "BadRequest");
}

// CHECKLIST 4
TEST(HttpFraming, content_length_is_digits_and_fits_64_bits) {
  EXPECT_EQ(framing("Content-Length: 0\r\n"), "none");
  EXPECT_EQ(framing("Content-Length: 5\r\n"), "length 5");
  EXPECT_EQ(framing("Content-Length:\t5 \r\n"), "length 5");
  EXPECT_EQ(framing("Content-Length: 0005\r\n"), "length 5");
  EXPECT_EQ(framing("Content-Length: 18446744073709551615\r\n"), "length 18446744073709551615");
  for (const char* value :
       {"", " ", "+5", "-5", "-0", "0x5", "5x", "x5", "5 5", "5,5", "5, 5", "5;5", "5.0", "5e1",
        "\"5\"", "\xD9\xA5", "18446744073709551616", "99999999999999999999999999999"})
    EXPECT_EQ(framing("Content-Length: " + std::string(value) + "\r\n"), "BadRequest") << value;
}

TEST(HttpFraming, content_length_twice_is_refused) {
  for (const char* second : {"5", "6", "0", ""})
    EXPECT_EQ(framing("Content-Length: 5\r\nContent-Length: " + std::string(second) + "\r\n"),
              "BadRequest")
        << second;
}

// RFC 9112 9.3
TEST(HttpFraming, http_1_1_goes_on_unless_close_is_said) {
  EXPECT_TRUE(keeps_alive(""));
  for (const char* value : {"keep-alive", "Upgrade", "closed", "x-close", "", ","})
    EXPECT_TRUE(keeps_alive("Connection: " + std::string(value) + "\r\n")) << value;
  for (const char* value : {"close", "CLOSE", "close, keep-alive", "keep-alive, close",
                            "X-Foo,close", ",,close,", "X ,\tclose\t, Y"})
    EXPECT_FALSE(keeps_alive("Connection: " + std::string(value) + "\r\n")) << value;
  EXPECT_FALSE(keeps_alive("Connection: keep-alive\r\nConnection: close\r\n"));
  EXPECT_FALSE(keeps_alive("Connection: close\r\nConnection: keep-alive\r\n"));
}

TEST(HttpFraming, http_1_0_ends_unless_keep_alive_is_said) {
  EXPECT_FALSE(keeps_alive("", 0));
  EXPECT_FALSE(keeps_alive("Connection: x\r\n", 0));
  EXPECT_TRUE(keeps_alive("Connection: Keep-Alive\r\n", 0));
  EXPECT_TRUE(keeps_alive("Connection: x, keep-alive\r\n", 0));
  EXPECT_FALSE(keeps_alive("Connection: close, keep-alive\r\n", 0));
  EXPECT_FALSE(keeps_alive("Connection: keep-alive\r\nConnection: close\r\n", 0));
}

// CHECKLIST 16
TEST(HttpFraming, the_only_expectation_is_100_continue) {
  const auto outcome = take_request(post("Expect: 100-Continue\r\nContent-Length: 5\r\n"));
  ASSERT_FALSE(outcome.error) << outcome.text;
  EXPECT_TRUE(outcome.head.expects_continue);
  EXPECT_EQ(framing_text(outcome.head.framing), "length 5");
  for (const char* value : {"200-ok", "100-continue, x", "100", "", "100-continued"})
    EXPECT_EQ(framing("Expect: " + std::string(value) + "\r\n"), "ExpectationFailed") << value;
}

TEST(HttpFraming, http_1_0_has_no_expectations) {
  const auto outcome = take_request(post("Expect: 100-continue\r\nContent-Length: 5\r\n", 0));
  ASSERT_FALSE(outcome.error) << outcome.text;
  EXPECT_FALSE(outcome.head.expects_continue);
}

TEST(HttpFraming, a_framing_fault_comes_before_an_expectation) {
  EXPECT_EQ(framing("Expect: x\r\nContent-Length: -1\r\n"), "BadRequest");
}

}  // namespace
}  // namespace sitegate::test
