// What a gateway says of its sites and of itself: from the traffic there was, and by a look of its
// own.

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "contract/deadline.hpp"
#include "tests/integration/support/site_rows.hpp"

namespace sitegate::test {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

json::object site2_as_told_by(const Hop& hop) {
  const auto answer = hop.site1().get("/sites/site2", hop.caller());
  EXPECT_EQ(answer.status, 200) << answer.body;
  return json::parse(answer.body).as_object();
}

json::value outgoing_error(const Hop& hop) {
  return site2_as_told_by(hop).at("state").at("outgoingCommError");
}

/// A new task.
json::object begin_health(const TestGateway& gateway, const Fields& caller) {
  const auto answer = gateway.client().ask("POST", "/diagnostics/health", caller);
  EXPECT_EQ(answer.status, 202) << answer.body;
  auto task = json::parse(answer.body).as_object();
  EXPECT_EQ(answer.field("Location"), "/tasks/" + std::string(task.at("id").as_string()));
  return task;
}

/// The task, once it has ended.
json::object finished(const TestGateway& gateway, const Fields& caller, json::object task) {
  auto client = gateway.client();
  const auto limit = Deadline::after(30s);
  while (task.at("state") == "RUNNING" && !limit.passed()) {
    EXPECT_EQ(task.at("endTime"), -1);
    const auto answer = client.get("/tasks/" + std::string(task.at("id").as_string()), caller);
    if (answer.status != 200) {
      ADD_FAILURE() << answer.head << answer.body;
      break;
    }
    task = json::parse(answer.body).as_object();
  }
  EXPECT_EQ(task.at("state"), "SUCCEEDED");
  return task;
}

json::object finished_task(const TestGateway& gateway, const Fields& caller) {
  return finished(gateway, caller, begin_health(gateway, caller));
}

TEST(Sites, a_site_is_told_dead_after_a_failed_lookup_and_well_after_a_good_one) {
  const FakeSite site2(
      answering_in_turn({error_answer(503, "Overloaded"), error_answer(404, "TaskNotFound")}));
  const Hop hop(site2.port());
  EXPECT_TRUE(outgoing_error(hop).is_null());
  EXPECT_EQ(hop.ask().status, 503);
  const auto error = outgoing_error(hop);
  EXPECT_EQ(error.at("code"), "SiteUnavailable");
  EXPECT_EQ(error.at("args").at(0), "site2");
  EXPECT_EQ(error.at("args").at(2), "received-status=503");
  EXPECT_EQ(hop.ask().status, 404);
  EXPECT_TRUE(outgoing_error(hop).is_null());
}

TEST(Sites, nobody_is_asked_for_them) {
  const FakeSite site2(answering(asked_task()));
  const Hop hop(site2.port());
  site2_as_told_by(hop);
  EXPECT_EQ(hop.site1().get("/sites", hop.caller()).status, 200);
  EXPECT_EQ(site2.connections(), 0U);
}

TEST(Sites, a_dead_site_is_noticed_by_the_links_that_are_kept_warm) {
  const ClosedPort nobody;
  const Hop hop(nobody.port(), {.remote = [](RemoteSiteSettings& site) {
                  site.links = {.warm = 1, .retry = 100ms};
                }});
  const auto limit = Deadline::after(30s);
  while (outgoing_error(hop).is_null() && !limit.passed()) {
  }
  EXPECT_EQ(outgoing_error(hop).at("args").at(2), "connection_refused");
}

TEST(Sites, thumbprints_are_those_of_the_certificates_in_use) {
  const FakeSite site2(answering(error_answer(404, "TaskNotFound")));
  const Hop hop(site2.port());
  EXPECT_TRUE(site2_as_told_by(hop).at("apiThumbprint").is_null());
  hop.ask();
  const auto theirs = site2_as_told_by(hop).at("apiThumbprint");
  const auto answer = hop.site1().get("/sites/site1", hop.caller());
  const auto ours = json::parse(answer.body).at("apiThumbprint");
  EXPECT_EQ(theirs.as_string().size(), 8U + 32 * 3 - 1) << theirs;
  EXPECT_EQ(ours.as_string().size(), 8U + 32 * 3 - 1) << ours;
  EXPECT_NE(ours, theirs);
}

TEST(About, the_instance_id_outlives_a_restart) {
  TestGateway site1;
  const auto id = [&] {
    const auto answer = site1.get("/diagnostics/about", site1.login("root"));
    return json::parse(answer.body).at("instanceId");
  };
  const auto before = id();
  site1.stop();
  site1.wait();
  site1.start();
  EXPECT_EQ(id(), before);
}

TEST(Health, of_a_gateway_whose_sites_are_well) {
  TestGateway site2({.name = "site2", .peers = {peer("site1")}});
  const TestGateway site1({.sites = {remote_site("site2", site2.port(ListenerKind::Peers))}});
  const auto task = finished_task(site1, site1.login("admin1@Org1"));
  EXPECT_EQ(task.at("progress"), 100);
  EXPECT_EQ(task.at("workflowInfo").at("type"), "health");
  const auto& info = task.at("result").as_object();
  EXPECT_TRUE(info.at("dbError").is_null());
  EXPECT_TRUE(info.at("tunnelError").is_null());
  EXPECT_TRUE(info.at("sites").at(0).at("error").is_null());
  // Of the listener, as whom we speak to site2, and what site2 showed.
  ASSERT_EQ(info.at("certificates").as_array().size(), 3U);
  for (const auto& certificate : info.at("certificates").as_array())
    EXPECT_EQ(certificate.at("state"), "endsSoon") << "made for a test";
}

TEST(Health, names_a_site_that_is_dead_and_sites_knows_it_too) {
  const ClosedPort nobody;
  const Hop hop(nobody.port());
  const auto task = finished_task(hop.site1(), hop.caller());
  const auto& info = task.at("result").as_object();
  EXPECT_EQ(info.at("tunnelError").at("args").at(0), "site2");
  EXPECT_EQ(info.at("sites").at(0).at("error").at("code"), "SiteUnavailable");
  EXPECT_TRUE(info.at("dbError").is_null());
  EXPECT_EQ(outgoing_error(hop).at("code"), "SiteUnavailable");
}

TEST(Health, is_looked_at_once_for_all_who_ask_and_each_has_his_own_task) {
  FakeSite site2([](SiteConnection& connection) {
    connection.next_request();
    connection.wait_for_go();
    connection.send(error_answer(404, "TaskNotFound"));
  });
  const TestGateway site1({.sites = {remote_site("site2", site2.port())}, .workers = 2});
  const auto mine = site1.login("admin1@Org1");
  const auto his = site1.login("admin1@Org2");
  auto first = begin_health(site1, mine);
  ASSERT_TRUE(site2.await_requests(1));
  auto second = begin_health(site1, his);
  EXPECT_EQ(begin_health(site1, mine).at("id"), first.at("id")) << "he has one already";
  site2.go_on();
  first = finished(site1, mine, std::move(first));
  second = finished(site1, his, std::move(second));
  EXPECT_NE(first.at("id"), second.at("id"));
  EXPECT_EQ(first.at("result"), second.at("result"));
  EXPECT_EQ(site2.requests().size(), 1U);
  const auto path = "/tasks/" + std::string(first.at("id").as_string());
  EXPECT_EQ(site1.get(path + "?site=site1", his).status, 404);
  EXPECT_EQ(site1.get(path, mine).status, 200);
}

TEST(Health, of_a_site_that_hangs_ends_in_that_sites_time) {
  const FakeSite site2([](SiteConnection& connection) { connection.hold(); });
  const Hop hop(site2.port(),
                {.remote = [](RemoteSiteSettings& site) { site.total_timeout = 200ms; }});
  const auto task = finished_task(hop.site1(), hop.caller());
  EXPECT_EQ(task.at("result").at("sites").at(0).at("error").at("code"), "SiteTimeout");
}

TEST(Health, that_runs_holds_up_no_end) {
  const FakeSite site2([](SiteConnection& connection) {
    connection.next_request();
    connection.hold();
  });
  const Hop hop(site2.port(),
                {.remote = [](RemoteSiteSettings& site) { site.total_timeout = 60s; }});
  EXPECT_EQ(hop.site1().client().ask("POST", "/diagnostics/health", hop.caller()).status, 202);
  ASSERT_TRUE(site2.await_requests(1));
  // The end of the test is the end of the gateway, within its limit of a second.
}

}  // namespace
}  // namespace sitegate::test
