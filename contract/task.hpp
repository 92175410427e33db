#pragma once
// A task document: checked as CONTRACT 0.5 says, kept as sent. Columns exist only to filter by.

#include <cstdint>
#include <string>
#include <string_view>

#include "contract/json_scan.hpp"
#include "contract/result.hpp"
#include "contract/task_id.hpp"

namespace sitegate {

/// A document that passed the checks of PUT, and the values of its columns (DESIGN section 7).
/// Absent text is empty, absent times are -1 (milliseconds since the epoch).
struct TaskRecord {
  TaskId id;
  std::string user;
  std::string site;        ///< no column: every task of a store is of its site
  std::string source_org;  ///< absent: what follows the last `@` of user
  std::string destination_org;
  std::string operation_id;
  std::string state;
  std::string type;           ///< workflowInfo.type
  std::string resource_type;  ///< workflowInfo.resourceType
  std::string resource_id;    ///< workflowInfo.resourceId
  std::string resource_name;  ///< workflowInfo.resourceName
  std::int64_t start_time = -1;
  std::int64_t last_updated = -1;
  std::int64_t end_time = -1;
  std::string document;  ///< byte for byte as sent
};

struct TaskRules {
  std::string_view local_site;  ///< `site` must be this name
  JsonLimits json{};
};

/// Checks a document by the rules of `PUT /tasks/{taskId}`.
/// BadRequest: not JSON (or nested too deep, or invalid UTF-8, or a member name twice in one
/// object). BadUserInput names the member, its value and what is allowed.
Result<TaskRecord> check_task(std::string document, const TaskRules& rules);

/// The same, and `id` must be `expected` (the id in the path).
Result<TaskRecord> check_task(std::string document, const TaskId& expected, const TaskRules& rules);

}  // namespace sitegate
