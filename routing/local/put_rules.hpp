#pragma once
// What a PUT does to a task that is there already: CONTRACT 0.5, row `PUT /tasks/{taskId}`. Pure;
// the same for every engine behind the port.

#include "contract/task.hpp"
#include "routing/local/task_store.hpp"

namespace sitegate {

/// Replaced or Unchanged; Conflict with the reason as a fragment for its message. Of `stored` only
/// user, site, state, start_time, last_updated and document are read.
Result<PutOutcome> decide_put(const TaskRecord& stored, const TaskRecord& sent);

}  // namespace sitegate
