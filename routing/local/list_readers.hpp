#pragma once
// The threads that answer lists out of the SQLite store, each question on a connection of its own:
// a list may take long, and a worker must not wait (DESIGN section 4).

#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

#include "auth/principal.hpp"
#include "config/settings.hpp"
#include "contract/task_query.hpp"
#include "routing/blocking_pool.hpp"
#include "routing/local/group_commit.hpp"
#include "routing/local/sqlite.hpp"

namespace sitegate::sqlite {

/// Thread-safe.
class ListReaders {
 public:
  /// `max_row`: octets of a row that may be read.
  ListReaders(std::filesystem::path file, std::size_t max_row, std::shared_ptr<GroupCommit> writer,
              const LimitSettings& limits);

  /// On a worker. Overloaded: too many wait, or it took longer than `deadline`;
  /// StoreUnavailable; BadUserInput: a page of more than `limits.list_body` octets.
  Async<TaskPage> query(WorkerExecutor worker, TaskQuery query, Viewer viewer, Deadline deadline);

  /// Finishes what is queued; takes nothing more. May be called again.
  void close() { pool_.close(); }

 private:
  Result<TaskPage> answer(const TaskQuery& query, const Viewer& viewer, Deadline deadline);
  Result<Connection> take();
  void give_back(Connection connection);

  const std::filesystem::path file_;
  const std::size_t max_row_;
  const std::size_t max_octets_;
  const std::shared_ptr<GroupCommit> writer_;  // above free_: its connection closes last
  std::mutex mutex_;
  std::vector<Connection> free_;
  BlockingPool pool_;
};

}  // namespace sitegate::sqlite
