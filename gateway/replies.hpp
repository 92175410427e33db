#pragma once
// The only writer of replies: success and failure get the same fields from the same place.

#include <string>
#include <string_view>

#include "contract/api_message.hpp"
#include "gateway/request_context.hpp"

namespace sitegate {

/// A task, byte for byte.
ApiReply task_reply(int status, std::string document, const RequestContext& context);

/// SessionDetails of the caller (CONTRACT rows 35, 36, 39).
ApiReply session_reply(const RequestContext& context, std::string_view site);

/// 200 with a document that is nobody's task: not to be stored.
ApiReply document_reply(std::string document, const RequestContext& context);

/// 204.
ApiReply empty_reply();

/// contract/openapi.yaml, as RFC 9512 names its type.
ApiReply document_reply();

/// `{"status": ...}`.
ApiReply probe_reply(std::string_view status, const RequestContext& context);

/// A 200 in the text format of Prometheus, 0.0.4.
ApiReply metrics_reply(std::string text);

/// What OPTIONS says (CONTRACT 0.1): 204 with Allow.
ApiReply options_reply(std::string_view allow);

/// The ApiError with the fields its code carries: WWW-Authenticate, Allow, Retry-After.
ApiReply error_reply(const Error& error, const RequestContext& context, std::string_view site);

/// The fields that every reply has: operationID, X-Request-Id, nosniff, and Proxy-Status and Via
/// where the request was forwarded.
void add_common_fields(ApiReply& reply, const RequestContext& context, std::string_view site);

}  // namespace sitegate
