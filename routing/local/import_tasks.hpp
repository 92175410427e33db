#pragma once
// Tasks from a file of NDJSON into the store: one task document a line, checked and written by the
// rules of PUT. The file is read twice: the first pass checks every line and writes nothing, the
// second writes. Because the rules are those of PUT it may run beside a serving gateway, be
// interrupted and be run again: what is there already is unchanged, and where a later state of a
// task is there, the older one is passed over.
//
// Memory is bounded by a batch, not by the file. Blank lines and CRLF are tolerated.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "contract/task.hpp"
#include "routing/local/sqlite_store.hpp"

namespace sitegate {

struct ImportRules {
  std::filesystem::path file;
  TaskRules task;
  std::size_t max_line = 1048576;  ///< octets, `limits.body`
  bool skip_invalid = false;
};

struct ImportProgress {
  bool writing = false;  ///< second pass
  std::uint64_t lines = 0;
  std::uint64_t octets = 0;         ///< of the file, in this pass
  std::uint64_t octets_in_all = 0;  ///< of the file
};

/// `writing 45 %, 12345 lines, 8230 lines/s, 2 s left`; `elapsed` since the pass began.
std::string to_string(const ImportProgress& progress, std::chrono::milliseconds elapsed);

/// What the caller wants to hear; all must be set. `progress` comes every thousand lines or so.
struct ImportEvents {
  std::function<void(std::uint64_t line, const std::string& reason)> bad_line;
  std::function<void(std::uint64_t line, const TaskId& id, const std::string& reason)> conflict;
  std::function<void(const ImportProgress&)> progress;
};

struct ImportCheck {
  std::uint64_t lines = 0;
  std::uint64_t bad_lines = 0;
};

struct ImportReport {
  std::uint64_t created = 0;
  std::uint64_t replaced = 0;
  std::uint64_t unchanged = 0;
  std::uint64_t superseded = 0;
  std::uint64_t conflicts = 0;
};

/// The first pass: reports every line that PUT would not take. Fails when the file cannot be read
/// (`detail` says why).
Result<ImportCheck> check_import(const ImportRules& rules, const ImportEvents& events);

/// The second pass: batches of 1,000 tasks (fewer when they are large), each one transaction. Lines
/// that PUT would not take are passed over with `skip_invalid`; without, they end the import, for
/// the file has changed since it was checked. Fails when file or store cannot be used; what was
/// written before stays.
Result<ImportReport> write_import(const ImportRules& rules, SqliteStore& store,
                                  const ImportEvents& events);

}  // namespace sitegate
