#pragma once

#include <string_view>

namespace sitegate {

/// Does the value of If-None-Match (several fields joined by ", ") name this representation: `*`,
/// or its tag, compared weakly (RFC 9110 8.8.3.2, 13.1.2)? `tag` is strong, with its quotes. What
/// follows a mistake in a list is not read: at worst the whole answer is sent.
bool names_entity_tag(std::string_view if_none_match, std::string_view tag);

}  // namespace sitegate
