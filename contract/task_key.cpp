#include "contract/task_key.hpp"

#include "contract/user_name.hpp"

namespace sitegate {
namespace {

/// Where a document has the field.
std::string_view path_of(TaskField field) noexcept {
  switch (field) {
    case TaskField::Type:
      return "workflowInfo.type";
    case TaskField::ResourceType:
      return "workflowInfo.resourceType";
    case TaskField::ResourceId:
      return "workflowInfo.resourceId";
    case TaskField::ResourceName:
      return "workflowInfo.resourceName";
    default:
      return name_of(field);
  }
}

}  // namespace

void TaskKeyReader::see(const JsonMember& member) {
  const bool text = member.kind == JsonKind::String;
  if (text && member.path == "id")
    id_ = TaskId::parse(member.text).value_or(TaskId{});
  else if (text && member.path == "user")
    user_ = member.text;
  for (std::size_t i = 0; i < sort_.size(); ++i) {
    if (member.path != path_of(sort_[i].field))
      continue;
    auto& value = values_[i];
    if (is_time(sort_[i].field) && member.kind == JsonKind::Integer)
      value = {.absent = member.integer < 0, .number = member.integer, .text = {}};
    else if (!is_time(sort_[i].field) && text)
      value = {.absent = member.text.empty(), .number = 0, .text = std::string(member.text)};
  }
}

TaskKey TaskKeyReader::take() && {
  for (std::size_t i = 0; i < sort_.size(); ++i) {
    auto& value = values_[i];
    if (sort_[i].field == TaskField::Id)
      value = {.absent = false, .number = 0, .text = id_.to_string()};
    if (sort_[i].field == TaskField::SourceOrg && value.absent)  // as in the column of a store
      value = {.absent = false, .number = 0, .text = std::string(org_of_user(user_))};
  }
  return {std::move(values_), id_};
}

TaskKey task_key(const std::vector<SortKey>& sort, std::string_view document) {
  constexpr auto kAny = static_cast<std::size_t>(-1);  // it was bounded when it came
  TaskKeyReader reader(sort);
  scan_json_object(document, {.depth = kAny, .members = kAny},
                   [&](const JsonMember& member) { reader.see(member); });
  return std::move(reader).take();
}

int compare(const std::vector<SortKey>& sort, const TaskKey& a, const TaskKey& b) noexcept {
  for (std::size_t i = 0; i < sort.size(); ++i) {
    const auto& x = a.values[i];
    const auto& y = b.values[i];
    if (x.absent != y.absent)
      return y.absent ? -1 : 1;
    if (x.absent)
      continue;
    const int order =
        x.number != y.number ? (x.number < y.number ? -1 : 1) : x.text.compare(y.text);
    if (order != 0)
      return sort[i].descending ? -order : order;
  }
  return 0;
}

}  // namespace sitegate
