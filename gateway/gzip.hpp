#pragma once

#include <string>
#include <string_view>

namespace sitegate {

/// As one gzip member (RFC 1952), at zlib's fastest level; the same octets each time. What it works
/// with is kept by each thread that ever called it, some 270 KB.
std::string gzip(std::string_view octets);

}  // namespace sitegate
