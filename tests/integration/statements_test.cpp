// What another site may say about a caller, and what is refused (CONTRACT 0.6, DESIGN section 6).

#include <gtest/gtest.h>

#include "auth/base64url.hpp"
#include "tests/integration/support/peers_listener.hpp"

namespace sitegate::test {
namespace {

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

}  // namespace
}  // namespace sitegate::test
