#include "routing/merge_lists.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "contract/task_key.hpp"

namespace sitegate {
namespace {

using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>, WorkerExecutor>;

std::string_view outcome_of(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::SiteTimeout:
      return "timedOut";
    case ErrorCode::RemoteAuthenticationFailure:
    case ErrorCode::ExtensionNeeded:
      return "notAuthenticated";
    case ErrorCode::SiteUnavailable:
    case ErrorCode::StoreUnavailable:
    case ErrorCode::Overloaded:
    case ErrorCode::ShuttingDown:
      return "unavailable";
    case ErrorCode::Forbidden:
      return "forbidden";
    default:
      return "failed";
  }
}

}  // namespace

bool MergedTasks::before(const Task& a, const Task& b) const {
  if (const int order = compare(sort_, a.key, b.key); order != 0)
    return order < 0;
  if (a.site != b.site)
    return a.site < b.site;
  return a.key.id < b.key.id;
}

void MergedTasks::add(std::string_view site, TaskPage page) {
  const auto sorted = tasks_.size();
  for (std::size_t i = 0; i < page.documents.size(); ++i) {
    auto& document = page.documents[i];
    auto key = page.keys.empty() ? task_key(sort_, document) : std::move(page.keys[i]);
    tasks_.push_back({std::move(key), site, std::move(document)});
  }
  const auto order = [this](const Task& a, const Task& b) { return before(a, b); };
  const auto middle = tasks_.begin() + static_cast<std::ptrdiff_t>(sorted);
  std::sort(middle, tasks_.end(), order);  // whatever order a site calls sorted
  std::inplace_merge(tasks_.begin(), middle, tasks_.end(), order);
  if (tasks_.size() > wanted_)
    tasks_.erase(tasks_.begin() + static_cast<std::ptrdiff_t>(wanted_), tasks_.end());
}

std::vector<std::string> MergedTasks::take(std::size_t offset) && {
  std::vector<std::string> documents;
  for (std::size_t i = offset; i < tasks_.size(); ++i)
    documents.push_back(std::move(tasks_[i].document));
  return documents;
}

/// Owned by the lanes that ask: it may outlive its asker, so it holds copies of all they need.
struct AllSites::Question {
  Question(const WorkerExecutor& worker, const ListQuestion& asked, std::size_t sites,
           QuestionLimit& callers, std::size_t& running_here)
      : query(asked.query),
        viewer(asked.viewer),
        operation_id(asked.operation_id),
        question{.query = query,
                 .viewer = viewer,
                 .operation_id = operation_id,
                 .deadline = asked.deadline,
                 .shows_queued = asked.shows_queued,
                 .extensions = asked.extensions},
        tasks(query.sort, asked.query.offset + asked.query.limit),
        outcomes(sites),
        wake(worker),
        place(callers, viewer.user),
        running(running_here) {
    query.limit = asked.query.offset + asked.query.limit;
    query.offset = 0;
    ++running;
  }
  ~Question() { --running; }
  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;

  TaskQuery query;
  const Viewer viewer;
  const std::string operation_id;
  const ListQuestion question;
  MergedTasks tasks;

  struct Outcome {
    std::string_view word = "timedOut";  // until it is known better
    std::int64_t count = 0;
    bool heard = false;
    int retry_after = 0;
    std::string detail{};
  };
  std::vector<Outcome> outcomes;  // 0: the local site
  std::size_t next = 0;           // to be asked
  std::size_t lanes = 0;
  Timer wake;  // of the asker: no lane is left
  const QuestionLimit::Place place;
  std::size_t& running;
};

/// However a lane ends, by an exception too, its asker does not wait for it.
class AllSites::LaneEnd {
 public:
  explicit LaneEnd(Question& question) : question_(question) {}
  ~LaneEnd() {
    if (--question_.lanes == 0)
      question_.wake.cancel();
  }
  LaneEnd(const LaneEnd&) = delete;
  LaneEnd& operator=(const LaneEnd&) = delete;

 private:
  Question& question_;
};

AllSites::AllSites(WorkerExecutor worker, const Settings& settings, QuestionLimit& callers,
                   TaskStore& local, std::vector<RemoteSite*> sites)
    : worker_(std::move(worker)),
      settings_(settings),
      callers_(callers),
      local_(local),
      sites_(std::move(sites)) {}

