#include "auth/statement.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "auth/base64url.hpp"

namespace sitegate {
namespace {

namespace json = boost::json;

constexpr std::string_view kHeader = R"({"alg":"ES256","typ":"JWT"})";
constexpr std::size_t kThumbprintOctets = 32;

}  // namespace

std::optional<StatementSigner> StatementSigner::load(const FileRef& private_key_pem,
                                                     Problems& problems) {
  auto key = Es256PrivateKey::load(private_key_pem, problems);
  if (!key)
    return std::nullopt;
  return StatementSigner(std::move(*key));
}

Result<std::string> StatementSigner::sign(const StatementClaims& claims) const {
  if (claims.certificate_thumbprint.size() != kThumbprintOctets || claims.id.empty())
    return make_error(ErrorCode::GeneralServerFailure, {}, "statement without thumbprint or id");
  const json::object object{
      {"iss", claims.issuer},
      {"aud", claims.audience},
      {"sub", claims.viewer.user},
      {"org", claims.viewer.org},
      {"roles", json::array(claims.viewer.roles.begin(), claims.viewer.roles.end())},
      {"iat", claims.issued_at},
      {"exp", claims.expires_at},
      {"jti", claims.id},
      {"cnf", {{"x5t#S256", base64url_encode(claims.certificate_thumbprint)}}},
  };
  static const std::string header = base64url_encode(kHeader);
  std::string token = header + '.' + base64url_encode(json::serialize(object));
  const auto signature = key_.sign(token);
  if (!signature)
    return make_error(ErrorCode::GeneralServerFailure, {}, "statement could not be signed");
  token += '.';
  token += base64url_encode(*signature);
  if (token.size() > kMaxStatementSize)
    return make_error(ErrorCode::GeneralServerFailure, {}, "statement longer than any site reads");
  return token;
}

}  // namespace sitegate
