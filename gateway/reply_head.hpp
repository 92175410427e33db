#pragma once
// A reply's head as HTTP/1.1 writes it (RFC 9112 4, 9).

#include <string>

#include "contract/api_message.hpp"

namespace sitegate {

struct HeadOptions {
  bool keep_alive = true;
  int http_minor = 1;  ///< of the request
};

/// Status line and fields, with the empty line. Content-Length is that of the body, also when the
/// body will not be sent (HEAD); a 204 or 304 has none. Characters that could end a line are left
/// out of values (CHECKLIST 23): our own values hold none.
std::string reply_head(const ApiReply& reply, HeadOptions options);

/// Date, as of now.
const std::string& http_date();

/// Does a reply with this status have a Content-Length (RFC 9110 8.6)?
constexpr bool has_length(int status) noexcept {
  return status != 204 && status != 304;
}

/// Left out of values: it could end a line.
constexpr bool is_line_end(char c) noexcept {
  return c == '\r' || c == '\n' || c == '\0';
}

}  // namespace sitegate
