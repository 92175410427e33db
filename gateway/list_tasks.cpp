// GET /tasks: a page of the tasks of one site, or of all of them together (`site=*`).

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "gateway/cacheable_reply.hpp"
#include "gateway/handlers.hpp"
#include "gateway/parse_task_query.hpp"
#include "gateway/query.hpp"
#include "gateway/request_route.hpp"
#include "routing/merge_lists.hpp"
#include "routing/query_tasks.hpp"

namespace sitegate {
namespace {

constexpr std::string_view kAllSites = "*";
constexpr std::size_t kMaxLimit = 100;                // CONTRACT row 67
constexpr std::size_t kMaxLimitOfPeers = kMaxMerged;  // one call for a list of all sites

/// The envelope of row 66; the documents stand in it as they are.
std::string envelope_of(const TaskPage& page, const TaskQuery& query) {
  std::size_t octets = 128;
  for (const auto& document : page.documents) octets += document.size() + 1;
  std::string body = "{\"items\":[";
  body.reserve(octets);
  for (const auto& document : page.documents) {
    if (body.back() != '[')
      body += ',';
    body += document;
  }
  body.append("],\"total\":").append(std::to_string(page.total));
  body.append(",\"offset\":").append(std::to_string(query.offset));
  body.append(",\"limit\":").append(std::to_string(query.limit)).append("}");
  return body;
}

std::string envelope_of(const MergedPage& merged, const TaskQuery& query) {
  namespace json = boost::json;
  json::array sites;
  for (const auto& site : merged.sites)
    sites.push_back(
        json::object{{"site", site.site}, {"outcome", site.outcome}, {"count", site.count}});
  auto body = envelope_of(merged.page, query);
  body.pop_back();
  body.append(",\"sites\":").append(json::serialize(sites)).append("}");
  return body;
}

/// A route that is one site: a list is never searched for elsewhere.
Result<Route> one_site(const ApiRequest& request, const std::optional<std::string>& site,
                       const Services& services) {
  return resolve_site(request, site.value_or(services.settings.site.name), services);
}

}  // namespace

Async<ApiReply> list_tasks(const ApiRequest& request, RequestContext& context, Services& services) {
  context.trace.phase = Phase::Parameters;
  const bool from_peer = request.listener == ListenerKind::Peers;
  SITEGATE_CO_TRY(const auto site,
                  parse_site(request.query, from_peer ? std::string_view{} : kAllSites));
  SITEGATE_CO_TRY(const auto query,
                  parse_task_query(request.query, from_peer ? kMaxLimitOfPeers : kMaxLimit));
  context.site = printable(site.value_or(services.settings.site.name));
  const bool all = site == kAllSites;

  context.trace.phase = Phase::Routing;
  SITEGATE_CO_TRY(const auto route,
                  one_site(request, all ? std::optional<std::string>() : site, services));
  SITEGATE_CO_TRY(auto deadline, deadline_for(request, route, context.received, services));
  if (std::holds_alternative<LocalRoute>(route))  // what another site allows is its own word
    if (auto allowed = check_filters(query, context.caller->viewer); !allowed)
      co_return std::move(allowed).error();
  if (all)
    deadline = Deadline::after(services.settings.routing.all_sites_time, context.received);

  const ListQuestion question{.query = query,
                              .viewer = context.caller->viewer,
                              .operation_id = context.operation_id,
                              .deadline = deadline,
                              .shows_queued = context.media_type.is_v4_7(),
                              .extensions = context.caller->extensions};
  if (all) {
    SITEGATE_CO_TRY(const auto merged,
                    co_await services.sources.everywhere->query(question, context.trace));
    co_return cacheable_reply(request, envelope_of(merged, query), context);
  }
  SITEGATE_CO_TRY(const auto page,
                  co_await query_tasks(route, question, services.sources, context.trace));
  co_return cacheable_reply(request, envelope_of(page, query), context);
}

}  // namespace sitegate
