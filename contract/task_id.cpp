#include "contract/task_id.hpp"

#include "contract/hex.hpp"

namespace sitegate {
namespace {

constexpr bool dash_at(std::size_t i) noexcept {
  return i == 8 || i == 13 || i == 18 || i == 23;
}

}  // namespace

std::optional<TaskId> TaskId::parse(std::string_view text) noexcept {
  if (text.size() != 36)
    return std::nullopt;
  TaskId id;
  std::size_t digit = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (dash_at(i)) {
      if (text[i] != '-')
        return std::nullopt;
      continue;
    }
    const int value = hex_value(text[i]);
    if (value < 0)
      return std::nullopt;
    auto& byte = id.bytes_[digit / 2];
    byte = static_cast<std::uint8_t>(byte << 4 | value);
    ++digit;
  }
  return id;
}

std::string TaskId::to_string() const {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < bytes_.size(); ++i) {
    if (dash_at(text.size()))
      text += '-';
    text += kDigits[bytes_[i] >> 4];
    text += kDigits[bytes_[i] & 0x0f];
  }
  return text;
}

}  // namespace sitegate
