// PUT /tasks/{taskId}: a producer reports a task of this site.

#include "contract/json_scan.hpp"
#include "gateway/handlers.hpp"
#include "gateway/query.hpp"
#include "gateway/replies.hpp"

namespace sitegate {
namespace {

/// Which task is written; only ever one of the local site.
Result<TaskId> parse_parameters(const ApiRequest& request, const RequestContext& context,
                                const std::string& local) {
  SITEGATE_TRY(const auto id, parse_task_id(context.path_parameter));
  SITEGATE_TRY(const auto site, parse_site(request.query));
  if (site && *site != local)
    return bad_user_input("site", *site,
                          "absent or '" + local + "': a task is written at its own site");
  return id;
}

Result<TaskRecord> parse_task(const ApiRequest& request, RequestContext& context,
                              const Settings& settings) {
  const auto id = parse_parameters(request, context, settings.site.name);
  if (id) {
    context.site = settings.site.name;
    return check_task(std::move(context.body), *id,
                      {.local_site = settings.site.name, .json = settings.limits.json});
  }
  // A body that is not JSON comes before any value that is wrong (CONTRACT 0.1 order of checks).
  const auto ignore = [](const JsonMember&) {};
  if (const auto fault = scan_json_object(context.body, settings.limits.json, ignore))
    return make_error(ErrorCode::BadRequest, {fault->what});
  return id.error();
}

}  // namespace

Async<ApiReply> put_task(const ApiRequest& request, RequestContext& context, Services& services) {
  context.trace.phase = Phase::Parameters;
  SITEGATE_CO_TRY(auto task, parse_task(request, context, services.settings));

  context.trace.phase = Phase::Store;
  auto document = task.document;
  const auto id = task.id;
  const auto deadline = Deadline::after(services.settings.limits.local_deadline, context.received);
  const auto begin = std::chrono::steady_clock::now();
  const auto outcome = co_await services.sources.local->put(std::move(task), deadline);
  context.trace.store_us = microseconds_since(begin);
  if (!outcome)
    co_return outcome.error();

  auto reply = task_reply(200, std::move(document), context);
  if (*outcome == PutOutcome::Created) {
    reply.status = 201;
    reply.fields.emplace_back("Location", "/tasks/" + id.to_string());
  }
  co_return reply;
}

}  // namespace sitegate
