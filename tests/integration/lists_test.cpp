// GET /tasks over real connections: of one site, of another, of all; and what a site may not do.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "tests/integration/support/hop.hpp"

namespace sitegate::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
namespace json = boost::json;

json::object object_of(const Answer& answer) {
  EXPECT_EQ(answer.status, 200) << answer.body;
  return json::parse(answer.body).as_object();
}

/// `site:result` of the items, in order.
std::string items_of(const Answer& answer) {
  std::string items;
  const auto body = object_of(answer);
  for (const auto& item : body.at("items").as_array()) {
    const auto& task = item.as_object();
    items.append(items.empty() ? "" : " ").append(task.at("site").as_string().c_str());
    items.append(":").append(task.at("id").as_string().c_str() + 35);
  }
  return items;
}

/// `site outcome count` of a list of all sites.
std::string outcomes_of(const Answer& answer) {
  std::string outcomes;
  const auto body = object_of(answer);
  for (const auto& site : body.at("sites").as_array()) {
    const auto& row = site.as_object();
    outcomes.append(outcomes.empty() ? "" : ", ").append(row.at("site").as_string().c_str());
    outcomes.append(" ").append(row.at("outcome").as_string().c_str());
    outcomes.append(" ").append(std::to_string(row.at("count").as_int64()));
  }
  return outcomes;
}

std::string task(unsigned number, const std::string& user, const std::string& site) {
  return R"({"id":")" + task_id(number) + R"(","user":")" + user + R"(","site":")" + site +
         R"(","state":"SUCCEEDED","startTime":)" + std::to_string(1700000000000 + number) + "}";
}

class Lists : public testing::Test {
 protected:
  void put(TestGateway& gateway, unsigned number, const std::string& user,
           const std::string& site) {
    gateway.put_task(task_id(number), task(number, user, site));
  }
  Answer ask(const std::string& query) { return site1_.get("/tasks" + query, tenant_); }

  TestGateway site2_{{.name = "site2", .peers = {peer("site1")}}};
  TestGateway site1_{{.sites = {remote_site("site2", site2_.port(ListenerKind::Peers))}}};
  Fields tenant_ = site1_.login("admin1@Org1");
};

TEST_F(Lists, one_site_gives_its_page_and_its_total) {
  put(site1_, 1, "admin1@Org1", "site1");
  put(site1_, 2, "admin1@Org2", "site1");
  put(site1_, 3, "admin1@Org1", "site1");
  put(site2_, 4, "admin1@Org1", "site2");
  EXPECT_EQ(items_of(ask("")), "site1:3 site1:1");
  EXPECT_EQ(ask("").body, "{\"items\":[" + task(3, "admin1@Org1", "site1") + "," +
                              task(1, "admin1@Org1", "site1") +
                              "],\"total\":2,\"offset\":0,\"limit\":100}");
  EXPECT_EQ(items_of(ask("?site=site1&limit=1&offset=1")), "site1:1");
  EXPECT_EQ(items_of(ask("?site=site2")), "site2:4");
  EXPECT_EQ(ask("?site=site2").body, "{\"items\":[" + task(4, "admin1@Org1", "site2") +
                                         "],\"total\":1,\"offset\":0,\"limit\":100}");
  EXPECT_EQ(ask("?site=site2").field("Proxy-Status"),
            "sitegate-site1; next-hop=\"site2\"; received-status=200");
}

TEST_F(Lists, all_sites_are_one_list) {
  for (unsigned n = 1; n <= 6; ++n)
    put(n % 2 == 0 ? site1_ : site2_, n, n == 5 ? "admin1@Org2" : "admin1@Org1",
        n % 2 == 0 ? "site1" : "site2");
  const auto all = ask("?site=*");
  EXPECT_EQ(items_of(all), "site1:6 site1:4 site2:3 site1:2 site2:1");
  EXPECT_EQ(outcomes_of(all), "site1 ok 3, site2 ok 2");
  EXPECT_EQ(object_of(all).at("total").as_int64(), 5);
  const auto page = ask("?site=%2A&limit=2&offset=2&sort=startTime");
  EXPECT_EQ(items_of(page), "site2:3 site1:4");
  EXPECT_EQ(object_of(page).at("total").as_int64(), 5);
  const auto beyond = ask("?site=*&offset=700");
  EXPECT_EQ(items_of(beyond), "");
  EXPECT_EQ(object_of(beyond).at("total").as_int64(), 700);
}

TEST_F(Lists, a_site_that_is_gone_costs_its_part_and_is_named) {
  put(site1_, 1, "admin1@Org1", "site1");
  site2_.stop();
  site2_.wait();
  const auto all = ask("?site=*");
  EXPECT_EQ(items_of(all), "site1:1");
  EXPECT_EQ(outcomes_of(all), "site1 ok 1, site2 unavailable 0");
  EXPECT_EQ(ask("?site=site2").status, 503);
}

