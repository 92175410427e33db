#include "auth/authenticate.hpp"

namespace sitegate {
namespace {

constexpr std::int64_t kMsPerSecond = 1000;

Error not_authenticated(std::string detail) {
  return make_error(ErrorCode::NotAuthenticated, {}, std::move(detail));
}

Result<Principal> by_statement(const ApiRequest& request, StatementCache& statements,
                               std::int64_t now_ms) {
  if (request.client_certificate == nullptr)
    return not_authenticated("no client certificate on this connection");
  if (request.fields.count(kStatementField) != 1)
    return not_authenticated("not exactly one Sitegate-Statement");
  return statements.accept(request.fields.first(kStatementField), *request.client_certificate,
                           now_ms / kMsPerSecond);
}

Result<Principal> by_session(const ApiRequest& request, Sessions& sessions, std::int64_t now_ms) {
  const auto tokens = request.fields.count(kTokenField);
  const auto token = request.fields.first(kTokenField);
  if (tokens == 0 || token.empty())
    return not_authenticated("no token");
  if (tokens > 1)
    return not_authenticated("more than one X-VCAV-Auth");
  auto principal = sessions.authenticate(token, now_ms, request.listener);
  if (!principal)
    return not_authenticated("unknown or expired token");
  return std::move(*principal);
}

}  // namespace

Result<Principal> authenticate(const ApiRequest& request, Authenticators who, std::int64_t now_ms) {
  const bool from_peer = request.listener == ListenerKind::Peers;
  const bool has_token = !request.fields.first(kTokenField).empty();
  if (from_peer && has_token && request.fields.count(kStatementField) > 0)
    return not_authenticated("a statement and a token at once");
  if (from_peer && has_token && !who.statements.is_of_peer(request.client_certificate))
    return not_authenticated("a token from somebody who is no peer");
  if (from_peer && !has_token)
    return by_statement(request, who.statements, now_ms);
  return by_session(request, who.sessions, now_ms);
}

}  // namespace sitegate
