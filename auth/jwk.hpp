#pragma once
// Public keys on P-256 as JSON Web Keys (RFC 7517, RFC 7518 section 6.2.1), for statements.

#include <optional>
#include <string>
#include <string_view>

namespace sitegate {

/// A point of the curve, not yet known to lie on it; 32 octets each.
struct P256Point {
  std::string x;
  std::string y;
};

/// In one line, `kty`, `crv`, `x` and `y`.
std::string write_jwk(const P256Point& point);

/// nullopt: `why` completes "the JWK ...". A private key is refused; `alg` and `use` may be there
/// and must fit; other members are left alone (RFC 7517 section 4).
std::optional<P256Point> parse_jwk(std::string_view text, std::string& why);

}  // namespace sitegate
