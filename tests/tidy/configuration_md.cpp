// Makes docs/CONFIGURATION.md from the functions that read the configuration and the users file:
// `configuration_md > docs/CONFIGURATION.md`. `configuration_md --check FILE` compares instead, and
// says how to bring the file up to date.

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "auth/users.hpp"
#include "config/load_settings.hpp"
#include "tests/tidy/generated_document.hpp"

namespace {

using sitegate::KeyDescription;
using Keys = std::vector<KeyDescription>;

bool is_below(const KeyDescription& key, const std::string& path) {
  return key.path.starts_with(path + '.') || key.path.starts_with(path + "[]");
}

std::string default_of(const KeyDescription& key) {
  if (!key.need.when.empty())
    return "required " + std::string(key.need.when);
  if (key.need.required)
    return "required";
  return key.default_value.empty() ? "" : '`' + key.default_value + '`';
}

std::string table_of(const Keys& keys) {
  std::string out = "| key | value | default | meaning |\n|---|---|---|---|\n";
  for (const KeyDescription& key : keys) {
    out += "| `" + key.path + "` | " + cell(key.value) + " | " + cell(default_of(key)) + " | " +
           cell(key.meaning) + " |\n";
  }
  return out;
}

/// The keys of the root, then a section for each that has keys below it.
std::string tables_of(const Keys& keys) {
  Keys root;
  std::string sections;
  for (const KeyDescription& key : keys) {
    if (key.path.find('.') != std::string::npos)
      continue;
    root.push_back(key);
    Keys below;
    std::copy_if(keys.begin(), keys.end(), std::back_inserter(below),
                 [&key](const KeyDescription& other) { return is_below(other, key.path); });
    if (!below.empty())
      sections += "\n### `" + key.path + "`\n\n" + key.meaning + "\n\n" + table_of(below);
  }
  return table_of(root) + sections;
}

std::string document() {
  return R"(# Configuration

`sitegate check --config FILE` reports every problem of a configuration at once, each with its place
and its cure; `sitegate serve` refuses to start with any.

- The files are YAML: one document, UTF-8, no tags; anchors and aliases work. A key that is not
  listed here, or that is written twice, is a problem.
- A *duration* is a whole number and `ms`, `s`, `m`, `h` or `d`: `30s`. A *size* is in octets, or a whole
  number and `KiB` or `MiB`: `16KiB`. Bounds belong to what is allowed.
- A *path* is absolute or starts from the folder of the file in which it stands. A *file* is a path to
  something that can be read and is not empty.
- NAME stands for a name of your choice, `[]` for each entry of a list. A key below an optional mapping
  is required only where that mapping is written.
- Secrets are never in the configuration, only paths to them.

Made by `configuration_md` from the functions that read the files; a test compares the two.

## The configuration file

)" + tables_of(sitegate::describe_settings()) +
         R"(
## The users file

)" + tables_of(sitegate::describe_users());
}

}  // namespace

int main(int argc, char** argv) {
  return print_or_compare(document(), argc, argv, "configuration_md", "docs/CONFIGURATION.md");
}
