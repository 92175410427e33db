#pragma once
// The only place, with query_tasks, that knows there are several kinds of source for a task.

#include <memory>
#include <vector>

#include "routing/find_anywhere.hpp"
#include "routing/local/task_store.hpp"
#include "routing/lookup.hpp"
#include "routing/merge_lists.hpp"
#include "routing/remote/remote_site.hpp"
#include "routing/site_directory.hpp"

namespace sitegate {

/// What one worker can ask.
struct TaskSources {
  std::unique_ptr<TaskStore> local;
  std::unique_ptr<SharedLookups> shared;            ///< for those of `remote`
  std::vector<std::unique_ptr<RemoteSite>> remote;  ///< by the index of a RemoteRoute
  std::unique_ptr<FindAnywhere> elsewhere;  ///< for an AnywhereRoute; asks those of `remote`
  std::unique_ptr<AllSites> everywhere;     ///< for lists of all sites; asks `local` and `remote`
};

/// The document from where the route leads. TaskNotFound for a task that is absent and for one
/// that is not this viewer's, in the same way; else what the source says.
Async<std::string> fetch_task(const Route& route, const Lookup& lookup, TaskSources& sources,
                              LookupTrace& trace);

}  // namespace sitegate
