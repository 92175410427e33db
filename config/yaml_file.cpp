// Where a mapping comes from: a text, a file, or nothing at all when only its keys are asked for.

#include <fstream>

#include "config/nearest.hpp"
#include "config/readable_file.hpp"
#include "config/yaml_reader.hpp"
#include "config/yaml_tree.hpp"
#include "contract/error.hpp"

namespace sitegate {
namespace {

/// Where a key of this name is known, at whatever level: "did you mean `sessions.idle` or
/// `limits.idle`? ", or nothing.
std::string elsewhere(std::string_view key, const std::vector<KeyDescription>& all) {
  std::string paths;
  for (const KeyDescription& description : all) {
    const std::string& path = description.path;
    if (path.substr(path.rfind('.') + 1) == key) {
      paths += (paths.empty() ? "`" : " or `") + path + '`';
    }
  }
  return paths.empty() ? "" : "did you mean " + paths + "? ";
}

}  // namespace

/// What is near at hand is meant sooner than what has the right name somewhere else.
void YamlMap::report_unknown_keys(const Source& source, const Reader& read) {
  if (source.unknown.empty()) {
    return;
  }
  const std::vector<KeyDescription> all = describe_keys(read);
  for (const UnknownKey& unknown : source.unknown) {
    const std::string key = printable(unknown.name.value);
    std::string allowed;
    for (const std::string& known : unknown.allowed) {
      allowed += (allowed.empty() ? "" : ", ") + known;
    }
    std::string hint = did_you_mean(key, unknown.allowed);
    if (hint.empty()) {
      hint = elsewhere(key, all);
    }
    source.problems.add(unknown.name.origin, "unknown key", hint + "allowed here: " + allowed);
  }
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
  if (root.kind != YamlKind::Map || !root.tag.empty()) {
    problems.add({file, tree->root.line, tree->root.column, ""}, "the file is not a plain mapping",
                 "write lines of the form `key: value`");
    return false;
  }
  const std::filesystem::path base = std::filesystem::current_path() / directory;
  YamlMap::Source source{file, base, problems, nullptr};
  YamlMap::read(root, {file, tree->root.line, tree->root.column, ""}, source, read);
  YamlMap::report_unknown_keys(source, read);
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
