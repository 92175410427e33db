#include "gateway/state_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>

namespace sitegate {
namespace {

namespace fs = std::filesystem;

Error cannot_be_made(const fs::path& file) {
  return state_file_error(file, "cannot be made: " + std::system_category().message(errno) +
                                    "; let this user write the state directory, and see that there "
                                    "is room");
}

bool write_durably(int fd, const std::string& text) {
  return ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
         ::fsync(fd) == 0;
}

Result<void> write_once(const fs::path& file, const std::string& text) {
  const auto draft = file.string() + ".new";
  const int fd = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd < 0)
    return cannot_be_made(file);
  const bool written = write_durably(fd, text);
  const bool named = written && ::rename(draft.c_str(), file.c_str()) == 0;
  const auto failure = named ? std::optional<Error>() : cannot_be_made(file);
  ::close(fd);
  if (failure)
    return *failure;
  const int directory = ::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory >= 0) {
    ::fsync(directory);
    ::close(directory);
  }
  return {};
}

}  // namespace

Error state_file_error(const fs::path& file, const std::string& why) {
  return make_error(ErrorCode::GeneralServerFailure, {}, file.string() + ": " + why);
}

Result<std::string> read_or_make(const fs::path& file, const std::function<std::string()>& make) {
  std::error_code error;
  if (!fs::exists(file, error) && !error) {
    auto text = make();
    if (auto written = write_once(file, text); !written)
      return written.error();
    return text;
  }
  std::ifstream stream(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (!stream.is_open() || stream.bad())
    return state_file_error(file, "cannot be read; let this user read it");
  return text;
}

}  // namespace sitegate
