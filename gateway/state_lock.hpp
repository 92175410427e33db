#pragma once
// One `serve` per state directory.

#include <filesystem>
#include <utility>

#include "contract/result.hpp"

namespace sitegate {

/// Holds an advisory lock on `serve.lock` for as long as it lives; the system drops it with the
/// process, however that ends.
class StateLock {
 public:
  /// Makes the directory (0700) when it is missing. The error's `detail` says who has the lock.
  static Result<StateLock> take(const std::filesystem::path& directory);

  StateLock() = default;
  ~StateLock();
  StateLock(StateLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  StateLock& operator=(StateLock&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }

 private:
  explicit StateLock(int fd) : fd_(fd) {}
  int fd_ = -1;
};

}  // namespace sitegate
