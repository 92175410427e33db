#include "routing/local/sqlite_database.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "config/problems.hpp"
#include "routing/local/sqlite_schema.hpp"

namespace sitegate::sqlite {
namespace {

constexpr std::chrono::milliseconds kLockPatience{5000};

/// A refusal to start, in the words of a configuration problem.
Error refuse(const StoreSettings& settings, std::string what, std::string cure) {
  Origin origin = settings.origin;
  if (origin.file.empty())
    origin.file = settings.sqlite.string();
  Problems problems;
  problems.add(std::move(origin), std::move(what), std::move(cure));
  std::string text = problems.to_string();
  text.pop_back();  // its line end
  return make_error(ErrorCode::StoreUnavailable, {}, std::move(text));
}

std::string quoted(const std::filesystem::path& path) {
  return "'" + path.string() + "'";
}

Error refuse_access(const StoreSettings& settings, const std::string& what, int error) {
  return refuse(settings, what + ": " + std::strerror(error),
                "let this user read and write the database and its directory, or name another "
                "file");
}

/// Makes the missing part of a directory's path, private to this user.
int make_directories(const std::filesystem::path& directory) {
  if (directory.empty() || ::access(directory.c_str(), F_OK) == 0)
    return 0;
  if (const int error = make_directories(directory.parent_path()))
    return error;
  return ::mkdir(directory.c_str(), 0700) == 0 || errno == EEXIST ? 0 : errno;
}

std::filesystem::path beside(const std::filesystem::path& database, const char* suffix) {
  std::filesystem::path path = database;
  path += suffix;
  return path;
}

bool has_content(const std::filesystem::path& file) {
  struct stat status {};
  return ::stat(file.c_str(), &status) == 0 && status.st_size > 0;
}

/// What has been committed may stand in the journal alone, and SQLite would begin without it and
/// say nothing.
Result<void> check_journal(const StoreSettings& settings) {
  const auto& file = settings.sqlite;
  const auto journal = beside(file, "-wal");
  const auto index = beside(file, "-shm");
  if (!has_content(file) && has_content(journal))
    return refuse(
        settings,
        quoted(file) + " has no content, but its journal " + quoted(journal) + " is there",
        "put the database back, or remove the journal to begin with an empty store");
  // SQLite makes the index after the journal and removes it before. Asked twice, because another
  // process may have ended, or begun, between the two questions.
  const auto journal_is_gone = [&] {
    return ::access(index.c_str(), F_OK) == 0 && ::access(journal.c_str(), F_OK) != 0;
  };
  if (journal_is_gone() && journal_is_gone())
    return refuse(settings,
                  quoted(file) + " was not closed, and its journal " + quoted(journal) +
                      ", which may hold tasks, is not there",
                  "put the journal back, or remove " + quoted(index) + " to go on without it");
  return {};
}

/// An empty file is a database without content. A file that exists is not opened: closing it would
/// drop the locks that SQLite holds on it elsewhere in this process.
Result<void> make_file(const StoreSettings& settings) {
  const auto& file = settings.sqlite;
  if (const int error = make_directories(file.parent_path()))
    return refuse_access(settings, "cannot make the directory of " + quoted(file), error);
  if (auto complete = check_journal(settings); !complete)
    return complete;
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0)
    ::close(fd);
  else if (errno != EEXIST)
    return refuse_access(settings, "cannot make " + quoted(file), errno);
  if (::access(file.c_str(), R_OK | W_OK) != 0 ||
      ::access(file.has_parent_path() ? file.parent_path().c_str() : ".", W_OK | X_OK) != 0)
    return refuse_access(settings, "cannot write " + quoted(file), errno);
  return {};
}

/// What the header says and how much the schema holds.
struct Identity {
  std::int64_t application = 0;
  std::int64_t version = 0;
  std::int64_t tables = 0;

  /// Without content: it was missing, empty, or made a moment ago by another process.
  bool unused() const noexcept { return application == 0 && version == 0 && tables == 0; }
};

Result<Identity> identify(Connection& connection) {
  // One statement, so that all three are of one moment: another process may be migrating.
  SITEGATE_TRY(Statement statement,
               connection.prepare("SELECT (SELECT application_id FROM pragma_application_id),"
                                  " (SELECT user_version FROM pragma_user_version),"
                                  " (SELECT count(*) FROM sqlite_schema)"));
  SITEGATE_TRY([[maybe_unused]] const bool row, statement.step());
  return Identity{statement.integer(0), statement.integer(1), statement.integer(2)};
}

/// Refuses what we did not make, and what a later release made.
Result<void> accept(const Identity& found, const StoreSettings& settings) {
  if (!found.unused() && found.application != kApplicationId)
    return refuse(settings, quoted(settings.sqlite) + " is a database of another program",
                  "name another file");
  if (found.version > newest_schema())
    return refuse(settings,
                  quoted(settings.sqlite) + " was made by a newer release (its version is " +
                      std::to_string(found.version) + ", this release knows up to " +
                      std::to_string(newest_schema()) + ")",
                  "start that release, or restore the backup made before it was installed");
  return {};
}

/// WAL lets readers and one writer go on side by side. Two processes that open a new file at the
/// same moment get in each other's way here without being asked to wait, so ask again.
Result<void> use_wal(Connection& connection) {
  constexpr int kAttempts = 500;
  constexpr int kPauseMilliseconds = 10;
  for (int attempt = 1;; ++attempt) {
    auto mode = connection.text("PRAGMA journal_mode = WAL");
    if (mode && *mode != "wal")
      return make_error(ErrorCode::StoreUnavailable, {},
                        "the file system does not allow SQLite's write-ahead log; put the "
                        "database on a local disk");
    if (mode)
      return {};
    if (!connection.was_busy() || attempt == kAttempts)
      return std::move(mode).error();
    sqlite3_sleep(kPauseMilliseconds);
  }
}

Result<void> set_up(Connection& connection) {
  if (auto done = use_wal(connection); !done)
    return done;
  // After a large import the log is cut to 64 MiB, not kept at its largest for ever.
  if (auto done = connection.execute("PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;"
                                     "PRAGMA journal_size_limit = 67108864");
      !done)
    return done;
  return migrate(connection);
}

}  // namespace

Error unusable(const StoreSettings& settings, const Error& error) {
  return refuse(settings, quoted(settings.sqlite) + " cannot be used", error.detail);
}

Result<OpenDatabase> open_to_write(const StoreSettings& settings) {
  if (auto made = make_file(settings); !made)
    return std::move(made).error();
  auto connection = Connection::open(settings.sqlite, Connection::Mode::ReadWrite);
  if (!connection)
    return unusable(settings, connection.error());
  connection->wait_for_locks(kLockPatience);
  const auto identity = identify(*connection);
  if (!identity)
    return unusable(settings, identity.error());
  if (auto ours = accept(*identity, settings); !ours)
    return std::move(ours).error();
  if (auto done = set_up(*connection); !done)
    return unusable(settings, done.error());
  return OpenDatabase{*std::move(connection), identity->unused()};
}

Result<Connection> open_to_read(const std::filesystem::path& file, std::size_t max_row) {
  SITEGATE_TRY(Connection connection, Connection::open(file, Connection::Mode::ReadOnly));
  connection.limit_length(max_row);
  if (auto done = connection.execute("PRAGMA cache_size = -8192; PRAGMA trusted_schema = OFF");
      !done)
    return std::move(done).error();
  return connection;
}

}  // namespace sitegate::sqlite
