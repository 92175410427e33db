#include "auth/jwk.hpp"

#include <map>

#include "auth/base64url.hpp"
#include "contract/json_scan.hpp"

namespace sitegate {
namespace {

constexpr JsonLimits kBounds{.depth = 8, .members = 100};
constexpr std::size_t kCoordinateOctets = 32;

using Members = std::map<std::string, std::string, std::less<>>;  // a value that is no text: empty

bool is(const Members& members, std::string_view name, std::string_view expected) {
  const auto found = members.find(name);
  return found != members.end() && found->second == expected;
}

std::optional<std::string> coordinate(const Members& members, std::string_view name) {
  const auto found = members.find(name);
  auto octets = found == members.end() ? std::nullopt : base64url_decode(found->second);
  return octets && octets->size() == kCoordinateOctets ? octets : std::nullopt;
}

}  // namespace

std::string write_jwk(const P256Point& point) {
  return R"({"kty":"EC","crv":"P-256","x":")" + base64url_encode(point.x) + R"(","y":")" +
         base64url_encode(point.y) + R"("})";
}

std::optional<P256Point> parse_jwk(std::string_view text, std::string& why) {
  Members members;
  const auto keep = [&members](const JsonMember& member) {
    members.emplace(member.path, member.kind == JsonKind::String ? member.text : "");
  };
  if (const auto fault = scan_json_object(text, kBounds, keep)) {
    why = "is not JSON: " + fault->what;
    return std::nullopt;
  }
  if (members.contains("d")) {
    why = "holds a private key (`d`), which must never leave its site";
    return std::nullopt;
  }
  if (!is(members, "kty", "EC") || !is(members, "crv", "P-256")) {
    why = R"(is not a key on P-256: "kty":"EC","crv":"P-256")";
    return std::nullopt;
  }
  if ((members.contains("alg") && !is(members, "alg", "ES256")) ||
      (members.contains("use") && !is(members, "use", "sig"))) {
    why = "is for something else: `alg`, if it is there, is ES256 and `use` is sig";
    return std::nullopt;
  }
  auto x = coordinate(members, "x");
  auto y = coordinate(members, "y");
  if (!x || !y) {
    why = "needs `x` and `y`, 32 octets each in base64url without padding";
    return std::nullopt;
  }
  return P256Point{std::move(*x), std::move(*y)};
}

}  // namespace sitegate
