#pragma once
// Who is calling: the credentials of a request, tried in one fixed order.

#include "auth/principal.hpp"
#include "auth/sessions.hpp"
#include "auth/statement_cache.hpp"
#include "contract/api_message.hpp"

namespace sitegate {

inline constexpr std::string_view kTokenField = "X-VCAV-Auth";
inline constexpr std::string_view kStatementField = "Sitegate-Statement";

/// What the checkers ask. `statements` belongs to the worker that calls.
struct Authenticators {
  Sessions& sessions;
  StatementCache& statements;
};

/// The principal, or NotAuthenticated with a detail for the log. `now_ms`: milliseconds since the
/// epoch.
///
/// Order, and why: (1) on a `peers` listener a statement, because only there the client certificate
/// that it is bound to is known; or, without one, the token of a session that was opened there, on
/// the connection of a configured peer; both at once are nobody; (2) elsewhere the token of a
/// session that was opened there, in its one field, given once (an empty one is no token: CONTRACT
/// 0.5). A statement is ignored, not tried. A token of the one kind of listener is worth nothing on
/// the other.
Result<Principal> authenticate(const ApiRequest& request, Authenticators who, std::int64_t now_ms);

}  // namespace sitegate
