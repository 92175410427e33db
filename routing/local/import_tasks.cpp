#include "routing/local/import_tasks.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "routing/local/line_reader.hpp"

namespace sitegate {
namespace {

constexpr std::size_t kBatchTasks = 1000;
constexpr std::size_t kBatchOctets = 16 * 1024 * 1024;
constexpr std::uint64_t kProgressLines = 1000;

Result<TaskRecord> task_of(const Line& line, const ImportRules& rules) {
  if (line.too_long)
    return make_error(ErrorCode::PayloadTooLarge, {std::to_string(rules.max_line)});
  return check_task(std::string(line.text), rules.task);
}

/// For an operator's eyes: shorter than the sentence a caller would get.
std::string reason_of(const Error& error) {
  if (error.code == ErrorCode::PayloadTooLarge)
    return "longer than " + error.args.at(0) + " octets";
  if (error.code == ErrorCode::BadRequest)
    return "not a JSON object: " + error.args.at(0);
  return "'" + error.args.at(0) + "' must be " + error.args.at(2) + ", but is '" +
         error.args.at(1) + "'";
}

/// Tasks on their way into the store, with the lines they come from.
class Batch {
 public:
  Batch(SqliteStore& store, const ImportEvents& events) : store_(store), events_(events) {}

  void add(std::uint64_t line, TaskRecord task) {
    octets_ += task.document.size();
    origins_.push_back({line, task.id});
    tasks_.push_back(std::move(task));
  }

  bool full() const noexcept { return tasks_.size() >= kBatchTasks || octets_ >= kBatchOctets; }

  Result<void> write(ImportReport& report) {
    if (tasks_.empty())
      return {};
    SITEGATE_TRY(const ImportBatch done, store_.put_batch(std::exchange(tasks_, {})));
    report.created += done.created;
    report.replaced += done.replaced;
    report.unchanged += done.unchanged;
    report.superseded += done.superseded;
    report.conflicts += done.conflicts.size();
    for (const auto& [index, reason] : done.conflicts)
      events_.conflict(origins_[index].line, origins_[index].id, reason);
    origins_.clear();
    octets_ = 0;
    return {};
  }

 private:
  struct TaskOrigin {
    std::uint64_t line;
    TaskId id;
  };
  SqliteStore& store_;
  const ImportEvents& events_;
  std::vector<TaskRecord> tasks_;
  std::vector<TaskOrigin> origins_;
  std::size_t octets_ = 0;
};

ImportProgress progress_of(const LineReader& reader, std::uint64_t lines, bool writing) {
  return {.writing = writing,
          .lines = lines,
          .octets = reader.octets_read(),
          .octets_in_all = reader.octets_in_all()};
}

}  // namespace

std::string to_string(const ImportProgress& progress, std::chrono::milliseconds elapsed) {
  const double seconds = static_cast<double>(elapsed.count()) / 1000;
  const double share =
      progress.octets_in_all == 0
          ? 1.0
          : static_cast<double>(progress.octets) / static_cast<double>(progress.octets_in_all);
  std::string text = fmt::format("{} {:.0f} %, {} lines", progress.writing ? "writing" : "checking",
                                 share * 100, progress.lines);
  if (seconds > 0 && share > 0)
    text += fmt::format(", {:.0f} lines/s, {:.0f} s left",
                        static_cast<double>(progress.lines) / seconds, seconds / share - seconds);
  return text;
}

Result<ImportCheck> check_import(const ImportRules& rules, const ImportEvents& events) {
  SITEGATE_TRY(LineReader reader, LineReader::open(rules.file, rules.max_line));
  ImportCheck check;
  for (Line line;;) {
    SITEGATE_TRY(const bool there, reader.next(line));
    if (!there)
      break;
    ++check.lines;
    if (const auto task = task_of(line, rules); !task) {
      ++check.bad_lines;
      events.bad_line(line.number, reason_of(task.error()));
    }
    if (check.lines % kProgressLines == 0)
      events.progress(progress_of(reader, check.lines, false));
  }
  events.progress(progress_of(reader, check.lines, false));
  return check;
}

Result<ImportReport> write_import(const ImportRules& rules, SqliteStore& store,
                                  const ImportEvents& events) {
  SITEGATE_TRY(LineReader reader, LineReader::open(rules.file, rules.max_line));
  ImportReport report;
  Batch batch(store, events);
  std::uint64_t lines = 0;
  for (Line line;;) {
    SITEGATE_TRY(const bool there, reader.next(line));
    if (!there)
      break;
    ++lines;
    auto task = task_of(line, rules);
    if (!task && !rules.skip_invalid)
      return make_error(ErrorCode::BadUserInput, {},
                        "'" + rules.file.string() + "' changed while it was read: line " +
                            std::to_string(line.number) + ": " + reason_of(task.error()));
    if (task)
      batch.add(line.number, *std::move(task));
    if (!batch.full())
      continue;
    if (auto written = batch.write(report); !written)
      return std::move(written).error();
    events.progress(progress_of(reader, lines, true));
  }
  if (auto written = batch.write(report); !written)
    return std::move(written).error();
  events.progress(progress_of(reader, lines, true));
  return report;
}

}  // namespace sitegate
