#include "gateway/endpoints.hpp"

#include <array>

#include "gateway/handlers.hpp"
#include "routing/transport/http_grammar.hpp"

namespace sitegate {
namespace {

using enum ListenerKind;
constexpr auto kNobody = std::string_view{};

constexpr std::array kEndpoints{
    Endpoint{Callers, Method::Get, "/tasks", Login::Required, kNobody, BodyRule::None, list_tasks},
    Endpoint{Callers, Method::Get, "/tasks/{taskId}", Login::Required, kNobody, BodyRule::None,
             get_task},
    Endpoint{Callers, Method::Put, "/tasks/{taskId}", Login::Required, kRoleTaskProducer,
             BodyRule::Task, put_task},
    Endpoint{Callers, Method::Get, "/sessions", Login::Required, kNobody, BodyRule::None,
             show_session},
    Endpoint{Callers, Method::Post, "/sessions", Login::None, kNobody, BodyRule::Login, log_in},
    Endpoint{Callers, Method::Delete, "/sessions", Login::Required, kNobody, BodyRule::None,
             log_out},
    Endpoint{Callers, Method::Post, "/sessions/extend", Login::Required, kNobody, BodyRule::Login,
             extend_session},
    Endpoint{Callers, Method::Delete, "/sessions/{site}", Login::Required, kNobody, BodyRule::None,
             shrink_session},
    Endpoint{Callers, Method::Get, "/sites", Login::Required, kNobody, BodyRule::None, list_sites},
    Endpoint{Callers, Method::Get, "/sites/{site}", Login::Required, kNobody, BodyRule::None,
             show_site},
    Endpoint{Callers, Method::Get, "/diagnostics/about", Login::Required, kNobody, BodyRule::None,
             about},
    Endpoint{Callers, Method::Get, "/diagnostics/health", Login::Required, kNobody, BodyRule::None,
             check_health},
    Endpoint{Callers, Method::Post, "/diagnostics/health", Login::Required, kNobody,
             BodyRule::Optional, check_health},
    Endpoint{Callers, Method::Get, "/openapi.yaml", Login::None, kNobody, BodyRule::None,
             show_document, false},
    Endpoint{Peers, Method::Get, "/tasks/{taskId}", Login::Required, kNobody, BodyRule::None,
             get_task},
    Endpoint{Peers, Method::Get, "/tasks", Login::Required, kNobody, BodyRule::None, list_tasks},
    Endpoint{Peers, Method::Post, "/sessions", Login::None, kNobody, BodyRule::Login, log_in},
    Endpoint{Peers, Method::Get, "/sessions", Login::Session, kNobody, BodyRule::None,
             show_session},
    Endpoint{Peers, Method::Delete, "/sessions", Login::Session, kNobody, BodyRule::None, log_out},
    Endpoint{Admin, Method::Get, "/livez", Login::None, kNobody, BodyRule::None, livez},
    Endpoint{Admin, Method::Get, "/readyz", Login::None, kNobody, BodyRule::None, readyz},
    Endpoint{Admin, Method::Get, "/metrics", Login::None, kNobody, BodyRule::None, metrics, false},
};

/// The parameter's value (empty without one) when the path fits the pattern. Segments are decoded
/// once and compared whole, so that an encoded slash never separates.
std::optional<std::string> fits(std::string_view pattern, const std::vector<std::string>& path) {
  std::string parameter;
  std::size_t at = 0;
  for (pattern.remove_prefix(1);; ++at) {
    const auto slash = pattern.find('/');
    const auto segment = pattern.substr(0, slash);
    if (at >= path.size())
      return std::nullopt;
    if (segment.front() == '{')
      parameter = path[at];
    else if (segment != path[at])
      return std::nullopt;
    if (slash == std::string_view::npos)
      break;
    pattern.remove_prefix(slash + 1);
  }
  return at + 1 == path.size() ? std::optional(std::move(parameter)) : std::nullopt;
}

void allow(std::string& list, std::string_view method) {
  if (!list.empty())
    list += ", ";
  list += method;
}

std::string_view name_of(Method method) {
  switch (method) {
    case Method::Put:
      return "PUT";
    case Method::Post:
      return "POST";
    case Method::Delete:
      return "DELETE";
    default:
      return "GET, HEAD";
  }
}

}  // namespace

PathMatch match(ListenerKind listener, Method method, std::string_view path) {
  PathMatch found;
  const auto segments = path_segments(path);
  for (const auto& endpoint : kEndpoints) {
    if (endpoint.listener != listener)
      continue;
    auto parameter = fits(endpoint.pattern, segments);
    if (!parameter)
      continue;
    found.parameter = std::move(*parameter);
    if (endpoint.method == method || (endpoint.method == Method::Get && method == Method::Head)) {
      found.endpoint = &endpoint;
      found.allow.clear();
      return found;
    }
    allow(found.allow, name_of(endpoint.method));
  }
  if (!found.allow.empty())
    allow(found.allow, "OPTIONS");
  return found;
}

std::span<const Endpoint> all_endpoints() noexcept {
  return kEndpoints;
}

}  // namespace sitegate
