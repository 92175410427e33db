#include "gateway/replies.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "contract/openapi_document.hpp"
#include "routing/remote/via.hpp"

namespace sitegate {
namespace {

constexpr std::string_view kNoStore = "no-store";
constexpr std::string_view kRevalidate = "private, no-cache";
constexpr std::string_view kVary = "Accept, Accept-Encoding, Origin, X-VCAV-Auth, Authorization";
constexpr int kDefaultRetryAfter = 1;  // seconds
constexpr std::size_t kUsualFields = 12;

ApiReply json_reply(int status, std::string body, const RequestContext& context,
                    std::string_view cache_control) {
  ApiReply reply{status, std::string(context.media_type.content_type()), std::move(body), {}};
  reply.fields.reserve(kUsualFields);
  reply.fields.emplace_back("Cache-Control", cache_control);
  return reply;
}

/// CONTRACT 0.4 row 401: three challenges, because clients tell them apart (rows 28 to 33).
std::optional<std::string> challenge(const Error& error, std::string_view site) {
  switch (error.code) {
    case ErrorCode::NotAuthenticated:
      return "Authentication Token Required";
    case ErrorCode::LoginFailed:
      return "Login realm=\"" + std::string(site) + "\"";
    case ErrorCode::RemoteAuthenticationFailure:
    case ErrorCode::ExtensionNeeded:
    case ErrorCode::ExtensionRefused:
      return "RemoteSite realm=\"" + (error.args.empty() ? std::string() : error.args[0]) + "\"";
    default:
      return std::nullopt;
  }
}

bool carries_retry_after(ErrorCode code) {
  using enum ErrorCode;
  return code == TooManyRequests || code == SiteUnavailable || code == StoreUnavailable ||
         code == Overloaded || code == ShuttingDown;
}

/// RFC 9209: who said it.
std::string proxy_status(const LookupTrace& trace, std::string_view site) {
  auto status = gateway_pseudonym(site);
  if (!trace.next_hop.empty())
    status += "; next-hop=\"" + trace.next_hop + "\"";
  if (!trace.proxy_error.empty())
    status.append("; error=").append(trace.proxy_error);
  if (trace.received_status != 0)
    status.append("; received-status=").append(std::to_string(trace.received_status));
  return status;
}

}  // namespace

ApiReply task_reply(int status, std::string document, const RequestContext& context) {
  auto reply = json_reply(status, std::move(document), context, kRevalidate);
  reply.fields.emplace_back("Vary", kVary);
  return reply;
}

ApiReply session_reply(const RequestContext& context, std::string_view site) {
  namespace json = boost::json;
  const auto& viewer = context.caller->viewer;
  json::array roles;
  for (const auto& role : viewer.roles) roles.emplace_back(role);
  json::array sites{json::object{{"site", site}, {"org", viewer.org}}};
  if (const auto& extensions = context.caller->extensions; extensions != nullptr)
    for (const auto& there : extensions->list)
      sites.push_back(json::object{{"site", there.site}, {"org", there.org}});
  const json::object details{
      {"user", viewer.user},
      {"roles", std::move(roles)},
      {"authenticatedSites", std::move(sites)},
  };
  return document_reply(json::serialize(details), context);
}

ApiReply document_reply(std::string document, const RequestContext& context) {
  return json_reply(200, std::move(document), context, kNoStore);
}

ApiReply empty_reply() {
  ApiReply reply{204, {}, {}, {}};
  reply.fields.emplace_back("Cache-Control", kNoStore);
  return reply;
}

ApiReply document_reply() {
  ApiReply reply{200, "application/yaml", std::string(openapi_document()), {}};
  reply.fields.emplace_back("Cache-Control", kNoStore);
  return reply;
}

ApiReply probe_reply(std::string_view status, const RequestContext& context) {
  return document_reply("{\"status\":\"" + std::string(status) + "\"}", context);
}

ApiReply metrics_reply(std::string text) {
  ApiReply reply{200, "text/plain; version=0.0.4; charset=utf-8", std::move(text), {}};
  reply.fields.emplace_back("Cache-Control", kNoStore);
  return reply;
}

ApiReply options_reply(std::string_view allow) {
  auto reply = empty_reply();
  reply.fields.emplace_back("Allow", allow);
  return reply;
}

ApiReply error_reply(const Error& error, const RequestContext& context, std::string_view site) {
  auto reply =
      json_reply(traits(error.code).status, render_api_error(error, site), context, kNoStore);
  if (auto value = challenge(error, site))
    reply.fields.emplace_back("WWW-Authenticate", std::move(*value));
  if (error.code == ErrorCode::MethodNotAllowed && error.args.size() > 1)
    reply.fields.emplace_back("Allow", error.args[1]);
  if (carries_retry_after(error.code))
    reply.fields.emplace_back(
        "Retry-After",
        std::to_string(error.retry_after > 0 ? error.retry_after : kDefaultRetryAfter));
  return reply;
}

void add_common_fields(ApiReply& reply, const RequestContext& context, std::string_view site) {
  auto& fields = reply.fields;
  if (!context.operation_id.empty())
    fields.emplace_back("operationID", context.operation_id);
  fields.emplace_back("X-Request-Id", context.request_id);
  fields.emplace_back("X-Content-Type-Options", "nosniff");
  const auto& trace = context.trace;
  if (trace.next_hop.empty() && trace.proxy_error.empty())
    return;
  fields.emplace_back("Proxy-Status", proxy_status(trace, site));
  fields.emplace_back("Via", "1.1 " + gateway_pseudonym(site));
}

}  // namespace sitegate
