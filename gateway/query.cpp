#include "gateway/query.hpp"

#include "contract/site_name.hpp"
#include "routing/transport/http_grammar.hpp"

namespace sitegate {

Result<TaskId> parse_task_id(std::string_view text) {
  if (const auto id = TaskId::parse(text))
    return *id;
  return bad_user_input("taskId", text, "a UUID, such as f61d60d2-698a-46dc-a266-88df27644956");
}

Result<std::optional<std::string>> parse_site(std::string_view query, std::string_view also) {
  std::optional<std::string> site;
  for (auto& [name, value] : query_parameters(query)) {
    if (name != "site")
      continue;
    if (site)
      return bad_user_input("site", *site + ", " + value, "given once");
    site = std::move(value);
  }
  if (site && !is_site_name(*site) && (also.empty() || *site != also))
    return bad_user_input("site", *site, kSiteNameGrammar);
  return site;
}

}  // namespace sitegate
