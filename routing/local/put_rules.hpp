#pragma once
// What a write does to a task that is there already: CONTRACT 0.5, row `PUT /tasks/{taskId}`. Pure;
// the same for every engine behind the port.

#include "contract/task.hpp"
#include "routing/local/task_store.hpp"

namespace sitegate {

/// Replaced or Unchanged; Conflict with the reason as a fragment for its message. Of `stored` only
/// user, site, state, start_time, last_updated and document are read.
Result<PutOutcome> decide_put(const TaskRecord& stored, const TaskRecord& sent);

/// The same for a file that holds the history of tasks, and may be written a second time: an older
/// state of the same task is Superseded.
Result<PutOutcome> decide_import(const TaskRecord& stored, const TaskRecord& sent);

}  // namespace sitegate
