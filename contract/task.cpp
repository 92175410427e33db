#include "contract/task.hpp"

#include <array>
#include <optional>

#include "contract/json_scan.hpp"
#include "contract/user_name.hpp"

namespace sitegate {
namespace {

/// What a member is, for a message: containers have no text of their own.
std::string_view shown(const JsonMember& member) {
  if (member.kind == JsonKind::Object)
    return "(an object)";
  if (member.kind == JsonKind::Array)
    return "(an array)";
  return member.text;
}

/// Takes the members one by one; keeps the first that breaks a rule.
class TaskReader {
 public:
  explicit TaskReader(const TaskRules& rules) : rules_(rules) {}

  void operator()(const JsonMember& member) {
    if (error_)
      return;
    for (const auto& rule : kMembers)
      if (rule.path == member.path)
        return (this->*rule.take)(member);
  }

  /// The record without its document, or the first thing that is wrong.
  Result<TaskRecord> finish() && {
    for (const auto& [path, present] : {std::pair{"id", has_id_},
                                        {"user", has_user_},
                                        {"site", has_site_},
                                        {"state", has_state_}})
      if (!present && !error_)
        error_ = bad_user_input(path, "(absent)", "present");
    if (error_)
      return *std::move(error_);
    if (record_.source_org.empty())
      record_.source_org = org_of_user(record_.user);
    return std::move(record_);
  }

 private:
  using Take = void (TaskReader::*)(const JsonMember&);
  struct Rule {
    std::string_view path;
    Take take;
  };
  static const std::array<Rule, 16> kMembers;

  void refuse(const JsonMember& member, std::string_view allowed) {
    error_ = bad_user_input(member.path, shown(member), allowed);
  }

  void take_id(const JsonMember& member) {
    const auto id = member.kind == JsonKind::String ? TaskId::parse(member.text) : std::nullopt;
    if (!id)
      return refuse(member, "a UUID");
    record_.id = *id;
    has_id_ = true;
  }

  void take_user(const JsonMember& member) {
    if (member.kind != JsonKind::String || member.text.empty())
      return refuse(member, "a string that is not empty");
    record_.user = member.text;
    has_user_ = true;
  }

  void take_site(const JsonMember& member) {
    if (member.kind != JsonKind::String || member.text != rules_.local_site)
      return refuse(member, "the name of this site, " + std::string(rules_.local_site));
    record_.site = member.text;
    has_site_ = true;
  }

  void take_state(const JsonMember& member) {
    const bool known =
        member.text == "RUNNING" || member.text == "SUCCEEDED" || member.text == "FAILED";
    if (member.kind != JsonKind::String || !known)
      return refuse(member, "RUNNING, SUCCEEDED or FAILED");
    record_.state = member.text;
    has_state_ = true;
  }

  void take_progress(const JsonMember& member) {
    if (member.kind != JsonKind::Integer || member.integer < 0 || member.integer > 100)
      refuse(member, "an integer from 0 to 100");
  }

  void take_warnings(const JsonMember& member) {
    if (member.kind != JsonKind::Array)
      refuse(member, "an array");
  }

  template <std::int64_t TaskRecord::*column>
  void take_time(const JsonMember& member) {
    if (member.kind != JsonKind::Integer || member.integer < -1)
      return refuse(member, "an integer of milliseconds, or -1");
    record_.*column = member.integer;
  }

  template <std::string TaskRecord::*column>
  void take_text(const JsonMember& member) {
    if (member.kind != JsonKind::String)
      return refuse(member, "a string");
    record_.*column = member.text;
  }

  /// CONTRACT 0.5 checks nothing here; other kinds than strings leave the column empty.
  template <std::string TaskRecord::*column>
  void take_any(const JsonMember& member) {
    if (member.kind == JsonKind::String)
      record_.*column = member.text;
  }

  const TaskRules& rules_;
  TaskRecord record_;
  std::optional<Error> error_;
  bool has_id_ = false, has_user_ = false, has_site_ = false, has_state_ = false;
};

// CONTRACT 0.5, rows `PUT /tasks/{taskId}` and `Filter members`.
const std::array<TaskReader::Rule, 16> TaskReader::kMembers{{
    {"id", &TaskReader::take_id},
    {"user", &TaskReader::take_user},
    {"site", &TaskReader::take_site},
    {"state", &TaskReader::take_state},
    {"progress", &TaskReader::take_progress},
    {"warnings", &TaskReader::take_warnings},
    {"startTime", &TaskReader::take_time<&TaskRecord::start_time>},
    {"lastUpdated", &TaskReader::take_time<&TaskRecord::last_updated>},
    {"endTime", &TaskReader::take_time<&TaskRecord::end_time>},
    {"sourceOrg", &TaskReader::take_text<&TaskRecord::source_org>},
    {"destinationOrg", &TaskReader::take_text<&TaskRecord::destination_org>},
    {"operationID", &TaskReader::take_text<&TaskRecord::operation_id>},
    {"workflowInfo.type", &TaskReader::take_any<&TaskRecord::type>},
    {"workflowInfo.resourceType", &TaskReader::take_any<&TaskRecord::resource_type>},
    {"workflowInfo.resourceId", &TaskReader::take_any<&TaskRecord::resource_id>},
    {"workflowInfo.resourceName", &TaskReader::take_any<&TaskRecord::resource_name>},
}};

}  // namespace

Result<TaskRecord> check_task(std::string document, const TaskRules& rules) {
  TaskReader reader(rules);
  if (auto fault = scan_json_object(document, rules.json, reader))
    return make_error(ErrorCode::BadRequest, {std::move(fault->what)});
  SITEGATE_TRY(TaskRecord record, std::move(reader).finish());
  record.document = std::move(document);
  return record;
}

Result<TaskRecord> check_task(std::string document, const TaskId& expected,
                              const TaskRules& rules) {
  SITEGATE_TRY(TaskRecord record, check_task(std::move(document), rules));
  if (record.id != expected)
    return bad_user_input("id", record.id.to_string(),
                          "the id in the path, " + expected.to_string());
  return record;
}

}  // namespace sitegate
