#include "routing/transport/readable_fields.hpp"

#include <algorithm>

#include "contract/weighted_list.hpp"

namespace sitegate {
namespace {

bool is_name(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

HeaderFields readable_fields(std::string_view head) {
  HeaderFields fields;
  bool first = true;
  for (auto end = head.find('\n'); end != std::string_view::npos; end = head.find('\n')) {
    auto line = head.substr(0, end);
    head.remove_prefix(end + 1);
    if (line.ends_with('\r'))
      line.remove_suffix(1);
    if (line.empty())
      break;
    const auto colon = line.find(':');
    if (!first && colon != std::string_view::npos && is_name(line.substr(0, colon)))
      fields.add(line.substr(0, colon), trim_blanks(line.substr(colon + 1)));
    first = false;
  }
  return fields;
}

}  // namespace sitegate
