#pragma once
// The grammar of a site's name (CONTRACT 0.1 `site`): [A-Za-z0-9][A-Za-z0-9._-]{0,62}.
// Names are compared byte for byte; upper and lower case are different names.

#include <string_view>

namespace sitegate {

bool is_site_name(std::string_view text) noexcept;

/// The grammar in words, for messages.
inline constexpr std::string_view kSiteNameGrammar =
    "a site name: 1 to 63 letters, digits, '.', '_' or '-', beginning with a letter or digit";

}  // namespace sitegate
