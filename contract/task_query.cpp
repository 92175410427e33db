#include "contract/task_query.hpp"

namespace sitegate {

std::string_view name_of(TaskField field) noexcept {
  switch (field) {
    case TaskField::Id:
      return "id";
    case TaskField::User:
      return "user";
    case TaskField::SourceOrg:
      return "sourceOrg";
    case TaskField::DestinationOrg:
      return "destinationOrg";
    case TaskField::OperationId:
      return "operationID";
    case TaskField::State:
      return "state";
    case TaskField::Type:
      return "type";
    case TaskField::ResourceType:
      return "resourceType";
    case TaskField::ResourceId:
      return "resourceId";
    case TaskField::ResourceName:
      return "resourceName";
    case TaskField::StartTime:
      return "startTime";
    case TaskField::LastUpdated:
      return "lastUpdated";
    case TaskField::EndTime:
      return "endTime";
  }
  return "id";
}

bool is_time(TaskField field) noexcept {
  return field == TaskField::StartTime || field == TaskField::LastUpdated ||
         field == TaskField::EndTime;
}

}  // namespace sitegate
