#pragma once
// One `serve` per state directory, and per database: sessions live in the memory of the process
// that serves, so that a second one would not hear of a logout.

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "contract/result.hpp"

namespace sitegate {

/// Holds an advisory lock on `serve.lock` for as long as it lives; the system drops it with the
/// process, however that ends.
class StateLock {
 public:
  /// Makes the directory (0700) when it is missing. The error's `detail` says who has the lock.
  static Result<StateLock> take(const std::filesystem::path& directory);

  /// The same for a database file, before it is opened. The file itself is not locked: `import`
  /// and backups may use it.
  static Result<StateLock> take_for(const std::filesystem::path& database);

  StateLock() = default;
  ~StateLock();
  StateLock(StateLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  StateLock& operator=(StateLock&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }

 private:
  /// `what` is locked, `key` names it in the configuration.
  static Result<StateLock> lock(const std::filesystem::path& file, const std::string& what,
                                std::string_view key);
  explicit StateLock(int fd) : fd_(fd) {}
  int fd_ = -1;
};

}  // namespace sitegate
