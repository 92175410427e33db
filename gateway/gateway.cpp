#include "gateway/gateway.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "gateway/descriptors.hpp"
#include "gateway/listening.hpp"
#include "gateway/load_sessions.hpp"
#include "gateway/logs.hpp"
#include "gateway/state_lock.hpp"
#include "gateway/worker.hpp"
#include "routing/local/retention.hpp"
#include "routing/remote/site_link.hpp"

namespace sitegate {
namespace {

constexpr std::chrono::seconds kHousekeeping{1};
constexpr std::chrono::hours kHealthTaskLife{24};
// Each waits for the disk; those that wait at the same time share one commit.
constexpr std::size_t kSessionWriters = 8;

std::size_t worker_count(const Settings& settings) {
  if (settings.workers > 0)
    return settings.workers;
  return std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace

/// Declared in the order of use: what stands lower is destroyed first.
struct Gateway::State {
  State(Settings configuration, Materials loaded, GatewayParts test_parts)
      : settings(std::move(configuration)),
        materials(std::move(loaded)),
        parts(std::move(test_parts)),
        logs(settings.log),
        directory(settings),
        login_limiter(settings.limits.login_failures_per_user,
                      settings.limits.login_failures_per_address),
        extend_limits(settings.limits),
        searches(settings.routing),
        places(connections_that_fit(settings.limits.connections, raise_descriptor_limit(),
                                    reserved_descriptors(settings, worker_count(settings))),
               settings.limits.connections_per_address) {
    for (std::size_t i = 0; i < settings.sites.size(); ++i) {
      in_flight.push_back(std::make_shared<std::atomic<std::size_t>>(0));
      records.push_back(std::make_shared<SiteRecord>());
    }
  }

  Result<void> open_state();
  Result<void> open_listeners();
  Services make_services(WorkerIo& io, const WorkerExecutor& worker);
  TaskSources make_sources(WorkerIo& io, const WorkerExecutor& worker);
  std::optional<Delegation> delegation_at(std::size_t site) const;
  void keep_house(const std::stop_token& stop);
  void remove_health_tasks(SteadyTime now);

  const Settings settings;
  const Materials materials;
  const GatewayParts parts;
  Logs logs;
  const SiteDirectory directory;
  LoginLimiter login_limiter;
  ExtendLimits extend_limits;
  std::vector<std::shared_ptr<std::atomic<std::size_t>>> in_flight;  // by site
  SiteRecords records;
  Instance instance;
  HealthRuns health_runs;
  /// Of the housekeeping thread; not with the start, as for all old tasks.
  SteadyTime next_health_removal =
      std::chrono::steady_clock::now() + settings.store.retention.interval;
  SearchMemory searches;
  std::atomic<bool> ready{false};
  std::atomic<bool> stopping{false};
  ConnectionPlaces places;
  StateLock lock;
  StateLock database_lock;
  std::unique_ptr<SqliteStore> store;
  std::optional<Sealer> sealer;
  std::optional<Sessions> sessions;
  std::vector<std::pair<ListenerKind, ListeningSockets>> listeners;
  std::optional<BlockingPool> hashing;
  std::optional<BlockingPool> storing;
  std::vector<std::unique_ptr<Worker>> workers;
  std::vector<std::jthread> threads;
  std::jthread housekeeping;
};

Result<void> Gateway::State::open_state() {
  SITEGATE_TRY(lock, StateLock::take(settings.state_directory));
  SITEGATE_TRY(instance.id, instance_id_in(settings.state_directory));
  instance.certificates = own_certificates(settings, materials);
  SITEGATE_TRY(database_lock, StateLock::take_for(settings.store.sqlite));
  SITEGATE_TRY(store, SqliteStore::open(settings.store, settings.limits));
  if (store->is_new())
    logs.process(LogLevel::Info, "there was no task store, so an empty one was made: '" +
                                     settings.store.sqlite.string() + "'");
  SITEGATE_TRY(sealer, sealer_of(settings, materials));
  sessions.emplace(settings.sessions, store->sessions());
  return load_sessions(*sessions, settings, materials.users, *sealer);
}

Result<void> Gateway::State::open_listeners() {
  for (const auto& listener : settings.listeners) {
    SITEGATE_TRY(auto sockets, open_listener(listener, worker_count(settings)));
    listeners.emplace_back(listener.kind, std::move(sockets));
  }
  return {};
}

/// How we state who asks, where a site takes statements.
std::optional<Delegation> Gateway::State::delegation_at(std::size_t site) const {
  const auto& own = materials.sites[site];
  if (!own.signer)
    return std::nullopt;
  return Delegation(*own.signer, settings.site.name, settings.sites[site].remote_name,
                    own.certificate_thumbprint);
}

TaskSources Gateway::State::make_sources(WorkerIo& io, const WorkerExecutor& worker) {
  TaskSources sources;
  sources.local = store->for_worker(worker);
  if (parts.decorate_store_for_test)
    sources.local = parts.decorate_store_for_test(std::move(sources.local));
  sources.shared = std::make_unique<SharedLookups>(io, settings.routing);
  const auto lapsed = [this](const std::string& session, const Extension& extension) {
    sessions->shrink(session, extension.site, &extension.sealed);
  };
  for (std::size_t i = 0; i < settings.sites.size(); ++i) {
    const auto& site = settings.sites[i];
    const auto& own = materials.sites[i];
    sources.remote.push_back(std::make_unique<RemoteSite>(
        site, settings.site.name, settings.limits,
        make_site_link(io, site, settings.limits, own.context.get(), *records[i]),
        SiteIdentity(site.name, delegation_at(i), *sealer, lapsed), in_flight[i], records[i],
        sources.shared.get()));
  }
  std::vector<RemoteSite*> sites;
  for (const auto& site : sources.remote) sites.push_back(site.get());
  sources.everywhere =
      std::make_unique<AllSites>(worker, settings, searches.callers, *sources.local, sites);
  sources.elsewhere = std::make_unique<FindAnywhere>(worker, settings.routing, searches,
                                                     std::move(sites), directory.searched());
  return sources;
}

Services Gateway::State::make_services(WorkerIo& io, const WorkerExecutor& worker) {
  return Services{settings,
                  directory,
                  materials.users,
                  *sessions,
                  login_limiter,
                  extend_limits,
                  *hashing,
                  *storing,
                  ready,
                  worker,
                  StatementCache(materials.peers, settings.site.name),
                  make_sources(io, worker),
                  records,
                  instance,
                  health_runs};
}

/// Those of this gateway that are a day old, some at a time; also what a crash left running.
void Gateway::State::remove_health_tasks(SteadyTime now) {
  if (now < next_health_removal)
    return;
  const auto before = now_ms() - Milliseconds(kHealthTaskLife).count();
  const auto removed = store->remove_health_tasks(instance.id, before, Retention::kBatch);
  if (!removed)
    logs.process_rarely(LogLevel::Warning, "health tasks",
                        "old health tasks were not removed: " + removed.error().detail);
  if (!removed || *removed < Retention::kBatch)
    next_health_removal = now + settings.store.retention.interval;
}

/// Last uses of sessions reach the store; tasks that are too old leave it; what the log had to drop
/// is said.
void Gateway::State::keep_house(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock held(mutex);
  Retention retention(settings.store.retention, *store, std::chrono::steady_clock::now());
  while (!wake.wait_for(held, stop, kHousekeeping, [&] { return stop.stop_requested(); })) {
    try {
      if (const auto flushed = sessions->flush(now_ms()); !flushed)
        logs.process_rarely(LogLevel::Warning, "sessions",
                            "sessions were not stored: " + flushed.error().detail);
      if (auto due = sessions->due_for_life(now_ms()); !due.empty())
        workers.front()->keep_alive_at_sites(std::move(due));
      const auto removed = retention.step(now_ms(), std::chrono::steady_clock::now());
      if (!removed)
        logs.process_rarely(LogLevel::Warning, "retention",
                            "old tasks were not removed: " + removed.error().detail);
      else if (*removed > 0)
        logs.process(LogLevel::Info, "finished tasks removed, older than store.retention allows: " +
                                         std::to_string(*removed));
      remove_health_tasks(std::chrono::steady_clock::now());
      logs.report_dropped();
    } catch (const std::exception& thrown) {  // no memory: the next turn may have some
      logs.process_rarely(LogLevel::Severe, "housekeeping",
                          std::string("housekeeping failed: ") + thrown.what());
    }
  }
}

Gateway::Gateway(Settings settings, Materials materials, GatewayParts parts)
    : state_(std::make_unique<State>(std::move(settings), std::move(materials), std::move(parts))) {
}

Gateway::~Gateway() {
  stop();
  wait();
}

Result<void> Gateway::start() {
  auto& s = *state_;
  if (auto opened = s.open_state(); !opened)
    return opened.error();
  if (auto opened = s.open_listeners(); !opened)
    return opened.error();
  // argon2id takes one core for some 20 ms: one at a time per core that is ours (CONTRACT 0.5).
  s.hashing.emplace("logins", worker_count(s.settings), s.settings.limits.password_queue);
  s.storing.emplace("sessions", kSessionWriters, s.settings.limits.store_queue);
  const auto make_services = [&s](WorkerIo& io, const WorkerExecutor& worker) {
    return s.make_services(io, worker);
  };
  for (std::size_t i = 0; i < worker_count(s.settings); ++i) {
    auto& worker =
        s.workers.emplace_back(std::make_unique<Worker>(make_services, s.logs, s.places));
    for (std::size_t l = 0; l < s.listeners.size(); ++l) {
      auto& sockets = s.listeners[l].second;
      const Listening listening{s.settings.listeners[l], sockets.endpoint().protocol(),
                                sockets.hand_over(i), s.materials.listeners[l].get()};
      if (auto listens = worker->listen(listening); !listens)
        return listens.error();
    }
  }
  if (s.places.in_all() < s.settings.limits.connections)
    s.logs.process(LogLevel::Warning,
                   "limits.connections is " + std::to_string(s.settings.limits.connections) +
                       ", but the limit of open files leaves room for " +
                       std::to_string(s.places.in_all()) + "; raise it (ulimit -n)");
  for (const auto& [kind, sockets] : s.listeners)
    s.logs.process(LogLevel::Info, "listening for " + std::string(name_of(kind)) + " on " +
                                       sockets.endpoint().address().to_string() + ":" +
                                       std::to_string(sockets.endpoint().port()));
  s.ready = true;
  for (auto& worker : s.workers) s.threads.emplace_back([&worker] { worker->run(); });
  s.housekeeping = std::jthread([&s](const std::stop_token& stop) { s.keep_house(stop); });
  return {};
}

std::uint16_t Gateway::port(ListenerKind kind) const {
  for (const auto& [listens_for, sockets] : state_->listeners)
    if (listens_for == kind)
      return sockets.endpoint().port();
  return 0;
}

void Gateway::drain() {
  if (state_->ready.exchange(false))
    state_->logs.process(LogLevel::Info,
                         "draining: not ready, and every answer ends its connection");
}

void Gateway::stop() {
  if (state_->threads.empty() || state_->stopping.exchange(true))
    return;
  drain();
  state_->logs.process(LogLevel::Info, "stopping: what runs may finish");
  for (auto& worker : state_->workers) worker->finish();
}

void Gateway::wait() {
  auto& s = *state_;
  if (s.threads.empty())
    return;
  for (auto& thread : s.threads) thread.join();
  s.threads.clear();
  s.housekeeping = {};  // asks it to stop, and joins
  s.hashing.reset();    // what is queued still runs, and may still post to the workers
  s.storing.reset();
  if (const auto flushed = s.sessions->flush(now_ms(), Sessions::Uses::All); !flushed)
    s.logs.process(LogLevel::Warning, "sessions were not stored: " + flushed.error().detail);
  s.store->close();
  s.logs.process(LogLevel::Info, "stopped");
}

}  // namespace sitegate
