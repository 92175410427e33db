#pragma once
// A task that the local store does not have, and of which nobody said where it is: clients poll
// `/tasks/{id}` without `site`, whichever site made the task (CONTRACT 0.2 "Find anywhere").
//
// First the site where this viewer found it before; its answer counts, whatever it is, unless it
// says that there is no such task. Then all sites at once, each asked in this viewer's name: the
// first that has it wins, the others are cancelled. That no site has it is only said when every
// site said so. A hidden and an absent task are one case all the way: what differs is known to the
// site that keeps it, and to nobody here.

#include <memory>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "routing/location_memory.hpp"
#include "routing/lookup.hpp"
#include "routing/question_limit.hpp"
#include "routing/remote/remote_site.hpp"

namespace sitegate {

/// What the workers share. Outlives them.
struct SearchMemory {
  explicit SearchMemory(const RoutingSettings& settings)
      : locations(settings.remember_location), callers(settings.questions_per_caller) {}

  LocationMemory locations;
  QuestionLimit callers;
};

/// One per worker, used on that worker only. What it was made with outlives it; a question may
/// still run when its asker has gone, until the sites are closed.
class FindAnywhere {
 public:
  /// `sites`: all that this worker knows, by index; those of `searched` are asked.
  FindAnywhere(WorkerExecutor worker, const RoutingSettings& settings, SearchMemory& memory,
               std::vector<RemoteSite*> sites, std::vector<std::size_t> searched);

  /// The document. TaskNotFound: every site said so; SiteUnavailable: the sites in `args` were not
  /// heard; TooManyRequests: over a limit on questions; else what the remembered site said.
  Async<std::string> find(const Lookup& lookup, LookupTrace& trace);

 private:
  struct Question;
  class LaneEnd;

  Async<std::string> ask_all(const Lookup& lookup, LookupTrace& trace);
  Awaitable<> ask_one_by_one(std::shared_ptr<Question> question);

  WorkerExecutor worker_;
  const RoutingSettings& settings_;
  SearchMemory& memory_;
  const std::vector<RemoteSite*> sites_;
  const std::vector<std::size_t> searched_;
  std::size_t running_ = 0;  // questions
};

}  // namespace sitegate
