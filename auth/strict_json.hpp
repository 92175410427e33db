#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string_view>

namespace sitegate {

/// One JSON object and nothing else: valid UTF-8, no member name twice in any object (RFC 7515
/// section 4, RFC 8259 section 4), nested at most 8 deep. Anything else is nullopt. For small,
/// bounded texts: it builds a tree.
std::optional<boost::json::object> parse_strict_object(std::string_view text);

}  // namespace sitegate
