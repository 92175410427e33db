#include "routing/local/sqlite_tables.hpp"

#include <initializer_list>
#include <optional>

#include "contract/json_scan.hpp"
#include "routing/local/session_columns.hpp"

namespace sitegate::sqlite {
namespace {

constexpr std::string_view kFindTask =
    "SELECT user, state, start_time, last_updated, document FROM tasks WHERE id = ?1";

constexpr std::string_view kWriteTask = R"sql(
  INSERT INTO tasks (id, user, source_org, destination_org, operation_id, state, type,
                     resource_type, resource_id, resource_name, start_time, last_updated,
                     end_time, document, stored_at)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, unixepoch() * 1000)
  ON CONFLICT (id) DO UPDATE SET
    user = excluded.user, source_org = excluded.source_org,
    destination_org = excluded.destination_org, operation_id = excluded.operation_id,
    state = excluded.state, type = excluded.type, resource_type = excluded.resource_type,
    resource_id = excluded.resource_id, resource_name = excluded.resource_name,
    start_time = excluded.start_time, last_updated = excluded.last_updated,
    end_time = excluded.end_time, document = excluded.document,
    stored_at = excluded.stored_at)sql";

constexpr std::string_view kRemoveFinished = R"sql(
  DELETE FROM tasks WHERE rowid IN (
    SELECT rowid FROM tasks WHERE state = ?1 AND finished_at < ?2
    ORDER BY finished_at LIMIT ?3))sql";
constexpr std::string_view kCountFinished =
    "SELECT count(*) FROM tasks WHERE state = ?1 AND finished_at < ?2";

constexpr std::string_view kRemoveHealth = R"sql(
  DELETE FROM tasks WHERE rowid IN (
    SELECT rowid FROM tasks WHERE type = 'health' AND resource_type = 'CLOUD'
      AND start_time < ?2 AND resource_id = ?1 LIMIT ?3))sql";

constexpr std::string_view kAllSessions =
    "SELECT key, user, org, roles, created, last_used, credential, extensions FROM sessions";
constexpr std::string_view kInsertSession =
    "INSERT OR REPLACE INTO sessions (key, user, org, roles, created, last_used, credential)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
constexpr std::string_view kRemoveSession = "DELETE FROM sessions WHERE key = ?1";
constexpr std::string_view kWriteExtensions = "UPDATE sessions SET extensions = ?2 WHERE key = ?1";
constexpr std::string_view kTouchSession =
    "UPDATE sessions SET last_used = max(last_used, ?2) WHERE key = ?1";

std::span<const std::uint8_t> octets(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// The `site` of a stored document, which has no column.
std::string site_of(std::string_view document) {
  constexpr auto kAny = static_cast<std::size_t>(-1);  // it was bounded when it came
  std::string site;
  scan_json_object(document, {.depth = kAny, .members = kAny}, [&](const JsonMember& member) {
    if (member.path == "site")
      site = member.text;
  });
  return site;
}

}  // namespace

Result<Tables> Tables::open(Connection& connection) {
  struct Entry {
    Statement Tables::*statement;
    std::string_view sql;
  };
  Tables tables;
  for (const auto& [statement, sql] : {Entry{&Tables::find_task_, kFindTask},
                                       {&Tables::write_task_, kWriteTask},
                                       {&Tables::remove_finished_, kRemoveFinished},
                                       {&Tables::count_finished_, kCountFinished},
                                       {&Tables::remove_health_, kRemoveHealth},
                                       {&Tables::all_sessions_, kAllSessions},
                                       {&Tables::insert_session_, kInsertSession},
                                       {&Tables::remove_session_, kRemoveSession},
                                       {&Tables::touch_session_, kTouchSession},
                                       {&Tables::write_extensions_, kWriteExtensions}}) {
    SITEGATE_TRY(tables.*statement, connection.prepare(sql));
  }
  return tables;
}

