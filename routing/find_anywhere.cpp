#include "routing/find_anywhere.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <list>

namespace sitegate {
namespace {

using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>, WorkerExecutor>;

bool says_absent(const Result<std::string>& found) {
  return !found && found.error().code == ErrorCode::TaskNotFound;
}

}  // namespace

/// One question to all sites. Owned by the lanes that ask: it outlives its asker, so it holds
/// copies of all that a lookup needs.
struct FindAnywhere::Question {
  Question(const WorkerExecutor& worker, const Lookup& asked, std::vector<std::size_t> searched,
           QuestionLimit& callers, std::size_t& running_here)
      : viewer(asked.viewer),
        operation_id(asked.operation_id),
        lookup{.id = asked.id,
               .viewer = viewer,
               .operation_id = operation_id,
               .deadline = asked.deadline,
               .shows_queued = asked.shows_queued,
               .extensions = asked.extensions},
        sites(std::move(searched)),
        verdicts(sites.size()),
        wake(worker),
        place(std::in_place, callers, viewer.user),
        running(running_here) {
    ++running;
  }
  ~Question() { --running; }
  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;

  bool is_answered() const noexcept { return winner.has_value(); }
  bool is_over() const noexcept { return is_answered() || lanes == 0; }
  bool has_more() const noexcept {
    return next < sites.size() && !is_answered() && !lookup.deadline.passed();
  }

  const Viewer viewer;
  const std::string operation_id;
  const Lookup lookup;
  const std::vector<std::size_t> sites;

  struct Verdict {
    bool absent = false;
    int retry_after = 0;
    std::string detail{};
  };
  struct Winner {
    std::size_t site;
    std::string document;
    LookupTrace trace;
  };
  std::size_t next = 0;  // of sites, to be asked
  std::size_t lanes = 0;
  std::vector<Verdict> verdicts;  // by position in sites
  std::optional<Winner> winner;
  std::list<Cancellation> cancellations;      // of lookups under way
  Timer wake;                                 // of the asker: answered, or no lane is left
  std::optional<QuestionLimit::Place> place;  // of its caller, until it is answered
  std::size_t& running;
};

/// However a lane ends, by an exception too, its asker does not wait for it.
class FindAnywhere::LaneEnd {
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

FindAnywhere::FindAnywhere(WorkerExecutor worker, const RoutingSettings& settings,
                           SearchMemory& memory, std::vector<RemoteSite*> sites,
                           std::vector<std::size_t> searched)
    : worker_(std::move(worker)),
      settings_(settings),
      memory_(memory),
      sites_(std::move(sites)),
      searched_(std::move(searched)) {}

Async<std::string> FindAnywhere::find(const Lookup& lookup, LookupTrace& trace) {
  const auto now = std::chrono::steady_clock::now();
  const auto asker = lookup.asker_key();
  if (const auto site = memory_.locations.where(asker, lookup.id, now)) {
    auto there = trace;
    auto found = co_await sites_[*site]->lookup(lookup, there);
    if (!says_absent(found)) {
      if (found)
        memory_.locations.found(asker, lookup.id, *site, now);
      trace = std::move(there);
      co_return found;
    }
    memory_.locations.forget(asker, lookup.id);
  }
  co_return co_await ask_all(lookup, trace);
}

Async<std::string> FindAnywhere::ask_all(const Lookup& lookup, LookupTrace& trace) {
  if (running_ >= settings_.questions_per_worker)
    co_return too_many_questions("too many tasks are being looked for at all sites");
  auto asked = searched_;
  std::erase_if(
      asked, [&](std::size_t site) { return !sites_[site]->speaks_for(lookup.extensions.get()); });
  const auto question =
      std::make_shared<Question>(worker_, lookup, std::move(asked), memory_.callers, running_);
  if (!question->place->granted())
    co_return too_many_questions(
        "you have too many lookups without 'site' under way; name the site");

  const auto on_end = [](const std::exception_ptr& thrown) {
    if (thrown)  // a bug or exhausted memory: for the worker to log
      std::rethrow_exception(thrown);
  };
  question->lanes = std::min(question->sites.size(), settings_.sites_per_question);
  question->wake.expires_at(lookup.deadline.at);
  for (std::size_t lane = question->lanes; lane > 0; --lane)
    asio::co_spawn(worker_, ask_one_by_one(question), on_end);
  trace.phase = Phase::Answer;
  if (!question->is_over())
    co_await question->wake.async_wait(asio::as_tuple(asio::use_awaitable_t<WorkerExecutor>{}));

  trace.sites_asked = question->next;
  if (question->is_answered()) {
    auto& winner = *question->winner;
    winner.trace.store_us = trace.store_us;
    winner.trace.sites_asked = trace.sites_asked;
    trace = std::move(winner.trace);
    memory_.locations.found(lookup.asker_key(), lookup.id, winner.site,
                            std::chrono::steady_clock::now());
    co_return std::move(winner.document);
  }
  auto unheard = make_error(ErrorCode::SiteUnavailable);
  for (std::size_t i = 0; i < question->sites.size(); ++i) {
    const auto& verdict = question->verdicts[i];
    if (verdict.absent)
      continue;
    const auto& name = sites_[question->sites[i]]->name();
    unheard.args.push_back(name);
    unheard.retry_after = std::max(unheard.retry_after, verdict.retry_after);
    unheard.detail += name + ": " + (verdict.detail.empty() ? "no answer" : verdict.detail) + "; ";
  }
  if (!unheard.args.empty()) {
    trace.proxy_error = "destination_unavailable";
    co_return unheard;
  }
  co_return make_error(ErrorCode::TaskNotFound, {lookup.id.to_string()});
}

/// A lane: one site after the other, as long as there are some and nobody has the task. As many
/// lanes run as sites may be asked at the same time.
Awaitable<> FindAnywhere::ask_one_by_one(std::shared_ptr<Question> question) {
  auto& q = *question;
  const LaneEnd lane_end(q);
  while (q.has_more()) {
    const auto at = q.next++;
    const auto cancellation = q.cancellations.emplace(q.cancellations.end());
    auto lookup = q.lookup;
    lookup.cancellation = &*cancellation;
    LookupTrace trace;
    auto found = co_await sites_[q.sites[at]]->lookup(lookup, trace);
    q.cancellations.erase(cancellation);
    if (found) {
      if (q.is_answered())
        continue;
      q.winner = Question::Winner{q.sites[at], std::move(*found), std::move(trace)};
      for (auto& other : q.cancellations) other.cancel();
      q.place.reset();
      q.wake.cancel();
      continue;
    }
    const auto error = std::move(found).error();
    q.verdicts[at] = {error.code == ErrorCode::TaskNotFound, error.retry_after,
                      std::string(traits(error.code).name) + " " + error.detail};
  }
}

}  // namespace sitegate
