#pragma once
// Small pure rules of HTTP and URI text that several files share (RFC 9110, 9112, 3986).

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sitegate {

/// Only octets that RFC 3986 allows in a path or query, and whole percent escapes.
bool is_target_text(std::string_view text) noexcept;

/// `uri-host [ ":" port ]`, no user-info, not empty (RFC 9110 7.2). A port is 1 to 5 digits, at
/// most 65535; IPv6 in brackets.
bool is_host_and_port(std::string_view text) noexcept;

/// `//tasks///x` becomes `/tasks/x` (CONTRACT 0.1 "Base path").
std::string collapse_slashes(std::string_view path);

/// Decodes percent escapes once. `plus_is_space`: as in a query. nullopt: a broken escape.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

/// As a value in a query: all octets but the unreserved ones are escaped (RFC 3986 2.3).
std::string percent_encode(std::string_view text);

/// The segments of a path, each decoded once: `/a/b%2Fc` gives {"a", "b/c"}.
std::vector<std::string> path_segments(std::string_view path);

/// The parameters of a query, decoded once, in their order; one without `=` has an empty value.
std::vector<std::pair<std::string, std::string>> query_parameters(std::string_view query);

/// Calls `each` with every token of a comma-separated list, white space trimmed, empty ones left
/// out (RFC 9110 5.6.1).
template <class F>
void for_each_token(std::string_view list, F&& each) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    auto token = list.substr(0, comma);
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    const auto first = token.find_first_not_of(" \t");
    if (first == std::string_view::npos)
      continue;
    token = token.substr(first, token.find_last_not_of(" \t") - first + 1);
    each(token);
  }
}

}  // namespace sitegate
