#include "routing/local/sqlite_query.hpp"

#include <algorithm>
#include <array>
#include <variant>

namespace sitegate::sqlite {
namespace {

std::string_view column_of(TaskField field) noexcept {
  switch (field) {
    case TaskField::Id:
      return "id";
    case TaskField::User:
      return "user";
    case TaskField::SourceOrg:
      return "source_org";
    case TaskField::DestinationOrg:
      return "destination_org";
    case TaskField::OperationId:
      return "operation_id";
    case TaskField::State:
      return "state";
    case TaskField::Type:
      return "type";
    case TaskField::ResourceType:
      return "resource_type";
    case TaskField::ResourceId:
      return "resource_id";
    case TaskField::ResourceName:
      return "resource_name";
    case TaskField::StartTime:
      return "start_time";
    case TaskField::LastUpdated:
      return "last_updated";
    case TaskField::EndTime:
      return "end_time";
  }
  return "id";
}

/// A statement in the making: text and what is bound to it. The values live as long as the query.
struct Sql {
  using Value = std::variant<std::int64_t, std::string_view, const TaskId*>;

  std::string where;  ///< of the FROM clause on
  std::string order;
  std::vector<Value> values;

  std::string parameter(Value value) {
    values.push_back(value);
    return "?" + std::to_string(values.size());
  }
  void condition(std::string_view text) {
    where.append(where.find(" WHERE ") == std::string::npos ? " WHERE " : " AND ").append(text);
  }
  template <class Values>
  void one_of(std::string_view column, const Values& any_of) {
    std::string list;
    for (const auto& value : any_of) list.append(list.empty() ? "" : ", ").append(value);
    condition(std::string(column) + " IN (" + list + ")");
  }
};

/// The index that leads: the one of the narrowest filter. A tenant's own tasks are always narrower
/// than what is filtered of all.
std::string_view leading_index(const TaskQuery& query, const Viewer& viewer) {
  if (!query.ids.empty())
    return "sqlite_autoindex_tasks_1";
  if (!viewer.sees_everything())
    return "tasks_of_user";
  struct Lead {
    TaskField field;
    std::string_view index;
  };
  constexpr std::array leads{Lead{TaskField::OperationId, "tasks_by_operation"},
                             Lead{TaskField::ResourceId, "tasks_by_resource_id"},
                             Lead{TaskField::ResourceName, "tasks_by_resource_name"},
                             Lead{TaskField::DestinationOrg, "tasks_by_destination_org"},
                             Lead{TaskField::User, "tasks_of_user"}};
  for (const auto& lead : leads)
    if (std::ranges::find(query.texts, lead.field, &TextFilter::field) != query.texts.end())
      return lead.index;
  return "tasks_by_start";
}

void add_conditions(Sql& sql, const TaskQuery& query, const Viewer& viewer) {
  if (!viewer.sees_everything())
    sql.condition("user = " + sql.parameter(std::string_view(viewer.user)));
  if (!query.ids.empty()) {
    std::vector<std::string> parameters;
    for (const auto& id : query.ids) parameters.push_back(sql.parameter(&id));
    sql.one_of("id", parameters);
  }
  for (const auto& filter : query.texts) {
    std::vector<std::string> parameters;
    for (const auto& value : filter.any_of)
      parameters.push_back(sql.parameter(std::string_view(value)));
    sql.one_of(column_of(filter.field), parameters);
  }
  for (const auto& filter : query.times) {
    const std::string column(column_of(filter.field));
    sql.condition(column + (filter.before ? " < " : " > ") + sql.parameter(filter.limit));
    sql.condition(column + " >= 0");  // -1 is no time
  }
}

/// Absent values last, ties by id. Descending times need no word about absent ones: -1 is least.
std::string order_of(const TaskQuery& query) {
  std::string order;
  for (const auto& [field, descending] : query.sort) {
    const std::string column(column_of(field));
    if (is_time(field) && !descending)
      order += column + " < 0, ";
    if (!is_time(field) && field != TaskField::Id && field != TaskField::User &&
        field != TaskField::State)
      order += column + " IS NULL, ";
    order += column + (descending ? " DESC, " : ", ");
  }
  return " ORDER BY " + order + "id";
}

Sql sql_of(const TaskQuery& query, const Viewer& viewer) {
  Sql sql;
  sql.where = " FROM tasks INDEXED BY " + std::string(leading_index(query, viewer));
  add_conditions(sql, query, viewer);
  sql.order = order_of(query);
  return sql;
}

Result<Statement> prepare(Connection& connection, const std::string& text,
                          const std::vector<Sql::Value>& values) {
  SITEGATE_TRY(Statement statement, connection.prepare(text));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const int parameter = static_cast<int>(i) + 1;
    if (const auto* number = std::get_if<std::int64_t>(&values[i]))
      statement.bind(parameter, *number);
    else if (const auto* text_value = std::get_if<std::string_view>(&values[i]))
      statement.bind(parameter, *text_value);
    else
      statement.bind(parameter, std::get<const TaskId*>(values[i])->bytes());
  }
  return statement;
}

std::string page_text(Sql& sql, const TaskQuery& query) {
  const auto limit = sql.parameter(static_cast<std::int64_t>(query.limit));
  const auto offset = sql.parameter(static_cast<std::int64_t>(query.offset));
  return "SELECT rowid" + sql.where + sql.order + " LIMIT " + limit + " OFFSET " + offset;
}

Result<std::vector<std::int64_t>> rows_of(Connection& connection, Sql sql, const TaskQuery& query) {
  const auto text = page_text(sql, query);
  SITEGATE_TRY(Statement statement, prepare(connection, text, sql.values));
  std::vector<std::int64_t> rows;
  for (;;) {
    SITEGATE_TRY(const bool row, statement.step());
    if (!row)
      return rows;
    rows.push_back(statement.integer(0));
  }
}

Result<std::int64_t> count(Connection& connection, const Sql& sql) {
  SITEGATE_TRY(Statement statement, prepare(connection, "SELECT count(*)" + sql.where, sql.values));
  SITEGATE_TRY([[maybe_unused]] const bool row, statement.step());
  return statement.integer(0);
}

Result<std::vector<std::string>> documents_of(Connection& connection,
                                              const std::vector<std::int64_t>& rows,
                                              std::size_t max_octets) {
  SITEGATE_TRY(Statement find, connection.prepare("SELECT document FROM tasks WHERE rowid = ?1"));
  std::vector<std::string> documents;
  documents.reserve(rows.size());
  std::size_t octets = 0;
  for (const auto row : rows) {
    const ResetAtEnd reset_at_end(find);
    find.bind(1, row);
    SITEGATE_TRY([[maybe_unused]] const bool there, find.step());
    const auto document = find.text(0);
    octets += document.size();
    if (octets > max_octets)
      return bad_user_input("limit", std::to_string(rows.size()),
                            "smaller here: these tasks are more than " +
                                std::to_string(max_octets) + " octets together");
    documents.emplace_back(document);
  }
  return documents;
}

/// One moment for all that is read while it lives.
class Snapshot {
 public:
  static Result<Snapshot> take(Connection& connection) {
    if (auto begun = connection.execute("BEGIN"); !begun)
      return std::move(begun).error();
    return Snapshot(connection);
  }
  Snapshot(Snapshot&& other) noexcept : connection_(std::exchange(other.connection_, nullptr)) {}
  Snapshot& operator=(Snapshot&&) = delete;
  ~Snapshot() {
    if (connection_ != nullptr)
      (void)connection_->execute("COMMIT");
  }

