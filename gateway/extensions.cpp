#include "gateway/extensions.hpp"

#include <boost/asio/co_spawn.hpp>
#include <map>

#include "auth/random.hpp"
#include "contract/site_name.hpp"
#include "gateway/request_route.hpp"

namespace sitegate {
namespace {

// A site sees nothing of an asker but the token, when it is asked with one.
const Viewer kNobody{};

struct Due {
  std::size_t site;
  std::vector<ExtensionsPtr> sessions;
};

void spawn(Awaitable<> work, Services& services) {
  const auto on_end = [](const std::exception_ptr& thrown) {
    if (thrown)  // a bug or exhausted memory: for the worker to log
      std::rethrow_exception(thrown);
  };
  asio::co_spawn(services.worker, std::move(work), on_end);
}

std::optional<std::size_t> index_of(const std::string& site, const Services& services) {
  const auto route = services.directory.resolve(site, false);
  const auto* remote = route ? std::get_if<RemoteRoute>(&*route) : nullptr;
  return remote == nullptr ? std::nullopt : std::optional(remote->site);
}

Awaitable<> end_one(std::size_t site, ExtensionsPtr extensions, Viewer viewer,
                    std::string operation_id, Services& services) {
  co_await services.sources.remote[site]->end_session({viewer, extensions.get()}, operation_id);
}

Awaitable<> keep_one_by_one(Due due, Services& services) {
  constexpr int kEnough = 3;  // failures in a row: then most sessions last until the next time
  int failures = 0;
  for (const auto& extensions : due.sessions) {
    auto& site = *services.sources.remote[due.site];
    const bool answered = co_await site.keep_alive({kNobody, extensions.get()}, random_uuid());
    failures = answered ? 0 : failures + 1;
    if (failures == kEnough)
      co_return;
  }
}

}  // namespace

Result<std::size_t> site_to_extend_to(const std::string& name, const ApiRequest& request,
                                      const Services& services) {
  if (!is_site_name(name))
    return bad_user_input("site", name, kSiteNameGrammar);
  SITEGATE_TRY(const auto route, resolve_site(request, name, services));
  if (const auto* remote = std::get_if<RemoteRoute>(&route))
    return remote->site;
  return bad_user_input("site", name, "another site: at this one you are logged in");
}

void end_at_sites(ExtensionsPtr extensions, Viewer viewer, std::string operation_id,
                  Services& services) {
  if (extensions == nullptr)
    return;
  for (const auto& extension : extensions->list)
    if (const auto site = index_of(extension.site, services))
      spawn(end_one(*site, extensions, viewer, operation_id, services), services);
}

void keep_alive_at_sites(const std::vector<ExtensionsPtr>& due, Services& services) {
  std::map<std::string, Due> by_site;
  for (const auto& extensions : due)
    for (const auto& extension : extensions->list)
      if (const auto site = index_of(extension.site, services)) {
        by_site[extension.site].site = *site;
        by_site[extension.site].sessions.push_back(extensions);
      }
  for (auto& [name, sessions] : by_site)
    spawn(keep_one_by_one(std::move(sessions), services), services);
}

}  // namespace sitegate
