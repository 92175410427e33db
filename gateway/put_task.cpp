// PUT /tasks/{taskId}: a producer reports a task of this site.

#include "gateway/handlers.hpp"
#include "gateway/query.hpp"
#include "gateway/replies.hpp"

namespace sitegate {

Async<ApiReply> put_task(const ApiRequest& request, RequestContext& context, Services& services) {
  const auto& local = services.settings.site.name;
  context.trace.phase = Phase::Parameters;
  SITEGATE_CO_TRY(const auto id, parse_task_id(context.path_parameter));
  SITEGATE_CO_TRY(const auto site, parse_site(request.query));
  if (site && *site != local)
    co_return bad_user_input("site", *site,
                             "absent or '" + local + "': a task is written at its own site");
  context.site = local;
  SITEGATE_CO_TRY(auto task, check_task(std::move(context.body), id,
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
    reply.fields.emplace_back("Location", "/tasks/" + id.to_string());
  }
  co_return reply;
}

}  // namespace sitegate
