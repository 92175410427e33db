// A task document as a producer sends it: what passes is JSON to two other readers, and its columns
// say what its members say.

#include "contract/task.hpp"

#include "contract/json_scan.hpp"
#include "tests/fuzz/json_oracle.hpp"

namespace sitegate::fuzz {
namespace {

constexpr std::size_t kMaxDepth = 8;

/// A time's column: what the member says, -1 when it is not there.
bool is_time(const boost::json::object& object, std::string_view name, std::int64_t column) {
  const auto* value = object.if_contains(name);
  return value == nullptr ? column == -1
                          : value->is_int64() && value->get_int64() == column && column >= -1;
}

void check(const TaskRecord& task, std::string_view sent) {
  require(task.document == sent, "kept as sent");
  const auto object = object_of(sent, kMaxDepth);
  require(object.has_value(), "what is accepted is an object to Boost.JSON");
  require(sqlite_takes(sent), "what is accepted is JSON to SQLite");
  require(TaskId::parse(text_member(*object, "id")) == task.id, "id");
  require(!task.user.empty() && text_member(*object, "user") == task.user, "user");
  require(text_member(*object, "site") == "site1", "site");
  require(text_member(*object, "state") == task.state, "state");
  require(task.state == "RUNNING" || task.state == "SUCCEEDED" || task.state == "FAILED",
          "a known state");
  require(is_time(*object, "startTime", task.start_time), "startTime");
  require(is_time(*object, "lastUpdated", task.last_updated), "lastUpdated");
  require(is_time(*object, "endTime", task.end_time), "endTime");
  require(text_member(*object, "operationID") == task.operation_id, "operationID");
  if (const auto* progress = object->if_contains("progress"))
    require(progress->is_int64() && progress->get_int64() >= 0 && progress->get_int64() <= 100,
            "progress");
  if (const auto* warnings = object->if_contains("warnings"))
    require(warnings->is_array(), "warnings");
  const auto* info = object->if_contains("workflowInfo");
  if (info != nullptr && info->is_object())
    require(text_member(info->get_object(), "type") == task.type, "workflowInfo.type");
  else
    require(task.type.empty(), "no type from nowhere");
}

}  // namespace
}  // namespace sitegate::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sitegate;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto outcome =
      check_task(std::string(text), {.local_site = "site1", .json = {.depth = fuzz::kMaxDepth}});
  if (outcome) {
    fuzz::check(*outcome, text);
    return 0;
  }
  const auto code = outcome.error().code;
  fuzz::require(code == ErrorCode::BadRequest || code == ErrorCode::BadUserInput, "two refusals");
  fuzz::require(!outcome.error().args.empty(), "a refusal says why");
  if (code == ErrorCode::BadUserInput)
    fuzz::require(fuzz::object_of(text, fuzz::kMaxDepth).has_value(),
                  "values are judged in JSON alone");
  return 0;
}
