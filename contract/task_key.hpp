#pragma once
// Where a task stands in a list: what its document says in the fields that the list is sorted by.

#include <cstdint>
#include <string>
#include <vector>

#include "contract/json_scan.hpp"
#include "contract/task_id.hpp"
#include "contract/task_query.hpp"

namespace sitegate {

/// Reads one document's key while somebody scans it. `sort` outlives it.
class TaskKeyReader {
 public:
  explicit TaskKeyReader(const std::vector<SortKey>& sort) : sort_(sort), values_(sort.size()) {}

  /// Every member of the document, in any order.
  void see(const JsonMember& member);

  /// After the last one.
  TaskKey take() &&;

 private:
  const std::vector<SortKey>& sort_;
  std::vector<TaskKey::Value> values_;
  TaskId id_;
  std::string user_;
};

/// Of a document that is known to be a JSON object.
TaskKey task_key(const std::vector<SortKey>& sort, std::string_view document);

/// The order of `sort`, values by bytes and absent ones last (CONTRACT row 67): below zero: `a` is
/// first. Ids are not looked at, unless `sort` names them.
int compare(const std::vector<SortKey>& sort, const TaskKey& a, const TaskKey& b) noexcept;

}  // namespace sitegate
