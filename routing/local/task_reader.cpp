#include "routing/local/task_reader.hpp"

#include <boost/asio/post.hpp>

#include "routing/local/sqlite_database.hpp"

namespace sitegate::sqlite {
namespace {

// Hidden and absent are one case from here on: both are no row.
constexpr std::string_view kFindVisible =
    "SELECT document FROM tasks WHERE id = ?1 AND (?2 OR user = ?3)";

Result<bool> run(Statement& statement) {
  const ResetAtEnd reset_at_end(statement);
  return statement.step();
}

}  // namespace

TaskReader::TaskReader(WorkerExecutor worker, std::filesystem::path file, std::size_t max_row,
                       std::shared_ptr<GroupCommit> writer)
    : worker_(std::move(worker)),
      writer_(std::move(writer)),
      file_(std::move(file)),
      max_row_(max_row) {}

Result<std::optional<std::string>> TaskReader::find(const TaskId& id, const Viewer& viewer) {
  if (!open_) {
    SITEGATE_TRY(open_, open());
  }
  auto found = find_in_turn(id, viewer);
  if (!found)
    open_.reset();
  return found;
}

Result<std::optional<TaskReader::Open>> TaskReader::open() const {
  SITEGATE_TRY(auto connection, open_to_read(file_, max_row_));
  SITEGATE_TRY(auto begin, connection.prepare("BEGIN"));
  SITEGATE_TRY(auto find, connection.prepare(kFindVisible));
  SITEGATE_TRY(auto commit, connection.prepare("COMMIT"));
  // Another file under this name would say "absent" of what was acknowledged.
  if (auto same = writer_->still_there(); !same)
    return same.error();
  return Open{std::move(connection), std::move(begin), std::move(find), std::move(commit), {}};
}

Result<std::optional<std::string>> TaskReader::find_in_turn(const TaskId& id,
                                                            const Viewer& viewer) {
  if (auto begun = begin_turn(); !begun)
    return std::move(begun).error();
  auto& find = open_->find;
  const ResetAtEnd reset_at_end(find);
  find.bind(1, id.bytes()).bind(2, viewer.sees_everything() ? 1 : 0).bind(3, viewer.user);
  SITEGATE_TRY(const bool row, find.step());
  return row ? std::optional(std::string(find.text(0))) : std::nullopt;
}

Result<void> TaskReader::begin_turn() {
  const auto commits = writer_->commits();
  if (open_->as_of == commits)
    return {};
  if (open_->as_of) {
    SITEGATE_TRY([[maybe_unused]] const bool ended, run(open_->commit));
  }
  SITEGATE_TRY([[maybe_unused]] const bool begun, run(open_->begin));
  open_->as_of = commits;
  if (!std::exchange(end_is_due_, true))
    asio::post(worker_, [self = shared_from_this()] { self->end_turn(); });
  return {};
}

void TaskReader::end_turn() {
  end_is_due_ = false;
  if (!open_ || !std::exchange(open_->as_of, std::nullopt))
    return;
  if (const auto ended = run(open_->commit); !ended)  // nothing that was read is wrong for it
    open_.reset();
}

}  // namespace sitegate::sqlite
