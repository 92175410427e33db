// Bodies as they come (CHECKLIST 9, 10, 29): every case whole, octet by octet, and cut at every
// possible place.

#include "routing/transport/body_decoder.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace sitegate::test {
namespace {

constexpr BodyFraming kChunked{BodyFraming::Kind::Chunked, 0};
constexpr std::size_t kExtensions = 64;
constexpr std::size_t kLimit = 1000;

/// What came of a body: its content and how much of the input is behind it, or the error.
struct Outcome {
  std::string content;
  std::size_t consumed = 0;
  bool done = false;
  std::string error;

  bool operator==(const Outcome& other) const {
    // After a fault nothing but the fault counts.
    return error == other.error &&
           (!error.empty() ||
            (content == other.content && consumed == other.consumed && done == other.done));
  }
  friend std::ostream& operator<<(std::ostream& out, const Outcome& o) {
    return out << o.error << " '" << o.content << "' of " << o.consumed << (o.done ? " done" : "");
  }
};

/// `cuts` are where one piece of the input ends and the next begins, in order.
Outcome decode_cut(const BodyFraming& framing, std::string_view input,
                   const std::vector<std::size_t>& cuts, std::size_t limit) {
  BodyDecoder decoder(framing, kExtensions);
  Outcome outcome;
  std::string waiting;
  std::size_t at = 0;
  for (std::size_t i = 0; i <= cuts.size(); ++i) {
    const auto end = i < cuts.size() ? cuts[i] : input.size();
    waiting += input.substr(at, end - at);
    at = end;
    const auto step = decoder.decode(waiting, outcome.content, limit);
    EXPECT_LE(step.consumed, waiting.size());
    EXPECT_LE(outcome.content.size(), limit);
    waiting.erase(0, step.consumed);
    outcome.consumed += step.consumed;
    if (step.fault) {
      outcome.error = std::string(traits(step.fault->code).name) + ": " + step.fault->what;
      return outcome;
    }
  }
  outcome.done = decoder.done();
  return outcome;
}

/// Whole, octet by octet and cut in two everywhere, which must come to the same.
Outcome decode(const BodyFraming& framing, std::string_view input, std::size_t limit = kLimit) {
  const auto whole = decode_cut(framing, input, {}, limit);
  std::vector<std::size_t> everywhere;
  for (std::size_t cut = 1; cut < input.size(); ++cut) {
    EXPECT_EQ(decode_cut(framing, input, {cut}, limit), whole) << input << " cut at " << cut;
    everywhere.push_back(cut);
  }
  EXPECT_EQ(decode_cut(framing, input, everywhere, limit), whole) << input;
  return whole;
}

Outcome chunked(std::string_view input, std::size_t limit = kLimit) {
  return decode(kChunked, input, limit);
}

bool is_refused(const Outcome& outcome) {
  return outcome.error.starts_with("BadRequest");
}

bool is_too_large(const Outcome& outcome) {
  return outcome.error.starts_with("PayloadTooLarge");
}

TEST(BodyDecoder, no_body_is_done_and_takes_nothing) {
  const auto outcome = decode({}, "GET / HTTP/1.1");
  EXPECT_TRUE(outcome.done);
  EXPECT_EQ(outcome.consumed, 0U);
  EXPECT_EQ(outcome.content, "");
}

TEST(BodyDecoder, a_body_with_a_length_ends_there) {
  const BodyFraming five{BodyFraming::Kind::Length, 5};
  const auto outcome = decode(five, "helloGET /");
  EXPECT_TRUE(outcome.done);
  EXPECT_EQ(outcome.content, "hello");
  EXPECT_EQ(outcome.consumed, 5U);
  EXPECT_FALSE(decode(five, "hell").done);
  EXPECT_TRUE(decode({BodyFraming::Kind::Length, 0}, "x").done);
}

TEST(BodyDecoder, a_length_over_the_limit_is_refused_before_its_first_octet) {
  const auto announce = [](std::uint64_t length) {
    return decode({BodyFraming::Kind::Length, length}, "x", 10);
  };
  EXPECT_EQ(announce(9).error, "");
  EXPECT_EQ(announce(10).error, "");
  EXPECT_TRUE(is_too_large(announce(11)));
  EXPECT_TRUE(is_too_large(announce(~std::uint64_t{0})));
  BodyDecoder unread({BodyFraming::Kind::Length, 11}, kExtensions);
  std::string content;
  EXPECT_TRUE(unread.decode("", content, 10).fault);
}

TEST(BodyDecoder, a_body_that_ends_with_the_connection_never_says_so) {
  const BodyFraming open{BodyFraming::Kind::UntilClose, 0};
  const auto outcome = decode(open, "all of it\r\n0\r\n\r\n");
  EXPECT_FALSE(outcome.done);
  EXPECT_EQ(outcome.content, "all of it\r\n0\r\n\r\n");
  EXPECT_TRUE(BodyDecoder(open, kExtensions).until_close());
  EXPECT_FALSE(BodyDecoder(kChunked, kExtensions).until_close());
  EXPECT_EQ(decode(open, "0123456789", 10).error, "");
  EXPECT_TRUE(is_too_large(decode(open, "0123456789a", 10)));
}

TEST(BodyDecoder, chunks_become_one_body_and_what_follows_stays) {
  const auto outcome = chunked("5\r\nhello\r\n7\r\n, world\r\n0\r\n\r\nGET /");
  EXPECT_TRUE(outcome.done);
  EXPECT_EQ(outcome.content, "hello, world");
  EXPECT_EQ(outcome.consumed, 27U);
}

TEST(BodyDecoder, content_may_look_like_framing) {
  EXPECT_EQ(chunked("7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n").content, "\r\n0\r\n\r\n");
}

TEST(BodyDecoder, an_empty_chunked_body_is_done) {
  const auto outcome = chunked("0\r\n\r\n");
  EXPECT_TRUE(outcome.done);
  EXPECT_EQ(outcome.content, "");
}

TEST(BodyDecoder, an_unfinished_chunked_body_waits) {
  const std::string_view body = "5\r\nhello\r\n0\r\n\r\n";
  for (std::size_t size = 0; size < body.size(); ++size) {
    const auto outcome = chunked(body.substr(0, size));
    EXPECT_FALSE(outcome.done) << size;
    EXPECT_EQ(outcome.error, "") << size;
  }
}

// CHECKLIST 9
TEST(BodyDecoder, a_chunk_size_is_hex_digits_of_either_case) {
  EXPECT_EQ(chunked("a\r\n0123456789\r\n0\r\n\r\n").content, "0123456789");
  EXPECT_EQ(chunked("A\r\n0123456789\r\n0\r\n\r\n").content, "0123456789");
  EXPECT_EQ(chunked("0000000000000001\r\nx\r\n0000\r\n\r\n").content, "x");
}

TEST(BodyDecoder, a_chunk_size_is_nothing_but_hex_digits) {
  for (const char* size :
       {"",   " 5",  "\t5", "+5",    "-5",    "0x5",          "x5",   "5x", "5h",  "5.0",
        "5,", "5 5", "5 x", "\"5\"", "5\x0B", "\xEF\xBC\x95", ";a=b", "5 ", "5\t", "5 \t "})
    EXPECT_TRUE(is_refused(chunked(std::string(size) + "\r\nhello\r\n0\r\n\r\n"))) << size;
  EXPECT_TRUE(is_refused(chunked("5\r\nhello\r\n0 \r\n\r\n")));
  for (const char* none : {"\r\n\r\n", ";a\r\n\r\n", "5\r\nhello\r\n\r\n\r\n"})
    EXPECT_TRUE(is_refused(chunked(none))) << none;
}

TEST(BodyDecoder, a_chunk_size_has_16_digits_at_most_and_never_wraps) {
  EXPECT_TRUE(is_refused(chunked("00000000000000001\r\nx\r\n0\r\n\r\n")));
  EXPECT_TRUE(is_refused(chunked("10000000000000000\r\nx\r\n0\r\n\r\n")));
  EXPECT_TRUE(is_refused(chunked("fffffffffffffffff\r\nx\r\n0\r\n\r\n")));
  EXPECT_TRUE(is_too_large(chunked("ffffffffffffffff\r\n" + std::string(kLimit + 1, 'x'))));
}

TEST(BodyDecoder, chunks_are_delimited_by_cr_lf_and_nothing_else) {
  for (const char* body :
       {"5\nhello\r\n0\r\n\r\n", "5\r\nhello\n0\r\n\r\n", "5\r\nhello\r\n0\n\r\n",
        "5\r\nhello\r\n0\r\n\n", "5\rhello\r\n0\r\n\r\n", "5\r\r\nhello\r\n0\r\n\r\n",
        "5\r\nhello0\r\n\r\n", "5\r\nhelloX\r\n0\r\n\r\n", "5\r\nhello\r0\r\n\r\n",
        "5\r\nhell\r\n0\r\n\r\n", "5\r\nhello\r\n\r\n0\r\n\r\n", "5\r\nhello\r\n0\r\n\rX"})
    EXPECT_TRUE(is_refused(chunked(body))) << body;
}

// CHECKLIST 10
TEST(BodyDecoder, chunk_extensions_are_ignored) {
  for (const char* extension : {";a", ";a=b", ";a=\"b;c\"", " ;a", "\t; a = b", ";a;b;c", ";"})
    EXPECT_EQ(chunked("5" + std::string(extension) + "\r\nhello\r\n0;last\r\n\r\n").content,
              "hello")
        << extension;
}

TEST(BodyDecoder, a_chunk_extension_holds_no_control_character) {
  for (const char* extension : {";a\n", ";a\nb", ";\x01", ";a=\"\x7F\"", ";a\rb", ";a\r;b"})
    EXPECT_TRUE(is_refused(chunked("5" + std::string(extension) + "\r\nhello\r\n0\r\n\r\n")))
        << extension;
  EXPECT_TRUE(is_refused(chunked(std::string("5;\0\r\nhello\r\n0\r\n\r\n", 18))));
}

TEST(BodyDecoder, chunk_extensions_are_bounded_all_together) {
  const auto with = [](std::size_t first, std::size_t second) {
    return chunked("1" + std::string(first, ';') + "\r\nx\r\n0" + std::string(second, ';') +
                   "\r\n\r\n");
  };
  EXPECT_TRUE(with(kExtensions - 1, 0).done);
  EXPECT_TRUE(with(kExtensions, 0).done);
  EXPECT_TRUE(is_refused(with(kExtensions + 1, 0)));
  EXPECT_TRUE(with(kExtensions - 10, 10).done);
  EXPECT_TRUE(is_refused(with(kExtensions - 10, 11)));
  EXPECT_TRUE(is_refused(chunked("1" + std::string(kExtensions + 1, ' '))));
}

TEST(BodyDecoder, trailers_are_refused) {
  for (const char* trailer : {"X: y\r\n", "Content-Length: 5\r\n", " \r\n", ":\r\n", "\n"})
    EXPECT_TRUE(is_refused(chunked("1\r\nx\r\n0\r\n" + std::string(trailer) + "\r\n"))) << trailer;
}

// CHECKLIST 29
TEST(BodyDecoder, content_over_the_limit_is_refused_in_one_chunk_and_in_many) {
  const auto one = [](const char* size, std::size_t octets) {
    return chunked(std::string(size) + "\r\n" + std::string(octets, 'x') + "\r\n0\r\n\r\n", 16);
  };
  EXPECT_TRUE(one("f", 15).done);
  EXPECT_TRUE(one("10", 16).done);
  EXPECT_TRUE(is_too_large(one("11", 17)));
  std::string many;
  for (int i = 0; i < 16; ++i) many += "1\r\nx\r\n";
  EXPECT_TRUE(chunked(many + "0\r\n\r\n", 16).done);
  EXPECT_TRUE(is_too_large(chunked(many + "1\r\nx\r\n0\r\n\r\n", 16)));
}

TEST(BodyDecoder, a_chunk_over_the_limit_is_refused_before_its_first_octet) {
  EXPECT_EQ(chunked("10\r\n", 16).error, "");
  EXPECT_TRUE(is_too_large(chunked("11\r\n", 16)));
  EXPECT_TRUE(is_too_large(chunked("1\r\nx\r\n10\r\n", 16)));
  EXPECT_TRUE(is_too_large(chunked("ffffffffffffffff\r\n", 16)));
}

TEST(BodyDecoder, a_limit_of_zero_takes_an_empty_body) {
  EXPECT_TRUE(chunked("0\r\n\r\n", 0).done);
  EXPECT_TRUE(is_too_large(chunked("1\r\nx", 0)));
  EXPECT_TRUE(decode({BodyFraming::Kind::Length, 0}, "", 0).done);
}

}  // namespace
}  // namespace sitegate::test
