#include "routing/local/sqlite_store.hpp"

#include <algorithm>
#include <optional>

#include "contract/handoff.hpp"
#include "routing/local/group_commit.hpp"
#include "routing/local/list_readers.hpp"
#include "routing/local/sqlite_database.hpp"
#include "routing/local/task_reader.hpp"

namespace sitegate {
namespace {

using sqlite::GroupCommit;
using sqlite::Tables;

Error too_late() {
  return make_error(ErrorCode::StoreUnavailable, {}, "the write took too long");
}

class WorkerStore final : public TaskStore {
 public:
  WorkerStore(WorkerExecutor worker, std::shared_ptr<sqlite::TaskReader> reader,
              std::shared_ptr<sqlite::ListReaders> lists, std::shared_ptr<GroupCommit> writer)
      : worker_(std::move(worker)),
        writer_(std::move(writer)),
        lists_(std::move(lists)),
        reader_(std::move(reader)) {}

  Async<std::optional<std::string>> find(const TaskId& id, const Viewer& viewer,
                                         Deadline) override {
    co_return reader_->find(id, viewer);
  }

  Async<TaskPage> query(const TaskQuery& query, const Viewer& viewer, Deadline deadline) override {
    co_return co_await lists_->query(worker_, query, viewer, deadline);
  }

  Async<PutOutcome> put(TaskRecord task, Deadline deadline) override {
    const auto handoff = std::make_shared<Handoff<Result<PutOutcome>>>(worker_);
    GroupCommit::Work<PutOutcome> work = [task = std::move(task), deadline](Tables& tables) {
      if (deadline.passed())  // whoever hears first that it has
        return Result<PutOutcome>(too_late());
      return tables.put(task);
    };
    GroupCommit::Done<PutOutcome> done = [handoff](Result<PutOutcome> outcome) {
      handoff->complete(std::move(outcome));
    };
    if (auto queued = writer_->submit<PutOutcome>(std::move(work), std::move(done)); !queued)
      co_return std::move(queued).error();
    auto outcome = co_await handoff->wait(deadline);
    if (!outcome)
      co_return too_late();
    co_return *std::move(outcome);
  }

 private:
  WorkerExecutor worker_;
  // Closed after the readers: the last connection writes the journal into the database, and one
  // that only reads cannot.
  std::shared_ptr<GroupCommit> writer_;
  std::shared_ptr<sqlite::ListReaders> lists_;
  std::shared_ptr<sqlite::TaskReader> reader_;
};

class Sessions final : public SessionStore {
 public:
  explicit Sessions(std::shared_ptr<GroupCommit> writer) : writer_(std::move(writer)) {}

  Result<std::vector<StoredSession>> load() override {
    return writer_->run<std::vector<StoredSession>>(
        [](Tables& tables) { return tables.load_sessions(); });
  }

  Result<void> insert(const StoredSession& session) override {
    return writer_->run<void>([&](Tables& tables) { return tables.insert(session); });
  }

  Result<void> remove(const std::vector<std::string>& keys) override {
    return writer_->run<void>([&](Tables& tables) -> Result<void> {
      for (const auto& key : keys)
        if (auto done = tables.remove_session(key); !done)
          return done;
      return {};
    });
  }

  Result<void> write_extensions(const ExtensionsOfSessions& rows) override {
    return writer_->run<void>([&](Tables& tables) -> Result<void> {
      for (const auto& [key, extensions] : rows)
        if (auto done = tables.write_extensions(key, extensions); !done)
          return done;
      return {};
    });
  }

  Result<void> touch(const std::vector<std::pair<std::string, std::int64_t>>& uses) override {
    return writer_->run<void>([&](Tables& tables) -> Result<void> {
      for (const auto& [key, last_used] : uses)
        if (auto done = tables.touch_session(key, last_used); !done)
          return done;
      return {};
    });
  }

