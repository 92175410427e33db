// GET /tasks/{taskId}?site=NAME: what this gateway is for. Start reading here.

#include <charconv>

#include "gateway/handlers.hpp"
#include "gateway/query.hpp"
#include "gateway/replies.hpp"
#include "routing/fetch_task.hpp"
#include "routing/remote/remote_protocol.hpp"

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

Result<Route> resolve_site(const ApiRequest& request, const std::optional<std::string>& site,
                           const Services& services) {
  const auto& local = services.settings.site.name;
  if (via_names(request.fields.joined("Via"), local))
    return make_error(ErrorCode::LoopDetected, {printable(site.value_or(local))});
  return services.directory.resolve(site, request.listener == ListenerKind::Peers);
}

/// CONTRACT 0.1 "Deadline": from where the route leads.
Milliseconds time_budget(const Route& route, const Services& services) {
  if (const auto* remote = std::get_if<RemoteRoute>(&route))
    return services.sources.remote[remote->site]->time_budget();
  if (std::holds_alternative<AnywhereRoute>(route))
    return services.settings.routing.find_anywhere_time;
  return services.settings.limits.local_deadline;
}

/// CONTRACT 0.6: another gateway says how long it will wait; the smaller limit holds.
Result<Deadline> deadline_for(const ApiRequest& request, const Route& route, SteadyTime received,
                              const Services& services) {
  const auto own = Deadline::after(time_budget(route, services), received);
  const auto text = request.fields.first("Sitegate-Deadline-Ms");
  if (request.listener != ListenerKind::Peers || text.empty())
    return own;
  std::uint32_t left = 0;
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), left);
  if (error != std::errc{} || at != text.data() + text.size())
    return bad_user_input("Sitegate-Deadline-Ms", text, "a number of milliseconds");
  return own.sooner_of(Deadline::after(Milliseconds{left}, received));
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
                      .shows_queued = context.media_type.is_v4_7()};
  SITEGATE_CO_TRY(auto document,
                  co_await fetch_task(route, lookup, services.sources, context.trace));
  co_return task_reply(200, std::move(document), context);
}

}  // namespace sitegate
