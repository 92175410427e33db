#pragma once
// The gateways that a message came through (RFC 9110 7.6.3).

#include <string>
#include <string_view>

namespace sitegate {

/// Pseudonym of a gateway in Via and Proxy-Status: `sitegate-NAME`.
std::string gateway_pseudonym(std::string_view site);

/// Does a Via value (all fields joined) name this site's gateway? Then the request has been here.
bool via_names(std::string_view via, std::string_view site);

}  // namespace sitegate
