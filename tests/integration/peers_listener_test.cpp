// The listener for other sites: who gets in, what is served there, how long it takes at most.

#include <gtest/gtest.h>

#include <charconv>

#include "tests/integration/support/peers_listener.hpp"

namespace sitegate::test {
namespace {

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
                                {"PUT", "/sessions"},
                                {"POST", "/sessions/extend"},
                                {"DELETE", "/sessions/site1"},
                                {"GET", "/sites"},
                                {"GET", "/diagnostics/about"},
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
  for (const auto* method : {"GET", "DELETE"})  // a statement is no session
    EXPECT_EQ(site1().ask(method, "/sessions", by_statement).status, 401) << method;
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
