#pragma once
// A YAML text as a tree with places. The only file that knows yaml-cpp is yaml_tree.cpp; whoever
// reads a configuration uses config/yaml_reader.hpp.

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/problems.hpp"

namespace sitegate {

struct YamlNode;

/// A node as one place of the text refers to it: there itself, or by an alias.
struct YamlRef {
  const YamlNode* node = nullptr;
  int line = 0;    ///< from 1
  int column = 0;  ///< from 1, in octets
};

struct YamlChild {
  YamlRef key;  ///< without a node in a list
  YamlRef value;
};

enum class YamlKind : std::uint8_t { Null, Scalar, List, Map };

struct YamlNode {
  YamlKind kind = YamlKind::Null;
  std::string text;                 ///< of a scalar
  std::string tag;                  ///< explicit tag (`!!int`); nothing here uses any
  std::vector<YamlChild> children;  ///< in the order of the text; keys may repeat
};

/// Owns its nodes; a moved tree keeps them where they are.
struct YamlTree {
  std::deque<YamlNode> nodes;
  YamlRef root;
};

inline constexpr std::size_t kMaxYamlSize = 1024 * 1024;
inline constexpr std::size_t kMaxYamlDepth = 32;
inline constexpr std::size_t kMaxYamlNodes = 200'000;  ///< with what aliases repeat

/// One document of UTF-8 text. nullopt: a problem was added (syntax, bounds, no document or more
/// than one). `file` is only for the report.
std::optional<YamlTree> parse_yaml(std::string_view text, const std::string& file,
                                   Problems& problems);

}  // namespace sitegate
