// What another site may say about a caller, and what is refused (CONTRACT 0.6, DESIGN section 6).
// The tests hold the pen: they sign statements themselves and bring certificates of their own.

#include <gtest/gtest.h>

#include <charconv>
#include <ctime>

#include "auth/base64url.hpp"
#include "auth/statement.hpp"
#include "tests/integration/support/hop.hpp"

namespace sitegate::test {
namespace {

std::string target(std::string_view site = "site2") {
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

TEST_F(PeersListener, believes_a_statement_of_a_peer) {
  auto client = site1();
  const auto answer = client.get(target(), stating(claims()));
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.body, task_document(kTaskId, "admin1@Org1", "site2"));
  // Also without `site`, and again: a remembered statement is the same statement.
  EXPECT_EQ(client.get("/tasks/" + kTaskId, stating(claims())).status, 200);
  EXPECT_EQ(client.get(target(), stating(claims())).status, 200);
}

TEST_F(PeersListener, shows_the_stated_user_nothing_of_others) {
  auto other = claims();
  other.viewer.user = "admin2@Org1";
  expect_error(site1().get(target(), stating(other)),
               {.status = 404, .code = ErrorCode::TaskNotFound, .args = {kTaskId}, .proxy = "-"},
               "site2");
}

TEST_F(PeersListener, refuses_an_expired_statement) {
  auto old = claims();
  old.issued_at -= 180;
  old.expires_at -= 180;
  expect_refused(stating(old));
}

TEST_F(PeersListener, refuses_a_statement_of_the_future) {
  auto early = claims();
  early.issued_at += 180;
  early.expires_at += 180;
  expect_refused(stating(early));
}

TEST_F(PeersListener, refuses_a_statement_that_lives_too_long) {
  auto eternal = claims();
  eternal.expires_at += 3600;
  expect_refused(stating(eternal));
}

TEST_F(PeersListener, refuses_a_statement_for_another_audience) {
  for (const auto* audience : {"site3", "site1", "SITE2", "", "site2,site3"}) {
    auto elsewhere = claims();
    elsewhere.audience = audience;
    expect_refused(stating(elsewhere));
  }
}

TEST_F(PeersListener, refuses_a_peer_that_may_not_name_that_user) {
  for (const auto* user : {"admin1@Org2", "admin1@Org1@Org2", "Root", "replicator", "@org1"}) {
    auto foreign = claims();
    foreign.viewer.user = user;
    expect_refused(stating(foreign));
  }
}

TEST_F(PeersListener, refuses_a_statement_on_the_connection_of_another_peer) {
  const auto& site3 = Papers::all().of("site3").credential;
  expect_refused(connection_of(site3), stating(claims()));
  auto taken_along = claims();  // and one that names that certificate
  taken_along.certificate_thumbprint = site3.thumbprint;
  expect_refused(connection_of(site3), stating(taken_along));
}

TEST_F(PeersListener, refuses_a_statement_bound_to_another_certificate_of_the_same_site) {
  const auto renewed = Papers::all().authority().issue(
      {.dns = {"site1.sitegate.test"}, .uri = {"sitegate:site:site1"}});
  expect_refused(connection_of(renewed), stating(claims()));
  auto bound = claims();
  bound.certificate_thumbprint = renewed.thumbprint;
  EXPECT_EQ(connection_of(renewed).get(target(), stating(bound)).status, 200);
}

TEST_F(PeersListener, refuses_a_certificate_whose_name_is_not_a_uri_of_the_peer) {
  const auto almost =
      Papers::all().authority().issue({.common_name = "sitegate:site:site1",
                                       .dns = {"sitegate:site:site1", "site1.sitegate.test"},
                                       .uri = {"sitegate:site:site11", "sitegate:site:SITE1"}});
  auto bound = claims();
  bound.certificate_thumbprint = almost.thumbprint;
  expect_refused(connection_of(almost), stating(bound));
}

TEST_F(PeersListener, refuses_an_issuer_that_is_no_peer) {
  auto unknown = claims();
  unknown.issuer = "site9";
  expect_refused(stating(unknown));
}

TEST_F(PeersListener, refuses_the_signature_of_another_key) {
  expect_refused({{"Sitegate-Statement", sign(claims(), "site3")}});
}

TEST_F(PeersListener, refuses_a_statement_that_was_changed_or_not_signed) {
  const auto good = sign(claims());
  const auto first = good.find('.');
  const auto last = good.rfind('.');
  const auto payload = good.substr(first + 1, last - first - 1);
  auto as_root = claims();
  as_root.viewer.user = "root";
  const auto other = sign(as_root);
  const auto other_first = other.find('.');
  const auto other_payload = other.substr(other_first + 1, other.rfind('.') - other_first - 1);

  const auto unsigned_head = base64url_encode(R"({"alg":"none","typ":"JWT"})");
  const auto hmac_head = base64url_encode(R"({"alg":"HS256","typ":"JWT"})");
  const std::vector<std::string> bad{good.substr(0, last + 1),
                                     good.substr(0, last),
                                     unsigned_head + "." + payload + ".",
                                     unsigned_head + "." + payload + good.substr(last),
                                     hmac_head + "." + payload + good.substr(last),
                                     good.substr(0, first + 1) + other_payload + good.substr(last),
                                     good + "=",
                                     good + ".x",
                                     "Bearer " + good,
                                     "",
                                     ".."};
  for (const auto& statement : bad) {
    SCOPED_TRACE(statement);
    expect_refused({{"Sitegate-Statement", statement}});
  }
  EXPECT_EQ(site1().get(target(), {{"Sitegate-Statement", good}}).status, 200);
}

TEST_F(PeersListener, refuses_a_request_without_a_statement_or_with_two) {
  expect_refused({});
  auto twice = stating(claims());
  twice.push_back(twice.front());
  expect_refused(twice);
}

TEST_F(PeersListener, takes_no_session_token_for_a_statement) {
  const auto token = site2_.login("root");
  expect_refused(token);
  expect_refused({{"Authorization", "Bearer " + token.front().second}});
  EXPECT_EQ(site2_.get("/tasks/" + kTaskId, token).status, 200);  // where it belongs it is good
}

TEST_F(PeersListener, speaks_to_nobody_without_a_certificate_of_its_authority) {
  auto& papers = Papers::all();
  const std::vector<Credential> strangers{
      {},
      papers.foreign_authority().issue({.uri = {"sitegate:site:site1"}}),
      self_signed({.uri = {"sitegate:site:site1"}}),
      papers.authority().issue(
          {.uri = {"sitegate:site:site1"}, .valid_until = std::chrono::seconds{-60}}),
  };
  for (const auto version : {TlsVersion::Tls12, TlsVersion::Tls13})
    for (const auto& stranger : strangers) {
      auto wire = Wire::connect_to(site2_.port(ListenerKind::Peers));
      const auto side = client_side({.certificate_pem = stranger.certificate_pem,
                                     .key_pem = stranger.key_pem,
                                     .trusted_pem = papers.authority().certificate_pem(),
                                     .version = version});
      // In TLS 1.3 the refusal comes behind the handshake: not an octet of HTTP either way.
      if (!wire.start_tls(side, "site2.sitegate.test"))
        continue;
      EXPECT_EQ(version, TlsVersion::Tls13);
      wire.write(request_text("GET", target(), stating(claims())));
      EXPECT_EQ(wire.read_some(), "");
      EXPECT_EQ(wire.end(), WireEnd::Failed);
    }
}

TEST_F(PeersListener, serves_lookups_and_nothing_else) {
  const auto by_statement = stating(claims());
  struct Question {
    std::string method, target;
  };
  const Question elsewhere[] = {{"PUT", "/tasks/" + kTaskId},
                                {"POST", "/tasks/" + kTaskId},
                                {"DELETE", "/tasks/" + kTaskId},
                                {"OPTIONS", "/tasks/" + kTaskId},
                                {"BREW", "/tasks/" + kTaskId},
                                {"POST", "/sessions"},
                                {"GET", "/sessions"},
                                {"DELETE", "/sessions"},
                                {"GET", "/readyz"},
                                {"GET", "/livez"},
                                {"GET", "/nothing"}};
  for (const auto& [method, path] : elsewhere) {
    SCOPED_TRACE(method + " " + path);
    const auto answer = site1().ask(method, path, by_statement);
    expect_error(answer,
                 {.status = 404, .code = ErrorCode::EndpointNotFound, .args = {path}, .proxy = "-"},
                 "site2");
    EXPECT_EQ(answer.field("Allow"), "");
  }
  EXPECT_EQ(site1().ask("HEAD", target(), by_statement).status, 200);
}

TEST_F(PeersListener, never_asks_a_third_site) {
  const TestGateway middle(
      {.name = "site2", .sites = {remote_site("site3", 9, "site2")}, .peers = {peer("site1")}});
  auto client = connection_of(Papers::all().of("site1").credential, middle);
  expect_error(client.get(target("site3"), stating(claims())),
               {.status = 508, .code = ErrorCode::LoopDetected, .args = {"site3"}, .proxy = "-"},
               "site2");
  expect_error(client.get(target("site9"), stating(claims())),
               {.status = 404, .code = ErrorCode::SiteNotFound, .args = {"site9"}, .proxy = "-"},
               "site2");
  auto again = stating(claims());
  again.emplace_back("Via", "1.1 elsewhere, 1.1 sitegate-site2 (us)");
  expect_error(client.get(target(), again),
               {.status = 508, .code = ErrorCode::LoopDetected, .args = {"site2"}, .proxy = "-"},
               "site2");
}

TEST_F(PeersListener, is_the_only_place_where_a_statement_is_read) {
  const auto& shown = Papers::all().of("site1").credential;
  TestClient client(
      site2_.port(ListenerKind::Callers),
      client_side({.certificate_pem = shown.certificate_pem, .key_pem = shown.key_pem}),
      "site2.sitegate.test");
  expect_refused(std::move(client), stating(claims()));
}

// --- The time that a peer leaves us ---

class PeersTime : public PeersListener {
 protected:
  /// Milliseconds that the store of site2 was given when the peer said `stated`.
  int left_of(const std::string& stated) const {
    const auto answer = ask(stated);
    const auto at = answer.body.find("\"left\":");
    int left = -1;
    if (at != std::string::npos)
      std::from_chars(answer.body.data() + at + 7, answer.body.data() + answer.body.size(), left);
    return left;
  }

