#pragma once
// One task out of the database, on a worker.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "auth/principal.hpp"
#include "contract/async.hpp"
#include "contract/task_id.hpp"
#include "routing/local/group_commit.hpp"

namespace sitegate::sqlite {

/// A worker's own connection. Opened with the first question and again after a failure, so that
/// what the failure came from (no descriptors left, a file that was moved and put back) heals.
///
/// The questions of one turn of the worker's loop share a transaction, because its locks cost two
/// system calls. None sees less than what was committed before it was asked: a commit of this
/// process begins a new one, and what another process (`import`) wrote is seen in the next turn.
class TaskReader : public std::enable_shared_from_this<TaskReader> {
 public:
  /// `max_row`: octets of the longest row that is read.
  TaskReader(WorkerExecutor worker, std::filesystem::path file, std::size_t max_row,
             std::shared_ptr<GroupCommit> writer);

  /// The document; nullopt: there is none that `viewer` may see. StoreUnavailable.
  Result<std::optional<std::string>> find(const TaskId& id, const Viewer& viewer);

 private:
  struct Open {
    Connection connection;
    Statement begin, find, commit;       // of connection
    std::optional<std::uint64_t> as_of;  // commits before the transaction that is open
  };

  Result<std::optional<Open>> open() const;
  Result<void> begin_turn();
  void end_turn();
  Result<std::optional<std::string>> find_in_turn(const TaskId& id, const Viewer& viewer);

  WorkerExecutor worker_;
  std::shared_ptr<GroupCommit> writer_;  // above open_: the writing connection closes last
  std::filesystem::path file_;
  std::size_t max_row_;
  std::optional<Open> open_;
  bool end_is_due_ = false;
};

}  // namespace sitegate::sqlite
