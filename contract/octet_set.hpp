#pragma once
// A set of octets as a table, and how far a text keeps to it: for what looks at every octet of a
// request.

#include <array>
#include <cstddef>
#include <string_view>

namespace sitegate {

class OctetSet {
 public:
  /// The octets for which `is_in` holds.
  template <class Predicate>
  constexpr explicit OctetSet(Predicate is_in) noexcept {
    for (std::size_t i = 0; i < in_.size(); ++i) in_[i] = is_in(static_cast<char>(i));
  }

  constexpr bool has(char c) const noexcept { return in_[static_cast<unsigned char>(c)]; }

  /// How many octets at the beginning of `text` are all in the set.
  constexpr std::size_t prefix(std::string_view text) const noexcept {
    std::size_t n = 0;
    while (n < text.size() && has(text[n])) ++n;
    return n;
  }

  constexpr bool has_all(std::string_view text) const noexcept {
    return prefix(text) == text.size();
  }

 private:
  std::array<bool, 256> in_{};
};

/// RFC 5234 B.1.
constexpr bool is_alpha(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

}  // namespace sitegate
