#include "config/readable_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace sitegate {

std::string why_unusable(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0) {
    return "cannot be opened: " + std::generic_category().message(errno);
  }
  struct stat status {};
  const int outcome = ::fstat(descriptor, &status);
  ::close(descriptor);
  if (outcome != 0 || !S_ISREG(status.st_mode)) {
    return "is not a regular file";
  }
  return status.st_size == 0 ? "is empty" : "";
}

}  // namespace sitegate
