// A statement in the hands of somebody who wants to be believed. The first octet says what the rest
// is: `T` a whole token; `S` and `F` a header and, behind a line end, claims, which are signed with
// the peer's key or with a key of somebody else. Only what the peer signed is ever accepted, and
// only when its claims allow it.

#include "auth/statement.hpp"

#include "auth/base64url.hpp"
#include "auth/digest.hpp"
#include "tests/fuzz/json_oracle.hpp"
#include "tests/unit/auth/support.hpp"

namespace sitegate::fuzz {
namespace {

constexpr std::int64_t kNow = 1'700'000'000;

struct World {
  World() {
    test::make_key(folder, "east");
    test::make_key(folder, "stranger");
    Problems problems;
    peer_key = Es256PrivateKey::load(folder.ref("east.key"), problems);
    other_key = Es256PrivateKey::load(folder.ref("stranger.key"), problems);
    PeerSettings east;
    east.name = "east";
    east.certificate_san = "sitegate:site:east";
    east.statement_key = folder.ref("east.pub");
    east.accept_users = {"root", "*@Org1"};
    east.roles = {{"ADMINISTRATORS", "ADMINISTRATORS"}};
    peers = PeerDirectory::load({east}, problems);
    require(problems.empty(), problems.to_string());
  }
  test::TempDir folder;
  std::optional<Es256PrivateKey> peer_key, other_key;
  std::optional<PeerDirectory> peers;
  // SHA-256 of a word is as good a thumbprint as any; the corpus holds its base64url form.
  ClientCertificate certificate{sha256("certificate of east"), {"sitegate:site:east"}, {}};
};

const World& world() {
  static const World made;
  return made;
}

Result<AcceptedStatement> check(std::string_view token) {
  return world().peers->check(token, world().certificate, "west", kNow);
}

std::int64_t time_member(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_int64() ? value->get_int64() : -1;
}

void check_accepted(const AcceptedStatement& accepted, std::string_view header_text,
                    std::string_view claims_text) {
  const auto header = object_of(header_text, 32);
  const auto claims = object_of(claims_text, 32);
  require(header && claims, "header and claims are objects");
  require(text_member(*header, "alg") == "ES256" && !header->contains("crit"), "the one algorithm");
  require(text_member(*claims, "iss") == "east", "by the peer");
  require(text_member(*claims, "aud") == "west", "for us");
  const auto user = text_member(*claims, "sub");
  require(user == "root" || user.ends_with("@Org1"), "of a user it may speak for");
  const auto& viewer = accepted.principal.viewer;
  require(viewer.user == user && accepted.principal.peer == "east", "the viewer is the one stated");
  require(!viewer.roles.empty() && viewer.roles[0] == kRoleEveryone, "EVERYONE first");
  for (const auto& role : viewer.roles)
    require(role == kRoleEveryone || role == kRoleAdministrators, "no role but the mapped ones");
  const auto issued = time_member(*claims, "iat");
  const auto expires = time_member(*claims, "exp");
  require(issued < expires && expires - issued <= 120, "short-lived");
  require(issued <= kNow + 60 && expires > kNow - 60, "now");
  require(accepted.expires_at == expires, "good until it says so");
  const auto* cnf = claims->if_contains("cnf");
  require(cnf != nullptr && cnf->is_object(), "bound to a certificate");
  require(text_member(cnf->get_object(), "x5t#S256") ==
              base64url_encode(world().certificate.thumbprint),
          "bound to that of the connection");
}

void check_signed(std::string_view header, std::string_view claims) {
  const auto text = base64url_encode(header) + '.' + base64url_encode(claims);
  auto token = text + '.' + base64url_encode(*world().peer_key->sign(text));
  const auto accepted = check(token);
  if (!accepted)
    return;
  check_accepted(*accepted, header, claims);
  // One octet of it changed, anywhere, and it is not what the peer signed.
  const auto at = std::hash<std::string_view>{}(text) % token.size();
  token[at] = token[at] == 'A' ? 'B' : 'A';
  require(!check(token), "not an octet may change");
}

}  // namespace
}  // namespace sitegate::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sitegate;
  std::string_view input(reinterpret_cast<const char*>(data), size);
  if (input.empty())
    return 0;
  const char kind = input.front();
  input.remove_prefix(1);
  if (kind == 'T') {
    fuzz::require(!fuzz::check(input), "nobody guesses a signature");
    return 0;
  }
  const auto line_end = input.find('\n');
  if (line_end == std::string_view::npos)
    return 0;
  const auto header = input.substr(0, line_end);
  const auto claims = input.substr(line_end + 1);
  if (kind == 'S')
    fuzz::check_signed(header, claims);
  if (kind == 'F') {
    const auto text = base64url_encode(header) + '.' + base64url_encode(claims);
    const auto forged = text + '.' + base64url_encode(*fuzz::world().other_key->sign(text));
    fuzz::require(!fuzz::check(forged), "somebody else's signature");
  }
  return 0;
}
