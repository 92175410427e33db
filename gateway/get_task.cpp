// GET /tasks/{taskId}?site=NAME: what this gateway is for. Start reading here.

#include "gateway/cacheable_reply.hpp"
#include "gateway/handlers.hpp"
#include "gateway/query.hpp"
#include "gateway/request_route.hpp"
#include "routing/fetch_task.hpp"

namespace sitegate {
namespace {

struct TaskQuery {
  TaskId id;
  std::optional<std::string> site;
};

Result<TaskQuery> parse_query(const ApiRequest& request, const RequestContext& context) {
  SITEGATE_TRY(const auto id, parse_task_id(context.path_parameter));
  SITEGATE_TRY(auto site, parse_site(request.query));
  return TaskQuery{id, std::move(site)};
}

}  // namespace

Async<ApiReply> get_task(const ApiRequest& request, RequestContext& context, Services& services) {
  context.trace.phase = Phase::Parameters;
  SITEGATE_CO_TRY(const auto query, parse_query(request, context));
  context.site = printable(query.site.value_or(services.settings.site.name));

  context.trace.phase = Phase::Routing;
  SITEGATE_CO_TRY(const auto route, resolve_site(request, query.site, services));
  SITEGATE_CO_TRY(const auto deadline, deadline_for(request, route, context.received, services));

  const Lookup lookup{.id = query.id,
                      .viewer = context.caller->viewer,
                      .operation_id = context.operation_id,
                      .deadline = deadline,
                      .shows_queued = context.media_type.is_v4_7(),
                      .extensions = context.caller->extensions};
  SITEGATE_CO_TRY(auto document,
                  co_await fetch_task(route, lookup, services.sources, context.trace));
  co_return cacheable_reply(request, std::move(document), context);
}

}  // namespace sitegate
