#include "routing/local/sqlite_schema.hpp"

#include <array>

namespace sitegate::sqlite {
namespace {

// tasks is a table with a rowid: documents are about 1 KiB, which a table without one keeps in
// overflow pages of their own (measured with 200,000 such tasks: 3.4 times the file, 5 times the
// time to insert, twice the time to look up). sessions is small and only ever read by key.
// Absent texts are NULL; absent times are -1, as in documents.
constexpr const char* kTasksAndSessions = R"sql(
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
)sql";

// What retention counts from (docs/adr/0009). finished_at is NULL while a task runs; else the first
// of its times that can be one: 2001-09-09 to 2286-11-20 in milliseconds, so that neither a clock
// that was never set nor seconds or microseconds pass for a time. A task without any such time
// counts from stored_at, when its state came here; those of the first version from now.
constexpr const char* kRetention = R"sql(
  ALTER TABLE tasks ADD COLUMN stored_at INTEGER;
  ALTER TABLE tasks ADD COLUMN finished_at INTEGER GENERATED ALWAYS AS (
    CASE WHEN state NOT IN ('SUCCEEDED', 'FAILED') THEN NULL
         WHEN end_time BETWEEN 1000000000000 AND 9999999999999 THEN end_time
         WHEN last_updated BETWEEN 1000000000000 AND 9999999999999 THEN last_updated
         WHEN start_time BETWEEN 1000000000000 AND 9999999999999 THEN start_time
         ELSE stored_at END) VIRTUAL;
  UPDATE tasks SET stored_at = unixepoch() * 1000
    WHERE state IN ('SUCCEEDED', 'FAILED') AND finished_at IS NULL;
  CREATE INDEX tasks_finished ON tasks (state, finished_at) WHERE finished_at IS NOT NULL;
)sql";

// What lists are filtered and sorted by (sqlite_query.cpp names the index that leads). The first
// two hold all that is asked often, so that filters are looked at without the documents.
constexpr const char* kLists = R"sql(
  CREATE INDEX tasks_of_user ON tasks (user, start_time DESC, id, state, type, resource_type,
                                       source_org, end_time, last_updated);
  CREATE INDEX tasks_by_start ON tasks (start_time DESC, id, state, type, resource_type,
                                        source_org, end_time, last_updated);
  CREATE INDEX tasks_by_operation ON tasks (operation_id) WHERE operation_id IS NOT NULL;
  CREATE INDEX tasks_by_resource_id ON tasks (resource_id, start_time DESC, id)
    WHERE resource_id IS NOT NULL;
  CREATE INDEX tasks_by_resource_name ON tasks (resource_name, start_time DESC, id)
    WHERE resource_name IS NOT NULL;
  CREATE INDEX tasks_by_destination_org ON tasks (destination_org, start_time DESC, id)
    WHERE destination_org IS NOT NULL;
)sql";

// What a session may do at other sites, as JSON; their tokens are sealed (auth/sealer.hpp).
constexpr const char* kExtensions = R"sql(
  ALTER TABLE sessions ADD COLUMN extensions TEXT NOT NULL DEFAULT '[]';
)sql";

// Entry i leads from user_version i to i + 1. An entry that has been released never changes.
constexpr std::array kMigrations{kTasksAndSessions, kRetention, kLists, kExtensions};

}  // namespace

std::int64_t newest_schema() noexcept {
  return static_cast<std::int64_t>(kMigrations.size());
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

}  // namespace sitegate::sqlite
