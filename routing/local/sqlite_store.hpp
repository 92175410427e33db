#pragma once
// The embedded task store of one node (DESIGN section 7): SQLite in WAL mode. Lookups by id run on
// the worker that asks, on a connection of its own; lists on a few threads beside the workers; all
// writes go through one thread that commits in groups. Several processes may use one file: `import`
// runs beside `serve`.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "auth/session_store.hpp"
#include "config/settings.hpp"
#include "routing/local/task_store.hpp"

namespace sitegate {

namespace sqlite {
class GroupCommit;
class ListReaders;
}  // namespace sqlite

/// What became of the tasks of one batch.
struct ImportBatch {
  struct Conflict {
    std::size_t index;   ///< in the batch
    std::string reason;  ///< a sentence fragment, as in the message of Conflict
  };
  std::size_t created = 0;
  std::size_t replaced = 0;
  std::size_t unchanged = 0;
  std::size_t superseded = 0;
  std::vector<Conflict> conflicts;
};

/// Thread-safe. Outlives nobody: close it before the io_contexts of the workers go, for an outcome
/// may be on its way to them.
class SqliteStore {
 public:
  /// Opens the file, creates it when missing, brings it up to date. Blocks. StoreUnavailable when
  /// it cannot be used; its `detail` is a sentence for the operator: what is wrong, what to do.
  static Result<std::unique_ptr<SqliteStore>> open(const StoreSettings& store,
                                                   const LimitSettings& limits);
  ~SqliteStore();
  SqliteStore(const SqliteStore&) = delete;
  SqliteStore& operator=(const SqliteStore&) = delete;

  /// The port of one worker, used on that worker only. May outlive the store: then every put
  /// fails with StoreUnavailable.
  std::unique_ptr<TaskStore> for_worker(WorkerExecutor worker);

  /// Sessions, in the same file. Lives as long as the store.
  SessionStore& sessions() noexcept { return *sessions_; }

  /// Writes the tasks in their order by `decide_import`, in one transaction; durable before it
  /// returns. Conflicts are reported and do not undo the others. Blocks; never on a worker.
  Result<ImportBatch> put_batch(std::vector<TaskRecord> tasks);

  /// Removes finished tasks that are older at `now_ms` than `kept` allows, at most `limit`, in one
  /// transaction; how many. Blocks; never on a worker.
  Result<std::size_t> remove_expired(const RetentionSettings& kept, std::int64_t now_ms,
                                     std::size_t limit);

  /// How many `remove_expired` would remove without a limit. Blocks; never on a worker.
  Result<std::size_t> count_expired(const RetentionSettings& kept, std::int64_t now_ms);

  /// Removes the health tasks of a gateway (workflowInfo: type `health`, resourceType `CLOUD`,
  /// resourceId its instance id) that began before that time, milliseconds since the epoch,
  /// whatever their state; at most `limit`, in one transaction; how many. Blocks; never on a
  /// worker.
  Result<std::size_t> remove_health_tasks(const std::string& instance, std::int64_t before,
                                          std::size_t limit);

  /// The database was missing or empty and has been made.
  bool is_new() const noexcept { return is_new_; }

  /// Refuses new writes, finishes those that wait. May be called again.
  void close();

 private:
  SqliteStore(std::filesystem::path file, bool is_new, const LimitSettings& limits,
              std::shared_ptr<sqlite::GroupCommit> writer);

  std::filesystem::path file_;
  bool is_new_;
  std::size_t max_row_;  // octets
  std::shared_ptr<sqlite::GroupCommit> writer_;
  std::shared_ptr<sqlite::ListReaders> lists_;
  std::unique_ptr<SessionStore> sessions_;
};

}  // namespace sitegate
