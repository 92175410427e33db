#include "gateway/instance.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

#include "contract/task_id.hpp"

namespace sitegate {
namespace {

namespace fs = std::filesystem;

Error no_id(const fs::path& file, const std::string& why) {
  return make_error(ErrorCode::GeneralServerFailure, {}, file.string() + ": " + why);
}

Error cannot_be_made(const fs::path& file) {
  return no_id(file, "cannot be made: " + std::system_category().message(errno) +
                         "; let this user write the state directory, and see that there is room");
}

bool write_durably(int fd, const std::string& text) {
  return ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
         ::fsync(fd) == 0;
}

/// Whole or not at all, and there after a power cut.
Result<std::string> make_id(const fs::path& file) {
  auto id = random_uuid();
  const auto draft = file.string() + ".new";
  const int fd = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd < 0)
    return cannot_be_made(file);
  const bool written = write_durably(fd, id + '\n');
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
  return id;
}

}  // namespace

std::optional<CertificateInUse> Instance::shown_to_callers() const {
  for (const auto& [use, site, certificate] : certificates)
    if (use == "callers")
      return certificate;
  return std::nullopt;
}

Result<std::string> instance_id_in(const fs::path& state_directory) {
  const auto file = state_directory / "instance-id";
  std::error_code error;
  if (!fs::exists(file, error) && !error)
    return make_id(file);
  std::ifstream stream(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (!stream.is_open() || stream.bad())
    return no_id(file, "cannot be read; let this user read it");
  if (!text.empty() && text.back() == '\n')
    text.pop_back();
  if (const auto id = TaskId::parse(text))
    return id->to_string();
  return no_id(file,
               "does not hold the id of this gateway (a UUID); restore it from a backup, or remove "
               "it, and this gateway will be another one to its clients");
}

}  // namespace sitegate
