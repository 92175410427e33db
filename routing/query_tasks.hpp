#pragma once
// A list of tasks from one site, whichever kind of source that is.

#include "routing/fetch_task.hpp"

namespace sitegate {

/// A page from where the route leads, which is one site; else what the source says.
Async<TaskPage> query_tasks(const Route& route, const ListQuestion& question, TaskSources& sources,
                            LookupTrace& trace);

}  // namespace sitegate
