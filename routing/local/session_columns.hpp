#pragma once
// What a row of the table of sessions holds as JSON. `from` functions: nullopt for what `to_json`
// never wrote.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/extension.hpp"

namespace sitegate::sqlite {

/// An array of texts.
std::string to_json(const std::vector<std::string>& roles);
std::optional<std::vector<std::string>> roles_from(std::string_view text);

/// An array of `{"site": , "org": , "sealed": }`; what is sealed as base64url.
std::string to_json(const std::vector<Extension>& extensions);
std::optional<std::vector<Extension>> extensions_from(std::string_view text);

}  // namespace sitegate::sqlite
