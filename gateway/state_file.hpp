#pragma once
// Small texts that a gateway makes once and keeps in its state directory.

#include <filesystem>
#include <functional>
#include <string>

#include "contract/result.hpp"

namespace sitegate {

/// The text of `file`. Where it is not there yet, `make` makes it, and it is written whole or not
/// at all, for this user alone, and is there after a power cut. Fails, with a sentence for the
/// operator as `detail`, when the file cannot be read or made.
Result<std::string> read_or_make(const std::filesystem::path& file,
                                 const std::function<std::string()>& make);

/// What is wrong with such a file.
Error state_file_error(const std::filesystem::path& file, const std::string& why);

}  // namespace sitegate
