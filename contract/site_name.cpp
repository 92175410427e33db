#include "contract/site_name.hpp"

#include "contract/octet_set.hpp"

namespace sitegate {
namespace {

constexpr OctetSet kFirst([](char c) { return is_alpha(c) || is_digit(c); });
constexpr OctetSet kAllowed([](char c) {
  return kFirst.has(c) || c == '.' || c == '_' || c == '-';
});

}  // namespace

bool is_site_name(std::string_view text) noexcept {
  if (text.empty() || text.size() > 63 || !kFirst.has(text.front()))
    return false;
  return kAllowed.has_all(text);
}

}  // namespace sitegate
