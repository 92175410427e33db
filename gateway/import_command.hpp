#pragma once
// `sitegate import --config FILE [--skip-invalid] TASKS.ndjson`.

#include <filesystem>

#include "config/settings.hpp"

namespace sitegate {

/// Imports a file of NDJSON into the store of this site and says on standard output what became of
/// it. Bad lines, conflicts and failures are listed on standard error, progress too if that is a
/// terminal. Does not need the gateway to be stopped. Returns the exit code: 0 when every line that
/// was not to be skipped is in the store, else 1. With bad lines and without `skip_invalid`
/// nothing is written.
int import_command(const Settings& settings, const std::filesystem::path& ndjson,
                   bool skip_invalid);

}  // namespace sitegate
