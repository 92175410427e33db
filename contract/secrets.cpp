#include "contract/secrets.hpp"

#include <algorithm>

namespace sitegate {
namespace {

bool is_lower(char c) noexcept {
  return c >= 'a' && c <= 'z';
}
bool is_upper(char c) noexcept {
  return c >= 'A' && c <= 'Z';
}
bool is_base64url(char c) noexcept {
  return is_lower(c) || is_upper(c) || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/// `{"` is how a JWT's header begins, and this is how that is encoded (RFC 7519 section 3).
constexpr std::string_view kJwtBegin = "eyJ";

bool is_secret(std::string_view run) {
  if (run.starts_with(kJwtBegin))
    return true;
  return run.size() >= kTokenCharacters && std::any_of(run.begin(), run.end(), is_lower) &&
         std::any_of(run.begin(), run.end(), is_upper);
}

}  // namespace

std::string without_secrets(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto end = std::find_if_not(text.begin(), text.end(), is_base64url);
    const auto run = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    if (run.empty()) {
      out += text.front();
      text.remove_prefix(1);
      continue;
    }
    if (is_secret(run))
      out += "(secret)";
    else
      out += run;
    text.remove_prefix(run.size());
  }
  return out;
}

}  // namespace sitegate
