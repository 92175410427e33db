// Who is told what about other origins (Fetch; CONTRACT 0.1 "Order of checks").

#include "gateway/cors.hpp"

#include <gmock/gmock.h>

#include "tests/unit/gateway/front.hpp"

namespace sitegate::test {
namespace {

using testing::HasSubstr;

const std::string kUi = "https://ui.example.org";
constexpr std::string_view kNone = "(0 fields)";

class Cors : public Front {
 protected:
  Cors() { settings_.cors = {{"http://localhost:3000", kUi}, std::chrono::minutes{10}}; }

  static ApiRequest from(std::string_view origin, ApiRequest made) {
    made.fields.add("Origin", origin);
    return made;
  }
  static ApiRequest preflight(ApiRequest made, std::string_view method = "GET") {
    made.fields.add("Access-Control-Request-Method", method);
    made.fields.add("Access-Control-Request-Headers", "operationid,x-vcav-auth");
    return made;
  }
  static void expect_stranger(const Exchange& answer) {
    for (const auto& [name, value] : answer.reply.fields)
      EXPECT_FALSE(name.starts_with("Access-Control-")) << name << ": " << value;
  }

  const std::string tenant_ = log_in("tenant@Org1");
  const std::string producer_ = log_in("producer");
};

TEST_F(Cors, a_configured_origin_may_read_every_answer) {
  store_->document = task();
  struct Question {
    ApiRequest request;
    std::string body;
    int status;
  };
  auto not_acceptable = request("GET", path(), tenant_);
  not_acceptable.fields.add("Accept", "text/html");
  auto wrong_id = request("GET", path(), tenant_);
  wrong_id.fields.add("operationID", "two words");
  const Question questions[] = {{request("GET", path(), tenant_), "", 200},
                                {request("HEAD", path(), tenant_), "", 200},
                                {request("PUT", path(), producer_), task(), 201},
                                {request("GET", "/sessions", tenant_), "", 200},
                                {request("DELETE", "/sessions", log_in("tenant@Org1")), "", 204},
                                {request("OPTIONS", path()), "", 204},
                                {request("OPTIONS", "*"), "", 204},
                                {request("GET", path()), "", 401},
                                {request("POST", "/sessions"), "{", 400},
                                {wrong_id, "", 400},
                                {request("PUT", path(), tenant_), task(), 403},
                                {request("GET", "/nowhere"), "", 404},
                                {request("OPTIONS", "/nowhere"), "", 404},
                                {request("GET", path("?site=nowhere"), tenant_), "", 404},
                                {request("PATCH", path()), "", 405},
                                {not_acceptable, "", 406},
                                {request("BREW", path()), "", 501}};
  for (const auto& question : questions) {
    const auto answer = ask(from(kUi, question.request), question.body);
    SCOPED_TRACE(question.request.method_name + ' ' + question.request.path);
    EXPECT_EQ(answer.reply.status, question.status) << answer.reply.body;
    EXPECT_EQ(answer.field("Access-Control-Allow-Origin"), kUi);
    EXPECT_EQ(answer.field("Access-Control-Expose-Headers"),
              "operationID, X-Request-Id, Proxy-Status, Retry-After, X-VCAV-Auth, ETag, "
              "WWW-Authenticate, Location");
    EXPECT_THAT(answer.field("Vary"), HasSubstr("Origin"));
    EXPECT_EQ(answer.field("Access-Control-Allow-Credentials"), kNone);
    EXPECT_EQ(answer.field("Access-Control-Allow-Methods"), kNone);
    // It changes nothing but that.
    const auto stranger = ask(question.request, question.body);
    expect_stranger(stranger);
    if (question.request.method != Method::Delete) {  // that token is gone
      EXPECT_EQ(stranger.reply.status, question.status);
    }
    EXPECT_THAT(stranger.field("Vary"), HasSubstr("Origin"));
  }
}

TEST_F(Cors, what_fails_inside_may_be_read_too) {
  store_->throws = true;
  EXPECT_EQ(ask(from(kUi, request("GET", path(), tenant_))).field("Access-Control-Allow-Origin"),
            kUi);
  store_->throws = false;
  store_->failure = make_error(ErrorCode::StoreUnavailable);
  EXPECT_EQ(ask(from(kUi, request("GET", path(), tenant_))).field("Access-Control-Allow-Origin"),
            kUi);
}

TEST_F(Cors, no_other_origin_is_told_anything) {
  for (const std::string& origin :
       {std::string("null"), std::string("*"), std::string(), std::string("https://evil.example"),
        std::string("http://ui.example.org"), kUi + ":443", kUi + "/", kUi + ".evil.example",
        std::string("https://UI.example.org"), kUi + ' ' + kUi, kUi + "," + kUi}) {
    const auto answer = ask(from(origin, request("GET", "/nowhere")));
    expect_stranger(answer);
    EXPECT_EQ(answer.field("Vary"), "Origin") << origin;
    expect_stranger(ask(from(origin, preflight(request("OPTIONS", path())))));
  }
  expect_stranger(ask(from(kUi, from(kUi, request("GET", "/nowhere")))));
}

TEST_F(Cors, a_preflight_needs_no_login_and_reaches_nobody) {
  for (const char* target : {"", "?site=site2", "?site=nowhere"}) {
    const auto answer = ask(from(kUi, preflight(request("OPTIONS", path(target)), "PUT")));
    EXPECT_EQ(answer.reply.status, 204);
    EXPECT_EQ(answer.reply.body, "");
    EXPECT_EQ(answer.field("Access-Control-Allow-Origin"), kUi);
    EXPECT_EQ(answer.field("Access-Control-Allow-Methods"), "GET, HEAD, PUT, OPTIONS");
    EXPECT_EQ(answer.field("Access-Control-Allow-Headers"),
              "X-VCAV-Auth, Authorization, Content-Type, Accept, operationID, If-None-Match");
    EXPECT_EQ(answer.field("Access-Control-Max-Age"), "600");
    EXPECT_EQ(answer.field("Access-Control-Allow-Credentials"), kNone);
  }
  EXPECT_EQ(ask(from(kUi, preflight(request("OPTIONS", "/sessions"), "POST")))
                .field("Access-Control-Allow-Methods"),
            "GET, HEAD, POST, DELETE, OPTIONS");
  EXPECT_EQ(store_->asked, 0);
}

TEST_F(Cors, a_preflight_comes_behind_path_and_method) {
  EXPECT_EQ(ask(from(kUi, preflight(request("OPTIONS", "/nowhere")))).code(), "EndpointNotFound");
  EXPECT_EQ(ask(from(kUi, preflight(request("TRACE", path())))).code(), "MethodNotAllowed");
  EXPECT_EQ(ask(from(kUi, preflight(request("BREW", path())))).code(), "NotImplemented");
}

TEST_F(Cors, only_options_is_a_preflight) {
  const auto answer = ask(from(kUi, preflight(request("PATCH", path()))));
  EXPECT_EQ(answer.field("Allow"), "GET, HEAD, PUT, OPTIONS");
  EXPECT_EQ(answer.field("Access-Control-Allow-Methods"), kNone);
}

TEST_F(Cors, peers_and_probes_hear_nothing_of_it) {
  for (const auto listener : {ListenerKind::Peers, ListenerKind::Admin})
    for (const char* method : {"GET", "OPTIONS"}) {
      auto made = from(kUi, preflight(request(method, "/readyz")));
      made.listener = listener;
      const auto answer = ask(made);
      expect_stranger(answer);
      EXPECT_EQ(answer.field("Vary"), kNone);
    }
}

TEST_F(Cors, without_origins_nobody_hears_of_it) {
  settings_.cors.origins.clear();
  const auto answer = ask(from(kUi, preflight(request("OPTIONS", path()))));
  EXPECT_EQ(answer.reply.status, 204);
  expect_stranger(answer);
  EXPECT_EQ(answer.field("Vary"), kNone);
}

TEST_F(Cors, what_is_no_request_is_answered_as_far_as_it_was_understood) {
  RequestContext context;
  auto known = from(kUi, request("", ""));
  known.fields.add("Accept", "application/vnd.vmware.h4-v4.5+json");
  known.fields.add("operationID", "theirs");
  const Exchange refused{
      refuse_request(make_error(ErrorCode::HeadersTooLarge, {"x"}), known, context, *services_),
      context, 0};
  EXPECT_EQ(refused.field("Access-Control-Allow-Origin"), kUi);
  EXPECT_EQ(refused.field("operationID"), "theirs");
  EXPECT_EQ(refused.reply.content_type, "application/vnd.vmware.h4-v4.5+json;charset=UTF-8");
}

}  // namespace
}  // namespace sitegate::test
