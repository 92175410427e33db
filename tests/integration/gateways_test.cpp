// Several gateways in one process: local, forwarded, looped, killed and started again.

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/integration/support/hop.hpp"

namespace sitegate::test {
namespace {

using namespace std::chrono_literals;

std::string path(std::string_view id, std::string_view site = {}) {
  std::string text = "/tasks/" + std::string(id);
  return site.empty() ? text : text.append("?site=").append(site);
}

Expected not_found(const std::string& id, const std::string& hops = {}) {
  return {.status = 404,
          .code = ErrorCode::TaskNotFound,
          .args = {id},
          .hops = hops,
          .proxy = hops.empty() ? "-" : "; received-status=404"};
}

/// site1 knows site2 and site3, site2 knows site3; whoever is asked maps ADMINISTRATORS of site1.
/// At site1, `detour` is site2 under the name of site3. Two workers each. True: they speak HTTP/2
/// with each other.
class ThreeGateways : public testing::TestWithParam<bool> {
 protected:
  static PeerSettings trusted_peer(const std::string& site) {
    auto made = peer(site);
    made.roles = {{"ADMINISTRATORS", "ADMINISTRATORS"}};
    return made;
  }

  RemoteSiteSettings site2_as(const std::string& name, const std::string& remote_name) const {
    auto site = remote_site("site2", site2_.port(ListenerKind::Peers));
    site.name = name;
    site.remote_name = remote_name;
    site.find_anywhere = name == remote_name;
    return site;
  }

