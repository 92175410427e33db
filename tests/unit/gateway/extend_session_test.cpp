// POST /sessions/extend and DELETE /sessions/{site}, from the request to the reply (CONTRACT rows
// 44 to 49).

#include <gmock/gmock.h>

#include <boost/json/serialize.hpp>
#include <list>

#include "gateway/handlers.hpp"
#include "tests/unit/gateway/front_with_site.hpp"

namespace sitegate::test {
namespace {

using testing::ElementsAre;

class ExtendSession : public FrontWithSite {
 protected:
  Exchange extend(const std::string& token, std::string body = credentials()) {
    auto made = request("POST", "/sessions/extend", token);
    made.fields.add("Content-Type", "application/json");
    return ask(made, std::move(body));
  }
  std::string sites_of(const Exchange& exchange) {
    return boost::json::serialize(exchange.json().at("authenticatedSites"));
  }
  std::vector<std::string> methods() const {
    std::vector<std::string> said;
    for (const auto& request : link_->asked) said.emplace_back(request.method);
    return said;
  }
};

constexpr auto kBoth = R"([{"site":"site1","org":"Org1"},{"site":"site2","org":"Org2"}])";
constexpr auto kOne = R"([{"site":"site1","org":"Org1"}])";

TEST_F(ExtendSession, adds_the_site_to_the_session) {
  const auto token = log_in("tenant@Org1");
  const auto answer = extend(token);
  ASSERT_EQ(answer.reply.status, 200) << answer.reply.body;
  EXPECT_EQ(sites_of(answer), kBoth);
  EXPECT_EQ(answer.field("Cache-Control"), "no-store");
  EXPECT_EQ(answer.field("X-VCAV-Auth"), "(0 fields)");
  EXPECT_TRUE(answer.context.body.empty()) << "the password is not kept";
  EXPECT_EQ(sites_of(ask(request("GET", "/sessions", token))), kBoth);
}

// There are no bearer callers yet; when they come, they have no session here to extend.
TEST_F(ExtendSession, is_for_sessions_alone) {
  RequestContext context;
  context.caller = Principal{users_.find("tenant@Org1")->viewer, {}, {}};
  context.body = credentials();
  const auto made = request("POST", "/sessions/extend");
  for (const auto handler : {extend_session, shrink_session}) {
    const auto reply = run_to_end(io_, handler(made, context, *services_));
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, ErrorCode::BadUserInput);
    EXPECT_EQ(reply.error().args[0], "X-VCAV-Auth");
  }
  EXPECT_TRUE(link_->asked.empty());
}

TEST_F(ExtendSession, that_cannot_be_stored_leaves_no_session_there) {
  const auto token = log_in("tenant@Org1");
  session_store_.failing = true;
  EXPECT_EQ(extend(token).code(), "StoreUnavailable");
  EXPECT_THAT(methods(), ElementsAre("POST", "DELETE"));
  EXPECT_EQ(link_->asked[1].fields.back().second, "token-there");
  EXPECT_EQ(sites_of(ask(request("GET", "/sessions", token))), kOne);
}

TEST_F(ExtendSession, of_a_session_that_ends_meanwhile_leaves_none_there_either) {
  const auto token = log_in("tenant@Org1");
  link_->during = [&] { sessions_.end(sha256(token)); };
  EXPECT_EQ(extend(token).code(), "NotAuthenticated");
  EXPECT_THAT(methods(), ElementsAre("POST", "DELETE"));
}

TEST_F(ExtendSession, counts_what_the_site_refuses_and_nothing_else) {
  const auto token = log_in("tenant@Org1");
  link_->next = says(503, "Overloaded");
  for (int i = 0; i < 11; ++i) EXPECT_EQ(extend(token).code(), "SiteUnavailable");
  link_->next = says(401, "NotAuthenticated");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(extend(token).code(), "RemoteAuthenticationFailure");
  const auto asked = link_->asked.size();
  EXPECT_EQ(extend(token).code(), "TooManyRequests");
  EXPECT_EQ(link_->asked.size(), asked);
}

TEST_F(ExtendSession, lets_one_caller_try_so_much_at_once_and_no_more) {
  const auto token = log_in("tenant@Org1");
  std::list<QuestionLimit::Place> running;
  for (std::size_t i = 0; i < ExtendLimits::kAtOnce; ++i)
    running.emplace_back(extend_limits_.running, "tenant@Org1");
  EXPECT_EQ(extend(token).code(), "TooManyRequests");
  EXPECT_TRUE(link_->asked.empty());
  EXPECT_EQ(extend(log_in("producer")).reply.status, 200) << "others are not disturbed";
  running.pop_back();
  EXPECT_EQ(extend(token).reply.status, 200);
}

TEST_F(ExtendSession, again_ends_the_one_before) {
  const auto token = extended();
  EXPECT_EQ(extend(token).reply.status, 200);
  EXPECT_THAT(methods(), ElementsAre("POST", "DELETE"));
}

TEST_F(ExtendSession, is_not_asked_for_in_a_circle) {
  auto made = request("POST", "/sessions/extend", log_in("tenant@Org1"));
  made.fields.add("Content-Type", "application/json");
  made.fields.add("Via", "1.1 sitegate-site1");
  EXPECT_EQ(ask(made, credentials()).code(), "LoopDetected");
}

TEST_F(ExtendSession, shrinks_here_at_once_and_there_as_well) {
  const auto token = extended();
  const auto answer = ask(request("DELETE", "/sessions/site2", token));
  ASSERT_EQ(answer.reply.status, 200) << answer.reply.body;
  EXPECT_EQ(sites_of(answer), kOne);
  EXPECT_THAT(methods(), ElementsAre("DELETE"));
  EXPECT_EQ(ask(request("DELETE", "/sessions/site2", token)).code(), "BadUserInput");
}

TEST_F(ExtendSession, that_is_shrunk_is_gone_whatever_the_store_does) {
  const auto token = extended();
  session_store_.failing = true;
  EXPECT_EQ(ask(request("DELETE", "/sessions/site2", token)).code(), "StoreUnavailable");
  EXPECT_EQ(sites_of(ask(request("GET", "/sessions", token))), kOne);
}

TEST_F(ExtendSession, shrinks_nothing_else) {
  const auto token = extended();
  for (const auto* site : {"site1", "site3", "*", ""})
    EXPECT_EQ(ask(request("DELETE", "/sessions/" + std::string(site), token)).code(),
              "BadUserInput")
        << site;
  EXPECT_EQ(sites_of(ask(request("GET", "/sessions", token))), kBoth);
}

TEST_F(ExtendSession, ends_with_a_logout_there_as_well) {
  const auto token = extended();
  EXPECT_EQ(ask(request("DELETE", "/sessions", token)).reply.status, 204);
  EXPECT_THAT(methods(), ElementsAre("DELETE"));
  EXPECT_EQ(link_->asked[0].target, "/sessions");
}

TEST_F(ExtendSession, lapses_with_the_first_answer_that_says_so) {
  const auto token = extended();
  link_->next = says(401, "NotAuthenticated");
  const auto answer = ask(request("GET", path("?site=site2"), token));
  EXPECT_EQ(answer.code(), "RemoteAuthenticationFailure");
  EXPECT_EQ(answer.field("WWW-Authenticate"), "RemoteSite realm=\"site2\"");
  EXPECT_EQ(sites_of(ask(request("GET", "/sessions", token))), kOne);
}

}  // namespace
}  // namespace sitegate::test
