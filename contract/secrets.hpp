#pragma once
// Secrets that came to the wrong place: a token pasted into a path, a statement in a query. What a
// stranger sent may be shown to him or logged; what opens a door may not.

#include <cstddef>
#include <string>
#include <string_view>

namespace sitegate {

/// The token of a session: 32 random octets as base64url.
inline constexpr std::size_t kTokenCharacters = 43;

/// `text` with everything replaced that has the form of a token (base64url, as long as one or
/// longer, in upper and lower case) or of a JWT. UUIDs, hex digests and words are left as they are.
std::string without_secrets(std::string_view text);

}  // namespace sitegate
