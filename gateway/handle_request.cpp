#include "gateway/handle_request.hpp"

#include <algorithm>

#include "auth/authenticate.hpp"
#include "auth/random.hpp"
#include "gateway/cors.hpp"
#include "gateway/endpoints.hpp"
#include "gateway/replies.hpp"

namespace sitegate {
namespace {

constexpr std::size_t kMaxOperationId = 256;
constexpr std::string_view kAllMethods = "GET, HEAD, PUT, POST, DELETE, OPTIONS";

bool is_operation_id(std::string_view text) {
  return !text.empty() && text.size() <= kMaxOperationId &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

/// Ids and media type first: every reply carries them, also one that refuses.
struct Preamble {
  bool operation_id_is_right;
  bool acceptable;
};

Preamble read_preamble(const ApiRequest& request, RequestContext& context) {
  const auto count = request.fields.count("operationID");
  const auto sent = request.fields.first("operationID");
  const bool right = count == 0 || (count == 1 && is_operation_id(sent));
  context.operation_id = count == 1 && right ? std::string(sent) : random_uuid();
  const auto media_type = negotiate(request.fields.joined("Accept"));
  if (media_type)
    context.media_type = *media_type;
  return {right, media_type.has_value()};
}

Result<const Endpoint*> find_endpoint(const ApiRequest& request, PathMatch& found) {
  found = match(request.listener, request.method, request.path);
  // A peers listener shows nothing but what it serves (DESIGN section 6).
  const bool hidden = request.listener == ListenerKind::Peers && found.endpoint == nullptr;
  if ((found.endpoint == nullptr && found.allow.empty()) || hidden)
    return make_error(ErrorCode::EndpointNotFound, {printable(request.path)});
  if (request.method == Method::Unknown)
    return make_error(ErrorCode::NotImplemented, {printable(request.method_name), found.allow});
  if (found.endpoint == nullptr)
    return make_error(ErrorCode::MethodNotAllowed, {request.method_name, found.allow});
  return found.endpoint;
}

Result<void> admit(const ApiRequest& request, const Endpoint& endpoint, const Preamble& preamble,
                   RequestContext& context, Services& services) {
  if (!preamble.operation_id_is_right)
    return bad_user_input("operationID", request.fields.joined("operationID"),
                          "1 to 256 visible ASCII characters, given once");
  if (endpoint.login == Login::None && request.listener == ListenerKind::Peers &&
      !services.statements.is_of_peer(request.client_certificate))
    return make_error(ErrorCode::LoginFailed, {}, "a login from somebody who is no peer");
  if (endpoint.login != Login::None) {
    context.trace.phase = Phase::Authentication;
    SITEGATE_TRY(context.caller,
                 authenticate(request, {services.sessions, services.statements}, now_ms()));
    if (endpoint.login == Login::Session && context.caller->session.empty())
      return make_error(ErrorCode::NotAuthenticated, {}, "a statement is no session");
    if (!endpoint.role.empty() && !context.caller->viewer.has_role(endpoint.role))
      return make_error(ErrorCode::Forbidden, {"the role " + std::string(endpoint.role)});
  }
  if (endpoint.negotiated && !preamble.acceptable)
    return make_error(ErrorCode::NotAcceptable, supported_media_types());
  return {};
}

/// Content-Type before the first octet of the body is read.
Async<bool> read_body(const ApiRequest& request, const Endpoint& endpoint, BodySource& body,
                      RequestContext& context, const LimitSettings& limits) {
  context.trace.phase = Phase::Body;
  if (endpoint.body == BodyRule::None) {
    if (request.has_body)
      co_return bad_user_input("body", "a body", "empty for this operation");
    co_return true;
  }
  if (endpoint.body == BodyRule::Optional && !request.has_body)
    co_return true;
  const auto content_type = request.fields.joined("Content-Type");
  if (!is_readable_content_type(content_type))
    co_return make_error(ErrorCode::UnsupportedMediaType, {printable(content_type)});
  const auto limit = endpoint.body == BodyRule::Task ? limits.body : limits.login_body;
  SITEGATE_CO_TRY(context.body, co_await body.read_all(limit));
  context.received = std::chrono::steady_clock::now();
  co_return true;
}

Async<ApiReply> handle(const ApiRequest& request, BodySource& body, RequestContext& context,
                       Services& services) {
  const auto preamble = read_preamble(request, context);
  if (request.method == Method::Options && request.path == "*" &&
      request.listener == ListenerKind::Callers)
    co_return options_reply(kAllMethods);
  PathMatch path;
  const auto endpoint = find_endpoint(request, path);
  const bool options = request.method == Method::Options && !path.allow.empty() &&
                       request.listener != ListenerKind::Peers;
  if (options)
    co_return options_reply(path.allow);
  if (!endpoint)
    co_return endpoint.error();
  context.path_parameter = std::move(path.parameter);
  const auto admitted = admit(request, **endpoint, preamble, context, services);
  if (!admitted)
    co_return admitted.error();
  SITEGATE_CO_TRY([[maybe_unused]] const bool read,
                  co_await read_body(request, **endpoint, body, context, services.settings.limits));
  co_return co_await (*endpoint)->handler(request, context, services);
}

}  // namespace

Awaitable<ApiReply> handle_request(const ApiRequest& request, BodySource& body,
                                   RequestContext& context, Services& services) {
  const auto& site = services.settings.site.name;
  context.request_id = random_uuid();
  // Foreseen failure is a value; what is thrown is a bug or exhausted memory, and costs this one
  // request (DESIGN section 3).
  Result<ApiReply> outcome = make_error(ErrorCode::GeneralServerFailure);
  try {
    outcome = co_await handle(request, body, context, services);
  } catch (const std::exception& thrown) {
    outcome = make_error(ErrorCode::GeneralServerFailure, {}, thrown.what());
  }
  if (outcome)
    context.trace.phase = Phase::Reply;
  else
    context.error = outcome.error();
  auto reply = outcome ? std::move(*outcome) : error_reply(*context.error, context, site);
  add_common_fields(reply, context, site);
  add_cors_fields(reply, request, services.settings.cors);
  co_return reply;
}

ApiReply refuse_request(const Error& error, const ApiRequest& request, RequestContext& context,
                        const Services& services) {
  const auto& site = services.settings.site.name;
  context.request_id = random_uuid();
  read_preamble(request, context);
  context.error = error;
  auto reply = error_reply(error, context, site);
  add_common_fields(reply, context, site);
  add_cors_fields(reply, request, services.settings.cors);
  return reply;
}

}  // namespace sitegate
