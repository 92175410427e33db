// The checks of a statement, in their order: its form, who says so and over which connection, the
// signature, and only then what it says.

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

#include "auth/base64url.hpp"
#include "auth/names.hpp"
#include "auth/pattern.hpp"
#include "auth/statement.hpp"
#include "contract/json_scan.hpp"

namespace sitegate {
namespace {

namespace json = boost::json;

constexpr JsonLimits kJson{.depth = 8, .members = 100};
constexpr std::size_t kMaxText = 256;               // characters of `org` and `jti`
constexpr std::int64_t kMaxTime = 253'402'300'799;  // the end of the year 9999
constexpr std::int64_t kSkew = kStatementClockSkew.count();

Error refuse(std::string_view why) {
  return make_error(ErrorCode::NotAuthenticated, {}, "statement refused: " + std::string(why));
}

/// The three parts of a compact JWS (RFC 7515 section 7.1), decoded.
struct Parts {
  json::object header;
  json::object claims;
  std::string signature;
  std::string_view signed_text;
};

/// The claims, typed and in range, not yet believed.
struct Claims {
  std::string issuer;
  std::string audience;
  std::string user;
  std::string org;
  std::vector<std::string> roles;
  std::int64_t issued_at = 0;
  std::int64_t expires_at = 0;
  std::optional<std::int64_t> not_before;
  std::string id;
  std::string certificate_thumbprint;
};

/// Names that stand twice are refused (RFC 7515 section 4): two readers could take different ones.
Result<json::object> object_of(std::string_view text, std::string_view part) {
  const auto ignore_member = [](const JsonMember&) {};
  if (const auto fault = scan_json_object(text, kJson, ignore_member))
    return refuse(std::string(part) + ": " + fault->what);
  json::error_code error;
  json::value value = json::parse({text.data(), text.size()}, error);
  if (error || !value.is_object())
    return refuse(std::string(part) + ": " + error.message());
  return std::move(value.get_object());
}

Result<Parts> split(std::string_view token) {
  if (token.size() > kMaxStatementSize)
    return refuse("longer than " + std::to_string(kMaxStatementSize) + " octets");
  const auto first = token.find('.');
  const auto last = token.rfind('.');
  if (first == std::string_view::npos || first == last ||
      token.substr(first + 1, last - first - 1).find('.') != std::string_view::npos)
    return refuse("not exactly three parts");
  const auto header = base64url_decode(token.substr(0, first));
  const auto claims = base64url_decode(token.substr(first + 1, last - first - 1));
  const auto signature = base64url_decode(token.substr(last + 1));
  if (!header || !claims || !signature)
    return refuse("a part is not base64url");
  Parts parts;
  SITEGATE_TRY(parts.header, object_of(*header, "header"));
  SITEGATE_TRY(parts.claims, object_of(*claims, "claims"));
  parts.signature = *signature;
  parts.signed_text = token.substr(0, last);
  return parts;
}

bool is_text(const json::value* value, std::string_view expected) {
  const json::string* text = value == nullptr ? nullptr : value->if_string();
  return text != nullptr && std::string_view(text->data(), text->size()) == expected;
}

/// `kid`, `jwk`, `jku`, `x5u` and `x5c` may be there; nothing here reads them (RFC 8725 3.10).
Result<void> check_header(const json::object& header) {
  if (!is_text(header.if_contains("alg"), "ES256"))
    return refuse("alg is not ES256");
  if (header.contains("crit"))
    return refuse("crit names an extension, none is known here");
  if (header.contains("typ") && !is_text(header.if_contains("typ"), "JWT"))
    return refuse("typ is not JWT");
  return {};
}

Result<std::string> text_claim(const json::object& claims, std::string_view name) {
  const json::value* value = claims.if_contains(name);
  const json::string* text = value == nullptr ? nullptr : value->if_string();
  if (text == nullptr)
    return refuse(std::string(name) + " is missing or not a string");
  return std::string(text->data(), text->size());
}

Result<std::int64_t> time_claim(const json::object& claims, std::string_view name) {
  const json::value* value = claims.if_contains(name);
  const std::int64_t* time = value == nullptr ? nullptr : value->if_int64();
  if (time == nullptr || *time < 0 || *time > kMaxTime)
    return refuse(std::string(name) + " is missing or not a whole number of seconds");
  return *time;
}

Result<std::vector<std::string>> roles_claim(const json::object& claims) {
  const json::value* value = claims.if_contains("roles");
  const json::array* array = value == nullptr ? nullptr : value->if_array();
  if (array == nullptr)
    return refuse("roles is missing or not an array");
  std::vector<std::string> roles;
  for (const json::value& element : *array) {
    const json::string* role = element.if_string();
    if (role == nullptr)
      return refuse("roles holds something that is not a string");
    roles.emplace_back(role->data(), role->size());
  }
  return roles;
}

Result<std::string> thumbprint_claim(const json::object& claims) {
  const json::value* value = claims.if_contains("cnf");
  const json::object* confirmation = value == nullptr ? nullptr : value->if_object();
  if (confirmation == nullptr)
    return refuse("cnf is missing or not an object");
  SITEGATE_TRY(const std::string text, text_claim(*confirmation, "x5t#S256"));
  const auto thumbprint = base64url_decode(text);
  if (!thumbprint)
    return refuse("cnf.x5t#S256 is not base64url");
  return *thumbprint;
}

Result<Claims> read_claims(const json::object& object) {
  Claims claims;
  SITEGATE_TRY(claims.issuer, text_claim(object, "iss"));
  SITEGATE_TRY(claims.audience, text_claim(object, "aud"));
  SITEGATE_TRY(claims.user, text_claim(object, "sub"));
  SITEGATE_TRY(claims.org, text_claim(object, "org"));
  SITEGATE_TRY(claims.id, text_claim(object, "jti"));
  SITEGATE_TRY(claims.roles, roles_claim(object));
  SITEGATE_TRY(claims.issued_at, time_claim(object, "iat"));
  SITEGATE_TRY(claims.expires_at, time_claim(object, "exp"));
  if (object.contains("nbf")) {
    SITEGATE_TRY(claims.not_before, time_claim(object, "nbf"));
  }
  SITEGATE_TRY(claims.certificate_thumbprint, thumbprint_claim(object));
  if (!is_user_name(claims.user))
    return refuse("sub is not the name of a user");
  if (!is_printable_text(claims.org, kMaxText))
    return refuse("org is too long or not printable");
  if (claims.id.empty() || !is_printable_text(claims.id, kMaxText))
    return refuse("jti is empty, too long or not printable");
  return claims;
}

std::string both_times(std::string_view claim, std::int64_t time, std::int64_t now) {
  return std::string(claim) + ' ' + std::to_string(time) + ", our clock " + std::to_string(now) +
         " (they may differ by " + std::to_string(kSkew) + " s)";
}

/// Every time is in 0..kMaxTime: nothing here overflows.
Result<void> check_times(const Claims& claims, std::int64_t now) {
  if (claims.expires_at <= claims.issued_at ||
      claims.expires_at - claims.issued_at > kMaxStatementLifetime.count())
    return refuse("a lifetime of " + std::to_string(claims.expires_at - claims.issued_at) +
                  " s, allowed are 1 to " + std::to_string(kMaxStatementLifetime.count()));
  if (claims.issued_at > now + kSkew)
    return refuse("issued in the future: " + both_times("iat", claims.issued_at, now));
  if (claims.not_before && *claims.not_before > now + kSkew)
    return refuse("not valid yet: " + both_times("nbf", *claims.not_before, now));
  if (now >= claims.expires_at + kSkew)
    return refuse("expired: " + both_times("exp", claims.expires_at, now));
  return {};
}

}  // namespace

std::optional<PeerDirectory> PeerDirectory::load(const std::vector<PeerSettings>& peers,
                                                 Problems& problems) {
  PeerDirectory directory;
  const std::size_t problems_before = problems.size();
  for (const PeerSettings& peer : peers) {
    for (const auto& [theirs, ours] : peer.roles)
      if (!is_role_name(ours))
        problems.add(peer.origin,
                     "maps the role `" + printable(theirs) + "` of peer " + peer.name + " to `" +
                         printable(ours) + "`, which is not the name of a role",
                     "write 1 to 64 of A-Z, 0-9 and _, beginning with a letter");
      else if (ours == kRoleTaskProducer)
        problems.add(peer.origin,
                     "maps the role `" + theirs + "` of peer " + peer.name + " to TASK_PRODUCER",
                     "write another role: tasks are never written for another site");
    if (!peer.statement_jwk && peer.statement_key.path.empty())
      continue;  // which has been said
    auto key = peer.statement_jwk ? Es256PublicKey::from_jwk(peer.statement_jwk->text,
                                                             peer.statement_jwk->origin, problems)
                                  : Es256PublicKey::load(peer.statement_key, problems);
    if (key)
      directory.peers_.emplace(
          peer.name, Peer{peer.certificate_san, std::move(*key), peer.accept_users, peer.roles});
  }
  if (problems.size() != problems_before)
    return std::nullopt;
  return directory;
}

Result<Principal> PeerDirectory::accept(std::string_view token,
                                        const ClientCertificate& certificate,
                                        std::string_view local_site,
                                        std::int64_t now_seconds) const {
  SITEGATE_TRY(AcceptedStatement accepted, check(token, certificate, local_site, now_seconds));
  return std::move(accepted.principal);
}

bool PeerDirectory::knows(const ClientCertificate& certificate) const {
  const auto& names = certificate.san_uri;
  return std::any_of(peers_.begin(), peers_.end(), [&names](const auto& peer) {
    return std::find(names.begin(), names.end(), peer.second.certificate_san) != names.end();
  });
}

Result<AcceptedStatement> PeerDirectory::check(std::string_view token,
                                               const ClientCertificate& certificate,
                                               std::string_view local_site,
                                               std::int64_t now_seconds) const {
  SITEGATE_TRY(const Parts parts, split(token));
  if (const Result<void> header = check_header(parts.header); !header)
    return header.error();
  SITEGATE_TRY(Claims claims, read_claims(parts.claims));

  const auto found = peers_.find(claims.issuer);
  if (found == peers_.end())
    return refuse("iss " + printable(claims.issuer) + " is not a configured peer");
  const Peer& peer = found->second;
  if (std::find(certificate.san_uri.begin(), certificate.san_uri.end(), peer.certificate_san) ==
      certificate.san_uri.end())
    return refuse("the client certificate does not carry " + peer.certificate_san + " of peer " +
                  claims.issuer);
  if (!peer.key.verify(parts.signed_text, parts.signature))
    return refuse("the signature is not that of peer " + claims.issuer);

  if (claims.certificate_thumbprint != certificate.thumbprint)
    return refuse("cnf names another client certificate than that of the connection");
  if (claims.audience != local_site)
    return refuse("aud " + printable(claims.audience) + " is not this site");
  if (const Result<void> times = check_times(claims, now_seconds); !times)
    return times.error();
  if (!peer.speaks_for(claims.user))
    return refuse("peer " + claims.issuer + " may not speak for " + printable(claims.user));

  Viewer viewer{std::move(claims.user), std::move(claims.org), peer.our_roles(claims.roles)};
  return AcceptedStatement{Principal{std::move(viewer), {}, found->first, std::move(claims.id)},
                           claims.expires_at};
}

bool PeerDirectory::Peer::speaks_for(std::string_view user) const {
  return std::any_of(accept_users.begin(), accept_users.end(),
                     [user](const std::string& pattern) { return matches_pattern(pattern, user); });
}

std::vector<std::string> PeerDirectory::Peer::our_roles(
    const std::vector<std::string>& theirs) const {
  std::vector<std::string> ours{std::string(kRoleEveryone)};
  for (const std::string& role : theirs)
    if (const auto mapped = roles.find(role);
        mapped != roles.end() && std::find(ours.begin(), ours.end(), mapped->second) == ours.end())
      ours.push_back(mapped->second);
  return ours;
}

}  // namespace sitegate