Result<PutOutcome> Tables::put(const TaskRecord& task, Decide decide) {
  auto outcome = PutOutcome::Created;
  {
    const ResetAtEnd reset_at_end(find_task_);
    find_task_.bind(1, task.id.bytes());
    SITEGATE_TRY(const bool there, find_task_.step());
    if (there) {
      TaskRecord stored;
      stored.user = find_task_.text(0);
      stored.state = find_task_.text(1);
      stored.start_time = find_task_.integer(2);
      stored.last_updated = find_task_.integer(3);
      stored.document = find_task_.text(4);
      stored.site = site_of(stored.document);
      SITEGATE_TRY(outcome, decide(stored, task));
    }
  }
  if (outcome == PutOutcome::Unchanged || outcome == PutOutcome::Superseded)
    return outcome;
  write_task_.bind(1, task.id.bytes())
      .bind(2, task.user)
      .bind_or_null(3, task.source_org)
      .bind_or_null(4, task.destination_org)
      .bind_or_null(5, task.operation_id)
      .bind(6, task.state)
      .bind_or_null(7, task.type)
      .bind_or_null(8, task.resource_type)
      .bind_or_null(9, task.resource_id)
      .bind_or_null(10, task.resource_name)
      .bind(11, task.start_time)
      .bind(12, task.last_updated)
      .bind(13, task.end_time)
      .bind(14, task.document);
  if (auto done = write_task_.run(); !done)
    return std::move(done).error();
  return outcome;
}

Result<std::size_t> Tables::remove_finished(std::string_view state, std::int64_t before,
                                            std::size_t limit) {
  remove_finished_.bind(1, state).bind(2, before).bind(3, static_cast<std::int64_t>(limit));
  if (auto done = remove_finished_.run(); !done)
    return std::move(done).error();
  return static_cast<std::size_t>(remove_finished_.changes());
}

Result<std::size_t> Tables::count_finished(std::string_view state, std::int64_t before) {
  const ResetAtEnd reset_at_end(count_finished_);
  count_finished_.bind(1, state).bind(2, before);
  SITEGATE_TRY([[maybe_unused]] const bool row, count_finished_.step());
  return static_cast<std::size_t>(count_finished_.integer(0));
}

Result<std::size_t> Tables::remove_health(std::string_view instance, std::int64_t before,
                                          std::size_t limit) {
  remove_health_.bind(1, instance).bind(2, before).bind(3, static_cast<std::int64_t>(limit));
  if (auto done = remove_health_.run(); !done)
    return std::move(done).error();
  return static_cast<std::size_t>(remove_health_.changes());
}

Result<std::vector<StoredSession>> Tables::load_sessions() {
  const ResetAtEnd reset_at_end(all_sessions_);
  std::vector<StoredSession> sessions;
  for (;;) {
    SITEGATE_TRY(const bool row, all_sessions_.step());
    if (!row)
      return sessions;
    auto roles = roles_from(all_sessions_.text(3));
    auto extensions = extensions_from(all_sessions_.text(7));
    if (!roles || !extensions)
      return make_error(ErrorCode::StoreUnavailable, {},
                        "roles or extensions of a stored session of '" +
                            printable(all_sessions_.text(1)) +
                            "' cannot be read; restore the database from a backup");
    sessions.push_back({.key = std::string(all_sessions_.text(0)),
                        .viewer = {.user = std::string(all_sessions_.text(1)),
                                   .org = std::string(all_sessions_.text(2)),
                                   .roles = *std::move(roles)},
                        .created = all_sessions_.integer(4),
                        .last_used = all_sessions_.integer(5),
                        .credential = std::string(all_sessions_.text(6)),
                        .extensions = *std::move(extensions)});
  }
}

Result<void> Tables::insert(const StoredSession& session) {
  const std::string roles = to_json(session.viewer.roles);
  insert_session_.bind(1, octets(session.key))
      .bind(2, session.viewer.user)
      .bind(3, session.viewer.org)
      .bind(4, roles)
      .bind(5, session.created)
      .bind(6, session.last_used)
      .bind(7, octets(session.credential));
  return insert_session_.run();
}

Result<void> Tables::remove_session(std::string_view key) {
  return remove_session_.bind(1, octets(key)).run();
}

Result<void> Tables::write_extensions(std::string_view key,
                                      const std::vector<Extension>& extensions) {
  const std::string list = to_json(extensions);
  return write_extensions_.bind(1, octets(key)).bind(2, list).run();
}

Result<void> Tables::touch_session(std::string_view key, std::int64_t last_used) {
  return touch_session_.bind(1, octets(key)).bind(2, last_used).run();
}

}  // namespace sitegate::sqlite
