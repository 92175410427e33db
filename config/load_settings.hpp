#pragma once
// From a YAML file to `Settings`. Everything that is wrong is said at once: reading never stops at
// the first problem. Loading opens the files that the configuration names to see that they can be
// read, and looks at nothing inside them: keys, certificates and users are checked by whoever loads
// them, with the `origin` of the `FileRef`.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/problems.hpp"
#include "config/settings.hpp"
#include "config/yaml_reader.hpp"

namespace sitegate {

/// What could be read of it; `problems` say what could not. For those who go on to look into the
/// files that it names, so that all that is wrong is said at once.
Settings read_settings(const std::filesystem::path& file, Problems& problems);

/// nullopt: problems were added. Relative paths start from the folder of `file`.
std::optional<Settings> load_settings(const std::filesystem::path& file, Problems& problems);

/// The same for a text in memory; `file` names it in reports.
std::optional<Settings> load_settings_from_text(std::string_view text,
                                                const std::filesystem::path& base_directory,
                                                Problems& problems,
                                                const std::string& file = "sitegate.yaml");

/// Every key of the configuration, from the functions that read it.
std::vector<KeyDescription> describe_settings();

}  // namespace sitegate
