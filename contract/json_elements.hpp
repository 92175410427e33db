#pragma once
// The values of an array as they stand in JSON text: for documents that are passed on octet for
// octet.

#include <optional>
#include <string_view>
#include <vector>

namespace sitegate {

/// The elements of the array that is this member of `object`, as they stand. `object` has passed
/// scan_json_object. nullopt: no such member (written without escapes), or no array.
std::optional<std::vector<std::string_view>> json_elements(std::string_view object,
                                                           std::string_view member);

}  // namespace sitegate
