// The notations of single values: integers, durations, sizes.

#include <array>
#include <charconv>
#include <limits>

#include "config/yaml_reader.hpp"

namespace sitegate {
namespace {

struct Unit {
  std::string_view name;
  std::size_t factor;
};

/// Digits, then one of the units; nullopt also when the product does not fit 63 bits.
template <std::size_t N>
std::optional<std::size_t> parse_with_unit(std::string_view text,
                                           const std::array<Unit, N>& units) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = parse_integer(text.substr(0, digits));
  for (const Unit& unit : units) {
    if (number && text.substr(digits) == unit.name) {
      constexpr std::size_t kMost = std::numeric_limits<std::int64_t>::max();
      return *number <= kMost / unit.factor ? std::optional(*number * unit.factor) : std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::size_t> parse_integer(std::string_view text) {
  std::size_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  const bool leading_zero = text.size() > 1 && text.front() == '0';
  if (text.empty() || error != std::errc{} || stop != end || leading_zero) {
    return std::nullopt;
  }
  return value;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  static constexpr std::array<Unit, 5> kUnits{
      {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
  const auto value = parse_with_unit(text, kUnits);
  return value ? std::optional(std::chrono::milliseconds(*value)) : std::nullopt;
}

std::optional<std::size_t> parse_size(std::string_view text) {
  static constexpr std::array<Unit, 3> kUnits{{{"", 1}, {"KiB", 1024}, {"MiB", 1024 * 1024}}};
  return parse_with_unit(text, kUnits);
}

}  // namespace sitegate
