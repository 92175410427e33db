// Where a mapping comes from: a text, a file, or nothing at all when only its keys are asked for.

#include <fstream>

#include "config/readable_file.hpp"
#include "config/yaml_reader.hpp"
#include "config/yaml_tree.hpp"

namespace sitegate {

bool read_yaml_text(std::string_view text, const std::string& file,
                    const std::filesystem::path& directory, Problems& problems,
                    const YamlMap::Reader& read) {
  const std::size_t problems_before = problems.size();
  const auto tree = parse_yaml(text, file, problems);
  if (!tree) {
    return false;
  }
  const YamlNode& root = *tree->root.node;
  if (root.kind != YamlKind::Map || !root.tag.empty()) {
    problems.add({file, tree->root.line, tree->root.column, ""}, "the file is not a plain mapping",
                 "write lines of the form `key: value`");
    return false;
  }
  const std::filesystem::path base = std::filesystem::current_path() / directory;
  YamlMap::Source source{file, base, problems, nullptr};
  YamlMap::read(root, {file, tree->root.line, tree->root.column, ""}, source, read);
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
  std::string text(kMaxYamlSize + 1, '\0');  // one more than allowed: that is how we notice
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return read_yaml_text(text, file.string(), file.parent_path(), problems, read);
}

std::vector<KeyDescription> describe_keys(const YamlMap::Reader& read) {
  std::vector<KeyDescription> descriptions;
  const YamlNode nothing{YamlKind::Map, {}, {}, {}};
  const std::string file;
  const std::filesystem::path base = "/";
  Problems ignored;  // required keys that are missing
  YamlMap::Source source{file, base, ignored, &descriptions};
  YamlMap::read(nothing, {}, source, read);
  return descriptions;
}

}  // namespace sitegate
