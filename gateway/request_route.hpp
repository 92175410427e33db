#pragma once
// Where a question about tasks leads, and how long it may take: the same for one task and for a
// list.

#include <optional>
#include <string>

#include "contract/api_message.hpp"
#include "contract/deadline.hpp"
#include "gateway/services.hpp"

namespace sitegate {

/// SiteNotFound, LoopDetected.
Result<Route> resolve_site(const ApiRequest& request, const std::optional<std::string>& site,
                           const Services& services);

/// CONTRACT 0.1 "Deadline": from the end of head or body at `received`, as long as the route may
/// take. CONTRACT 0.6: another gateway says how long it will wait, and the smaller limit holds.
/// BadUserInput when it says that in a wrong way.
Result<Deadline> deadline_for(const ApiRequest& request, const Route& route, SteadyTime received,
                              const Services& services);

}  // namespace sitegate
