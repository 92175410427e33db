#pragma once
// What is written to and read from the two tables, as prepared statements of the writing
// connection. Used by the writer thread, inside its transactions.

#include <string_view>
#include <vector>

#include "auth/session_store.hpp"
#include "routing/local/put_rules.hpp"
#include "routing/local/sqlite.hpp"
#include "routing/local/task_store.hpp"

namespace sitegate::sqlite {

class Tables {
 public:
  /// Fails when the schema is not what it should be. `connection` must outlive the tables.
  static Result<Tables> open(Connection& connection);

  using Decide = Result<PutOutcome> (*)(const TaskRecord& stored, const TaskRecord& sent);

  /// `decide` is asked when the task is there already. Conflict leaves everything as it is;
  /// StoreUnavailable asks for a roll-back.
  Result<PutOutcome> put(const TaskRecord& task, Decide decide = decide_put);

  /// The oldest of those in `state` that finished before that time, at most `limit`; how many.
  Result<std::size_t> remove_finished(std::string_view state, std::int64_t before,
                                      std::size_t limit);
  Result<std::size_t> count_finished(std::string_view state, std::int64_t before);

  /// Checks of health by that gateway, begun before that time, at most `limit`; how many.
  Result<std::size_t> remove_health(std::string_view instance, std::int64_t before,
                                    std::size_t limit);

  Result<std::vector<StoredSession>> load_sessions();
  Result<void> insert(const StoredSession& session);
  Result<void> remove_session(std::string_view key);
  Result<void> write_extensions(std::string_view key, const std::vector<Extension>& extensions);
  Result<void> touch_session(std::string_view key, std::int64_t last_used);

 private:
  Tables() = default;

  Statement find_task_, write_task_, remove_finished_, count_finished_, remove_health_;
  Statement all_sessions_, insert_session_, remove_session_, touch_session_, write_extensions_;
};

}  // namespace sitegate::sqlite
