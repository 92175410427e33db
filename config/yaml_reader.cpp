#include "config/yaml_reader.hpp"

#include <algorithm>

#include "config/yaml_tree.hpp"
#include "contract/error.hpp"

namespace sitegate {
namespace {

std::string_view in_words(YamlKind kind) {
  switch (kind) {
    case YamlKind::Null:
      return "nothing";
    case YamlKind::Scalar:
      return "a single value";
    case YamlKind::List:
      return "a list";
    case YamlKind::Map:
      return "a mapping";
  }
  return "";
}

std::string joined(std::string_view path, std::string_view key) {
  return std::string(path).append(path.empty() ? "" : ".").append(printable(key));
}

bool holds(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

std::string indexed(std::string_view path, std::size_t index) {
  return std::string(path) + '[' + std::to_string(index) + ']';
}

}  // namespace

YamlMap::YamlMap(const YamlNode& node, Origin origin, Source& source)
    : node_(node), origin_(std::move(origin)), source_(source) {}

void YamlMap::read(const YamlNode& node, Origin origin, Source& source, const Reader& read) {
  YamlMap map(node, std::move(origin), source);
  map.index_keys();
  read(map);
  map.collect_unknown_keys();
}

void YamlMap::index_keys() {
  for (const YamlChild& child : node_.children) {
    const YamlNode& key = *child.key.node;
    Origin place{source_.file, child.key.line, child.key.column, origin_.key_path};
    if (!has_kind(key, YamlKind::Scalar, place, "a word before the colon")) {
      continue;
    }
    const auto [first, is_new] = first_.emplace(key.text, &child);
    if (!is_new) {
      place.key_path = joined(origin_.key_path, key.text);
      source_.problems.add(
          std::move(place),
          "written twice, first in line " + std::to_string(first->second->key.line),
          "keep one of them");
    }
  }
}

void YamlMap::collect_unknown_keys() {
  if (any_key_) {
    return;
  }
  for (const auto& [key, child] : first_) {
    if (!holds(known_, key) && !holds(forbidden_, key)) {
      source_.unknown.push_back({name_of(*child), known_});
    }
  }
}

bool YamlMap::is_first(const YamlChild& child) const {
  const auto found = first_.find(child.key.node->text);
  return found != first_.end() && found->second == &child;
}

const YamlChild* YamlMap::child(std::string_view key) const {
  const auto found = first_.find(key);
  return found == first_.end() ? nullptr : found->second;
}

Origin YamlMap::origin_of(const YamlChild& child, std::string key_path) const {
  const bool at_value = child.key.node == nullptr || child.value.node->kind == YamlKind::Scalar;
  const YamlRef& place = at_value ? child.value : child.key;
  return {source_.file, place.line, place.column, std::move(key_path)};
}

LocatedText YamlMap::name_of(const YamlChild& child) const {
  const std::string& name = child.key.node->text;
  return {name, {source_.file, child.key.line, child.key.column, joined(origin_.key_path, name)}};
}

Origin YamlMap::origin(std::string_view key) const {
  std::string path = joined(origin_.key_path, key);
  if (const YamlChild* found = child(key)) {
    return origin_of(*found, std::move(path));
  }
  return {origin_.file, origin_.line, origin_.column, std::move(path)};
}

bool YamlMap::has(std::string_view key) const {
  return child(key) != nullptr;
}

void YamlMap::problem(std::string_view key, std::string what, std::string cure) {
  source_.problems.add(origin(key), std::move(what), std::move(cure));
}

void YamlMap::forbid(std::string_view key, std::string what, std::string cure) {
  forbidden_.emplace_back(key);
  if (has(key)) {
    problem(key, std::move(what), std::move(cure));
  }
}

Problems& YamlMap::problems() noexcept {
  return source_.problems;
}

const std::filesystem::path& YamlMap::directory() const noexcept {
  return source_.directory;
}

void YamlMap::describe(std::string_view key, std::string value, std::string default_value,
                       std::string_view meaning, Need need) {
  if (!holds(known_, key)) {
    known_.emplace_back(key);
  }
  if (describes_only()) {
    source_.descriptions->push_back({joined(origin_.key_path, key), std::move(value),
                                     std::move(default_value), need, std::string(meaning)});
  }
}

const YamlChild* YamlMap::wanted(std::string_view key, Need need, std::string_view expected) {
  const YamlChild* found = child(key);
  if (found == nullptr && need.required) {
    problem(key, "is missing", "write " + std::string(expected));
  }
  return found;
}

bool YamlMap::has_kind(const YamlNode& node, YamlKind kind, const Origin& origin,
                       std::string_view expected) {
  std::string cure = "write " + std::string(expected);
  if (node.kind == YamlKind::Null) {
    source_.problems.add(origin, "has no value", std::move(cure));
  } else if (node.kind != kind) {
    source_.problems.add(origin, "is " + std::string(in_words(node.kind)), std::move(cure));
  } else if (!node.tag.empty()) {
    source_.problems.add(origin, "has the tag " + printable(node.tag), "remove the tag");
  } else {
    return true;
  }
  return false;
}

bool YamlMap::read_map(std::string_view key, const Reader& reader, Need need,
                       std::string_view expected) {
  const YamlChild* found = wanted(key, need, expected);
  if (describes_only()) {
    read(node_, origin(key), source_, reader);
  }
  if (found == nullptr || !has_kind(*found->value.node, YamlKind::Map, origin(key), expected)) {
    return false;
  }
  read(*found->value.node, origin(key), source_, reader);
  return true;
}

bool YamlMap::map(std::string_view key, const Reader& reader, std::string_view meaning, Need need,
                  std::string_view expected) {
  describe(key, std::string(expected), "", meaning, need);
  return read_map(key, reader, need, expected);
}

bool YamlMap::maps(std::string_view key, const NamedReader& reader, std::string_view meaning,
                   Need need) {
  describe(key, "a mapping from names to mappings", "", meaning, need);
  const Reader read_all = [&reader](YamlMap& names) {
    names.any_key_ = true;
    const auto read_one = [&](const YamlNode& node, const LocatedText& name, Origin place) {
      const Reader read_named = [&](YamlMap& map) { reader(name, map); };
      read(node, std::move(place), names.source_, read_named);
    };
    if (names.describes_only()) {
      const LocatedText name{"NAME", names.origin("NAME")};
      read_one(names.node_, name, name.origin);
    }
    for (const YamlChild& child : names.node_.children) {
      if (!names.is_first(child)) {
        continue;  // already a problem
      }
      const LocatedText name = names.name_of(child);
      const Origin place = names.origin_of(child, name.origin.key_path);
      if (names.has_kind(*child.value.node, YamlKind::Map, place, "a mapping")) {
        read_one(*child.value.node, name, place);
      }
    }
  };
  return read_map(key, read_all, need, "a mapping");
}

bool YamlMap::pairs(std::string_view key, std::vector<LocatedPair>& out, std::string_view meaning,
                    Need need) {
  describe(key, "a mapping from texts to texts", "", meaning, need);
  const Reader read_all = [&out](YamlMap& names) {
    names.any_key_ = true;
    out.clear();
    for (const YamlChild& child : names.node_.children) {
      if (!names.is_first(child)) {
        continue;  // already a problem
      }
      LocatedText name = names.name_of(child);
      Origin place = names.origin_of(child, name.origin.key_path);
      if (names.is_text(*child.value.node, place, "a text")) {
        out.push_back({std::move(name), {child.value.node->text, std::move(place)}});
      }
    }
  };
  return read_map(key, read_all, need, "a mapping");
}

bool YamlMap::list(std::string_view key, const Reader& reader, std::string_view meaning,
                   Need need) {
  constexpr std::string_view kExpected = "a list of mappings";
  describe(key, std::string(kExpected), "", meaning, need);
  const YamlChild* found = wanted(key, need, kExpected);
  const Origin here = origin(key);
  if (describes_only()) {
    read(node_, origin(std::string(key) + "[]"), source_, reader);
  }
  if (found == nullptr || !has_kind(*found->value.node, YamlKind::List, here, kExpected)) {
    return false;
  }
  std::size_t index = 0;
  for (const YamlChild& item : found->value.node->children) {
    const Origin place = origin_of(item, indexed(here.key_path, index++));
    if (has_kind(*item.value.node, YamlKind::Map, place, "a mapping")) {
      read(*item.value.node, place, source_, reader);
    }
  }
  return true;
}

bool YamlMap::texts(std::string_view key, std::vector<LocatedText>& out, std::string_view meaning,
                    Need need) {
  constexpr std::string_view kExpected = "a list of texts";
  describe(key, std::string(kExpected), "", meaning, need);
  const YamlChild* found = wanted(key, need, kExpected);
  const Origin here = origin(key);
  if (found == nullptr || !has_kind(*found->value.node, YamlKind::List, here, kExpected)) {
    return false;
  }
  out.clear();
  std::size_t index = 0;
  for (const YamlChild& item : found->value.node->children) {
    Origin place = origin_of(item, indexed(here.key_path, index++));
    if (is_text(*item.value.node, place, "a text")) {
      out.push_back({item.value.node->text, std::move(place)});
    }
  }
  return true;
}

}  // namespace sitegate
