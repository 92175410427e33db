#pragma once
// What a caller sends to POST /sessions/extend, and what becomes of it: the body of a login at the
// site (CONTRACT rows 37 and 44 to 48). Pure.

#include <string>

#include "contract/result.hpp"

namespace sitegate {

struct ExtendRequest {
  std::string type;        ///< as the caller said it
  std::string site;        ///< grammar not checked
  std::string login_body;  ///< of POST /sessions there
};

/// Both spellings of members are understood. BadRequest, BadUserInput, NotImplemented.
Result<ExtendRequest> parse_extend(const std::string& body);

}  // namespace sitegate
