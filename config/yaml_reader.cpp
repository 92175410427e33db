#include "config/yaml_reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <limits>
#include <map>
#include <system_error>

#include "config/yaml_tree.hpp"
#include "contract/error.hpp"

namespace sitegate {
namespace {

using std::chrono::milliseconds;
using Kind = YamlNode::Kind;

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::Null:
      return "nothing";
    case Kind::Scalar:
      return "a single value";
    case Kind::List:
      return "a list";
    case Kind::Map:
      return "a mapping";
  }
  return "";
}

std::string joined(std::string_view path, std::string_view key) {
  std::string result(path);
  return result.empty() ? printable(key) : result + '.' + printable(key);
}

std::string indexed(std::string_view path, std::size_t index) {
  return std::string(path) + '[' + std::to_string(index) + ']';
}

/// `90s`, `24h`: in the largest unit that leaves no rest.
std::string to_text(milliseconds value) {
  struct Unit {
    std::int64_t factor;
    std::string_view name;
  };
  static constexpr Unit kUnits[] = {
      {86'400'000, "d"}, {3'600'000, "h"}, {60'000, "m"}, {1000, "s"}};
  for (const Unit& unit : kUnits) {
    if (value.count() >= unit.factor && value.count() % unit.factor == 0) {
      return std::to_string(value.count() / unit.factor).append(unit.name);
    }
  }
  return std::to_string(value.count()) + "ms";
}

std::string size_to_text(std::size_t octets) {
  if (octets >= 1024 * 1024 && octets % (1024 * 1024) == 0) {
    return std::to_string(octets / (1024 * 1024)) + "MiB";
  }
  if (octets >= 1024 && octets % 1024 == 0) {
    return std::to_string(octets / 1024) + "KiB";
  }
  return std::to_string(octets);
}

/// Why a file cannot be used; empty = it can. Opening never waits (a FIFO), never creates.
std::string why_unusable(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0) {
    return "cannot be opened: " + std::generic_category().message(errno);
  }
  struct stat status {};
  const int outcome = ::fstat(descriptor, &status);
  ::close(descriptor);
  if (outcome != 0 || !S_ISREG(status.st_mode)) {
    return "is not a regular file";
  }
  return status.st_size == 0 ? "is empty" : "";
}

}  // namespace

YamlMap::YamlMap(const YamlNode& node, Origin origin, Source& source)
    : node_(node), origin_(std::move(origin)), source_(source) {}

void YamlMap::read(const YamlNode& node, Origin origin, Source& source, const Reader& read) {
  YamlMap map(node, std::move(origin), source);
  map.report_repeated_keys();
  read(map);
  map.report_unknown_keys();
}

void YamlMap::report_repeated_keys() {
  std::map<std::string_view, int> first_lines;
  for (const YamlChild& child : node_.children) {
    const Origin place{source_.file, child.key.line, child.key.column, origin_.key_path};
    if (child.key.node->kind != Kind::Scalar || !child.key.node->tag.empty()) {
      source_.problems.add(place, "a key that is " + std::string(name_of(child.key.node->kind)),
                           "write a plain word before the colon");
      continue;
    }
    const auto [first, is_new] = first_lines.emplace(child.key.node->text, child.key.line);
    if (!is_new) {
      Origin repeated = place;
      repeated.key_path = joined(origin_.key_path, child.key.node->text);
      source_.problems.add(std::move(repeated),
                           "written twice, first in line " + std::to_string(first->second),
                           "keep one of them");
    }
  }
}

void YamlMap::report_unknown_keys() {
  std::string allowed;
  for (const std::string& key : known_) {
    allowed += (allowed.empty() ? "" : ", ") + key;
  }
  for (const YamlChild& child : node_.children) {
    const YamlNode& key = *child.key.node;
    if (key.kind == Kind::Scalar && !known_.contains(key.text)) {
      source_.problems.add(
          {source_.file, child.key.line, child.key.column, joined(origin_.key_path, key.text)},
          "unknown key", "allowed here: " + allowed);
    }
  }
}

const YamlChild* YamlMap::child(std::string_view key) const {
  for (const YamlChild& child : node_.children) {
    if (child.key.node->kind == Kind::Scalar && child.key.node->text == key) {
      return &child;
    }
  }
  return nullptr;
}

Origin YamlMap::origin_of(const YamlChild& child, std::string key_path) const {
  const bool at_value = child.key.node == nullptr || child.value.node->kind == Kind::Scalar;
  const YamlRef& place = at_value ? child.value : child.key;
  return {source_.file, place.line, place.column, std::move(key_path)};
}

Origin YamlMap::origin(std::string_view key) const {
  if (const YamlChild* found = child(key)) {
    return origin_of(*found, joined(origin_.key_path, key));
  }
  Origin place = origin_;
  place.key_path = joined(origin_.key_path, key);
  return place;
}

bool YamlMap::has(std::string_view key) const {
  return child(key) != nullptr;
}

void YamlMap::problem(std::string_view key, std::string what, std::string cure) {
  source_.problems.add(origin(key), std::move(what), std::move(cure));
}

