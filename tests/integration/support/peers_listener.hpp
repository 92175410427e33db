#pragma once
// site2 and its listener for other sites, spoken to by a test that signs its statements itself and
// brings certificates of its own.

#include <gtest/gtest.h>

#include <ctime>

#include "auth/statement.hpp"
#include "tests/integration/support/hop.hpp"

namespace sitegate::test {

inline std::string target(std::string_view site = "site2") {
  return "/tasks/" + kTaskId + "?site=" + std::string(site);
}

/// site2, which listens to site1 and site3, and keeps one task of admin1@Org1.
class PeersListener : public testing::Test {
 protected:
  static GatewayPlan plan() {
    auto site1 = peer("site1");
    site1.accept_users = {"*@Org1", "root"};
    return {.name = "site2", .peers = {site1, peer("site3")}};
  }

  PeersListener() { site2_.put_task(kTaskId, task_document(kTaskId, "admin1@Org1", "site2")); }

  /// A connection that shows this certificate to the peers listener of `gateway`.
  static TestClient connection_of(const Credential& shown, const TestGateway& gateway) {
    return {gateway.port(ListenerKind::Peers),
            client_side({.certificate_pem = shown.certificate_pem,
                         .key_pem = shown.key_pem,
                         .trusted_pem = Papers::all().authority().certificate_pem()}),
            "site2.sitegate.test"};
  }
  TestClient connection_of(const Credential& shown) const { return connection_of(shown, site2_); }
  TestClient site1() const { return connection_of(Papers::all().of("site1").credential); }

  static StatementClaims claims() {
    const auto now = static_cast<std::int64_t>(std::time(nullptr));
    return {.issuer = "site1",
            .audience = "site2",
            .viewer = {"admin1@Org1", "Org1", {"EVERYONE"}},
            .issued_at = now,
            .expires_at = now + 60,
            .id = "statement-1",
            .certificate_thumbprint = Papers::all().of("site1").credential.thumbprint};
  }

  static std::string sign(const StatementClaims& claims, const std::string& site = "site1") {
    Problems problems;
    const auto signer = StatementSigner::load(Papers::all().of(site).statement_key, problems);
    return signer->sign(claims).value();
  }

  static Fields stating(const StatementClaims& claims) {
    return {{"Sitegate-Statement", sign(claims)}};
  }

  void expect_refused(const Fields& fields) const { expect_refused(site1(), fields); }

  static void expect_refused(TestClient client, const Fields& fields) {
    expect_error(client.get(target(), fields),
                 {.status = 401, .code = ErrorCode::NotAuthenticated, .proxy = "-"}, "site2");
  }

  TestGateway site2_{plan()};
};

}  // namespace sitegate::test
