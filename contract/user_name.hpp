#pragma once
// The names of users (CONTRACT 0.2 "Principal"): compared whole, byte by byte.

#include <string>
#include <string_view>

namespace sitegate {

/// What follows the last `@` of a user name; `System` without one.
inline std::string org_of_user(std::string_view user) {
  const auto at = user.rfind('@');
  return at == std::string_view::npos ? "System" : std::string(user.substr(at + 1));
}

}  // namespace sitegate