 private:
  explicit Snapshot(Connection& connection) : connection_(&connection) {}
  Connection* connection_;
};

}  // namespace

Result<TaskPage> query_tasks(Connection& connection, const TaskQuery& query, const Viewer& viewer,
                             std::size_t max_octets) {
  const auto sql = sql_of(query, viewer);
  SITEGATE_TRY(const Snapshot snapshot, Snapshot::take(connection));
  SITEGATE_TRY(const auto rows, rows_of(connection, sql, query));
  TaskPage page;
  SITEGATE_TRY(page.documents, documents_of(connection, rows, max_octets));
  const bool is_last = rows.size() < query.limit && (query.offset == 0 || !rows.empty());
  if (is_last) {
    page.total = static_cast<std::int64_t>(query.offset + rows.size());
    return page;
  }
  SITEGATE_TRY(page.total, count(connection, sql));
  return page;
}

Result<std::string> plan_of(Connection& connection, const TaskQuery& query, const Viewer& viewer) {
  auto sql = sql_of(query, viewer);
  const auto counting = "EXPLAIN QUERY PLAN SELECT count(*)" + sql.where;
  std::string plan;
  for (const auto& text : {counting, "EXPLAIN QUERY PLAN " + page_text(sql, query)}) {
    SITEGATE_TRY(Statement statement, prepare(connection, text, {}));
    for (;;) {
      SITEGATE_TRY(const bool row, statement.step());
      if (!row)
        break;
      plan.append(statement.text(3)).append("\n");
    }
  }
  return plan;
}

}  // namespace sitegate::sqlite
