#include "gateway/cors.hpp"

#include <algorithm>

namespace sitegate {
namespace {

constexpr std::string_view kRequestFields =
    "X-VCAV-Auth, Authorization, Content-Type, Accept, operationID, If-None-Match";
constexpr std::string_view kAnswerFields =
    "operationID, X-Request-Id, Proxy-Status, Retry-After, X-VCAV-Auth, ETag, WWW-Authenticate, "
    "Location";

std::string* find_field(ApiReply& reply, std::string_view name) {
  const auto found = std::ranges::find(
      reply.fields, name, [](const auto& f) -> const auto& { return f.first; });
  return found == reply.fields.end() ? nullptr : &found->second;
}

/// The configured origin that the request comes from; null: it comes from none of them.
const std::string* allowed_origin(const ApiRequest& request, const CorsSettings& cors) {
  if (request.fields.count("Origin") != 1)
    return nullptr;
  const auto found = std::ranges::find(cors.origins, request.fields.first("Origin"));
  return found == cors.origins.end() ? nullptr : &*found;
}

}  // namespace

void add_cors_fields(ApiReply& reply, const ApiRequest& request, const CorsSettings& cors) {
  if (request.listener != ListenerKind::Callers || cors.origins.empty())
    return;
  auto& fields = reply.fields;
  if (find_field(reply, "Vary") == nullptr)  // one that is there names Origin
    fields.emplace_back("Vary", "Origin");
  const auto* const origin = allowed_origin(request, cors);
  if (origin == nullptr)
    return;
  fields.emplace_back("Access-Control-Allow-Origin", *origin);
  fields.emplace_back("Access-Control-Expose-Headers", kAnswerFields);
  const auto* const methods = find_field(reply, "Allow");
  const bool preflight = request.method == Method::Options && methods != nullptr &&
                         request.fields.count("Access-Control-Request-Method") == 1;
  if (!preflight)
    return;
  const auto max_age = std::chrono::duration_cast<std::chrono::seconds>(cors.max_age).count();
  auto allowed = *methods;
  fields.emplace_back("Access-Control-Allow-Methods", std::move(allowed));
  fields.emplace_back("Access-Control-Allow-Headers", kRequestFields);
  fields.emplace_back("Access-Control-Max-Age", std::to_string(max_age));
}

}  // namespace sitegate
