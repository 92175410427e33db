#include "auth/pattern.hpp"

#include <vector>

namespace sitegate {
namespace {

/// Where `needle` first ends in `text`, npos when it is not there. Knuth, Morris and Pratt: the
/// library's find may take the product of both sizes.
std::size_t end_of_first(std::string_view needle, std::string_view text) {
  std::vector<std::size_t> border(needle.size(), 0);  // of the prefix that ends here
  for (std::size_t i = 1, matched = 0; i < needle.size(); ++i) {
    while (matched > 0 && needle[i] != needle[matched]) matched = border[matched - 1];
    if (needle[i] == needle[matched])
      ++matched;
    border[i] = matched;
  }
  for (std::size_t i = 0, matched = 0; i < text.size(); ++i) {
    while (matched > 0 && text[i] != needle[matched]) matched = border[matched - 1];
    if (text[i] == needle[matched])
      ++matched;
    if (matched == needle.size())
      return i + 1;
  }
  return std::string_view::npos;
}

}  // namespace

bool matches_pattern(std::string_view pattern, std::string_view text) {
  const auto first_star = pattern.find('*');
  if (first_star == std::string_view::npos)
    return pattern == text;
  const auto last_star = pattern.rfind('*');
  const std::string_view head = pattern.substr(0, first_star);
  const std::string_view tail = pattern.substr(last_star + 1);
  if (text.size() < head.size() + tail.size() || !text.starts_with(head) || !text.ends_with(tail))
    return false;
  text = text.substr(head.size(), text.size() - head.size() - tail.size());

  // The pieces between stars: each as early as possible leaves most room for the next.
  std::string_view pieces = pattern.substr(first_star, last_star - first_star);
  while (!pieces.empty()) {
    pieces.remove_prefix(1);  // its star
    const std::string_view piece = pieces.substr(0, pieces.find('*'));
    pieces.remove_prefix(piece.size());
    if (piece.empty())
      continue;
    const std::size_t end = end_of_first(piece, text);
    if (end == std::string_view::npos)
      return false;
    text.remove_prefix(end);
  }
  return true;
}

}  // namespace sitegate
