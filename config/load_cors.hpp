#pragma once

#include "config/yaml_reader.hpp"

namespace sitegate {

/// Reads `cors`. Problems go where the reader's go.
void read_cors(YamlMap& root, CorsSettings& cors);

}  // namespace sitegate
