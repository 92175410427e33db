// GET /sites and /sites/{site}, /diagnostics/about and /diagnostics/health, from the request to the
// reply (CONTRACT rows 76 to 90).

#include <gmock/gmock.h>

#include <boost/json/serialize.hpp>

#include "tests/unit/gateway/front.hpp"

namespace sitegate::test {
namespace {

namespace json = boost::json;
using testing::ElementsAre;

class SitesAndDiagnostics : public Front {
 protected:
  Exchange get(std::string target) {
    return ask(request("GET", std::move(target), log_in("tenant@Org1")));
  }
  Exchange post_health(const std::string& user = "tenant@Org1", std::string body = {}) {
    auto made = request("POST", "/diagnostics/health", log_in(user));
    if (!body.empty())
      made.fields.add("Content-Type", "application/json");
    return ask(std::move(made), std::move(body));
  }
};

TEST_F(SitesAndDiagnostics, sites_are_a_bare_array_this_one_first_and_the_rest_as_configured) {
  RemoteSiteSettings first;
  first.name = "site3";
  settings_.sites.push_back(first);
  settings_.sites[0].origin.line = 9;
  settings_.sites[1].origin.line = 7;
  records_.push_back(std::make_shared<SiteRecord>());
  const auto answer = get("/sites");
  EXPECT_EQ(answer.reply.status, 200) << answer.reply.body;
  const auto sites = json::parse(answer.reply.body);
  std::vector<std::string> names;
  for (const auto& site : sites.as_array()) names.emplace_back(site.at("site").as_string());
  EXPECT_THAT(names, ElementsAre("site1", "site3", "site2"));
  EXPECT_EQ(answer.field("Cache-Control"), "no-store");
}

TEST_F(SitesAndDiagnostics, one_site_is_one_object) {
  EXPECT_EQ(get("/sites/site1").json().at("isLocal"), true);
  EXPECT_EQ(get("/sites/site2").json().at("isLocal"), false);
  records_[0]->failed(LinkFailure::Kind::Late, 0);
  EXPECT_EQ(get("/sites/site2").json().at("state").at("outgoingCommError").at("code"),
            "SiteTimeout");
  EXPECT_EQ(store_->asked, 0);
}

TEST_F(SitesAndDiagnostics, a_site_that_is_not_there_is_said_by_its_name) {
  const auto unknown = get("/sites/Site2");
  EXPECT_EQ(unknown.code(), "SiteNotFound");
  EXPECT_EQ(json::serialize(unknown.json().at("args")), R"(["Site2"])");
  for (const auto* bad : {"/sites/", "/sites/*", "/sites/a%20b", "/sites/-a"})
    EXPECT_EQ(get(bad).code(), "BadUserInput") << bad;
}

TEST_F(SitesAndDiagnostics, sites_are_not_changed_here) {
  for (const auto* path : {"/sites", "/sites/site2"})
    for (const auto* method : {"POST", "PUT", "DELETE"}) {
      const auto answer = ask(request(method, path, log_in("tenant@Org1")), "{}");
      EXPECT_EQ(answer.code(), "MethodNotAllowed") << method;
      EXPECT_EQ(answer.field("Allow"), "GET, HEAD, OPTIONS");
    }
}

TEST_F(SitesAndDiagnostics, all_of_it_needs_a_session) {
  for (const auto* path : {"/sites", "/sites/site1", "/diagnostics/about", "/diagnostics/health"})
    EXPECT_EQ(ask(request("GET", path)).code(), "NotAuthenticated") << path;
  EXPECT_EQ(ask(request("POST", "/diagnostics/health")).code(), "NotAuthenticated");
}

TEST_F(SitesAndDiagnostics, about_says_which_gateway_this_is) {
  const auto about = get("/diagnostics/about").json();
  EXPECT_EQ(about.size(), 5U);
  EXPECT_EQ(about.at("productName"), "sitegate");
  EXPECT_TRUE(about.at("buildVersion").is_string());
  EXPECT_TRUE(about.at("buildDate").is_int64());
  EXPECT_EQ(about.at("instanceId"), instance_.id.c_str());
  EXPECT_EQ(about.at("serviceType"), "CLOUD");
}

TEST_F(SitesAndDiagnostics, health_is_a_task_by_both_verbs) {
  for (const auto* method : {"GET", "POST"}) {
    health_runs_.finish(nullptr, {});  // nothing is shared
    const auto answer = ask(request(method, "/diagnostics/health", log_in("tenant@Org1")));
    EXPECT_EQ(answer.reply.status, 202) << answer.reply.body;
    const auto task = answer.json();
    EXPECT_EQ(task.at("state"), "RUNNING");
    EXPECT_EQ(task.at("progress"), 0);
    EXPECT_EQ(task.at("user"), "tenant@Org1");
    EXPECT_EQ(answer.field("Location"), "/tasks/" + std::string(task.at("id").as_string()));
    EXPECT_EQ(answer.field("Cache-Control"), "private, no-cache");
    const auto stored = json::parse(*store_->document).as_object();
    EXPECT_EQ(stored.at("id"), task.at("id"));
    EXPECT_EQ(stored.at("state"), "SUCCEEDED");
    EXPECT_TRUE(stored.at("result").at("dbError").is_null());
    EXPECT_GT(stored.at("lastUpdated").as_int64(), task.at("lastUpdated").as_int64());
  }
}

TEST_F(SitesAndDiagnostics, who_asks_for_health_again_gets_the_task_he_has) {
  const auto first = post_health();
  const auto again = post_health();
  EXPECT_EQ(again.reply.status, 202);
  EXPECT_EQ(again.json().at("id"), first.json().at("id"));
  EXPECT_EQ(again.json().at("state"), "SUCCEEDED");
  const auto other = post_health("producer");
  EXPECT_NE(other.json().at("id"), first.json().at("id"));
  EXPECT_EQ(other.json().at("user"), "producer");
}

TEST_F(SitesAndDiagnostics, a_health_task_that_is_gone_is_made_anew) {
  const auto first = post_health();
  store_->document.reset();
  EXPECT_NE(post_health().json().at("id"), first.json().at("id"));
}

TEST_F(SitesAndDiagnostics, a_body_for_health_is_small_json_and_ignored) {
  EXPECT_EQ(post_health("tenant@Org1", R"({"any":["thing"]})").reply.status, 202);
  EXPECT_EQ(post_health("tenant@Org1", "[]").reply.status, 202);
  EXPECT_EQ(post_health("tenant@Org1", "{").code(), "BadRequest");
  EXPECT_EQ(post_health("tenant@Org1", '"' + std::string(20'000, 'x') + '"').code(),
            "PayloadTooLarge");
  auto form = request("POST", "/diagnostics/health", log_in("tenant@Org1"));
  form.fields.add("Content-Type", "application/x-www-form-urlencoded");
  EXPECT_EQ(ask(form, "a=b").code(), "UnsupportedMediaType");
  EXPECT_EQ(ask(request("GET", "/diagnostics/health", log_in("tenant@Org1")), "{}").code(),
            "BadUserInput");
}

TEST_F(SitesAndDiagnostics, health_that_cannot_be_stored_is_no_task) {
  store_->failure = make_error(ErrorCode::StoreUnavailable);
  EXPECT_EQ(post_health().code(), "StoreUnavailable");
}

}  // namespace
}  // namespace sitegate::test
