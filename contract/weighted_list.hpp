#pragma once
// Lists in header fields: elements between separators, and the weights behind them (RFC 9110 5.6.1,
// 12.4.2).

#include <optional>
#include <string_view>

namespace sitegate {

/// Without the blanks around it.
std::string_view trim_blanks(std::string_view text);

/// Cuts the next element off `rest`, without the blanks around it; separators inside quoted strings
/// do not count.
std::string_view next_element(std::string_view& rest, char separator);

struct WeightedValue {
  std::string_view value;  ///< without parameters
  int weight = 1000;       ///< of `q`, in thousandths; without one, or a malformed one, 1000
};

/// Cuts the next element of a list of the form `value;parameter;q=0.5, value` off `rest`; empty
/// ones are passed over. nullopt: there are no more.
std::optional<WeightedValue> next_weighted(std::string_view& rest);

}  // namespace sitegate
