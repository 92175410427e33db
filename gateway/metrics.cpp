// GET /metrics, for whoever watches the process.

#include <fmt/format.h>

#include <array>
#include <iterator>

#include "gateway/handlers.hpp"
#include "gateway/replies.hpp"

namespace sitegate {

Async<ApiReply> metrics(const ApiRequest&, RequestContext&, Services& services) {
  constexpr std::string_view kName = "sitegate_site_lookups_total";
  std::string text = fmt::format(
      "# HELP {0} Lookups of tasks at a site, by what answered them.\n# TYPE {0} counter\n", kName);
  for (std::size_t i = 0; i < services.settings.sites.size(); ++i) {
    const auto& counts = services.site_records[i]->counts;
    const std::array<std::pair<std::string_view, const std::atomic<std::uint64_t>&>, 3> all{
        {{"site", counts.site}, {"shared", counts.shared}, {"kept", counts.kept}}};
    for (const auto& [answered, count] : all)
      fmt::format_to(std::back_inserter(text), "{}{{site=\"{}\",answered=\"{}\"}} {}\n", kName,
                     services.settings.sites[i].name, answered,
                     count.load(std::memory_order_relaxed));
  }
  co_return metrics_reply(std::move(text));
}

}  // namespace sitegate
