#include "contract/secrets.hpp"

#include <algorithm>

#include "contract/octet_set.hpp"

namespace sitegate {
namespace {

bool is_lower(char c) noexcept {
  return c >= 'a' && c <= 'z';
}
bool is_upper(char c) noexcept {
  return c >= 'A' && c <= 'Z';
}

constexpr OctetSet kBase64Url([](char c) {
  return is_alpha(c) || is_digit(c) || c == '-' || c == '_';
});
constexpr OctetSet kBetween([](char c) { return !kBase64Url.has(c); });

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
    const auto run = text.substr(0, kBase64Url.prefix(text));
    if (is_secret(run))
      out += "(secret)";
    else
      out += run;
    text.remove_prefix(run.size());
    const auto between = kBetween.prefix(text);
    out += text.substr(0, between);
    text.remove_prefix(between);
  }
  return out;
}

}  // namespace sitegate
