#include "contract/api_message.hpp"

namespace sitegate {

Method method_from(std::string_view name) noexcept {
  using enum Method;
  if (name == "GET")
    return Get;
  if (name == "HEAD")
    return Head;
  if (name == "PUT")
    return Put;
  if (name == "POST")
    return Post;
  if (name == "DELETE")
    return Delete;
  if (name == "OPTIONS")
    return Options;
  if (name == "PATCH")
    return Patch;
  if (name == "TRACE")
    return Trace;
  return Unknown;
}

}  // namespace sitegate
