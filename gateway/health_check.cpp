#include "gateway/health_check.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sitegate {
namespace {

using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>, WorkerExecutor>;

constexpr int kStoreSeen = 50;  // percent

SteadyTime now() {
  return std::chrono::steady_clock::now();
}

std::int64_t later_than(std::int64_t time) {
  return std::max(now_ms(), time + 1);
}

/// A run ends for all who take part, also when it throws.
class Run {
 public:
  explicit Run(HealthRuns& runs) : runs_(runs) {}
  ~Run() {
    try {
      runs_.finish(std::move(found), now());
    } catch (const std::exception&) {  // no memory: who waits does so within a limit
    }
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  HealthRuns::Findings found;

 private:
  HealthRuns& runs_;
};

/// The sites of a run: some lanes, each asks one site after the other.
struct Round {
  Round(const HealthTask& asked_by, Services& worker)
      : task(asked_by), services(worker), wake(worker.worker, SteadyTime::max()) {
    // Nobody is well who was not heard.
    for (const auto& site : services.sources.remote)
      sites.push_back({site->name(), make_error(ErrorCode::GeneralServerFailure)});
    lanes = std::min(sites.size(), services.settings.routing.sites_per_question);
  }

  const HealthTask task;
  Services& services;
  std::vector<HealthFindings::Site> sites;
  std::size_t next = 0;
  std::size_t lanes = 0;  // that run
  Timer wake;
};

class LaneEnd {
 public:
  explicit LaneEnd(Round& round) : round_(round) {}
  ~LaneEnd() {
    if (--round_.lanes == 0)
      round_.wake.cancel();
  }
  LaneEnd(const LaneEnd&) = delete;
  LaneEnd& operator=(const LaneEnd&) = delete;

 private:
  Round& round_;
};

/// The error, or nullopt. A site that is asked in a caller's name is asked for a task that no site
/// has: TaskNotFound is the answer of one that is well.
Awaitable<std::optional<Error>> look_at(RemoteSite& site, const Lookup& lookup) {
  LookupTrace trace;
  if (!site.speaks_for(nullptr)) {
    const auto greeted = co_await site.greet(lookup.operation_id, lookup.deadline, trace);
    co_return greeted ? std::nullopt : std::optional(greeted.error());
  }
  const auto found = co_await site.lookup(lookup, trace);
  const bool well = found || found.error().code == ErrorCode::TaskNotFound;
  co_return well ? std::nullopt : std::optional(found.error());
}

Awaitable<> ask_one_by_one(std::shared_ptr<Round> round) {
  const LaneEnd lane_end(*round);
  while (round->next < round->sites.size()) {
    const auto at = round->next++;
    auto& site = *round->services.sources.remote[at];
    const Lookup lookup{.id = TaskId::parse(random_uuid()).value(),
                        .viewer = round->task.viewer,
                        .operation_id = round->task.operation_id,
                        .deadline = Deadline::after(site.time_budget())};
    round->sites[at].error = co_await look_at(site, lookup);
  }
}

Awaitable<std::vector<HealthFindings::Site>> ask_all_sites(const HealthTask& task,
                                                           Services& services) {
  const auto round = std::make_shared<Round>(task, services);
  const auto on_end = [](const std::exception_ptr& thrown) {
    if (thrown)  // a bug or exhausted memory: for the worker to log
      std::rethrow_exception(thrown);
  };
  for (auto lane = round->lanes; lane > 0; --lane)
    asio::co_spawn(services.worker, ask_one_by_one(round), on_end);
  if (round->lanes > 0)
    co_await round->wake.async_wait(asio::as_tuple(asio::use_awaitable_t<WorkerExecutor>{}));
  co_return std::move(round->sites);
}

/// Reads the task that was just written, and writes it once more. The error, or nullopt.
Awaitable<std::optional<Error>> look_at_store(HealthTask& task, Services& services) {
  auto& store = *services.sources.local;
  const auto deadline = Deadline::after(services.settings.limits.local_deadline);
  const auto read = co_await store.find(task.id, task.viewer, deadline);
  if (!read)
    co_return read.error();
  if (!*read)
    co_return make_error(ErrorCode::StoreUnavailable, {}, "what was written is not there");
  task.last_updated = later_than(task.last_updated);
  auto record = running_health(task, kStoreSeen, health_subject(services));
  const auto written = co_await store.put(std::move(record), deadline);
  if (!written)
    co_return written.error();
  co_return std::nullopt;
}

Awaitable<HealthRuns::Findings> look_at_everything(HealthTask& task, Services& services) {
  auto found = std::make_shared<HealthFindings>();
  found->store = co_await look_at_store(task, services);
  found->sites = co_await ask_all_sites(task, services);
  found->at = now_ms();
  co_return found;
}

/// No run takes longer.
Milliseconds longest_run(const Settings& settings) {
  Milliseconds slowest{0};
  for (const auto& site : settings.sites) slowest = std::max(slowest, site.total_timeout);
  const auto turns = settings.sites.size() / settings.routing.sites_per_question + 1;
  return 2 * settings.limits.local_deadline + static_cast<int>(turns) * slowest;
}

}  // namespace

HealthSubject health_subject(const Services& services) {
  HealthSubject subject{services.instance, services.settings.site.name,
                        services.settings.site.public_url, services.instance.certificates};
  for (std::size_t i = 0; i < services.site_records.size(); ++i)
    if (auto shown = services.site_records[i]->certificate())
      subject.certificates.push_back({"site", services.settings.sites[i].name, std::move(*shown)});
  return subject;
}

Awaitable<> finish_health_task(HealthTask task, Services& services) {
  auto& runs = services.health_runs;
  const auto awaited = std::make_shared<Handoff<HealthRuns::Findings>>(services.worker);
  if (runs.take_part(task.viewer.user, task.id, awaited, now())) {
    Run run(runs);
    run.found = co_await look_at_everything(task, services);
  }
  const auto found = co_await awaited->wait(Deadline::after(longest_run(services.settings)));
  task.last_updated = later_than(task.last_updated);
  const auto subject = health_subject(services);
  auto record = found && *found != nullptr
                    ? finished_health(task, **found, subject)
                    : failed_health(task, make_error(ErrorCode::GeneralServerFailure), subject);
  // When this fails the task stays as it is, and goes after a day like any other.
  const auto deadline = Deadline::after(services.settings.limits.local_deadline);
  static_cast<void>(co_await services.sources.local->put(std::move(record), deadline));
}

}  // namespace sitegate
