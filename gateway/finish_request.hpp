#pragma once
// The end of a request: the only writer of its access line.

#include <string>

#include "contract/api_message.hpp"
#include "gateway/logs.hpp"
#include "gateway/request_context.hpp"

namespace sitegate {

/// What really went out (PAINS 5: the log says what was sent, not what was meant).
struct SentReply {
  int status = 0;
  std::uint64_t bytes = 0;  ///< octets on the wire, TLS included
  bool complete = false;    ///< false: the caller was gone, or too slow
};

/// One line of JSON. No query, no header field but operationID: neither can carry a secret into it.
std::string access_line(const ApiRequest& request, const RequestContext& context,
                        const SentReply& sent);

void finish_request(const ApiRequest& request, RequestContext& context, const SentReply& sent,
                    Logs& logs);

}  // namespace sitegate
