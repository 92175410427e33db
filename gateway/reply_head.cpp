#include "gateway/reply_head.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <charconv>

// tidy-allow(library): reason phrases only, at the caller's edge
#include <boost/beast/http/status.hpp>

#include "contract/octet_set.hpp"

namespace sitegate {
namespace {

constexpr OctetSet kNoLineEnd([](char c) { return !is_line_end(c); });

void append(std::string& text, std::size_t number) {
  std::array<char, 20> digits;
  text.append(digits.data(), std::to_chars(digits.begin(), digits.end(), number).ptr);
}

void append_value(std::string& text, std::string_view value) {
  for (;;) {
    const auto n = kNoLineEnd.prefix(value);
    text.append(value.substr(0, n));
    if (n == value.size())
      return;
    value.remove_prefix(n + 1);
  }
}

}  // namespace

/// IMF-fixdate (RFC 9110 5.6.7), made once a second per thread.
const std::string& http_date() {
  thread_local std::time_t made_at = 0;
  thread_local std::string text;
  const auto now = std::time(nullptr);
  if (now != made_at) {
    text = fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(now));
    made_at = now;
  }
  return text;
}

std::string reply_head(const ApiReply& reply, HeadOptions options) {
  const auto reason =
      boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(reply.status));
  std::string head;
  head.reserve(1024 + reply.body.size());  // the body will follow
  head += "HTTP/1.1 ";
  append(head, static_cast<std::size_t>(reply.status));
  head.append(" ").append(reason.data(), reason.size());
  head.append("\r\nDate: ").append(http_date()).append("\r\n");
  if (!reply.content_type.empty())
    head.append("Content-Type: ").append(reply.content_type).append("\r\n");
  if (has_length(reply.status)) {
    head += "Content-Length: ";
    append(head, reply.body.size());
    head += "\r\n";
  }
  for (const auto& [name, value] : reply.fields) {
    head.append(name).append(": ");
    append_value(head, value);
    head += "\r\n";
  }
  if (!options.keep_alive)
    head += "Connection: close\r\n";
  else if (options.http_minor == 0)
    head += "Connection: keep-alive\r\n";
  head += "\r\n";
  return head;
}

}  // namespace sitegate
