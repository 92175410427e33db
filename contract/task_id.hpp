#pragma once
// The id of a task: a UUID, compared in lower case (CONTRACT 0.1 `taskId`).

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sitegate {

class TaskId {
 public:
  TaskId() = default;

  /// Exactly 8-4-4-4-12 hex digits, either case; anything else, however close, is nullopt.
  static std::optional<TaskId> parse(std::string_view text) noexcept;

  /// The 16 octets, as stores keep them.
  const std::array<std::uint8_t, 16>& bytes() const noexcept { return bytes_; }

  /// Lower-case text form, 36 characters.
  std::string to_string() const;

  auto operator<=>(const TaskId&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

}  // namespace sitegate
