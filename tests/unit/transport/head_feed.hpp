#pragma once
// Heads as a connection takes them: octets come in pieces of any size, a whole head is then parsed.

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "routing/transport/http_head.hpp"

namespace sitegate::test {

inline constexpr HeadLimits kHeadLimits{8192, 8192, 16384, 100};

inline std::string framing_text(const BodyFraming& framing) {
  switch (framing.kind) {
    case BodyFraming::Kind::None:
      return "none";
    case BodyFraming::Kind::Length:
      return "length " + std::to_string(framing.length);
    case BodyFraming::Kind::Chunked:
      return "chunked";
    case BodyFraming::Kind::UntilClose:
      return "until close";
  }
  return {};
}

/// The scanner's outcome when `octets` come in pieces of `step`.
inline HeadScanner::Outcome scan_in_steps(std::string_view octets, std::size_t step,
                                          const HeadLimits& limits) {
  HeadScanner scanner;
  for (std::size_t have = 0; have < octets.size();) {
    have = std::min(have + step, octets.size());
    if (auto found = scanner.scan(octets.substr(0, have), limits); found.size > 0 || found.fault)
      return found;
  }
  return {};
}

struct RequestOutcome {
  bool waits = false;  ///< for more octets
  std::optional<Error> error;
  RequestHead head;       ///< when there is no error
  std::size_t size = 0;   ///< octets of the head
  std::string text = {};  ///< all of it in one line, to compare
};

inline std::string text_of(const RequestHead& head) {
  std::string text = head.method + ' ' + head.path + '?' + head.query + " 1." +
                     std::to_string(head.minor) + ' ' + framing_text(head.framing) +
                     (head.keep_alive ? " keep" : " close") +
                     (head.expects_continue ? " continue" : "");
  for (std::size_t i = 0; i < head.fields.size(); ++i)
    text.append("|").append(head.fields.name(i)).append(":").append(head.fields.value(i));
  return text;
}

inline RequestOutcome take_request(std::string_view octets, std::size_t step,
                                   const HeadLimits& limits = kHeadLimits) {
  RequestOutcome outcome;
  const auto found = scan_in_steps(octets, step, limits);
  outcome.size = found.size;
  if (found.fault) {
    outcome.error = found.fault->to_error();
  } else if (found.size == 0) {
    outcome.waits = true;
    outcome.text = "waits";
  } else if (auto head = parse_request_head(octets.substr(0, found.size))) {
    outcome.head = std::move(*head);
    outcome.text = std::to_string(found.size) + ' ' + text_of(outcome.head);
  } else {
    outcome.error = head.error();
  }
  if (outcome.error)
    outcome.text =
        std::string(traits(outcome.error->code).name) + ": " + message_of(*outcome.error);
  return outcome;
}

/// Fed whole and octet by octet, which must come to the same.
inline RequestOutcome take_request(std::string_view octets) {
  auto whole = take_request(octets, octets.size());
  EXPECT_EQ(take_request(octets, 1).text, whole.text) << octets;
  return whole;
}

/// Why a head is refused, as the name of the error; "taken" when it is not.
inline std::string refusal(std::string_view octets) {
  const auto outcome = take_request(octets);
  if (outcome.waits)
    return "waits";
  return outcome.error ? std::string(traits(outcome.error->code).name) : "taken";
}

/// A head with one more field line, which is written as it is.
inline std::string with_line(std::string_view line) {
  return "GET / HTTP/1.1\r\nHost: site1\r\n" + std::string(line) + "\r\n\r\n";
}

inline std::string with_target(std::string_view target) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: site1\r\n\r\n";
}

}  // namespace sitegate::test
