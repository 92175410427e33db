#pragma once
// The two logs: one access line per request, and what the process has to say. Each goes through a
// bounded queue to a writing thread; a full queue costs lines and never blocks a worker,
// a reader who stops reading does not hang the process. What was dropped is counted and said.

#include <exception>
#include <memory>
#include <string>
#include <string_view>

#include "config/settings.hpp"
#include "contract/error.hpp"

namespace sitegate {

/// What is to be written of it.
std::string what_of(const std::exception_ptr& thrown);

/// Thread-safe. Lines must be free of line breaks and secrets: that is the caller's duty.
class Logs {
 public:
  /// Throws std::system_error when a file cannot be opened.
  explicit Logs(const LogSettings& settings);
  ~Logs();  ///< writes what is queued, as far as somebody reads it
  Logs(const Logs&) = delete;
  Logs& operator=(const Logs&) = delete;

  bool wants_access() const noexcept;
  void access(std::string_view line);
  void process(LogLevel level, std::string_view line);

  /// A process line about something that may happen on every request: of one `kind` at most one in
  /// ten seconds, with the number of those left out.
  void process_rarely(LogLevel level, const std::string& kind, const std::string& line);

  /// Says how many lines were dropped since the last call, if any.
  void report_dropped();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sitegate
