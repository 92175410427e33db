#pragma once
// Can a file that a configuration names be read?

#include <filesystem>
#include <string>

namespace sitegate {

/// Why `path` is of no use: not there, not readable, not a regular file, empty. Empty answer: it
/// can be read. Opening never waits (a FIFO) and never creates.
std::string why_unusable(const std::filesystem::path& path);

}  // namespace sitegate
