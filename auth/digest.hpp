#pragma once

#include <string>
#include <string_view>

namespace sitegate {

/// SHA-256 (FIPS 180-4) of `octets` and what follows them, 32 raw octets. Any thread. Costs no
/// look-up of the algorithm and no allocation but the answer: it runs for every request.
std::string sha256(std::string_view octets, std::string_view following = {});

}  // namespace sitegate
