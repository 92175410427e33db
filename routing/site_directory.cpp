#include "routing/site_directory.hpp"

#include <algorithm>

namespace sitegate {

SiteDirectory::SiteDirectory(const Settings& settings) : local_(settings.site.name) {
  for (const auto& site : settings.sites) {
    if (settings.routing.find_anywhere && site.find_anywhere)
      searched_.push_back(remote_.size());
    remote_.push_back(site.name);
  }
}

Result<Route> SiteDirectory::resolve(const std::optional<std::string>& site,
                                     bool from_gateway) const {
  if (!site && !from_gateway && !searched_.empty())
    return Route{AnywhereRoute{}};
  if (!site || *site == local_)
    return Route{LocalRoute{}};
  const auto found = std::lower_bound(remote_.begin(), remote_.end(), *site);
  if (found == remote_.end() || *found != *site)
    return make_error(ErrorCode::SiteNotFound, {printable(*site)});
  if (from_gateway)
    return make_error(ErrorCode::LoopDetected, {*site});
  return Route{RemoteRoute{static_cast<std::size_t>(found - remote_.begin())}};
}

}  // namespace sitegate
