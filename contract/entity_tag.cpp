#include "contract/entity_tag.hpp"

#include "contract/weighted_list.hpp"

namespace sitegate {
namespace {

/// Cuts an opaque-tag, with its quotes, off `rest`. A backslash in it is a character like others,
/// and so is a comma (RFC 9110 8.8.3). Empty: there is none.
std::string_view cut_opaque_tag(std::string_view& rest) {
  const auto end = rest.starts_with('"') ? rest.find('"', 1) : std::string_view::npos;
  if (end == std::string_view::npos)
    return {};
  const auto tag = rest.substr(0, end + 1);
  rest.remove_prefix(end + 1);
  return tag;
}

}  // namespace

bool names_entity_tag(std::string_view if_none_match, std::string_view tag) {
  auto rest = trim_blanks(if_none_match);
  if (rest == "*")
    return true;
  while (!rest.empty()) {
    if (rest.front() == ',') {
      rest = trim_blanks(rest.substr(1));
      continue;
    }
    if (rest.starts_with("W/"))
      rest.remove_prefix(2);
    const auto listed = cut_opaque_tag(rest);
    rest = trim_blanks(rest);
    if (listed.empty() || (!rest.empty() && rest.front() != ','))
      return false;
    if (listed == tag)
      return true;
  }
  return false;
}

}  // namespace sitegate
