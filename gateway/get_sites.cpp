// GET /sites and /sites/{site}: which sites there are and how the traffic with them does. From
// memory alone: a site that hangs costs nothing here.

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "contract/site_name.hpp"
#include "gateway/handlers.hpp"
#include "gateway/replies.hpp"
#include "gateway/site_documents.hpp"

namespace sitegate {
namespace {

namespace json = boost::json;

json::object local_document(const Services& services) {
  return local_site_document(services.settings.site, services.instance.shown_to_callers());
}

json::object remote_document(std::size_t site, const Services& services) {
  return remote_site_document(services.settings.sites[site], *services.site_records[site],
                              services.settings.site.name);
}

/// Of Settings::sites, in the order of the configuration file.
std::vector<std::size_t> as_configured(const std::vector<RemoteSiteSettings>& sites) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < sites.size(); ++i) order.push_back(i);
  const auto place = [&](std::size_t i) {
    return std::pair(sites[i].origin.line, sites[i].origin.column);
  };
  std::ranges::stable_sort(order, {}, place);
  return order;
}

}  // namespace

Async<ApiReply> list_sites(const ApiRequest&, RequestContext& context, Services& services) {
  json::array sites{local_document(services)};
  for (const auto site : as_configured(services.settings.sites))
    sites.emplace_back(remote_document(site, services));
  co_return document_reply(json::serialize(sites), context);
}

Async<ApiReply> show_site(const ApiRequest&, RequestContext& context, Services& services) {
  context.trace.phase = Phase::Parameters;
  const auto& name = context.path_parameter;
  if (!is_site_name(name))
    co_return bad_user_input("site", name, kSiteNameGrammar);
  context.site = name;
  SITEGATE_CO_TRY(const auto route, services.directory.resolve(name, false));
  const auto* remote = std::get_if<RemoteRoute>(&route);
  const auto document =
      remote == nullptr ? local_document(services) : remote_document(remote->site, services);
  co_return document_reply(json::serialize(document), context);
}

}  // namespace sitegate
