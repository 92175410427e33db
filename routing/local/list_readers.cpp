#include "routing/local/list_readers.hpp"

#include <optional>

#include "routing/local/sqlite_database.hpp"
#include "routing/local/sqlite_query.hpp"

namespace sitegate::sqlite {

ListReaders::ListReaders(std::filesystem::path file, std::size_t max_row,
                         std::shared_ptr<GroupCommit> writer, const LimitSettings& limits)
    : file_(std::move(file)),
      max_row_(max_row),
      max_octets_(limits.list_body),
      writer_(std::move(writer)),
      pool_("lists", limits.list_threads, limits.list_queue) {}

Async<TaskPage> ListReaders::query(WorkerExecutor worker, TaskQuery query, Viewer viewer,
                                   Deadline deadline) {
  std::function<Result<TaskPage>()> work = [this, query = std::move(query),
                                            viewer = std::move(viewer),
                                            deadline] { return answer(query, viewer, deadline); };
  co_return co_await pool_.run<TaskPage>(std::move(worker), std::move(work), deadline);
}

Result<TaskPage> ListReaders::answer(const TaskQuery& query, const Viewer& viewer,
                                     Deadline deadline) {
  SITEGATE_TRY(Connection connection, take());
  connection.interrupt_at(deadline.at);
  auto page = query_tasks(connection, query, viewer, max_octets_);
  // What a failure came from (a file that was moved and put back) heals with a fresh connection.
  if (page || page.error().code != ErrorCode::StoreUnavailable)
    give_back(std::move(connection));
  else if (deadline.passed())
    return make_error(ErrorCode::Overloaded, {"the list took too long; filter by time"});
  return page;
}

Result<Connection> ListReaders::take() {
  {
    const std::lock_guard lock(mutex_);
    if (!free_.empty()) {
      auto connection = std::move(free_.back());
      free_.pop_back();
      return connection;
    }
  }
  SITEGATE_TRY(auto connection, open_to_read(file_, max_row_));
  // Another file under this name would say "absent" of what was acknowledged.
  if (auto same = writer_->still_there(); !same)
    return std::move(same).error();
  return connection;
}

void ListReaders::give_back(Connection connection) {
  const std::lock_guard lock(mutex_);
  free_.push_back(std::move(connection));
}

}  // namespace sitegate::sqlite