Problems& YamlMap::problems() noexcept {
  return source_.problems;
}

const YamlChild* YamlMap::wanted(std::string_view key, Need need, std::string_view expected) {
  known_.emplace(key);
  const YamlChild* found = child(key);
  if (found == nullptr) {
    if (need == Need::Required) {
      problem(key, "is missing", "write " + std::string(expected));
    }
    return nullptr;
  }
  if (found->value.node->kind == Kind::Null) {
    problem(key, "has no value",
            "write " + std::string(expected) +
                (need == Need::Required ? "" : ", or leave the key out"));
    return nullptr;
  }
  return found;
}

bool YamlMap::is_text(const YamlNode& node, const Origin& origin, std::string_view expected) {
  const std::string cure = "write " + std::string(expected);
  if (!node.tag.empty()) {
    source_.problems.add(origin, "has the tag " + printable(node.tag), cure + " without a tag");
  } else if (node.kind != Kind::Scalar) {
    source_.problems.add(origin, "is " + std::string(name_of(node.kind)), cure);
  } else if (node.text.empty()) {
    source_.problems.add(origin, "is empty", cure);
  } else {
    return true;
  }
  return false;
}

void YamlMap::refuse(std::string_view key, std::string_view value, std::string_view expected) {
  problem(key, "`" + printable(value) + "` is not allowed", "write " + std::string(expected));
}

bool YamlMap::text(std::string_view key, LocatedText& out, Need need, std::string_view expected) {
  const YamlChild* found = wanted(key, need, expected);
  if (found == nullptr || !is_text(*found->value.node, origin(key), expected)) {
    return false;
  }
  out = {found->value.node->text, origin(key)};
  return true;
}

bool YamlMap::text(std::string_view key, std::string& out, Need need, std::string_view expected) {
  LocatedText found;
  if (!text(key, found, need, expected)) {
    return false;
  }
  out = std::move(found.value);
  return true;
}

bool YamlMap::choice(std::string_view key, std::string& out,
                     std::initializer_list<std::string_view> words, Need need) {
  std::string expected = words.size() == 1 ? "" : "one of ";
  for (const std::string_view& word : words) {
    expected.append(&word == words.begin() ? "" : ", ").append(word);
  }
  std::string found;
  if (!text(key, found, need, expected)) {
    return false;
  }
  if (std::find(words.begin(), words.end(), found) == words.end()) {
    refuse(key, found, expected);
    return false;
  }
  out = std::move(found);
  return true;
}

bool YamlMap::integer(std::string_view key, std::size_t& out, std::size_t min, std::size_t max,
                      Need need) {
  const std::string expected =
      "a whole number from " + std::to_string(min) + " to " + std::to_string(max);
  std::string found;
  if (!text(key, found, need, expected)) {
    return false;
  }
  const auto value = parse_integer(found);
  if (!value || *value < min || *value > max) {
    refuse(key, found, expected);
    return false;
  }
  out = *value;
  return true;
}

bool YamlMap::duration(std::string_view key, milliseconds& out, milliseconds min, milliseconds max,
                       Need need) {
  const std::string expected =
      "a whole number and one of ms, s, m, h, d, from " + to_text(min) + " to " + to_text(max);
  std::string found;
  if (!text(key, found, need, expected)) {
    return false;
  }
  const auto value = parse_duration(found);
  if (!value || *value < min || *value > max) {
    refuse(key, found, expected);
    return false;
  }
  out = *value;
  return true;
}

bool YamlMap::size(std::string_view key, std::size_t& out, std::size_t min, std::size_t max,
                   Need need) {
  const std::string expected = "a whole number of octets, KiB or MiB, from " + size_to_text(min) +
                               " to " + size_to_text(max);
  std::string found;
  if (!text(key, found, need, expected)) {
    return false;
  }
  const auto value = parse_size(found);
  if (!value || *value < min || *value > max) {
    refuse(key, found, expected);
    return false;
  }
  out = *value;
  return true;
}

bool YamlMap::path(std::string_view key, std::filesystem::path& out, Need need) {
  std::string found;
  if (!text(key, found, need, "a path, absolute or from the folder of this file")) {
    return false;
  }
  out = (source_.directory / found).lexically_normal();
  return true;
}

bool YamlMap::file(std::string_view key, FileRef& out, Need need) {
  constexpr std::string_view kExpected =
      "the path of a file, absolute or from the folder of this file";
  LocatedText found;
  if (!text(key, found, need, kExpected)) {
    return false;
  }
  const std::filesystem::path path = (source_.directory / found.value).lexically_normal();
  const std::string reason = why_unusable(path);
  if (!reason.empty()) {
    problem(key, "`" + printable(found.value) + "` " + reason, "write " + std::string(kExpected));
    return false;
  }
  out = {path, found.origin};
  return true;
}

