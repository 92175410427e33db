#include "auth/base64url.hpp"

#include <array>
#include <cstdint>

namespace sitegate {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t kNoDigit = 0xFF;

constexpr auto kDigitOf = [] {
  std::array<std::uint8_t, 256> table{};
  table.fill(kNoDigit);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i)
    table[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  return table;
}();

}  // namespace

std::string base64url_encode(std::string_view octets) {
  std::string text;
  text.reserve((octets.size() * 4 + 2) / 3);
  std::uint32_t bits = 0;
  unsigned count = 0;  // bits not written yet, below 6 after each octet
  for (const char octet : octets) {
    bits = (bits << 8) | static_cast<unsigned char>(octet);
    for (count += 8; count >= 6; count -= 6) text += kAlphabet[(bits >> (count - 6)) & 0x3F];
  }
  if (count > 0)
    text += kAlphabet[(bits << (6 - count)) & 0x3F];
  return text;
}

std::optional<std::string> base64url_decode(std::string_view text) {
  if (text.size() % 4 == 1)
    return std::nullopt;
  std::string octets;
  octets.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  unsigned count = 0;  // bits not written yet, below 8 after each digit
  for (const char c : text) {
    const std::uint8_t digit = kDigitOf[static_cast<unsigned char>(c)];
    if (digit == kNoDigit)
      return std::nullopt;
    bits = (bits << 6) | digit;
    count += 6;
    if (count >= 8) {
      count -= 8;
      octets += static_cast<char>((bits >> count) & 0xFF);
    }
  }
  if ((bits & ((1U << count) - 1)) != 0)
    return std::nullopt;
  return octets;
}

}  // namespace sitegate
