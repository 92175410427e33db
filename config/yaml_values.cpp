// Single values: their notations, and the readers of YamlMap that take them.

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "config/nearest.hpp"
#include "config/readable_file.hpp"
#include "config/yaml_reader.hpp"
#include "config/yaml_tree.hpp"
#include "contract/error.hpp"

namespace sitegate {
namespace {

using std::chrono::milliseconds;

struct Unit {
  std::string_view name;
  std::size_t factor;
};

// Largest last.
constexpr std::array<Unit, 5> kDurations{
    {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
constexpr std::array<Unit, 3> kSizes{{{"", 1}, {"KiB", 1024}, {"MiB", 1024 * 1024}}};

/// Digits, then one of the units; nullopt also when the product does not fit 63 bits.
template <std::size_t N>
std::optional<std::size_t> parse_with_unit(std::string_view text,
                                           const std::array<Unit, N>& units) {
  constexpr std::size_t kMost = std::numeric_limits<std::int64_t>::max();
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = parse_integer(text.substr(0, digits));
  for (const Unit& unit : units) {
    if (number && text.substr(digits) == unit.name) {
      return *number <= kMost / unit.factor ? std::optional(*number * unit.factor) : std::nullopt;
    }
  }
  return std::nullopt;
}

/// In the largest unit that leaves no rest: `90s`, `24h`, `16KiB`.
template <std::size_t N>
std::string with_unit(std::size_t value, const std::array<Unit, N>& units) {
  const Unit* best = &units.front();
  for (const Unit& unit : units) {
    if (value != 0 && value % unit.factor == 0) {
      best = &unit;
    }
  }
  return std::to_string(value / best->factor).append(best->name);
}

std::string with_unit(milliseconds value) {
  return with_unit(static_cast<std::size_t>(value.count()), kDurations);
}

std::string range(std::string_view what, const std::string& min, const std::string& max) {
  return std::string(what).append(" from ").append(min).append(" to ").append(max);
}

/// `a`, `a or b`, `a, b or c`.
std::string listed(std::initializer_list<std::string_view> words) {
  std::string text;
  for (auto word = words.begin(); word != words.end(); ++word) {
    const bool is_last = word + 1 == words.end();
    text.append(text.empty() ? "" : is_last ? " or " : ", ").append(*word);
  }
  return text;
}

constexpr std::string_view kFileExpected =
    "the path of a file, absolute or from the folder of this file";

constexpr std::size_t kMostNeighbours = 1000;

/// For a file that is not there: what in its folder has nearly its name, written as `found` was.
std::string near_name(std::string_view found, const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::exists(path, error)) {
    return "";
  }
  std::vector<std::string> names;
  std::filesystem::directory_iterator entry(path.parent_path(), error);
  for (; !error && entry != end(entry) && names.size() < kMostNeighbours; entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  const std::string_view name = nearest(path.filename().string(), names);
  if (name.empty()) {
    return "";
  }
  const std::string_view folder = found.substr(0, found.rfind('/') + 1);
  return "did you mean `" + printable(std::string(folder).append(name)) + "`? ";
}

}  // namespace

std::optional<std::size_t> parse_integer(std::string_view text) {
  std::size_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  const bool leading_zero = text.size() > 1 && text.front() == '0';
  if (text.empty() || error != std::errc{} || stop != end || leading_zero) {
    return std::nullopt;
  }
  return value;
}

std::optional<milliseconds> parse_duration(std::string_view text) {
  if (text == "0") {  // of every unit
    return milliseconds(0);
  }
  const auto value = parse_with_unit(text, kDurations);
  return value ? std::optional(milliseconds(*value)) : std::nullopt;
}

std::optional<std::size_t> parse_size(std::string_view text) {
  return parse_with_unit(text, kSizes);
}

void YamlMap::refuse(std::string_view key, std::string_view value, std::string_view expected) {
  problem(key, "`" + printable(value) + "` is not allowed", "write " + std::string(expected));
}

bool YamlMap::is_text(const YamlNode& node, const Origin& origin, std::string_view expected) {
  if (!has_kind(node, YamlKind::Scalar, origin, expected)) {
    return false;
  }
  if (node.text.empty()) {
    source_.problems.add(origin, "is empty", "write " + std::string(expected));
    return false;
  }
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (std::any_of(node.text.begin(), node.text.end(), is_control)) {
    source_.problems.add(origin, "holds a line break or another control character",
                         "write it in one line");
    return false;
  }
  return true;
}

bool YamlMap::read_text(std::string_view key, LocatedText& out, Need need,
                        std::string_view expected) {
  const YamlChild* found = wanted(key, need, expected);
  if (found == nullptr || !is_text(*found->value.node, origin(key), expected)) {
    return false;
  }
  out = {found->value.node->text, origin(key)};
  return true;
}

bool YamlMap::text(std::string_view key, LocatedText& out, std::string_view meaning, Need need,
                   std::string_view expected) {
  describe(key, std::string(expected), out.value, meaning, need);
  return read_text(key, out, need, expected);
}

bool YamlMap::text(std::string_view key, std::string& out, std::string_view meaning, Need need,
                   std::string_view expected) {
  LocatedText found{out, {}};
  if (!text(key, found, meaning, need, expected)) {
    return false;
  }
  out = std::move(found.value);
  return true;
}

bool YamlMap::choice(std::string_view key, std::string& out,
                     std::initializer_list<std::string_view> words, std::string_view meaning,
                     Need need) {
  const std::string expected = listed(words);
  LocatedText found{out, {}};
  if (!text(key, found, meaning, need, expected)) {
    return false;
  }
  if (std::find(words.begin(), words.end(), found.value) == words.end()) {
    problem(key, "`" + printable(found.value) + "` is not allowed",
            did_you_mean(found.value, {words.begin(), words.end()}) + "write " + expected);
    return false;
  }
  out = std::move(found.value);
  return true;
}

bool YamlMap::flag(std::string_view key, bool& out, std::string_view meaning, Need need) {
  std::string word = out ? "true" : "false";
  if (!choice(key, word, {"true", "false"}, meaning, need)) {
    return false;
  }
  out = word == "true";
  return true;
}

template <class T>
bool YamlMap::bounded(std::string_view key, T& out, T min, T max, Need need,
                      const std::string& expected, std::optional<T> (*parse)(std::string_view)) {
  LocatedText found;
  if (!read_text(key, found, need, expected)) {
    return false;
  }
  const std::optional<T> value = parse(found.value);
  if (!value || *value < min || *value > max) {
    refuse(key, found.value, expected);
    return false;
  }
  out = *value;
  return true;
}

bool YamlMap::integer(std::string_view key, std::size_t& out, std::size_t min, std::size_t max,
                      std::string_view meaning, Need need) {
  const std::string expected = range("a whole number", std::to_string(min), std::to_string(max));
  describe(key, expected, std::to_string(out), meaning, need);
  return bounded(key, out, min, max, need, expected, &parse_integer);
}

bool YamlMap::duration(std::string_view key, milliseconds& out, milliseconds min, milliseconds max,
                       std::string_view meaning, Need need) {
  const std::string bounds = range("a duration", with_unit(min), with_unit(max));
  describe(key, bounds, with_unit(out), meaning, need);
  const std::string expected = bounds + ": a whole number and ms, s, m, h or d";
  return bounded(key, out, min, max, need, expected, &parse_duration);
}

bool YamlMap::size(std::string_view key, std::size_t& out, std::size_t min, std::size_t max,
                   std::string_view meaning, Need need) {
  const std::string bounds = range("a size", with_unit(min, kSizes), with_unit(max, kSizes));
  describe(key, bounds, with_unit(out, kSizes), meaning, need);
  const std::string expected = bounds + ": octets, or a whole number and KiB or MiB";
  return bounded(key, out, min, max, need, expected, &parse_size);
}

bool YamlMap::path(std::string_view key, std::filesystem::path& out, std::string_view meaning,
                   Need need) {
  describe(key, "a path", out.lexically_relative(directory()).string(), meaning, need);
  LocatedText found;
  if (!read_text(key, found, need, "a path, absolute or from the folder of this file")) {
    return false;
  }
  out = (source_.directory / found.value).lexically_normal();
  return true;
}

bool YamlMap::file(std::string_view key, FileRef& out, std::string_view meaning, Need need) {
  describe(key, "a file", "", meaning, need);
  LocatedText found;
  if (!read_text(key, found, need, kFileExpected)) {
    return false;
  }
  const std::filesystem::path path = (source_.directory / found.value).lexically_normal();
  const std::string reason = why_unusable(path);
  if (!reason.empty()) {
    problem(key, "`" + printable(found.value) + "` " + reason,
            near_name(found.value, path) + "write " + std::string(kFileExpected));
    return false;
  }
  out = {path, found.origin};
  return true;
}

}  // namespace sitegate
