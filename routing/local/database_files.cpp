#include "routing/local/database_files.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace sitegate::sqlite {
namespace {

constexpr std::string_view kCure = "; put it back, or end this process in order and start it again";

}  // namespace

Result<DatabaseFiles::File> DatabaseFiles::look_at(std::filesystem::path path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0)
    return make_error(ErrorCode::StoreUnavailable, {},
                      "'" + path.string() + "' is in use and is not there any more: " +
                          std::strerror(errno) + std::string(kCure));
  return File{std::move(path), status.st_dev, status.st_ino};
}

Result<DatabaseFiles> DatabaseFiles::of(const std::filesystem::path& database) {
  auto journal = database;
  journal += "-wal";
  SITEGATE_TRY(File first, look_at(database));
  SITEGATE_TRY(File second, look_at(std::move(journal)));
  return DatabaseFiles(std::move(first), std::move(second));
}

Result<void> DatabaseFiles::still_there() const {
  for (const auto& file : files_) {
    SITEGATE_TRY(const File now, look_at(file.path));
    if (now.device != file.device || now.number != file.number)
      return make_error(ErrorCode::StoreUnavailable, {},
                        "'" + file.path.string() + "' is in use and was replaced by another file" +
                            std::string(kCure));
  }
  return {};
}

}  // namespace sitegate::sqlite
