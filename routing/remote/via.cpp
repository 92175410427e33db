#include "routing/remote/via.hpp"

#include "routing/transport/http_grammar.hpp"

namespace sitegate {

std::string gateway_pseudonym(std::string_view site) {
  return "sitegate-" + std::string(site);
}

bool via_names(std::string_view via, std::string_view site) {
  const auto pseudonym = gateway_pseudonym(site);
  bool found = false;
  // Via = received-protocol SP received-by [ SP comment ], a list (RFC 9110 7.6.3).
  for_each_token(via, [&](std::string_view hop) {
    const auto space = hop.find_first_of(" \t");
    if (space == std::string_view::npos)
      return;
    auto by = hop.substr(hop.find_first_not_of(" \t", space));
    by = by.substr(0, by.find_first_of(" \t"));
    if (by == pseudonym)
      found = true;
  });
  return found;
}

}  // namespace sitegate