Async<MergedPage> AllSites::query(const ListQuestion& asked, LookupTrace& trace) {
  const auto& query = asked.query;
  if (query.offset + query.limit > kMaxMerged)
    co_return bad_user_input("offset", std::to_string(query.offset),
                             "so that offset and limit are at most 1000 together for all sites; "
                             "name a site, or filter by time, to see more");
  if (running_ >= settings_.routing.questions_per_worker)
    co_return too_many_questions("too many questions to all sites are under way");
  const auto question =
      std::make_shared<Question>(worker_, asked, sites_.size() + 1, callers_, running_);
  if (!question->place.granted())
    co_return too_many_questions(
        "you have too many questions to all sites under way; name the site");

  const auto on_end = [](const std::exception_ptr& thrown) {
    if (thrown)  // a bug or exhausted memory: for the worker to log
      std::rethrow_exception(thrown);
  };
  question->lanes = std::min(question->outcomes.size(), settings_.routing.sites_per_question);
  question->wake.expires_at(asked.deadline.at);
  for (std::size_t lane = question->lanes; lane > 0; --lane)
    asio::co_spawn(worker_, ask_one_by_one(question), on_end);
  trace.phase = Phase::Answer;
  // A lane runs at once up to its first wait: all may have ended here.
  if (question->lanes > 0)
    co_await question->wake.async_wait(asio::as_tuple(asio::use_awaitable_t<WorkerExecutor>{}));
  trace.sites_asked = question->next;
  co_return result_of(*question, query);
}

/// A lane: one site after the other. As many lanes run as sites may be asked at the same time.
Awaitable<> AllSites::ask_one_by_one(std::shared_ptr<Question> question) {
  auto& q = *question;
  const LaneEnd lane_end(q);
  while (q.next < q.outcomes.size() && !q.question.deadline.passed()) {
    const auto site = q.next++;
    auto page = co_await ask(site, q.question);
    auto& outcome = q.outcomes[site];
    if (!page) {
      const auto error = std::move(page).error();
      outcome.word = outcome_of(error.code);
      outcome.retry_after = error.retry_after;
      outcome.detail = std::string(traits(error.code).name) + " " + error.detail;
      continue;
    }
    outcome.word = "ok";
    outcome.heard = true;
    outcome.count = page->total;
    q.tasks.add(name_of(site), std::move(*page));
  }
}

Async<TaskPage> AllSites::ask(std::size_t site, const ListQuestion& question) {
  auto mine = question;
  const auto each = settings_.routing.each_site_time;
  if (site == 0) {
    mine.deadline = mine.deadline.sooner_of(Deadline::after(each));
    co_return co_await local_.query(mine.query, mine.viewer, mine.deadline);
  }
  auto& remote = *sites_[site - 1];
  mine.deadline = mine.deadline.sooner_of(Deadline::after(std::min(each, remote.time_budget())));
  LookupTrace unseen;
  co_return co_await remote.list(mine, unseen);
}

Result<MergedPage> AllSites::result_of(Question& question, const TaskQuery& asked) const {
  MergedPage merged;
  auto unheard = make_error(ErrorCode::SiteUnavailable);
  std::int64_t all = 0;
  for (std::size_t site = 0; site < question.outcomes.size(); ++site) {
    const auto& outcome = question.outcomes[site];
    merged.sites.push_back({name_of(site), outcome.word, outcome.count});
    all =
        std::min<std::int64_t>(all + std::min<std::int64_t>(outcome.count, kMaxMerged), kMaxMerged);
    if (outcome.heard)
      continue;
    unheard.args.push_back(name_of(site));
    unheard.retry_after = std::max(unheard.retry_after, outcome.retry_after);
    unheard.detail += name_of(site) + ": " + outcome.detail + "; ";
  }
  if (unheard.args.size() == question.outcomes.size())
    return unheard;
  merged.page.documents = std::move(question.tasks).take(asked.offset);
  merged.page.total = merged.page.documents.empty() ? static_cast<std::int64_t>(asked.offset) : all;
  std::size_t octets = 0;
  for (const auto& document : merged.page.documents) octets += document.size();
  if (octets > settings_.limits.list_body)
    return bad_user_input("limit", std::to_string(asked.limit),
                          "smaller here: these tasks are more than " +
                              std::to_string(settings_.limits.list_body) + " octets together");
  return merged;
}

const std::string& AllSites::name_of(std::size_t site) const {
  return site == 0 ? settings_.site.name : sites_[site - 1]->name();
}

}  // namespace sitegate
