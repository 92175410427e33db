#pragma once
// The members of a small body that say who somebody is: of a login, of an extend.

#include <map>
#include <string>
#include <string_view>

#include "contract/result.hpp"

namespace sitegate {

/// Texts that are members of the top object, by name.
using Members = std::map<std::string, std::string, std::less<>>;

/// BadRequest: the body is no JSON object. What is no text is passed over.
Result<Members> body_members(const std::string& body);

/// The text of `name`, else of `alias`. BadUserInput: it is missing or empty; what was sent is not
/// repeated.
Result<std::string> member(const Members& members, std::string_view name,
                           std::string_view alias = {});

}  // namespace sitegate
