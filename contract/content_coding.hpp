#pragma once
// Whether an answer may be sent in gzip (RFC 9110 12.5.3, 8.4.1.3).

#include <cstdint>
#include <string_view>

namespace sitegate {

/// `Only`: as it is, it is not wanted (`identity;q=0`).
enum class GzipWish : std::uint8_t { No, Yes, Only };

/// What the value of Accept-Encoding (several fields joined by ", "; empty = no field) says of it.
/// `x-gzip` is another name for it, `*` stands for it where neither is named. It is unwanted where
/// `identity` has a higher weight of its own. One who wants neither the one nor the other is not
/// heard (RFC 9110 12.4.1): `No`.
GzipWish gzip_wish(std::string_view accept_encoding);

}  // namespace sitegate
