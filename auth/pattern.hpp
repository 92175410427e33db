#pragma once

#include <string_view>

namespace sitegate {

/// Does `pattern` match the whole of `text`? `*` stands for any run of octets, the empty one too;
/// everything else stands for itself. Time is linear in both together, whatever they are: the text
/// comes from a stranger.
bool matches_pattern(std::string_view pattern, std::string_view text);

}  // namespace sitegate
