#pragma once
// The port to this site's tasks. Two engines stand behind it in the end; SQLite is the first.
// Visibility is decided here, by the `Viewer`: a task that is not the viewer's and a task that does
// not exist are one answer, so that every later step is the same code (CONTRACT 0.2).

#include <optional>
#include <string>

#include "auth/principal.hpp"
#include "contract/async.hpp"
#include "contract/deadline.hpp"
#include "contract/task.hpp"
#include "contract/task_id.hpp"
#include "contract/task_query.hpp"

namespace sitegate {

/// Superseded: a later state of the same task is stored, and stays. Only where history is written
/// (`import`); a PUT gets Conflict then.
enum class PutOutcome : std::uint8_t { Created, Replaced, Unchanged, Superseded };

/// One per worker; called on that worker only.
class TaskStore {
 public:
  virtual ~TaskStore() = default;

  /// The document, byte for byte as it was put; nullopt = absent or not this viewer's.
  /// Fails with StoreUnavailable.
  virtual Async<std::optional<std::string>> find(const TaskId& id, const Viewer& viewer,
                                                 Deadline deadline) = 0;

  /// A page of what this viewer may see. Fails with StoreUnavailable, Overloaded (queue full, or
  /// not done by the deadline), BadUserInput (the page would be larger than `limits.list_body`).
  virtual Async<TaskPage> query(const TaskQuery& query, const Viewer& viewer,
                                Deadline deadline) = 0;

  /// Writes a task by the rules of CONTRACT 0.5; durable before it returns.
  /// Fails with Conflict, StoreUnavailable, Overloaded (queue full). When the deadline passes
  /// first: StoreUnavailable, and the write may still take place (PUT may be repeated safely).
  virtual Async<PutOutcome> put(TaskRecord task, Deadline deadline) = 0;
};

}  // namespace sitegate
