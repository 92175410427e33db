// Bodies and fields of replies (CONTRACT 0.1 "Caching", 0.4).

#include "gateway/replies.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <set>

namespace sitegate::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Values = std::vector<std::string>;

Values values(const ApiReply& reply, std::string_view name) {
  Values found;
  for (const auto& [n, value] : reply.fields)
    if (n == name)
      found.push_back(value);
  return found;
}

RequestContext context() {
  RequestContext made;
  made.request_id = "our-id";
  made.operation_id = "their-id";
  return made;
}

ApiReply error(Error failure) {
  return error_reply(failure, context(), "site1");
}

TEST(Replies, a_task_is_its_document_and_must_be_asked_for_again) {
  const auto reply = task_reply(201, R"({ "id" : 1.50 })", context());
  EXPECT_EQ(reply.status, 201);
  EXPECT_EQ(reply.body, R"({ "id" : 1.50 })");
  EXPECT_EQ(reply.content_type, "application/json;charset=UTF-8");
  EXPECT_THAT(values(reply, "Cache-Control"), ElementsAre("private, no-cache"));
  EXPECT_THAT(values(reply, "Vary"),
              ElementsAre("Accept, Accept-Encoding, Origin, X-VCAV-Auth, Authorization"));
}

TEST(Replies, the_version_asked_for_is_the_version_answered) {
  auto asked = context();
  asked.media_type = *negotiate("application/vnd.vmware.h4-v3.5+json");
  const std::string type = "application/vnd.vmware.h4-v3.5+json;charset=UTF-8";
  asked.caller = Principal{{"u", "o", {}}, {}, {}};
  EXPECT_EQ(task_reply(200, "{}", asked).content_type, type);
  EXPECT_EQ(session_reply(asked, "site1").content_type, type);
  EXPECT_EQ(error_reply(make_error(ErrorCode::TaskNotFound), asked, "site1").content_type, type);
}

TEST(Replies, a_session_says_who_where_and_as_what) {
  auto known = context();
  known.caller = Principal{{"admin1@Org1", "Org1", {"EVERYONE", "AUDITOR"}}, {}, {}};
  const auto reply = session_reply(known, "site1");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(boost::json::parse(reply.body), boost::json::parse(R"({"user":"admin1@Org1",
      "roles":["EVERYONE","AUDITOR"],"authenticatedSites":[{"site":"site1","org":"Org1"}]})"));
  EXPECT_THAT(values(reply, "Cache-Control"), ElementsAre("no-store"));
}

TEST(Replies, an_empty_reply_has_no_content) {
  const auto reply = empty_reply();
  EXPECT_EQ(reply.status, 204);
  EXPECT_EQ(reply.body, "");
  EXPECT_EQ(reply.content_type, "");
  EXPECT_THAT(values(reply, "Cache-Control"), ElementsAre("no-store"));
}

TEST(Replies, options_says_what_is_allowed) {
  const auto reply = options_reply("GET, HEAD, OPTIONS");
  EXPECT_EQ(reply.status, 204);
  EXPECT_THAT(values(reply, "Allow"), ElementsAre("GET, HEAD, OPTIONS"));
}

TEST(ErrorReplies, each_is_an_api_error_of_its_status_that_nobody_keeps) {
  for (const auto& row : all_error_traits()) {
    const auto reply = error(make_error(row.code, {"a", "b", "c"}, "a secret detail"));
    EXPECT_EQ(reply.status, row.status) << row.name;
    EXPECT_EQ(reply.content_type, "application/json;charset=UTF-8");
    EXPECT_THAT(values(reply, "Cache-Control"), ElementsAre("no-store")) << row.name;
    const auto body = boost::json::parse(reply.body).as_object();
    EXPECT_EQ(body.size(), 4U) << row.name;
    EXPECT_EQ(body.at("code").as_string(), row.name);
    EXPECT_EQ(body.at("stacktrace").as_string(), "site1: " + std::string(row.name));
    EXPECT_EQ(reply.body.find("secret"), std::string::npos) << row.name;
    EXPECT_THAT(values(reply, "X-VCAV-Auth"), IsEmpty());
  }
}

// CONTRACT 0.4 row 401, and PowerCLI's three branches (28 to 33)
TEST(ErrorReplies, each_401_has_a_challenge_of_its_own) {
  EXPECT_THAT(values(error(make_error(ErrorCode::NotAuthenticated)), "WWW-Authenticate"),
              ElementsAre("Authentication Token Required"));
  EXPECT_THAT(values(error(make_error(ErrorCode::LoginFailed)), "WWW-Authenticate"),
              ElementsAre("Login realm=\"site1\""));
  EXPECT_THAT(values(error(make_error(ErrorCode::RemoteAuthenticationFailure, {"site2"})),
                     "WWW-Authenticate"),
              ElementsAre("RemoteSite realm=\"site2\""));
  for (const auto& row : all_error_traits())
    EXPECT_EQ(values(error(make_error(row.code, {"a"})), "WWW-Authenticate").size(),
              row.status == 401 ? 1U : 0U)
        << row.name;
}

