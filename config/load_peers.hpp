#pragma once
// The sites that may ask us (`peers`). A part of load_settings.

#include "config/settings.hpp"
#include "config/yaml_reader.hpp"

namespace sitegate {

/// Fills `settings.peers`, sorted by name. `settings.site` must have been read.
void read_peers(YamlMap& root, Settings& settings);

}  // namespace sitegate
