#pragma once
// The whole API as one table: where, what, who, and which function. An endpoint cannot exist
// without stating its listener, its authentication and its body.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "contract/api_message.hpp"
#include "gateway/request_context.hpp"
#include "gateway/services.hpp"

namespace sitegate {

using Handler = Async<ApiReply> (*)(const ApiRequest&, RequestContext&, Services&);

/// Session: one that was opened here; a statement is not enough.
enum class Login : std::uint8_t { None, Required, Session };
/// Optional: a small one, or none.
enum class BodyRule : std::uint8_t { None, Optional, Login, Task };

struct Endpoint {
  ListenerKind listener;
  Method method;             ///< Get also serves Head
  std::string_view pattern;  ///< a segment in braces is the parameter
  Login login;
  std::string_view role;  ///< required of the caller; empty = any
  BodyRule body;
  Handler handler;
  bool negotiated = true;  ///< false: there is one representation, whatever Accept says
};

/// What a path leads to, on one listener.
struct PathMatch {
  const Endpoint* endpoint = nullptr;  ///< for the method; null = none
  std::string parameter;               ///< decoded
  std::string allow;                   ///< without an endpoint: methods of this path, if it is one
};

PathMatch match(ListenerKind listener, Method method, std::string_view path);

std::span<const Endpoint> all_endpoints() noexcept;

}  // namespace sitegate
