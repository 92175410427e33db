#include "contract/site_name.hpp"

#include <algorithm>

namespace sitegate {
namespace {

constexpr bool is_alnum(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace

bool is_site_name(std::string_view text) noexcept {
  if (text.empty() || text.size() > 63 || !is_alnum(text.front()))
    return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_alnum(c) || c == '.' || c == '_' || c == '-'; });
}

}  // namespace sitegate
