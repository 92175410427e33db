#pragma once
// contract/openapi.yaml, which describes the API, inside the program.

#include <string_view>

namespace sitegate {

/// The file as it was when this was built, byte for byte. Lives as long as the program.
std::string_view openapi_document() noexcept;

}  // namespace sitegate
