#include "gateway/line_writer.hpp"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace sitegate {
namespace {

// Written without gathering any longer.
constexpr std::size_t kEnough = 64 * 1024;
// What poll(2) promises of a pipe that is writable: so much is taken without waiting (PIPE_BUF).
constexpr std::size_t kPiece = 4096;

bool is_file(int descriptor) {
  struct ::stat what {};
  return ::fstat(descriptor, &what) == 0 && S_ISREG(what.st_mode);
}

}  // namespace

LineWriter::LineWriter(int descriptor, bool owned, std::size_t most)
    : descriptor_(descriptor),
      owned_(owned),
      is_file_(is_file(descriptor)),
      most_(most),
      thread_([this] { run(); }) {}

LineWriter::~LineWriter() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  more_.notify_one();
  thread_.join();
  if (owned_)
    ::close(descriptor_);
}

void LineWriter::add(std::string_view line) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (lines_ == most_) {
      left_out_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    const auto before = waiting_.size();
    waiting_.append(line).append(1, '\n');
    ++lines_;
    wake = before == 0 || (before < kEnough && waiting_.size() >= kEnough);
  }
  if (wake)
    more_.notify_one();
}

void LineWriter::run() {
  std::string text;
  std::unique_lock lock(mutex_);
  for (;;) {
    more_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
    if (waiting_.empty())
      return;
    more_.wait_for(lock, kGather, [this] { return ending_ || waiting_.size() >= kEnough; });
    text.clear();
    text.swap(waiting_);  // the two buffers take turns
    lines_ = 0;
    lock.unlock();
    write(text);
    lock.lock();
  }
}

void LineWriter::write(std::string_view text) {
  std::string joined;
  bool within = !cut_.empty();  // a line of which a part was taken
  if (within) {
    joined = std::exchange(cut_, {}) + std::string(text);
    text = joined;
  }
  while (!text.empty()) {
    const auto n = writable() ? ::write(descriptor_, text.data(),
                                        is_file_ ? text.size() : std::min(text.size(), kPiece))
                              : 0;
    if (n > 0) {
      within = text[static_cast<std::size_t>(n) - 1] != '\n';
      text.remove_prefix(static_cast<std::size_t>(n));
    } else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
      break;
    }
  }
  if (text.empty())
    return;
  if (within) {  // to be finished when somebody reads again: no line is mixed with another
    const auto end = text.find('\n') + 1;
    cut_ = text.substr(0, end);
    text.remove_prefix(end);
  }
  left_out_.fetch_add(static_cast<std::size_t>(std::ranges::count(text, '\n')),
                      std::memory_order_relaxed);
}

bool LineWriter::writable() noexcept {
  if (is_file_)
    return true;
  ::pollfd stream{descriptor_, POLLOUT, 0};
  const auto patience = stalled_ ? std::chrono::milliseconds{0} : kPatience;
  stalled_ = ::poll(&stream, 1, static_cast<int>(patience.count())) == 0;
  return !stalled_;
}

}  // namespace sitegate
