#pragma once
// From a request to its reply: every check in the order of CONTRACT 0.1, then the handler.

#include "contract/api_message.hpp"
#include "gateway/request_context.hpp"
#include "gateway/services.hpp"

namespace sitegate {

/// Always a reply, whatever goes wrong. `context` is what finish_request logs.
Awaitable<ApiReply> handle_request(const ApiRequest& request, BodySource& body,
                                   RequestContext& context, Services& services);

/// The reply to what is not a request at all (a framing error): the connection closes with it.
/// `request`: the listener it came in on, and the fields that could be read of it.
ApiReply refuse_request(const Error& error, const ApiRequest& request, RequestContext& context,
                        const Services& services);

}  // namespace sitegate
