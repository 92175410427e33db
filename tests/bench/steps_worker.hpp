#pragma once
// One worker with all that it asks and no socket: the real stores, settings and services.

#include <boost/asio/co_spawn.hpp>

#include "auth/random.hpp"
#include "gateway/caller_side.hpp"
#include "routing/local/sqlite_store.hpp"
#include "tests/bench/steps.hpp"

namespace sitegate::bench {

inline constexpr std::size_t kTasks = 100'000;
inline constexpr std::size_t kUsers = 100;
inline constexpr std::size_t kSessionsOfUser = 100;

/// Sessions need not outlive a benchmark.
class NoSessionStore final : public SessionStore {
 public:
  Result<std::vector<StoredSession>> load() override { return std::vector<StoredSession>{}; }
  Result<void> insert(const StoredSession&) override { return {}; }
  Result<void> remove(const std::vector<std::string>&) override { return {}; }
  Result<void> write_extensions(const ExtensionsOfSessions&) override { return {}; }
  Result<void> touch(const std::vector<std::pair<std::string, std::int64_t>>&) override {
    return {};
  }
};

/// A site that answers at once, with the task.
class Echo final : public Link {
 public:
  Awaitable<LinkOutcome> exchange(const SiteRequest&, Deadline, LookupTrace& trace,
                                  Cancellation*) override {
    trace.received_status = answer_.status;
    co_return answer_;
  }
  void close() noexcept override {}

 private:
  const SiteAnswer answer_{200, {}, document_of(kTaskId, "site2")};
};

/// All that one worker has. `site1` with its store, and `site2` behind an Echo.
struct Worker {
  Worker() {
    auto stored = SqliteStore::open(settings.store, settings.limits);
    require(stored.has_value(), "no store");
    store = std::move(*stored);
    fill_store();
    for (std::size_t user = 0; user < kUsers; ++user)
      for (std::size_t i = 0; i < kSessionsOfUser; ++i)
        tokens.push_back(sessions.open(viewer_of(user), now_ms()).value().token);
    services.sources.local = store->for_worker(io.get_executor());
    Delegation delegation(*sites.signer, "site1", "site2", sites.certificate.thumbprint);
    services.sources.remote.push_back(std::make_unique<RemoteSite>(
        settings.sites[0], "site1", settings.limits, std::make_unique<Echo>(),
        SiteIdentity("site2", std::move(delegation), sealer, {}),
        std::make_shared<std::atomic<std::size_t>>(0), records[0]));
  }

  static Viewer viewer_of(std::size_t user) {
    return {"root" + std::to_string(user), "System", {"EVERYONE", "ADMINISTRATORS"}};
  }

  Settings make_settings() const {
    Settings made;
    made.site.name = "site1";
    made.store.sqlite = files.path() / "tasks.db";
    made.log.access = "/dev/null";
    RemoteSiteSettings site;
    site.name = site.remote_name = site.tls_name = "site2";
    made.sites = {site};
    return made;
  }

  void fill_store() {
    std::vector<TaskRecord> batch;
    for (std::size_t i = 0; i < kTasks; ++i) {
      const auto id = i == 0 ? std::string(kTaskId) : random_uuid();
      ids.push_back(*TaskId::parse(id));
      batch.push_back(check_task(document_of(id, "site1"), {.local_site = "site1"}).value());
      if (batch.size() == 25'000 || i + 1 == kTasks)
        require(store->put_batch(std::exchange(batch, {})).has_value(), "no tasks in the store");
    }
  }

  /// Runs a coroutine to its end.
  void run(Awaitable<> operation) {
    const auto on_end = [](const std::exception_ptr& thrown) {
      if (thrown)
        std::rethrow_exception(thrown);
    };
    asio::co_spawn(io.get_executor(), std::move(operation), on_end);
    io.restart();
    io.run();
  }

  ApiRequest request_of(std::string_view text) {
    auto head = parse_request_head(text).value();
    return side.make_request(head);
  }

  const test::TempDirectory files;
  const SignedSites sites;
  const Settings settings = make_settings();
  const SiteDirectory directory{settings};
  const Users users{{}};
  std::vector<TaskId> ids;
  std::vector<std::string> tokens;
  asio::io_context io;
  std::unique_ptr<SqliteStore> store;
  NoSessionStore session_store;
  Sessions sessions{settings.sessions, session_store};
  LoginLimiter limiter{10, 100};
  ExtendLimits extend_limits{settings.limits};
  BlockingPool hashing{"logins", 1, 1}, storing{"sessions", 1, 1};
  const std::atomic<bool> ready{true};
  const SiteRecords records{std::make_shared<SiteRecord>()};
  const Instance instance;
  HealthRuns health_runs;
  const Sealer sealer{{std::string(Sealer::kKeyOctets, 'k')}};
  Services services{settings,
                    directory,
                    users,
                    sessions,
                    limiter,
                    extend_limits,
                    hashing,
                    storing,
                    ready,
                    io.get_executor(),
                    StatementCache(*sites.peers, "site1"),
                    {},
                    records,
                    instance,
                    health_runs};
  Logs logs{settings.log};
  WorkerIo wire{io};
  Stream stream{wire, Socket(), std::nullopt};
  const Entrance entrance{.peer_address = "192.0.2.7", .place = {}};
  const std::optional<ClientCertificate> certificate;
  const CallerSide side{wire, services, logs, entrance, certificate, stream};
};

/// Made when the first benchmark needs it: a hundred thousand tasks take a while.
inline Worker& worker() {
  static Worker made;
  return made;
}

}  // namespace sitegate::bench
