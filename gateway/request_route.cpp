#include "gateway/request_route.hpp"

#include <charconv>

#include "routing/remote/via.hpp"

namespace sitegate {
namespace {

Milliseconds time_budget(const Route& route, const Services& services) {
  if (const auto* remote = std::get_if<RemoteRoute>(&route))
    return services.sources.remote[remote->site]->time_budget();
  if (std::holds_alternative<AnywhereRoute>(route))
    return services.settings.routing.find_anywhere_time;
  return services.settings.limits.local_deadline;
}

}  // namespace

Result<Route> resolve_site(const ApiRequest& request, const std::optional<std::string>& site,
                           const Services& services) {
  const auto& local = services.settings.site.name;
  if (via_names(request.fields.joined("Via"), local))
    return make_error(ErrorCode::LoopDetected, {printable(site.value_or(local))});
  return services.directory.resolve(site, request.listener == ListenerKind::Peers);
}

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

}  // namespace sitegate
