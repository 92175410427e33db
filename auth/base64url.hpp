#pragma once
// base64url without padding (RFC 4648 section 5, RFC 7515 section 2), strict in both directions:
// one octet string has exactly one text form, and no other text is read.

#include <optional>
#include <string>
#include <string_view>

namespace sitegate {

std::string base64url_encode(std::string_view octets);

/// nullopt for padding, any octet outside the alphabet, an impossible length and trailing bits that
/// are not zero.
std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace sitegate