TEST_F(Lists, who_may_filter_by_whom_is_the_answering_sites_word) {
  for (const char* target : {"?user=root", "?site=*&user=root", "?site=site2&user=root"}) {
    const auto refused = ask(target);
    EXPECT_EQ(refused.status, 403) << target;
    EXPECT_EQ(refused.api_error().code, "Forbidden");
  }
  EXPECT_EQ(ask("?site=site2&user=root").api_error().stacktrace,
            "site2: Forbidden\nsite1: Forbidden");
  EXPECT_EQ(site1_.get("/tasks?user=admin1@Org1", site1_.login("root")).status, 200);
}

TEST_F(Lists, wrong_parameters_are_refused_before_anybody_is_asked) {
  for (const char* query : {"?limit=0", "?sort=x", "?state=x", "?site=*&site=site1", "?site=**",
                            "?ids=x", "?site=site2&offset=-1"}) {
    const auto refused = ask(query);
    EXPECT_EQ(refused.status, 400) << query;
    EXPECT_EQ(refused.api_error().code, "BadUserInput");
  }
  EXPECT_EQ(ask("?site=site9").api_error().code, "SiteNotFound");
  const auto deep = ask("?site=*&offset=901");
  EXPECT_EQ(deep.status, 400);
  EXPECT_THAT(deep.api_error().msg, HasSubstr("name a site"));
  EXPECT_EQ(site1_.get("/tasks?limit=0", {}).status, 401);
  EXPECT_EQ(site1_.client().ask("POST", "/tasks", tenant_).field("Allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(site1_.client().ask("HEAD", "/tasks", tenant_).status, 200);
  EXPECT_EQ(site1_.get("/tasks/" + kTaskId + "?site=*", tenant_).status, 400);
}

TEST(ListOfAllSites, a_silent_site_has_less_time_than_the_list) {
  const FakeSite silent([](SiteConnection& connection) { connection.hold(); });
  TestGateway site1(
      {.sites = {remote_site("site2", silent.port())}, .tune = [](Settings& settings) {
         settings.routing.each_site_time = 200ms;
         settings.routing.all_sites_time = 20s;
       }});
  site1.put_task(task_id(1), task(1, "admin1@Org1", "site1"));
  const auto answer = site1.get("/tasks?site=*", site1.login("admin1@Org1"));
  EXPECT_EQ(items_of(answer), "site1:1");
  EXPECT_EQ(outcomes_of(answer), "site1 ok 1, site2 timedOut 0");
}

TEST(ListOfAllSites, is_an_error_when_nobody_answers) {
  const FakeSite broken(answering(answer_text(500, "no")));
  TestGateway site1(
      {.sites = {remote_site("site2", broken.port())}, .store = StoreFault::Unavailable});
  // Sessions are kept all the same: only tasks fail.
  const auto answer = site1.get("/tasks?site=*", site1.login("admin1@Org1"));
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.api_error().code, "SiteUnavailable");
  EXPECT_EQ(answer.api_error().args, (std::vector<std::string>{"site1", "site2"}));
}

TEST(ListOfASite, that_lies_is_refused) {
  for (const std::string body :
       {R"({"items":[{"id":"x"}],"total":1})", R"({"items":[]})", "[]", "<html>", ""}) {
    const FakeSite liar(answering(answer_text(200, body)));
    TestGateway site1({.sites = {remote_site("site2", liar.port())}});
    const auto answer = site1.get("/tasks?site=site2", site1.login("admin1@Org1"));
    EXPECT_EQ(answer.status, 502) << body;
    EXPECT_EQ(answer.api_error().code, "SiteProtocolError") << body;
  }
}

TEST(ListOfASite, that_is_too_large_is_refused) {
  std::string items;
  for (unsigned n = 0; n < 50; ++n)
    items += (n == 0 ? std::string() : ",") + R"({"id":")" + task_id(n) + R"(","x":")" +
             std::string(2000, 'x') + "\"}";
  const FakeSite large(answering(answer_text(200, "{\"items\":[" + items + "],\"total\":50}")));
  TestGateway site1({.sites = {remote_site("site2", large.port())}, .tune = [](Settings& settings) {
                       settings.limits.list_body = 64 * 1024;
                       settings.limits.answer_body = 1024;
                     }});
  EXPECT_EQ(site1.get("/tasks?site=site2", site1.login("admin1@Org1")).status, 502);
  TestGateway roomy({.sites = {remote_site("site2", large.port())},
                     .tune = [](Settings& settings) { settings.limits.answer_body = 1024; }});
  EXPECT_EQ(roomy.get("/tasks?site=site2", roomy.login("admin1@Org1")).status, 200);
}

}  // namespace
}  // namespace sitegate::test
