#pragma once
// The two sides of a pairing: sites that we ask (`sites`) and sites that may ask us (`peers`).
// A part of load_settings.

#include "config/settings.hpp"
#include "config/yaml_reader.hpp"

namespace sitegate {

/// Fills `settings.sites` and `settings.peers` from the root mapping, sorted by name.
/// `settings.site` must have been read.
void read_sites(YamlMap& root, Settings& settings);
void read_peers(YamlMap& root, Settings& settings);

}  // namespace sitegate
