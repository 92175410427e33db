#pragma once
// The fields of a head, owned, in the order they came; names compare without case (RFC 9110 5.1).
// One buffer holds all of them, so that a head costs two allocations, not two a field.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sitegate {

bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept;

class HeaderFields {
 public:
  void add(std::string_view name, std::string_view value);
  void clear() noexcept;

  std::size_t size() const noexcept { return fields_.size(); }
  std::string_view name(std::size_t index) const noexcept;
  std::string_view value(std::size_t index) const noexcept;

  /// How many fields have this name.
  std::size_t count(std::string_view name) const noexcept;

  /// The first field's value; empty when there is none.
  std::string_view first(std::string_view name) const noexcept;

  /// All values of this name, joined by ", " (RFC 9110 5.3).
  std::string joined(std::string_view name) const;

 private:
  bool is(std::size_t index, std::string_view name) const noexcept;

  struct Field {
    std::uint32_t name_at, name_size, value_at, value_size;
  };
  std::string text_;
  std::vector<Field> fields_;
};

}  // namespace sitegate
