#include "contract/task_id.hpp"

#include "contract/hex.hpp"

namespace sitegate {

std::optional<TaskId> TaskId::parse(std::string_view text) noexcept {
  if (text.size() != 36)
    return std::nullopt;
  TaskId id;
  std::size_t digit = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (uuid_dash_at(i)) {
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
  return uuid_text(bytes_);
}

}  // namespace sitegate
