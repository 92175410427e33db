#include "routing/remote/list_protocol.hpp"

#include <algorithm>
#include <optional>

#include "contract/json_elements.hpp"
#include "contract/task_key.hpp"
#include "routing/remote/remote_protocol.hpp"
#include "routing/transport/http_grammar.hpp"

namespace sitegate {
namespace {

constexpr std::string_view kQueued = "QUEUED";

class Target {
 public:
  explicit Target(std::string_view path) : text_(path) {}

  void add(std::string_view name, std::string_view value) {
    text_.append(1, text_.find('?') == std::string::npos ? '?' : '&');
    text_.append(name).append("=").append(percent_encode(value));
  }
  std::string take() && { return std::move(text_); }

 private:
  std::string text_;
};

std::string joined(const std::vector<std::string>& values) {
  std::string list;
  for (const auto& value : values) list.append(list.empty() ? "" : ",").append(value);
  return list;
}

std::string sort_text(const TaskQuery& query) {
  std::string list;
  for (const auto& [field, descending] : query.sort)
    list.append(list.empty() ? "" : ",").append(name_of(field)).append(descending ? "-" : "");
  return list;
}

/// The document of a task, or why it is none; `key` sees its members.
Result<std::string> task_of(std::string_view site, std::string_view item, const JsonLimits& limits,
                            bool shows_queued, TaskKeyReader& key) {
  bool has_id = false;
  std::optional<std::size_t> queued_at;
  const auto fault = scan_json_object(item, limits, [&](const JsonMember& member) {
    key.see(member);
    if (member.path == "id" && member.kind == JsonKind::String)
      has_id = TaskId::parse(member.text).has_value();
    if (member.path == "state" && member.kind == JsonKind::String && member.text == kQueued)
      queued_at = member.offset;
  });
  if (fault)
    return discarded(site, "an item is no JSON object: " + fault->what);
  if (!has_id)
    return discarded(site, "an item has no id");
  std::string document(item);
  if (!queued_at || shows_queued)
    return document;
  if (*queued_at == JsonMember::npos)
    return discarded(site, "a state is written with escapes");
  document.replace(*queued_at, kQueued.size(), "RUNNING");
  return document;
}

/// CONTRACT 0.3: what a list is refused with is a word on the question, where it is one.
Error read_refusal(std::string_view site, const SiteAnswer& answer) {
  auto foreign = read_foreign_error(answer.body);
  auto error = read_site_failure(site, answer);
  for (const auto code : {ErrorCode::Forbidden, ErrorCode::BadUserInput, ErrorCode::BadRequest})
    if (foreign && foreign->code == traits(code).name && answer.status == traits(code).status)
      error = make_error(code, std::move(foreign->args));
  if (foreign)
    error.hops = std::move(foreign->hops);
  return error;
}

}  // namespace

SiteRequest list_request(const ListRequest& list) {
  const auto& query = list.query;
  Target target("/tasks");
  target.add("site", list.remote_name);
  for (const auto& filter : query.texts) target.add(name_of(filter.field), joined(filter.any_of));
  for (const auto& filter : query.times)
    target.add(std::string(name_of(filter.field)) + (filter.before ? "Before" : "After"),
               std::to_string(filter.limit));
  if (!query.ids.empty()) {
    std::vector<std::string> ids;
    for (const auto& id : query.ids) ids.push_back(id.to_string());
    target.add("ids", joined(ids));
  }
  target.add("sort", sort_text(query));
  target.add("limit", std::to_string(query.limit));
  target.add("offset", std::to_string(query.offset));

  auto request = site_request(list.host, list.local_site, list.operation_id);
  request.target = std::move(target).take();
  request.max_body = list.max_body;
  return request;
}

Result<TaskPage> read_list_answer(std::string_view site, const TaskQuery& query,
                                  const SiteAnswer& answer, const JsonLimits& limits,
                                  bool shows_queued) {
  if (answer.status != 200)
    return read_refusal(site, answer);
  if (is_encoded(answer))
    return discarded(site, "it is encoded, which was not asked for");
  std::optional<std::int64_t> total;
  const JsonLimits bounds{.depth = limits.depth + 2, .members = limits.members * query.limit};
  const auto fault = scan_json_object(answer.body, bounds, [&](const JsonMember& member) {
    if (member.path == "total" && member.kind == JsonKind::Integer)
      total = member.integer;
  });
  if (fault)
    return discarded(site, "it is not a JSON object: " + fault->what);
  const auto items = json_elements(answer.body, "items");
  if (!items || !total)
    return discarded(site, "it is no list: 'items' or 'total' is missing");
  if (items->size() > query.limit)
    return discarded(site, "it has more items than were asked for");
  TaskPage page;
  for (const auto item : *items) {
    TaskKeyReader key(query.sort);
    SITEGATE_TRY(auto document, task_of(site, item, limits, shows_queued, key));
    page.documents.push_back(std::move(document));
    page.keys.push_back(std::move(key).take());
  }
  const auto seen = static_cast<std::int64_t>(query.offset + items->size());
  page.total = items->empty() ? std::clamp<std::int64_t>(*total, 0, seen) : std::max(*total, seen);
  return page;
}

}  // namespace sitegate
