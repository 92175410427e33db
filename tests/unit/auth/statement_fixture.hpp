#pragma once
// Two sites: `east` speaks, `west` listens. West also knows `north`, with a key of its own.

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "auth/base64url.hpp"
#include "auth/digest.hpp"
#include "auth/es256.hpp"
#include "auth/statement.hpp"
#include "tests/unit/auth/support.hpp"

namespace sitegate::test {

inline constexpr std::int64_t kStatementNow = 1'700'000'000;

class StatementTest : public ::testing::Test {
 protected:
  StatementTest() {
    make_key(directory_, "east");
    make_key(directory_, "north");
    east_key_ = Es256PrivateKey::load(directory_.ref("east.key"), problems_);
    north_key_ = Es256PrivateKey::load(directory_.ref("north.key"), problems_);
    peers_ = PeerDirectory::load({east(), north()}, problems_);
    signer_ = StatementSigner::load(directory_.ref("east.key"), problems_);
    EXPECT_TRUE(problems_.empty()) << problems_.to_string();
  }

  PeerSettings east() const {
    PeerSettings peer;
    peer.name = "east";
    peer.certificate_san = "sitegate:site:east";
    peer.statement_key = directory_.ref("east.pub");
    peer.accept_users = {"root", "*@Org1"};
    peer.roles = {{"ADMINISTRATORS", "ADMINISTRATORS"}, {"AUDITOR", "READERS"}};
    return peer;
  }
  PeerSettings north() const {
    PeerSettings peer;
    peer.name = "north";
    peer.certificate_san = "sitegate:site:north";
    peer.statement_key = directory_.ref("north.pub");
    peer.accept_users = {"*"};
    return peer;
  }

  static ClientCertificate certificate_of(const std::string& site) {
    return {sha256("certificate of " + site), {"sitegate:site:" + site}, {site + ".test"}};
  }

  StatementClaims claims() const {
    StatementClaims claims;
    claims.issuer = "east";
    claims.audience = "west";
    claims.viewer = {"admin1@Org1", "Org1", {"EVERYONE", "ADMINISTRATORS", "TASK_PRODUCER"}};
    claims.issued_at = kStatementNow;
    claims.expires_at = kStatementNow + 60;
    claims.id = "9d5c0a3e";
    claims.certificate_thumbprint = certificate_of("east").thumbprint;
    return claims;
  }

  /// A member of the claims as JSON text, by name; what a test replaces.
  using Members = std::map<std::string, std::string>;
  static Members members() {
    return {
        {"iss", R"("east")"},
        {"aud", R"("west")"},
        {"sub", R"("admin1@Org1")"},
        {"org", R"("Org1")"},
        {"roles", R"(["EVERYONE"])"},
        {"iat", std::to_string(kStatementNow)},
        {"exp", std::to_string(kStatementNow + 60)},
        {"jti", R"("1")"},
        {"cnf", R"({"x5t#S256":")" + base64url_encode(certificate_of("east").thumbprint) + "\"}"}};
  }
  static std::string object(const Members& members) {
    std::string text;
    for (const auto& [name, value] : members)
      text += (text.empty() ? "{\"" : ",\"") + name + "\":" + value;
    return text + '}';
  }
  /// The members with one of them replaced; an empty value takes it away.
  static std::string with(const std::string& name, const std::string& value) {
    Members all = members();
    if (value.empty())
      all.erase(name);
    else
      all[name] = value;
    return object(all);
  }

  static constexpr const char* kHeader = R"({"alg":"ES256","typ":"JWT"})";

  std::string craft(const std::string& claims_json, const std::string& header = kHeader) const {
    const std::string text = base64url_encode(header) + '.' + base64url_encode(claims_json);
    return text + '.' + base64url_encode(east_key_->sign(text).value());
  }

  Result<Principal> accept(std::string_view token, std::int64_t now = kStatementNow) const {
    return peers_->accept(token, certificate_of("east"), "west", now);
  }

  /// Why a token is refused; empty when it is not.
  std::string refusal(std::string_view token, std::int64_t now = kStatementNow) const {
    return why(accept(token, now));
  }
  static std::string why(const Result<Principal>& outcome) {
    if (outcome)
      return {};
    EXPECT_EQ(outcome.error().code, ErrorCode::NotAuthenticated);
    EXPECT_TRUE(outcome.error().args.empty()) << "the caller is not told why";
    return outcome.error().detail;
  }

  TempDir directory_;
  Problems problems_;
  std::optional<Es256PrivateKey> east_key_;
  std::optional<Es256PrivateKey> north_key_;
  std::optional<PeerDirectory> peers_;
  std::optional<StatementSigner> signer_;
};

}  // namespace sitegate::test
