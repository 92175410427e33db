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
/// The local store, then wherever the task may be.
struct AnywhereRoute {};
using Route = std::variant<LocalRoute, RemoteRoute, AnywhereRoute>;

class SiteDirectory {
 public:
  explicit SiteDirectory(const Settings& settings);

  /// `site` absent = anywhere, where there is anybody to be asked, else the local site.
  /// SiteNotFound for a name that is not configured. What came from another gateway is never sent
  /// on, nor searched for: LoopDetected for a remote site (CONTRACT 0.2, 0.6).
  Result<Route> resolve(const std::optional<std::string>& site, bool from_gateway) const;

  /// The sites that take part in a search, as indices into Settings::sites.
  const std::vector<std::size_t>& searched() const noexcept { return searched_; }

 private:
  std::string local_;
  std::vector<std::string> remote_;  // sorted
  std::vector<std::size_t> searched_;
};

}  // namespace sitegate
