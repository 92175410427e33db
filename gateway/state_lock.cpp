#include "gateway/state_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace sitegate {
namespace {

Error no_lock(const std::filesystem::path& where, const std::string& why) {
  return make_error(ErrorCode::GeneralServerFailure, {}, where.string() + ": " + why);
}

/// The process id that the holder wrote; empty when there is none to read.
std::string holder(int fd) {
  char text[32] = {};
  const auto n = ::pread(fd, text, sizeof text - 1, 0);
  return n > 0 ? std::string(text, static_cast<std::size_t>(n)) : std::string();
}

Result<void> make_directory(const std::filesystem::path& directory) {
  std::error_code error;
  if (std::filesystem::exists(directory, error))
    return {};
  std::filesystem::create_directories(directory, error);
  if (error)
    return no_lock(directory, "the directory cannot be made: " + error.message());
  ::chmod(directory.c_str(), S_IRWXU);
  return {};
}

}  // namespace

Result<StateLock> StateLock::take(const std::filesystem::path& directory) {
  if (auto made = make_directory(directory); !made)
    return made.error();
  return lock(directory / "serve.lock", "state directory", "state_directory");
}

Result<StateLock> StateLock::take_for(const std::filesystem::path& database) {
  if (auto made = make_directory(database.parent_path()); !made)
    return made.error();
  const auto file = database.parent_path() / ("." + database.filename().string() + ".lock");
  return lock(file, "database", "store.sqlite");
}

Result<StateLock> StateLock::lock(const std::filesystem::path& file, const std::string& what,
                                  std::string_view key) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd < 0)
    return no_lock(file, "cannot be opened: " + std::system_category().message(errno) +
                             "; let this user write the directory of the " + what +
                             ", or name another one (" + std::string(key) + ")");
  StateLock lock(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0)
    return no_lock(file, "another `sitegate serve` (process " + holder(fd) + ") uses this " + what +
                             "; end it, or give this one its own");
  // For the eyes of whoever is refused; a full disk is no reason not to begin.
  const auto pid = std::to_string(::getpid());
  if (::ftruncate(fd, 0) == 0)
    static_cast<void>(::pwrite(fd, pid.data(), pid.size(), 0));
  return lock;
}

StateLock::~StateLock() {
  if (fd_ >= 0)
    ::close(fd_);
}

}  // namespace sitegate
