#pragma once
// What is known of one request beside the request itself; grows on its way, ends as a log line.

#include <chrono>
#include <optional>
#include <string>

#include "auth/principal.hpp"
#include "contract/deadline.hpp"
#include "contract/error.hpp"
#include "contract/media_type.hpp"
#include "routing/lookup.hpp"

namespace sitegate {

struct RequestContext {
  std::string request_id;    ///< ours, always new: X-Request-Id
  std::string operation_id;  ///< the caller's, byte for byte, or made here
  std::chrono::system_clock::time_point started = std::chrono::system_clock::now();
  SteadyTime began = std::chrono::steady_clock::now();
  SteadyTime received = began;      ///< head, or body if there is one
  MediaType media_type;             ///< of the reply
  std::optional<Principal> caller;  ///< once authenticated
  std::string path_parameter;       ///< decoded value of the pattern's one parameter
  std::string body;                 ///< once read
  std::string site;                 ///< asked for, once its grammar is right
  LookupTrace trace;
  std::optional<Error> error;  ///< what the reply says, if it is one
};

}  // namespace sitegate
