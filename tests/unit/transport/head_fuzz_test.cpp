// Heads and bodies that nobody wrote: mutated, deterministic, and never understood in two ways.

#include <gtest/gtest.h>

#include <array>
#include <random>

#include "routing/transport/body_decoder.hpp"
#include "tests/unit/transport/head_feed.hpp"

namespace sitegate::test {
namespace {

constexpr int kRounds = 20'000;
constexpr HeadLimits kTight{128, 128, 512, 8};

constexpr std::array<std::string_view, 6> kSeeds{
    "GET //tasks/f61d60d2-698a-46dc-a266-88df27644956?site=site2 HTTP/1.1\r\nHost: site1:8441\r\n"
    "X-VCAV-Auth: abc\r\n\r\n",
    "POST /sessions HTTP/1.1\r\nHost: [::1]\r\nContent-Length: 5\r\nConnection: a, "
    "close\r\n\r\nhello",
    "PUT /tasks/1 HTTP/1.1\r\nHost: site1\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n"
    "\r\n5;a=b\r\nhello\r\n0\r\n\r\n",
    "GET https://site1/a%2Fb?x=%00 HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nRetry-After: 5\r\n\r\n{}",
};

// What mistakes and attacks are made of.
constexpr std::array<std::string_view, 28> kPieces{
    "\r\n",  "\n",       "\r",       " ",
    "\t",    ":",        ",",        ";",
    "\r\n ", "0",        "-1",       "+5",
    "0x",    "chunked",  "identity", "Content-Length: 7\r\n",
    "%",     "%2",       "/",        "?",
    "Host:", "HTTP/1.1", "HTTP/2.0", "Transfer-Encoding: chunked\r\n",
    "\x7F",  "\xFF",     "\x01",     "close"};

class Mutator {
 public:
  std::string next() {
    std::string text(kSeeds[below(kSeeds.size())]);
    for (auto times = 1 + below(4); times > 0; --times) mutate(text);
    return text;
  }
  std::size_t below(std::size_t bound) { return random_() % bound; }

 private:
  void mutate(std::string& text) {
    const auto at = below(text.size() + 1);
    switch (below(6)) {
      case 0:
        text.insert(at, kPieces[below(kPieces.size())]);
        break;
      case 1:
        text.erase(at, 1 + below(4));
        break;
      case 2:
        text.insert(at, 1, static_cast<char>(below(256)));
        break;
      case 3:
        if (at < text.size())
          text[at] = static_cast<char>(text[at] ^ (1U << below(8)));
        break;
      case 4:  // a line, or a part of one, again
        text.insert(below(text.size() + 1), text.substr(at, below(40)));
        break;
      default:
        text.insert(at, below(200), 'a');
    }
  }

  std::mt19937 random_{20240607};  // NOLINT: the same in every run
};

TEST(HeadFuzz, mutated_requests_mean_the_same_in_any_pieces) {
  Mutator mutator;
  int taken = 0;
  int refused = 0;
  for (int round = 0; round < kRounds; ++round) {
    const auto octets = mutator.next();
    const auto whole = take_request(octets, octets.size() + 1, kTight);
    ASSERT_EQ(take_request(octets, 1, kTight).text, whole.text) << octets;
    ASSERT_EQ(take_request(octets, 2 + mutator.below(30), kTight).text, whole.text) << octets;
    refused += whole.error.has_value();
    if (whole.waits || whole.error)
      continue;
    ++taken;
    const auto& fields = whole.head.fields;
    const auto codings = fields.count("Transfer-Encoding");
    const auto lengths = fields.count("Content-Length");
    ASSERT_LE(codings + lengths, 1U) << octets;
    ASSERT_EQ(whole.head.framing.kind == BodyFraming::Kind::Chunked, codings == 1) << octets;
    ASSERT_TRUE(whole.head.path == "*" || whole.head.path.starts_with('/')) << octets;
    ASSERT_LE(whole.size, kTight.head);
  }
  // The mutations are neither too mild nor too wild to find anything.
  EXPECT_GT(taken, kRounds / 20);
  EXPECT_GT(refused, kRounds / 3);
}

TEST(HeadFuzz, mutated_answers_mean_the_same_in_any_pieces) {
  Mutator mutator;
  for (int round = 0; round < kRounds; ++round) {
    const auto octets = mutator.next();
    const auto whole = scan_in_steps(octets, octets.size() + 1, kTight);
    const auto split = scan_in_steps(octets, 1, kTight);
    ASSERT_EQ(split.size, whole.size) << octets;
    ASSERT_EQ(split.fault.has_value(), whole.fault.has_value()) << octets;
    if (whole.size == 0)
      continue;
    HttpFault fault;
    const auto head = parse_answer_head(std::string_view(octets).substr(0, whole.size), fault);
    ASSERT_NE(head.has_value(), !fault.what.empty()) << octets;
  }
}

/// Content and consumed octets, or the fault.
std::string decode_in_steps(std::string_view octets, std::size_t step) {
  BodyDecoder decoder({BodyFraming::Kind::Chunked, 0}, 40);
  std::string content;
  std::string waiting;
  std::size_t consumed = 0;
  for (std::size_t at = 0; at < octets.size(); at += step) {
    waiting += octets.substr(at, step);
    const auto taken = decoder.decode(waiting, content, 64);
    if (taken.fault)
      return taken.fault->what;
    waiting.erase(0, taken.consumed);
    consumed += taken.consumed;
  }
  return content + '|' + std::to_string(consumed) + (decoder.done() ? " done" : "");
}

TEST(HeadFuzz, mutated_chunks_mean_the_same_in_any_pieces) {
  Mutator mutator;
  const std::string_view seed =
      "5;a=b\r\nhello\r\n00A\r\n0123456789\r\n0 ;x\r\n\r\nGET / HTTP/1.1\r\n";
  for (int round = 0; round < kRounds; ++round) {
    std::string octets(seed);
    for (auto times = 1 + mutator.below(3); times > 0; --times) {
      const auto at = mutator.below(octets.size());
      if (mutator.below(2) == 0)
        octets.insert(at, kPieces[mutator.below(kPieces.size())]);
      else
        octets.erase(at, 1 + mutator.below(2));
    }
    const auto whole = decode_in_steps(octets, octets.size());
    ASSERT_EQ(decode_in_steps(octets, 1), whole) << octets;
    ASSERT_EQ(decode_in_steps(octets, 2 + mutator.below(7)), whole) << octets;
  }
}

}  // namespace
}  // namespace sitegate::test
