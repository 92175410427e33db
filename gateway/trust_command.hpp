#pragma once
// `sitegate trust show --config FILE`: what another site enters to pair with this one.

#include <optional>
#include <string>

#include "config/problems.hpp"
#include "config/settings.hpp"

namespace sitegate {

/// YAML for the other site's configuration: an entry of `sites` (how it asks us), one of `peers`
/// (how it believes us), comments on what is left to decide. Where we do not listen for peers, or
/// speak to nobody, a comment says what to add. Nothing in it is secret. nullopt: a problem was
/// added.
std::optional<std::string> describe_trust(const Settings& settings, Problems& problems);

}  // namespace sitegate
