#include "auth/names.hpp"

#include <algorithm>
#include <cstdint>

namespace sitegate {
namespace {

constexpr std::size_t kMaxUserName = 256;
constexpr std::size_t kMaxRoleName = 64;
constexpr std::uint32_t kNoCharacter = 0xFFFFFFFF;

/// Takes one code point off `text`; kNoCharacter when it does not begin with one. Overlong forms,
/// surrogates and values above U+10FFFF are none (RFC 3629 section 3).
std::uint32_t take_character(std::string_view& text) noexcept {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t size = lead < 0x80    ? 1
                           : lead < 0xC0  ? 0
                           : lead < 0xE0  ? 2
                           : lead < 0xF0  ? 3
                           : lead < 0xF8U ? 4
                                          : 0;
  if (size == 0 || text.size() < size)
    return kNoCharacter;
  constexpr std::uint32_t kLeadMask[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
  constexpr std::uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  std::uint32_t character = lead & kLeadMask[size];
  for (std::size_t i = 1; i < size; ++i) {
    const auto octet = static_cast<unsigned char>(text[i]);
    if ((octet & 0xC0U) != 0x80U)
      return kNoCharacter;
    character = (character << 6) | (octet & 0x3FU);
  }
  const bool surrogate = character >= 0xD800 && character <= 0xDFFF;
  if (character < kSmallest[size] || character > 0x10FFFF || surrogate)
    return kNoCharacter;
  text.remove_prefix(size);
  return character;
}

constexpr bool is_control(std::uint32_t character) noexcept {
  return character < 0x20 || (character >= 0x7F && character < 0xA0);
}

constexpr bool is_upper(char c) noexcept {
  return c >= 'A' && c <= 'Z';
}

}  // namespace

bool is_printable_text(std::string_view text, std::size_t max_characters) noexcept {
  for (std::size_t count = 0; !text.empty(); ++count) {
    if (count == max_characters)
      return false;
    const std::uint32_t character = take_character(text);
    if (character == kNoCharacter || is_control(character))
      return false;
  }
  return true;
}

bool is_user_name(std::string_view text) noexcept {
  return !text.empty() && is_printable_text(text, kMaxUserName);
}

bool is_role_name(std::string_view text) noexcept {
  return !text.empty() && text.size() <= kMaxRoleName && is_upper(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_upper(c) || (c >= '0' && c <= '9') || c == '_'; });
}

}  // namespace sitegate
