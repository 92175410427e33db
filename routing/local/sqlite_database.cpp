#include "routing/local/sqlite_database.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "config/problems.hpp"

namespace sitegate::sqlite {
namespace {

constexpr std::chrono::milliseconds kLockPatience{5000};

// Entry i leads from user_version i to i + 1. An entry that has been released never changes.
//
// tasks is a table with a rowid: documents are about 1 KiB, which a table without one keeps in
// overflow pages of their own (measured with 200,000 such tasks: 3.4 times the file, 5 times the
// time to insert, twice the time to look up). sessions is small and only ever read by key.
// Absent texts are NULL; absent times are -1, as in documents.
constexpr std::array kMigrations{R"sql(
  PRAGMA application_id = 0x53476174;
  CREATE TABLE tasks (
    id               BLOB PRIMARY KEY NOT NULL,
    user             TEXT NOT NULL,
    source_org       TEXT,
    destination_org  TEXT,
    operation_id     TEXT,
    state            TEXT NOT NULL,
    type             TEXT,
    resource_type    TEXT,
    resource_id      TEXT,
    resource_name    TEXT,
    start_time       INTEGER NOT NULL,
    last_updated     INTEGER NOT NULL,
    end_time         INTEGER NOT NULL,
    document         TEXT NOT NULL
  ) STRICT;
  CREATE TABLE sessions (
    key        BLOB PRIMARY KEY NOT NULL,
    user       TEXT NOT NULL,
    org        TEXT NOT NULL,
    roles      TEXT NOT NULL,
    created    INTEGER NOT NULL,
    last_used  INTEGER NOT NULL,
    credential BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;
)sql"};

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

/// An empty file is a database without content. A file that exists is not opened: closing it would
/// drop the locks that SQLite holds on it elsewhere in this process.
Result<void> make_file(const StoreSettings& settings) {
  const auto& file = settings.sqlite;
  if (const int error = make_directories(file.parent_path()))
    return refuse_access(settings, "cannot make the directory of " + quoted(file), error);
  struct stat status {};
  const bool missing_or_empty = ::stat(file.c_str(), &status) != 0 || status.st_size == 0;
  std::filesystem::path journal = file;
  journal += "-wal";
  if (missing_or_empty && ::stat(journal.c_str(), &status) == 0 && status.st_size > 0)
    return refuse(
        settings,
        quoted(file) + " has no content, but its journal " + quoted(journal) + " is there",
        "put the database back, or remove the journal to begin with an empty store");
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
  const bool unused = found.application == 0 && found.version == 0 && found.tables == 0;
  if (!unused && found.application != kApplicationId)
    return refuse(settings, quoted(settings.sqlite) + " is a database of another program",
                  "name another file");
  if (found.version > static_cast<std::int64_t>(kMigrations.size()))
    return refuse(settings,
                  quoted(settings.sqlite) + " was made by a newer release (its version is " +
                      std::to_string(found.version) + ", this release knows up to " +
                      std::to_string(kMigrations.size()) + ")",
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
                        "the file system does not allow SQLite's write-ahead log");
    if (mode)
      return {};
    if (!connection.was_busy() || attempt == kAttempts)
      return std::move(mode).error();
    sqlite3_sleep(kPauseMilliseconds);
  }
}

Result<void> migrate(Connection& connection) {
  for (std::size_t version = 0; version < kMigrations.size(); ++version) {
    SITEGATE_TRY(Transaction transaction, Transaction::begin(connection));
    SITEGATE_TRY(const std::int64_t current, connection.integer("PRAGMA user_version"));
    if (current > static_cast<std::int64_t>(version))
      continue;
    const std::string sql = std::string(kMigrations[version]) +
                            "PRAGMA user_version = " + std::to_string(version + 1) + ";";
    if (auto done = connection.execute(sql.c_str()); !done)
      return done;
    if (auto done = transaction.commit(); !done)
      return done;
  }
  return {};
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
  return refuse(settings, quoted(settings.sqlite) + " cannot be used: " + error.detail,
                "if it is damaged, restore it from a backup, or move it away to begin with an "
                "empty store");
}

Result<Connection> open_to_write(const StoreSettings& settings) {
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
  return connection;
}

Result<Connection> open_to_read(const std::filesystem::path& file, std::size_t max_row) {
  SITEGATE_TRY(Connection connection, Connection::open(file, Connection::Mode::ReadOnly));
  connection.limit_length(max_row);
  if (auto done = connection.execute("PRAGMA mmap_size = 1073741824; PRAGMA trusted_schema = OFF");
      !done)
    return std::move(done).error();
  return connection;
}

}  // namespace sitegate::sqlite
