#pragma once
// A log sink for a standard stream that may be a pipe with a reader who stopped reading. It never
// waits long for one: the writing thread would hang, and with it the end of the process.

#include <poll.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <mutex>
#include <string_view>

namespace sitegate {

/// Writes lines to a descriptor that it does not own. When the reader takes nothing for kPatience,
/// lines are left out until it reads again; a line is left out whole or cut where it was.
class StreamSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  static constexpr std::chrono::milliseconds kPatience{1000};

  explicit StreamSink(int descriptor) : descriptor_(descriptor) {}

  /// Lines left out so far. From any thread.
  std::size_t left_out() const noexcept { return left_out_.load(std::memory_order_relaxed); }

 private:
  // What poll(2) promises of a pipe that is writable: so much is taken without waiting (PIPE_BUF).
  static constexpr std::size_t kPiece = 4096;

  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    std::string_view rest(line.data(), line.size());
    while (!rest.empty()) {
      if (!writable()) {
        left_out_.fetch_add(1, std::memory_order_relaxed);
        return;
      }
      const auto n = ::write(descriptor_, rest.data(), std::min(rest.size(), kPiece));
      if (n > 0)
        rest.remove_prefix(static_cast<std::size_t>(n));
      else if (errno != EINTR && errno != EAGAIN) {
        left_out_.fetch_add(1, std::memory_order_relaxed);
        return;
      }
    }
  }
  void flush_() override {}

  bool writable() noexcept {
    ::pollfd stream{descriptor_, POLLOUT, 0};
    const auto patience = stalled_ ? std::chrono::milliseconds{0} : kPatience;
    stalled_ = ::poll(&stream, 1, static_cast<int>(patience.count())) == 0;
    return !stalled_;
  }

  const int descriptor_;
  bool stalled_ = false;
  std::atomic<std::size_t> left_out_{0};
};

}  // namespace sitegate