  Answer ask(const std::string& stated) const {
    auto fields = stating(claims());
    fields.emplace_back("Sitegate-Deadline-Ms", stated);
    return connection_of(Papers::all().of("site1").credential, clock_).get(target(), fields);
  }

  // limits.local_deadline is 5 s.
  TestGateway clock_{{.name = "site2", .peers = {peer("site1")}, .store = StoreFault::TellsTime}};
};

TEST_F(PeersTime, is_the_deadline_when_it_is_the_smaller_one) {
  EXPECT_LE(left_of("700"), 700);
  EXPECT_GT(left_of("700"), 300);
  EXPECT_EQ(left_of("0"), 0);
}

TEST_F(PeersTime, never_prolongs_our_own) {
  EXPECT_LE(left_of("4294967295"), 5000);
  EXPECT_GT(left_of("60000"), 4000);
}

TEST_F(PeersTime, is_a_number_or_refused) {
  for (const auto* junk : {"-1", "1s", "1.5", "0x10", " ", "4294967296", "99999999999999999999"}) {
    SCOPED_TRACE(junk);
    const auto answer = ask(junk);
    const bool empty = std::string_view(junk) == " ";  // a field without a value says nothing
    EXPECT_EQ(answer.status, empty ? 200 : 400);
  }
}

TEST(CallersListener, reads_no_deadline_of_another_gateway) {
  const TestGateway clock({.store = StoreFault::TellsTime});
  auto fields = clock.login("root");
  fields.emplace_back("Sitegate-Deadline-Ms", "0");
  const auto answer = clock.get("/tasks/" + kTaskId, fields);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body.find("\"left\":0}"), std::string::npos) << answer.body;
}

}  // namespace
}  // namespace sitegate::test
