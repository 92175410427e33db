#pragma once
// The doors of a gateway (`listeners`). A part of load_settings.

#include <vector>

#include "config/settings.hpp"
#include "config/yaml_reader.hpp"

namespace sitegate {

/// True: all of them were understood, so that none is missed when one is looked for.
bool read_listeners(YamlMap& root, std::vector<ListenerSettings>& listeners);

}  // namespace sitegate