  TestGateway site3_{{.name = "site3",
                      .peers = {trusted_peer("site1"), trusted_peer("site2")},
                      .workers = 2,
                      .http2 = GetParam()}};
  TestGateway site2_{{.name = "site2",
                      .sites = {remote_site("site3", site3_.port(ListenerKind::Peers), "site2")},
                      .peers = {trusted_peer("site1")},
                      .workers = 2,
                      .http2 = GetParam()}};
  TestGateway site1_{{.name = "site1",
                      .sites = {site2_as("detour", "site3"), site2_as("site2", "site2"),
                                remote_site("site3", site3_.port(ListenerKind::Peers))},
                      .workers = 2}};
};

INSTANTIATE_TEST_SUITE_P(Links, ThreeGateways, testing::Bool(), [](const auto& version) {
  return std::string(version.param ? "http2" : "http1");
});

TEST_P(ThreeGateways, each_answers_for_its_own_tasks_and_for_those_of_the_sites_it_knows) {
  const auto id = task_id(7);
  const auto at = [&](const char* site) { return task_document(id, "admin1@Org1", site, site); };
  site1_.put_task(id, at("site1"));
  site2_.put_task(id, at("site2"));
  site3_.put_task(id, at("site3"));
  const auto caller = site1_.login("admin1@Org1");
  for (int i = 0; i < 4; ++i) {  // on both workers, over new links and kept ones
    EXPECT_EQ(site1_.get(path(id), caller).body, at("site1"));
    EXPECT_EQ(site1_.get(path(id, "site1"), caller).body, at("site1"));
    EXPECT_EQ(site1_.get(path(id, "site2"), caller).body, at("site2"));
    EXPECT_EQ(site1_.get(path(id, "site3"), caller).body, at("site3"));
  }
  EXPECT_EQ(site2_.get(path(id, "site3"), site2_.login("admin1@Org1")).body, at("site3"));
  EXPECT_EQ(site1_.get(path(id), caller).field("Via"), "");  // what is local came over nobody
}

TEST_P(ThreeGateways, a_session_is_good_at_its_own_gateway_alone) {
  const auto caller = site1_.login("root");
  EXPECT_EQ(site2_.get(path(task_id(7)), caller).status, 401);
  EXPECT_EQ(site3_.get(path(task_id(7)), caller).status, 401);
}

TEST_P(ThreeGateways, a_statement_is_for_the_site_that_is_called_and_for_no_other) {
  // Our site3 is really site2: it is not the audience, and does not pass the question on.
  const auto id = task_id(7);
  site3_.put_task(id, task_document(id, "admin1@Org1", "site3"));
  expect_error(site1_.get(path(id, "detour"), site1_.login("admin1@Org1")),
               {.status = 401,
                .code = ErrorCode::RemoteAuthenticationFailure,
                .args = {"detour"},
                .hops = "site2: NotAuthenticated\n",
                .proxy = "; received-status=401"},
               "site1", "detour");
}

TEST(Loop, of_a_gateway_that_is_its_own_remote_site_is_detected) {
  const int found = Wire::listen();
  const auto port = Wire::port_of(found);
  ::close(found);
  auto mirror = remote_site("site1", port);
  mirror.name = "mirror";
  const TestGateway site1(
      {.sites = {mirror}, .peers = {peer("site1")}, .tune = [port](Settings& settings) {
         for (auto& listener : settings.listeners)
           if (listener.kind == ListenerKind::Peers)
             listener.port = port;
       }});
  expect_error(site1.get(path(task_id(7), "mirror"), site1.login("root")),
               {.status = 508,
                .code = ErrorCode::LoopDetected,
                .args = {"mirror"},
                .hops = "site1: LoopDetected\n",
                .proxy = "; received-status=508"},
               "site1", "mirror");
}

TEST_P(ThreeGateways, an_operation_id_travels_byte_for_byte_and_request_ids_are_new) {
  auto fields = site1_.login("root");
  fields.emplace_back("operationID", "Powershell__{1}\"~!'");
  const auto first = site1_.get(path(task_id(7), "site2"), fields);
  const auto second = site1_.get(path(task_id(7), "site2"), fields);
  EXPECT_EQ(first.field("operationID"), "Powershell__{1}\"~!'");
  EXPECT_NE(first.field("X-Request-Id"), second.field("X-Request-Id"));
}

TEST_P(ThreeGateways, a_hidden_task_and_an_absent_one_are_one_answer) {
  struct Place {
    TestGateway* keeper;
    std::string site;
  };
  for (const auto& [keeper, site] : {Place{&site1_, ""}, Place{&site1_, "site1"},
                                     Place{&site2_, "site2"}, Place{&site3_, "site3"}}) {
    SCOPED_TRACE(site);
    const auto id = task_id(static_cast<unsigned>(100 + 10 * site.size() + site.back()));
    const auto caller = site1_.login("admin1@Org1");
    const auto ask = [&](const char* method) {
      return site1_.client().ask(method, path(id, site), caller).without_ids();
    };
    const auto absent = ask("GET");
    const auto absent_head = ask("HEAD");
    EXPECT_TRUE(absent.starts_with("HTTP/1.1 404 ")) << absent;
    keeper->put_task(id, task_document(id, "admin1@Org2", site.empty() ? "site1" : site));
    EXPECT_EQ(ask("GET"), absent);
    EXPECT_EQ(ask("HEAD"), absent_head);
    // It is there: an administrator sees it.
    EXPECT_EQ(site1_.get(path(id, site), site1_.login("root")).status, 200);
  }
}

TEST_P(ThreeGateways, a_site_that_was_killed_and_started_again_heals_by_itself) {
  const auto id = task_id(7);
  const auto document = task_document(id, "admin1@Org1", "site2");
  site2_.put_task(id, document);
  const auto caller = site1_.login("admin1@Org1");
  auto client = site1_.client();
  EXPECT_EQ(client.get(path(id, "site2"), caller).body, document);

  site2_.stop();
  site2_.wait();
  for (int i = 0; i < 3; ++i)
    expect_error(client.get(path(id, "site2"), caller), {.status = 503,
                                                         .code = ErrorCode::SiteUnavailable,
                                                         .args = {"site2"},
                                                         .retry_after = "5",
                                                         .proxy = "; error=connection_refused"});
  expect_error(client.get(path(id, "site3"), caller), not_found(id, "site3: TaskNotFound\n"),
               "site1", "site3");
  expect_error(client.get(path(id, "site1"), caller), not_found(id));

  site2_.start();
  EXPECT_EQ(client.get(path(id, "site2"), caller).body, document);  // at once, the same session
}

TEST(Stop, finishes_a_lookup_that_is_on_its_way) {
  FakeSite slow([](SiteConnection& connection) {
    if (connection.next_request().empty())
      return;
    connection.wait_for_go();
    connection.send(answer_text(200, asked_task()));
  });
  TestGateway front({.sites = {remote_site("site2", slow.port())},
                     .tune = [](Settings& settings) { settings.limits.shutdown = 10s; }});
  auto client = front.client();
  client.send(request_text("GET", Hop::target(), front.login("admin1@Org1")));
  ASSERT_TRUE(slow.await_requests(1));
  front.stop();
  slow.go_on();
  const auto answer = client.read_answer();
  EXPECT_EQ(answer.body, asked_task());
  EXPECT_EQ(answer.field("Connection"), "close");
  front.wait();
  EXPECT_THROW(front.client(), std::runtime_error);
}

// --- Roles across sites ---

TEST(RoleMap, left_out_hides_another_users_task_from_a_remote_administrator) {
  TestGateway site2({.name = "site2", .peers = {peer("site1")}});
  site2.put_task(kTaskId, task_document(kTaskId, "admin1@Org1", "site2"));
  const TestGateway site1({.sites = {remote_site("site2", site2.port(ListenerKind::Peers))}});
  expect_error(site1.get(Hop::target(), site1.login("root")),
               not_found(kTaskId, "site2: TaskNotFound\n"));
  // The owner by name sees it, and root at its own site.
  EXPECT_EQ(site1.get(Hop::target(), site1.login("admin1@Org1")).status, 200);
  EXPECT_EQ(site2.get(path(kTaskId), site2.login("root")).status, 200);
}

TEST(RoleMap, maps_the_named_role_alone) {
  auto mapping = peer("site1");
  mapping.roles = {{"TASK_PRODUCER", "ADMINISTRATORS"}, {"administrators", "ADMINISTRATORS"}};
  TestGateway site2({.name = "site2", .peers = {mapping}});
  site2.put_task(kTaskId, task_document(kTaskId, "admin1@Org1", "site2"));
  const TestGateway site1({.sites = {remote_site("site2", site2.port(ListenerKind::Peers))}});
  EXPECT_EQ(site1.get(Hop::target(), site1.login("root")).status, 404);
  EXPECT_EQ(site1.get(Hop::target(), site1.login("admin1@Org2")).status, 404);
  EXPECT_EQ(site1.get(Hop::target(), site1.login("replicator")).status, 200);
}

// --- Trust between gateways ---

Expected mistrusted(const std::string& hops, const std::string& proxy) {
  return {.status = 401,
          .code = ErrorCode::RemoteAuthenticationFailure,
          .args = {"site2"},
          .hops = hops,
          .proxy = proxy};
}

TEST(Trust, of_a_site_that_may_not_name_the_user_is_remote_authentication_failure) {
  auto narrow = peer("site1");
  narrow.accept_users = {"*@Org2"};
  const TestGateway site2({.name = "site2", .peers = {narrow}});
  const TestGateway site1({.sites = {remote_site("site2", site2.port(ListenerKind::Peers))}});
  const auto caller = site1.login("admin1@Org1");
  expect_error(site1.get(Hop::target(), caller),
               mistrusted("site2: NotAuthenticated\n", "; received-status=401"));
  EXPECT_EQ(site1.get("/sessions", caller).status, 200);
  EXPECT_EQ(site1.get(Hop::target(), site1.login("admin1@Org2")).status, 404);
}

TEST(Trust, of_a_site_that_does_not_know_us_is_remote_authentication_failure) {
  const TestGateway site2({.name = "site2", .peers = {peer("site3")}});
  const TestGateway site1({.sites = {remote_site("site2", site2.port(ListenerKind::Peers))}});
  expect_error(site1.get(Hop::target(), site1.login("root")),
               mistrusted("site2: NotAuthenticated\n", "; received-status=401"));
}

TEST(Trust, in_the_wrong_statement_key_is_remote_authentication_failure) {
  const TestGateway site2({.name = "site2", .peers = {peer("site1")}});
  auto wrong = remote_site("site2", site2.port(ListenerKind::Peers));
  wrong.statement_key = Papers::all().of("site3").statement_key;
  const TestGateway site1({.sites = {wrong}});
  expect_error(site1.get(Hop::target(), site1.login("root")),
               mistrusted("site2: NotAuthenticated\n", "; received-status=401"));
}

TEST(Trust, in_a_certificate_of_a_foreign_authority_is_refused_by_alert) {
  auto& papers = Papers::all();
  const auto foreign = papers.foreign_authority().issue({.uri = {"sitegate:site:site1"}});
  const TestGateway site2({.name = "site2", .peers = {peer("site1")}});
  auto wrong = remote_site("site2", site2.port(ListenerKind::Peers));
  wrong.client_certificate = papers.file("foreign.crt", foreign.certificate_pem);
  wrong.client_key = papers.file("foreign.key", foreign.key_pem);
  const TestGateway site1({.sites = {wrong}});
  expect_error(site1.get(Hop::target(), site1.login("root")),
               mistrusted("", "; error=tls_alert_received"));
}

TEST(Trust, in_the_listener_for_callers_is_no_way_between_gateways) {
  const TestGateway site2({.name = "site2", .peers = {peer("site1")}});
  const TestGateway site1({.sites = {remote_site("site2", site2.port(ListenerKind::Callers))}});
  expect_error(site1.get(Hop::target(), site1.login("root")),
               mistrusted("site2: NotAuthenticated\n", "; received-status=401"));
}

}  // namespace
}  // namespace sitegate::test
