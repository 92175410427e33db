#include "contract/header_fields.hpp"

#include <algorithm>

namespace sitegate {
namespace {

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

void HeaderFields::add(std::string_view name, std::string_view value) {
  if (fields_.empty()) {  // room for a usual head
    text_.reserve(512);
    fields_.reserve(16);
  }
  const auto at = static_cast<std::uint32_t>(text_.size());
  const auto name_size = static_cast<std::uint32_t>(name.size());
  text_.append(name).append(value);
  fields_.push_back({at, name_size, at + name_size, static_cast<std::uint32_t>(value.size())});
}

void HeaderFields::clear() noexcept {
  text_.clear();
  fields_.clear();
}

std::string_view HeaderFields::name(std::size_t index) const noexcept {
  return std::string_view(text_).substr(fields_[index].name_at, fields_[index].name_size);
}

std::string_view HeaderFields::value(std::size_t index) const noexcept {
  return std::string_view(text_).substr(fields_[index].value_at, fields_[index].value_size);
}

bool HeaderFields::is(std::size_t index, std::string_view wanted) const noexcept {
  return fields_[index].name_size == wanted.size() && equals_ignoring_case(name(index), wanted);
}

std::size_t HeaderFields::count(std::string_view wanted) const noexcept {
  std::size_t n = 0;
  for (std::size_t i = 0; i < size(); ++i) n += is(i, wanted);
  return n;
}

std::string_view HeaderFields::first(std::string_view wanted) const noexcept {
  for (std::size_t i = 0; i < size(); ++i)
    if (is(i, wanted))
      return value(i);
  return {};
}

std::string HeaderFields::joined(std::string_view wanted) const {
  std::string all;
  for (std::size_t i = 0; i < size(); ++i) {
    if (!is(i, wanted))
      continue;
    if (!all.empty())
      all += ", ";
    all += value(i);
  }
  return all;
}

}  // namespace sitegate
