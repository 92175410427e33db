#include "gateway/reply_head.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

// tidy-allow(library): reason phrases only, at the caller's edge
#include <boost/beast/http/status.hpp>

namespace sitegate {
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
  fmt::format_to(std::back_inserter(head), "HTTP/1.1 {} {}\r\nDate: {}\r\n", reply.status,
                 std::string_view(reason.data(), reason.size()), http_date());
  if (!reply.content_type.empty())
    head.append("Content-Type: ").append(reply.content_type).append("\r\n");
  if (has_length(reply.status))
    head.append("Content-Length: ").append(std::to_string(reply.body.size())).append("\r\n");
  for (const auto& [name, value] : reply.fields) {
    head.append(name).append(": ");
    std::ranges::remove_copy_if(value, std::back_inserter(head), is_line_end);
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
