#pragma once

#include <string_view>

#include "contract/header_fields.hpp"

namespace sitegate {

/// What can be read of a head that is refused: the fields in whole lines of the form `name: value`,
/// up to the empty line. Only good for how the refusal looks, to which browsers and clients of old
/// versions belong as well: nothing is decided by them.
HeaderFields readable_fields(std::string_view head);

}  // namespace sitegate
