#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace sitegate {
namespace detail {

inline constexpr auto kHexValues = [] {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (int i = 0; i < 10; ++i)
    values[static_cast<std::size_t>('0' + i)] = static_cast<std::int8_t>(i);
  for (int i = 0; i < 6; ++i)
    values[static_cast<std::size_t>('a' + i)] = values[static_cast<std::size_t>('A' + i)] =
        static_cast<std::int8_t>(10 + i);
  return values;
}();

}  // namespace detail

/// The value of a hex digit, upper or lower case; -1: it is none.
constexpr int hex_value(char c) noexcept {
  return detail::kHexValues[static_cast<unsigned char>(c)];
}

/// Where the text form of a UUID has its dashes (RFC 9562 section 4).
constexpr bool uuid_dash_at(std::size_t i) noexcept {
  return i == 8 || i == 13 || i == 18 || i == 23;
}

/// A UUID in its text form, lower case, 36 characters.
inline std::string uuid_text(std::span<const std::uint8_t, 16> octets) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::array<char, 36> text;
  std::size_t at = 0;
  for (const auto octet : octets) {
    if (uuid_dash_at(at))
      text[at++] = '-';
    text[at++] = kDigits[octet >> 4];
    text[at++] = kDigits[octet & 0x0f];
  }
  return {text.data(), text.size()};
}

}  // namespace sitegate
