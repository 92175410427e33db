#pragma once
// Sessions at other sites, from where they are used: as parts of answers, and what is done for them
// beside any request.

#include <string>
#include <vector>

#include "auth/extension.hpp"
#include "contract/async.hpp"
#include "gateway/services.hpp"

namespace sitegate {

/// The site, as an index into Settings::sites, to which a session can be extended. BadUserInput (no
/// name of a site, or of this one), SiteNotFound, LoopDetected.
Result<std::size_t> site_to_extend_to(const std::string& name, const ApiRequest& request,
                                      const Services& services);

/// Ends sessions at other sites that are forgotten here. Nobody waits for it: what cannot be
/// reached ends there by itself.
void end_at_sites(ExtensionsPtr extensions, Viewer viewer, std::string operation_id,
                  Services& services);

/// Gives each of these sessions a sign of life, one after the other at each site. On this worker.
void keep_alive_at_sites(const std::vector<ExtensionsPtr>& due, Services& services);

}  // namespace sitegate
