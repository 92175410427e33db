#pragma once
// The parameters of `GET /tasks` (CONTRACT rows 67 to 70), site apart.

#include <string_view>

#include "auth/principal.hpp"
#include "contract/result.hpp"
#include "contract/task_query.hpp"

namespace sitegate {

/// `query` is still encoded. A limit that is missing or above `max_limit` is 100, or `max_limit` if
/// that is less: what is asked for is never refused for its size. BadUserInput names parameter,
/// value and what is allowed; unknown parameters are ignored, as the real servers do.
Result<TaskQuery> parse_task_query(std::string_view query, std::size_t max_limit);

/// Forbidden when a filter is in it that only administrators may use (CONTRACT 0.2).
Result<void> check_filters(const TaskQuery& query, const Viewer& viewer);

}  // namespace sitegate
