#pragma once
// How much of anything there may be (`limits`). A part of load_settings.

#include "config/settings.hpp"
#include "config/yaml_reader.hpp"

namespace sitegate {

void read_limits(YamlMap& root, LimitSettings& limits);

}  // namespace sitegate
