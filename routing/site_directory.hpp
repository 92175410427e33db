#pragma once
// Which site a name means: a fixed list, made from the configuration (CHECKLIST 21). Host, port and
// scheme never come from a caller.

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/settings.hpp"
#include "contract/result.hpp"

namespace sitegate {

struct LocalRoute {};
struct RemoteRoute {
  std::size_t site;  ///< index into Settings::sites
};
using Route = std::variant<LocalRoute, RemoteRoute>;

class SiteDirectory {
 public:
  explicit SiteDirectory(const Settings& settings);

  /// `site` absent = the local site. SiteNotFound for a name that is not configured. What came
  /// from another gateway is never sent on: LoopDetected for a remote site (CONTRACT 0.2, 0.6).
  Result<Route> resolve(const std::optional<std::string>& site, bool from_gateway) const;

 private:
  std::string local_;
  std::vector<std::string> remote_;  // sorted
};

}  // namespace sitegate
