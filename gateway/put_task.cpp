// PUT /tasks/{taskId}: a producer reports a task of this site.

#include "contract/json_scan.hpp"
#include "gateway/handlers.hpp"
#include "gateway/query.hpp"
#include "gateway/replies.hpp"

namespace sitegate {

Async<ApiReply> put_task(const ApiRequest& request, RequestContext& context, Services& services) {
  const auto& local = services.settings.site.name;
  context.trace.phase = Phase::Parameters;
  const auto id = parse_task_id(context.path_parameter);
  const auto site = parse_site(request.query);
  // A body that is not JSON comes before any value that is wrong (CONTRACT 0.1 order of checks).
  if (!id || !site) {
    const auto ignore = [](const JsonMember&) {};
    const auto fault = scan_json_object(context.body, services.settings.limits.json_depth, ignore);
    co_return fault ? make_error(ErrorCode::BadRequest, {fault->what})
                    : (!id ? id.error() : site.error());
  }
  if (*site && **site != local)
    co_return bad_user_input("site", **site,
                             "absent or '" + local + "': a task is written at its own site");
  context.site = local;
  SITEGATE_CO_TRY(auto task, check_task(std::move(context.body), *id,
                                        {.local_site = local,
                                         .max_depth = services.settings.limits.json_depth}));

  context.trace.phase = Phase::Store;
  auto document = task.document;
  const auto deadline = Deadline::after(services.settings.limits.local_deadline, context.received);
  const auto begin = std::chrono::steady_clock::now();
  const auto outcome = co_await services.sources.local->put(std::move(task), deadline);
  context.trace.store_us = microseconds_since(begin);
  if (!outcome)
    co_return outcome.error();

  auto reply = task_reply(200, std::move(document), context);
  if (*outcome == PutOutcome::Created) {
    reply.status = 201;
    reply.fields.emplace_back("Location", "/tasks/" + id->to_string());
  }
  co_return reply;
}

}  // namespace sitegate
