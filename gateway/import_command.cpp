#include "gateway/import_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

#include "routing/local/import_tasks.hpp"
#include "routing/local/sqlite_store.hpp"

namespace sitegate {
namespace {

/// Standard error: lines that stay, and on a terminal one that is written over and over.
class Console {
 public:
  void say(std::string_view line) {
    clear();
    fmt::print(stderr, "{}\n", line);
  }

  void show(const ImportProgress& progress) {
    if (!terminal_)
      return;
    const auto now = Clock::now();
    if (progress.writing != writing_) {
      writing_ = progress.writing;
      began_ = now;
    }
    const bool last = progress.octets == progress.octets_in_all;
    if (!last && now - shown_ < kInterval)
      return;
    shown_ = now;
    const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(now - began_);
    fmt::print(stderr, "{}{}", kEraseLine, to_string(progress, elapsed));
    std::fflush(stderr);
  }

  void clear() {
    if (terminal_)
      fmt::print(stderr, "{}", kEraseLine);
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds kInterval{200};
  static constexpr std::string_view kEraseLine = "\r\x1b[K";

  bool terminal_ = ::isatty(STDERR_FILENO) == 1;
  bool writing_ = false;
  Clock::time_point began_ = Clock::now();
  Clock::time_point shown_{};
};

ImportEvents events_for(Console& console) {
  return {
      .bad_line =
          [&](std::uint64_t line, const std::string& reason) {
            console.say(fmt::format("line {}: {}", line, reason));
          },
      .conflict =
          [&](std::uint64_t line, const TaskId& id, const std::string& reason) {
            console.say(
                fmt::format("line {}: task {} not changed: {}", line, id.to_string(), reason));
          },
      .progress = [&](const ImportProgress& progress) { console.show(progress); },
  };
}

/// Old tasks are imported like all others, and then go the way of all old tasks: that is said.
void say_what_goes(const Settings& settings, SqliteStore& store, Console& console) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  const auto expired = store.count_expired(settings.store.retention, now_ms);
  if (expired && *expired > 0)
    console.say(
        fmt::format("tasks in the store that finished longer ago than store.retention allows: {}; "
                    "the gateway removes them when it looks next. To keep them, write a longer "
                    "time there, or 0",
                    *expired));
}

std::string words_of(const Error& error) {
  return error.detail.empty() ? message_of(error) : error.detail;
}

/// Runs the second pass; the exit code.
int write(const Settings& settings, const ImportRules& rules, std::uint64_t bad_lines,
          Console& console) {
  const auto store = SqliteStore::open(settings.store, settings.limits);
  if (!store) {
    console.say(words_of(store.error()));
    return 1;
  }
  if ((*store)->is_new())
    console.say("there was no task store, so an empty one was made: '" +
                settings.store.sqlite.string() + "'");
  const auto report = write_import(rules, **store, events_for(console));
  if (!report) {
    console.say(words_of(report.error()));
    console.say("what was written before that stays; run the import again");
    return 1;
  }
  console.clear();
  fmt::print(
      "{}: {} created, {} replaced, {} unchanged, {} superseded by a later state, {} in conflict, "
      "{} skipped as invalid\n",
      rules.file.string(), report->created, report->replaced, report->unchanged, report->superseded,
      report->conflicts, bad_lines);
  say_what_goes(settings, **store, console);
  return report->conflicts == 0 ? 0 : 1;
}

}  // namespace

int import_command(const Settings& settings, const std::filesystem::path& ndjson,
                   bool skip_invalid) {
  Console console;
  const ImportRules rules{.file = ndjson,
                          .task = {.local_site = settings.site.name, .json = settings.limits.json},
                          .max_line = settings.limits.body,
                          .skip_invalid = skip_invalid};
  const auto check = check_import(rules, events_for(console));
  if (!check) {
    console.say(words_of(check.error()));
    return 1;
  }
  if (check->bad_lines > 0 && !skip_invalid) {
    console.say(
        fmt::format("{}: {} of {} lines cannot be imported, so nothing was written; correct "
                    "them, or leave them out with --skip-invalid",
                    ndjson.string(), check->bad_lines, check->lines));
    return 1;
  }
  return write(settings, rules, check->bad_lines, console);
}

}  // namespace sitegate
