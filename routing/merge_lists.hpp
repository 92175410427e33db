#pragma once
// A list of all sites (`site=*`, this project's own): every site is asked at the same time, in the
// viewer's name and with a time limit of its own, and what comes is one list in one order: the sort
// fields, then site, then id. A site that does not answer costs its part, and is named.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "routing/local/task_store.hpp"
#include "routing/lookup.hpp"
#include "routing/question_limit.hpp"
#include "routing/remote/remote_site.hpp"

namespace sitegate {

/// What became of one site's part.
struct SiteOutcome {
  std::string site;
  std::string_view outcome;  ///< ok, timedOut, notAuthenticated, unavailable, forbidden, failed
  std::int64_t count = 0;    ///< its own total
};

struct MergedPage {
  TaskPage page;
  std::vector<SiteOutcome> sites;  ///< the local one first, then by name
};

/// `offset` and `limit` together may be no more than this: each site is asked for so many.
inline constexpr std::size_t kMaxMerged = 1000;

/// The best tasks of several lists, and no more than are wanted. Pure.
class MergedTasks {
 public:
  MergedTasks(const std::vector<SortKey>& sort, std::size_t wanted)
      : sort_(sort), wanted_(wanted) {}

  /// Takes a site's tasks; what cannot be among the best is dropped at once. `site` outlives this.
  void add(std::string_view site, TaskPage page);

  /// The documents from `offset` on.
  std::vector<std::string> take(std::size_t offset) &&;

 private:
  struct Task {
    TaskKey key;
    std::string_view site;
    std::string document;
  };
  bool before(const Task& a, const Task& b) const;

  const std::vector<SortKey>& sort_;
  const std::size_t wanted_;
  std::vector<Task> tasks_;  // sorted
};

/// One per worker, used on that worker only. What it was made with outlives it; a question may
/// still run when its asker has gone, until the sites are closed.
class AllSites {
 public:
  AllSites(WorkerExecutor worker, const Settings& settings, QuestionLimit& callers,
           TaskStore& local, std::vector<RemoteSite*> sites);

  /// BadUserInput: too far into the list, or too much of it; TooManyRequests: over a limit on
  /// questions; SiteUnavailable: no site answered.
  Async<MergedPage> query(const ListQuestion& question, LookupTrace& trace);

 private:
  struct Question;
  class LaneEnd;

  Awaitable<> ask_one_by_one(std::shared_ptr<Question> question);
  Async<TaskPage> ask(std::size_t site, const ListQuestion& question);
  Result<MergedPage> result_of(Question& question, const TaskQuery& asked) const;
  const std::string& name_of(std::size_t site) const;

  WorkerExecutor worker_;
  const Settings& settings_;
  QuestionLimit& callers_;
  TaskStore& local_;
  const std::vector<RemoteSite*> sites_;
  std::size_t running_ = 0;  // questions
};

}  // namespace sitegate
