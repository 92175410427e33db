#pragma once
// What `GET /tasks` asks for (CONTRACT rows 66 to 71), whoever answers it, and a page of it.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "contract/task_id.hpp"

namespace sitegate {

/// What tasks are filtered and sorted by. The names are those of the API.
enum class TaskField : std::uint8_t {
  Id,
  User,
  SourceOrg,
  DestinationOrg,
  OperationId,
  State,
  Type,
  ResourceType,
  ResourceId,
  ResourceName,
  StartTime,
  LastUpdated,
  EndTime,
};
std::string_view name_of(TaskField field) noexcept;
bool is_time(TaskField field) noexcept;

/// Equals one of the values, byte for byte.
struct TextFilter {
  TaskField field;
  std::vector<std::string> any_of;
};

/// Strictly before or after; a task without that time is neither.
struct TimeFilter {
  TaskField field;
  bool before;         ///< else after
  std::int64_t limit;  ///< milliseconds since the epoch
};

/// Tasks without the field come last, whichever way it is sorted; ties are in the order of ids.
struct SortKey {
  TaskField field;
  bool descending;

  bool operator==(const SortKey&) const = default;
};

struct TaskQuery {
  std::vector<TaskId> ids;  ///< empty = any
  std::vector<TextFilter> texts;
  std::vector<TimeFilter> times;
  std::vector<SortKey> sort{{TaskField::StartTime, true}};
  std::size_t limit = 100;
  std::size_t offset = 0;
};

/// What a document says in the fields that a list is sorted by (task_key.hpp).
struct TaskKey {
  struct Value {
    bool absent = true;
    std::int64_t number = 0;  ///< of times
    std::string text;
  };
  std::vector<Value> values;  ///< one for each of `sort`
  TaskId id;
};

struct TaskPage {
  std::vector<std::string> documents;  ///< byte for byte, in order
  std::vector<TaskKey> keys;           ///< of the documents, if they were read anyway; else empty
  std::int64_t total = 0;              ///< that the viewer could page to now
};

}  // namespace sitegate
