#pragma once
// The grammars of the names that users and roles have.

#include <string_view>

namespace sitegate {

/// Valid UTF-8 (RFC 3629), at most `max_characters` code points, none of them a control character
/// (C0, DEL, C1). The empty text is printable.
bool is_printable_text(std::string_view text, std::size_t max_characters) noexcept;

/// 1 to 256 printable characters. Names compare byte for byte; nothing is normalised.
bool is_user_name(std::string_view text) noexcept;

/// [A-Z][A-Z0-9_]{0,63}
bool is_role_name(std::string_view text) noexcept;

}  // namespace sitegate
