#pragma once
// The parameters that several operations share (CONTRACT 0.1 `taskId`, `site`).

#include <optional>
#include <string>
#include <string_view>

#include "contract/result.hpp"
#include "contract/task_id.hpp"

namespace sitegate {

/// BadUserInput unless `text` is a UUID.
Result<TaskId> parse_task_id(std::string_view text);

/// The one value of `site`; nullopt = absent. BadUserInput: given twice, empty, bad grammar, and
/// not `also` (which is no site's name). `query` is still encoded; unknown parameters are ignored,
/// as the real servers do.
Result<std::optional<std::string>> parse_site(std::string_view query, std::string_view also = {});

}  // namespace sitegate
