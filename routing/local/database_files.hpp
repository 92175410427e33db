#pragma once
// The files that a connection writes, by what they are and not by their names.

#include <sys/types.h>

#include <array>
#include <filesystem>

#include "contract/result.hpp"

namespace sitegate::sqlite {

/// SQLite goes on writing files that were moved, removed or replaced while it had them open, and
/// says nothing: what is committed there is found by nobody who opens the database again.
class DatabaseFiles {
 public:
  /// The database and its journal as they are now.
  static Result<DatabaseFiles> of(const std::filesystem::path& database);

  /// StoreUnavailable when one of them is no longer the file of that name.
  Result<void> still_there() const;

 private:
  struct File {
    std::filesystem::path path;
    ::dev_t device;
    ::ino_t number;
  };
  static Result<File> look_at(std::filesystem::path path);

  DatabaseFiles(File database, File journal) : files_{std::move(database), std::move(journal)} {}

  std::array<File, 2> files_;
};

}  // namespace sitegate::sqlite
