#include "contract/weighted_list.hpp"

#include <algorithm>

namespace sitegate {
namespace {

/// A q-value in thousandths (RFC 9110 12.4.2); one that is not well-formed counts as 1.
int thousandths(std::string_view q) {
  if (q.empty() || (q[0] != '0' && q[0] != '1') || q.size() > 5)
    return 1000;
  int value = (q[0] - '0') * 1000;
  if (q.size() > 1 && q[1] != '.')
    return 1000;
  int weight = 100;
  for (std::size_t i = 2; i < q.size(); ++i, weight /= 10) {
    if (q[i] < '0' || q[i] > '9')
      return 1000;
    value += (q[i] - '0') * weight;
  }
  return std::min(value, 1000);
}

}  // namespace

std::string_view trim_blanks(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string_view next_element(std::string_view& rest, char separator) {
  bool quoted = false;
  std::size_t i = 0;
  for (; i < rest.size(); ++i) {
    if (rest[i] == '"')
      quoted = !quoted;
    else if (quoted && rest[i] == '\\')
      ++i;
    else if (!quoted && rest[i] == separator)
      break;
  }
  const auto element = rest.substr(0, std::min(i, rest.size()));
  rest.remove_prefix(std::min(i + 1, rest.size()));
  return trim_blanks(element);
}

std::optional<WeightedValue> next_weighted(std::string_view& rest) {
  std::string_view parameters;
  while (parameters.empty()) {
    if (rest.empty())
      return std::nullopt;
    parameters = next_element(rest, ',');
  }
  WeightedValue found{next_element(parameters, ';')};
  while (!parameters.empty()) {
    const auto parameter = next_element(parameters, ';');
    if (parameter.size() > 2 && (parameter[0] == 'q' || parameter[0] == 'Q') && parameter[1] == '=')
      found.weight = thousandths(trim_blanks(parameter.substr(2)));
  }
  return found;
}

}  // namespace sitegate