TEST(ErrorReplies, a_failed_login_says_the_words_that_clients_look_for) {
  const auto body = boost::json::parse(error(make_error(ErrorCode::LoginFailed)).body).as_object();
  EXPECT_NE(body.at("msg").as_string().find("Authentication required."), std::string::npos);
  EXPECT_EQ(body.at("code").as_string(), "NotAuthenticated");
}

TEST(ErrorReplies, method_not_allowed_says_what_is) {
  const auto reply =
      error(make_error(ErrorCode::MethodNotAllowed, {"DELETE", "GET, HEAD, OPTIONS"}));
  EXPECT_THAT(values(reply, "Allow"), ElementsAre("GET, HEAD, OPTIONS"));
  EXPECT_THAT(values(error(make_error(ErrorCode::NotImplemented, {"BREW", "GET"})), "Allow"),
              IsEmpty());
}

TEST(ErrorReplies, what_may_be_tried_again_says_when) {
  using enum ErrorCode;
  const std::set<ErrorCode> later{TooManyRequests, SiteUnavailable, StoreUnavailable, Overloaded,
                                  ShuttingDown};
  for (const auto& row : all_error_traits()) {
    auto failure = make_error(row.code, {"a"});
    const Values by_default = later.contains(row.code) ? Values{"1"} : Values{};
    EXPECT_EQ(values(error(failure), "Retry-After"), by_default) << row.name;
    failure.retry_after = 37;
    const Values its_own = later.contains(row.code) ? Values{"37"} : Values{};
    EXPECT_EQ(values(error(failure), "Retry-After"), its_own) << row.name;
  }
}

TEST(CommonFields, every_reply_has_both_ids_and_is_not_sniffed) {
  auto reply = empty_reply();
  add_common_fields(reply, context(), "site1");
  EXPECT_THAT(values(reply, "operationID"), ElementsAre("their-id"));
  EXPECT_THAT(values(reply, "X-Request-Id"), ElementsAre("our-id"));
  EXPECT_THAT(values(reply, "X-Content-Type-Options"), ElementsAre("nosniff"));
  EXPECT_THAT(values(reply, "Proxy-Status"), IsEmpty());
  EXPECT_THAT(values(reply, "Via"), IsEmpty());
}

TEST(CommonFields, a_forwarded_request_says_who_answered) {
  const auto proxy_status = [](int received, std::string_view proxy_error) {
    auto forwarded = context();
    forwarded.trace.next_hop = "site2";
    forwarded.trace.received_status = received;
    forwarded.trace.proxy_error = proxy_error;
    auto reply = empty_reply();
    add_common_fields(reply, forwarded, "site1");
    EXPECT_THAT(values(reply, "Via"), ElementsAre("1.1 sitegate-site1"));
    return values(reply, "Proxy-Status");
  };
  EXPECT_THAT(proxy_status(200, ""),
              ElementsAre("sitegate-site1; next-hop=\"site2\"; received-status=200"));
  EXPECT_THAT(proxy_status(0, "connection_refused"),
              ElementsAre("sitegate-site1; next-hop=\"site2\"; error=connection_refused"));
  EXPECT_THAT(
      proxy_status(200, "http_protocol_error"),
      ElementsAre(
          "sitegate-site1; next-hop=\"site2\"; error=http_protocol_error; received-status=200"));
}

TEST(CommonFields, a_question_to_all_sites_that_failed_names_no_next_hop) {
  auto asked = context();
  asked.trace.sites_asked = 2;
  asked.trace.proxy_error = "destination_unavailable";
  auto reply = empty_reply();
  add_common_fields(reply, asked, "site1");
  EXPECT_THAT(values(reply, "Proxy-Status"),
              ElementsAre("sitegate-site1; error=destination_unavailable"));
}

TEST(CommonFields, a_question_to_all_sites_that_found_nothing_says_nothing_of_them) {
  auto asked = context();
  asked.trace.sites_asked = 2;
  auto reply = empty_reply();
  add_common_fields(reply, asked, "site1");
  EXPECT_THAT(values(reply, "Proxy-Status"), IsEmpty());
  EXPECT_THAT(values(reply, "Via"), IsEmpty());
}

}  // namespace
}  // namespace sitegate::test
