#pragma once
// Lines that many threads have to say, written to one descriptor by a thread of its own.
//
// A line costs who has it one copy. The writer gathers for a moment and writes all of it at once:
// at thousands of lines a second a wake-up, a poll(2) and a write(2) for each would cost as much as
// the rest of a local answer. Who reads slowly, or not at all, costs lines and holds up nobody.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace sitegate {

class LineWriter {
 public:
  /// How long lines are gathered: nothing waits longer to be written while somebody reads.
  static constexpr std::chrono::milliseconds kGather{20};
  /// A reader who takes nothing for so long is not waited for any more.
  static constexpr std::chrono::milliseconds kPatience{1000};

  /// `descriptor` is closed at the end if it is `owned`. At most `most` lines wait.
  LineWriter(int descriptor, bool owned, std::size_t most);
  ~LineWriter();  ///< writes what waits, as far as somebody reads it
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  /// From any thread; never waits for the reader. `line` has no line end.
  void add(std::string_view line);

  /// Lines left out so far, because too many waited or nobody read them. From any thread.
  std::size_t left_out() const noexcept { return left_out_.load(std::memory_order_relaxed); }

 private:
  void run();
  void write(std::string_view text);
  bool writable() noexcept;

  const int descriptor_;
  const bool owned_;
  const bool is_file_;  // always takes what it is given
  const std::size_t most_;
  std::mutex mutex_;
  std::condition_variable more_;
  std::string waiting_;
  std::size_t lines_ = 0;  // of `waiting_`
  bool ending_ = false;
  std::string cut_;       // the rest of a line whose begin was taken
  bool stalled_ = false;  // the writer's own
  std::atomic<std::size_t> left_out_{0};
  std::jthread thread_;
};

}  // namespace sitegate