const YamlNode* YamlMap::container(std::string_view key, Need need, bool is_list,
                                   std::string_view expected) {
  const YamlChild* found = wanted(key, need, expected);
  if (found == nullptr) {
    return nullptr;
  }
  const YamlNode& node = *found->value.node;
  if (!node.tag.empty()) {
    problem(key, "has the tag " + printable(node.tag), "write it without a tag");
    return nullptr;
  }
  if (node.kind != (is_list ? Kind::List : Kind::Map)) {
    problem(key, "is " + std::string(name_of(node.kind)), "write " + std::string(expected));
    return nullptr;
  }
  return &node;
}

bool YamlMap::map(std::string_view key, const Reader& reader, Need need) {
  const YamlNode* node = container(key, need, false, "a mapping");
  if (node == nullptr) {
    return false;
  }
  read(*node, origin(key), source_, reader);
  return true;
}

bool YamlMap::maps(std::string_view key, const NamedReader& reader, Need need) {
  const Reader read_names = [&reader](YamlMap& names) {
    for (const YamlChild& child : names.node_.children) {
      if (child.key.node->kind != Kind::Scalar || names.known_.contains(child.key.node->text)) {
        continue;  // reported with the keys
      }
      const std::string& name = child.key.node->text;
      const LocatedText located{name,
                                {names.source_.file, child.key.line, child.key.column,
                                 joined(names.origin_.key_path, name)}};
      names.map(name, [&](YamlMap& map) { reader(located, map); });
    }
  };
  return map(key, read_names, need);
}

bool YamlMap::list(std::string_view key, const Reader& reader, Need need) {
  const YamlNode* node = container(key, need, true, "a list of mappings");
  if (node == nullptr) {
    return false;
  }
  const std::string path = joined(origin_.key_path, key);
  for (std::size_t i = 0; i < node->children.size(); ++i) {
    const YamlChild& item = node->children[i];
    Origin place = origin_of(item, indexed(path, i));
    if (item.value.node->kind == Kind::Map && item.value.node->tag.empty()) {
      read(*item.value.node, std::move(place), source_, reader);
    } else {
      source_.problems.add(std::move(place), "is not a plain mapping", "write a mapping");
    }
  }
  return true;
}

bool YamlMap::texts(std::string_view key, std::vector<LocatedText>& out, Need need) {
  const YamlNode* node = container(key, need, true, "a list of texts");
  if (node == nullptr) {
    return false;
  }
  out.clear();
  const std::string path = joined(origin_.key_path, key);
  for (std::size_t i = 0; i < node->children.size(); ++i) {
    const YamlChild& item = node->children[i];
    Origin place = origin_of(item, indexed(path, i));
    if (is_text(*item.value.node, place, "a text")) {
      out.push_back({item.value.node->text, std::move(place)});
    }
  }
  return true;
}

bool YamlMap::pairs(std::string_view key, std::vector<LocatedPair>& out, Need need) {
  out.clear();
  const Reader read_pairs = [&out](YamlMap& names) {
    for (const YamlChild& child : names.node_.children) {
      if (child.key.node->kind != Kind::Scalar || names.known_.contains(child.key.node->text)) {
        continue;  // reported with the keys
      }
      const std::string& name = child.key.node->text;
      LocatedPair pair{{name,
                        {names.source_.file, child.key.line, child.key.column,
                         joined(names.origin_.key_path, name)}},
                       {}};
      if (names.text(name, pair.value)) {
        out.push_back(std::move(pair));
      }
    }
  };
  return map(key, read_pairs, need);
}

bool read_yaml_text(std::string_view text, const std::string& file,
                    const std::filesystem::path& directory, Problems& problems,
                    const YamlMap::Reader& read) {
  const std::size_t problems_before = problems.size();
  const auto tree = parse_yaml(text, file, problems);
  if (!tree) {
    return false;
  }
  const YamlNode& root = *tree->root.node;
  Origin origin{file, tree->root.line, tree->root.column, ""};
  if (root.kind == Kind::Null) {
    problems.add({file, 0, 0, ""}, "nothing is written here", "write a YAML mapping");
    return false;
  }
  if (root.kind != Kind::Map || !root.tag.empty()) {
    problems.add(std::move(origin), "the file is not a plain mapping", "write `key: value` lines");
    return false;
  }
  const std::filesystem::path base = std::filesystem::absolute(directory);
  YamlMap::Source source{file, base, problems};
  YamlMap::read(root, std::move(origin), source, read);
  return problems.size() == problems_before;
}

bool read_yaml_file(const std::filesystem::path& file, Problems& problems,
                    const YamlMap::Reader& read) {
  const std::string reason = why_unusable(file);
  if (!reason.empty()) {
    problems.add({file.string(), 0, 0, ""}, reason, "name a file that can be read");
    return false;
  }
  std::ifstream stream(file, std::ios::binary);
  std::string text(kMaxYamlSize + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad() || stream.gcount() == 0) {
    problems.add({file.string(), 0, 0, ""}, "cannot be read", "name a file that can be read");
    return false;
  }
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return read_yaml_text(text, file.string(), file.parent_path(), problems, read);
}

}  // namespace sitegate
