#pragma once
// A page of tasks out of the table (CONTRACT rows 66 to 71). Which index leads is decided here and
// not by SQLite's planner, so that no question of a tenant ever reads another one's rows.

#include "auth/principal.hpp"
#include "contract/task_query.hpp"
#include "routing/local/sqlite.hpp"

namespace sitegate::sqlite {

/// Page and total are of one moment. BadUserInput (`limit`) when the documents of the page would be
/// more than `max_octets` together. Takes as long as it takes: give the connection a time limit.
Result<TaskPage> query_tasks(Connection& connection, const TaskQuery& query, const Viewer& viewer,
                             std::size_t max_octets);

/// Names of all columns and indexes that such a question reads, for a test: SQLite's query plan.
Result<std::string> plan_of(Connection& connection, const TaskQuery& query, const Viewer& viewer);

}  // namespace sitegate::sqlite
