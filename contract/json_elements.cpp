#include "contract/json_elements.hpp"

#include <algorithm>
#include <string>

namespace sitegate {
namespace {

bool is_space(char c) noexcept {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/// Steps through text that is known to be well-formed.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  /// The next octet that is no white space.
  char look() {
    while (is_space(text_[at_])) ++at_;
    return text_[at_];
  }
  void step() { ++at_; }

  /// The value that begins here, and goes behind it.
  std::string_view value() {
    look();
    const auto begin = at_;
    std::size_t depth = 0;
    do {
      const char c = text_[at_];
      if (c == '"')
        skip_string();
      else if (c == '{' || c == '[')
        ++depth, ++at_;
      else if (c == '}' || c == ']')
        --depth, ++at_;
      else if (depth == 0)
        skip_scalar();
      else
        ++at_;
    } while (depth > 0);
    return text_.substr(begin, at_ - begin);
  }

 private:
  void skip_string() {
    for (++at_; text_[at_] != '"'; ++at_)
      if (text_[at_] == '\\')
        ++at_;
    ++at_;
  }
  void skip_scalar() {
    constexpr std::string_view kEnds = ",]} \t\r\n";
    at_ = std::min(text_.find_first_of(kEnds, at_), text_.size());
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<std::vector<std::string_view>> json_elements(std::string_view object,
                                                           std::string_view member) {
  Cursor cursor(object);
  const auto quoted = '"' + std::string(member) + '"';
  cursor.look();
  for (cursor.step(); cursor.look() != '}';) {
    const auto name = cursor.value();
    cursor.look();  // the colon
    cursor.step();
    if (name != quoted) {
      cursor.value();
      if (cursor.look() == ',')
        cursor.step();
      continue;
    }
    if (cursor.look() != '[')
      return std::nullopt;
    std::vector<std::string_view> elements;
    for (cursor.step(); cursor.look() != ']';) {
      elements.push_back(cursor.value());
      if (cursor.look() == ',')
        cursor.step();
    }
    return elements;
  }
  return std::nullopt;
}

}  // namespace sitegate