 private:
  std::shared_ptr<GroupCommit> writer_;
};

Result<ImportBatch> put_all(Tables& tables, const std::vector<TaskRecord>& tasks) {
  ImportBatch batch;
  for (std::size_t index = 0; index < tasks.size(); ++index) {
    const auto outcome = tables.put(tasks[index], decide_import);
    if (!outcome) {
      const Error error = outcome.error();
      if (error.code != ErrorCode::Conflict)
        return error;
      batch.conflicts.push_back({index, error.args.front()});
      continue;
    }
    batch.created += *outcome == PutOutcome::Created;
    batch.replaced += *outcome == PutOutcome::Replaced;
    batch.unchanged += *outcome == PutOutcome::Unchanged;
    batch.superseded += *outcome == PutOutcome::Superseded;
  }
  return batch;
}

/// A lower limits.body must not hide what was stored before; nothing larger than answer_body could
/// be handed to another site. The columns are copies of what is in the document.
std::size_t max_row(const LimitSettings& limits) {
  return 2 * std::max(limits.body, limits.answer_body) + 1024;
}

struct Expired {
  std::string_view state;
  std::int64_t before;  // milliseconds since the epoch
};

/// What is too old at `now_ms`, by state; states whose tasks are kept for ever are left out.
std::vector<Expired> expired_at(const RetentionSettings& kept, std::int64_t now_ms) {
  std::vector<Expired> expired;
  for (const auto& [state, time] :
       {std::pair{"SUCCEEDED", kept.succeeded}, {"FAILED", kept.failed}})
    if (time.count() > 0)
      expired.push_back({state, now_ms - time.count()});
  return expired;
}

}  // namespace

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const StoreSettings& store,
                                                       const LimitSettings& limits) {
  SITEGATE_TRY(auto opened, sqlite::open_to_write(store));
  auto writer = GroupCommit::start(std::move(opened.connection), limits.store_queue);
  if (!writer)
    return sqlite::unusable(store, writer.error());
  return std::unique_ptr<SqliteStore>(
      new SqliteStore(store.sqlite, opened.is_new, limits, *std::move(writer)));
}

SqliteStore::SqliteStore(std::filesystem::path file, bool is_new, const LimitSettings& limits,
                         std::shared_ptr<GroupCommit> writer)
    : file_(std::move(file)),
      is_new_(is_new),
      max_row_(max_row(limits)),
      writer_(std::move(writer)),
      lists_(std::make_shared<sqlite::ListReaders>(file_, max_row_, writer_, limits)),
      sessions_(std::make_unique<Sessions>(writer_)) {}

SqliteStore::~SqliteStore() {
  close();
}

std::unique_ptr<TaskStore> SqliteStore::for_worker(WorkerExecutor worker) {
  auto reader = std::make_shared<sqlite::TaskReader>(worker, file_, max_row_, writer_);
  return std::make_unique<WorkerStore>(std::move(worker), std::move(reader), lists_, writer_);
}

Result<ImportBatch> SqliteStore::put_batch(std::vector<TaskRecord> tasks) {
  return writer_->run<ImportBatch>([&](Tables& tables) { return put_all(tables, tasks); });
}

Result<std::size_t> SqliteStore::remove_expired(const RetentionSettings& kept, std::int64_t now_ms,
                                                std::size_t limit) {
  return writer_->run<std::size_t>([&](Tables& tables) -> Result<std::size_t> {
    std::size_t removed = 0;
    for (const auto& [state, before] : expired_at(kept, now_ms)) {
      SITEGATE_TRY(const auto more, tables.remove_finished(state, before, limit - removed));
      removed += more;
    }
    return removed;
  });
}

Result<std::size_t> SqliteStore::count_expired(const RetentionSettings& kept, std::int64_t now_ms) {
  return writer_->run<std::size_t>([&](Tables& tables) -> Result<std::size_t> {
    std::size_t count = 0;
    for (const auto& [state, before] : expired_at(kept, now_ms)) {
      SITEGATE_TRY(const auto more, tables.count_finished(state, before));
      count += more;
    }
    return count;
  });
}

Result<std::size_t> SqliteStore::remove_health_tasks(const std::string& instance,
                                                     std::int64_t before, std::size_t limit) {
  return writer_->run<std::size_t>(
      [&](Tables& tables) { return tables.remove_health(instance, before, limit); });
}

void SqliteStore::close() {
  lists_->close();
  writer_->close();
}

}  // namespace sitegate
