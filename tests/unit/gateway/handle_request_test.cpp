// What is common to all requests: ids, media types, methods, identity, and what is thrown.

#include <gmock/gmock.h>

#include "tests/unit/gateway/front.hpp"

namespace sitegate::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class HandleRequest : public Front {
 protected:
  ApiRequest with(ApiRequest made, std::string_view name, std::string_view value) {
    made.fields.add(name, value);
    return made;
  }

  const std::string tenant_ = log_in("tenant@Org1");
  const std::string producer_ = log_in("producer");
};

TEST_F(HandleRequest, a_task_of_the_local_site_is_relayed_byte_for_byte) {
  store_->document = task(R"(, "progress" : 50 )");
  const auto answer = ask(request("GET", path("?site=site1"), tenant_));
  EXPECT_EQ(answer.reply.status, 200);
  EXPECT_EQ(answer.reply.body, *store_->document);
  EXPECT_FALSE(answer.context.error);
  ASSERT_EQ(store_->viewers.size(), 1U);
  EXPECT_EQ(store_->viewers[0], users_.find("tenant@Org1")->viewer);
}

TEST_F(HandleRequest, a_task_that_is_not_there_is_not_found) {
  const auto answer = ask(request("GET", path(), tenant_));
  EXPECT_EQ(answer.code(), "TaskNotFound");
  EXPECT_THAT(answer.context.error->args, ElementsAre(std::string(kTaskId)));
}

TEST_F(HandleRequest, a_store_that_throws_costs_this_one_request) {
  store_->throws = true;
  for (const char* method : {"GET", "PUT"}) {
    const auto answer = ask(request(method, path(), producer_), *method == 'P' ? task() : "");
    EXPECT_EQ(answer.reply.status, 500) << method;
    EXPECT_EQ(answer.json().at("code").as_string(), "GeneralServerFailure");
    EXPECT_EQ(answer.reply.body.find("paper"), std::string::npos) << "not for the caller";
    EXPECT_EQ(answer.context.error->detail, "out of paper") << "for the log";
    EXPECT_EQ(answer.field("X-Request-Id"), answer.context.request_id);
    EXPECT_THAT(access_line(request(method, path()), answer.context, {500, 1, true}),
                HasSubstr(R"("code":"GeneralServerFailure")"));
  }
  store_->throws = false;
  EXPECT_EQ(ask(request("GET", path(), tenant_)).code(), "TaskNotFound");
}

TEST_F(HandleRequest, an_operation_id_is_given_back_byte_for_byte) {
  const std::string longest(256, '~');
  for (const std::string& id : {std::string("Powershell__7"), std::string("!"), longest}) {
    const auto answer = ask(with(request("GET", "/nowhere"), "operationID", id));
    EXPECT_EQ(answer.field("operationID"), id);
    EXPECT_NE(answer.field("X-Request-Id"), id);
  }
}

TEST_F(HandleRequest, a_missing_operation_id_is_made) {
  const auto first = ask(request("GET", path(), tenant_));
  const auto second = ask(request("GET", path(), tenant_));
  EXPECT_TRUE(TaskId::parse(first.field("operationID"))) << "a UUID";
  EXPECT_NE(first.field("operationID"), second.field("operationID"));
  EXPECT_NE(first.field("X-Request-Id"), second.field("X-Request-Id"));
}

TEST_F(HandleRequest, a_malformed_operation_id_is_refused_and_not_given_back) {
  for (const std::string& id : {std::string(), std::string("a b"), std::string("a\tb"),
                                std::string("\xC3\xA9"), std::string(257, 'a')}) {
    const auto answer = ask(with(request("GET", path(), tenant_), "operationID", id));
    EXPECT_EQ(answer.code(), "BadUserInput") << id;
    EXPECT_TRUE(TaskId::parse(answer.field("operationID"))) << id;
  }
  auto twice = with(request("GET", path(), tenant_), "operationID", "a");
  EXPECT_EQ(ask(with(twice, "operationID", "a")).code(), "BadUserInput");
}

TEST_F(HandleRequest, the_media_type_asked_for_is_that_of_errors_too) {
  const auto answer =
      ask(with(request("GET", path()), "Accept", "application/vnd.vmware.h4-v4.5+json"));
  EXPECT_EQ(answer.reply.content_type, "application/vnd.vmware.h4-v4.5+json;charset=UTF-8");
  const auto refused = ask(with(request("GET", path(), tenant_), "Accept", "text/html"));
  EXPECT_EQ(refused.code(), "NotAcceptable");
  EXPECT_EQ(refused.reply.content_type, "application/json;charset=UTF-8");
  EXPECT_EQ(refused.context.error->args, supported_media_types());
}

TEST_F(HandleRequest, methods_that_are_known_but_wrong_are_told_what_is_right) {
  for (const char* method : {"DELETE", "POST", "PATCH", "TRACE"}) {
    const auto answer = ask(request(method, path()));
    EXPECT_EQ(answer.code(), "MethodNotAllowed") << method;
    EXPECT_EQ(answer.field("Allow"), "GET, HEAD, PUT, OPTIONS");
  }
  for (const char* method : {"BREW", "get", "CONNECT", "PROPFIND"})
    EXPECT_EQ(ask(request(method, path())).code(), "NotImplemented") << method;
}

TEST_F(HandleRequest, options_needs_no_login) {
  const auto answer = ask(request("OPTIONS", path()));
  EXPECT_EQ(answer.reply.status, 204);
  EXPECT_EQ(answer.field("Allow"), "GET, HEAD, PUT, OPTIONS");
  EXPECT_EQ(ask(request("OPTIONS", "*")).reply.status, 204);
  EXPECT_EQ(store_->asked, 0);
}

TEST_F(HandleRequest, head_is_answered_like_get) {
  store_->document = task();
  const auto get = ask(request("GET", path(), tenant_));
  const auto head = ask(request("HEAD", path(), tenant_));
  EXPECT_EQ(head.reply.status, 200);
  EXPECT_EQ(head.reply.body, get.reply.body) << "left out by the connection";
  EXPECT_EQ(head.reply.content_type, get.reply.content_type);
}

TEST_F(HandleRequest, a_peers_listener_shows_nothing_but_what_it_serves) {
  for (const auto& [method, target] :
       std::vector<std::pair<std::string, std::string>>{{"PUT", path()},
                                                        {"DELETE", path()},
                                                        {"OPTIONS", path()},
                                                        {"OPTIONS", "*"},
                                                        {"BREW", path()},
                                                        {"PUT", "/sessions"},
                                                        {"POST", "/sessions/extend"},
                                                        {"DELETE", "/sessions/site2"},
                                                        {"GET", "/sites"},
                                                        {"GET", "/livez"}}) {
    auto made = request(method, target, tenant_);
    made.listener = ListenerKind::Peers;
    EXPECT_EQ(ask(made).code(), "EndpointNotFound") << method << ' ' << target;
  }
}

TEST_F(HandleRequest, a_token_of_a_callers_listener_counts_for_nothing_on_a_peers_listener) {
  store_->document = task();
  auto made = request("GET", path(), tenant_);
  made.listener = ListenerKind::Peers;
  EXPECT_EQ(ask(made).code(), "NotAuthenticated");
  EXPECT_EQ(store_->asked, 0);
}

TEST_F(HandleRequest, who_is_no_peer_cannot_log_in_on_a_peers_listener) {
  auto made = request("POST", "/sessions");
  made.listener = ListenerKind::Peers;
  EXPECT_EQ(ask(made, "{}").code(), "NotAuthenticated");
}

TEST_F(HandleRequest, readiness_is_told_on_the_admin_listener) {
  auto made = request("GET", "/readyz");
  made.listener = ListenerKind::Admin;
  EXPECT_EQ(ask(made).reply.status, 200);
  ready_ = false;
  EXPECT_EQ(ask(made).code(), "ShuttingDown");
  made.path = "/livez";
  EXPECT_EQ(ask(made).reply.status, 200);
}

TEST_F(HandleRequest, a_login_gives_one_token_that_works_until_logout) {
  const auto body = R"({"type":"localUser","localUser":"producer","localPassword":")" +
                    std::string(kPassword) + "\"}";
  const auto login = ask(request("POST", "/sessions"), body);
  ASSERT_EQ(login.reply.status, 200) << login.reply.body;
  const auto token = login.field("X-VCAV-Auth");
  const auto session = ask(request("GET", "/sessions", token));
  EXPECT_EQ(session.json(), login.json());
  EXPECT_EQ(session.field("X-VCAV-Auth"), "(0 fields)");
  EXPECT_EQ(ask(request("DELETE", "/sessions", token)).reply.status, 204);
  EXPECT_EQ(ask(request("GET", "/sessions", token)).code(), "NotAuthenticated");
}

TEST_F(HandleRequest, a_failed_login_tells_nothing_and_gives_no_token) {
  const auto log_in_as = [&](std::string_view user, std::string_view password) {
    return ask(request("POST", "/sessions"), R"({"type":"localUser","localUser":")" +
                                                 std::string(user) + R"(","localPassword":")" +
                                                 std::string(password) + "\"}");
  };
  const auto wrong = log_in_as("producer", "wrong");
  const auto unknown = log_in_as("nobody", kPassword);
  EXPECT_EQ(wrong.reply.status, 401);
  EXPECT_EQ(wrong.reply.body, unknown.reply.body);
  EXPECT_EQ(wrong.field("WWW-Authenticate"), "Login realm=\"site1\"");
  EXPECT_EQ(wrong.field("X-VCAV-Auth"), "(0 fields)");
}

TEST_F(HandleRequest, a_session_that_cannot_be_stored_is_none) {
  session_store_.failing = true;
  const auto answer = ask(request("POST", "/sessions"),
                          R"({"type":"localUser","localUser":"producer","localPassword":")" +
                              std::string(kPassword) + "\"}");
  EXPECT_EQ(answer.code(), "StoreUnavailable");
  EXPECT_EQ(answer.field("X-VCAV-Auth"), "(0 fields)");
}

TEST_F(HandleRequest, a_put_is_created_where_it_stands) {
  const auto answer =
      ask(request("PUT", "/tasks/F61D60D2-698A-46DC-A266-88DF27644956", producer_), task());
  EXPECT_EQ(answer.reply.status, 201) << answer.reply.body;
  EXPECT_EQ(answer.field("Location"), path());
  EXPECT_EQ(answer.reply.body, task());
}

TEST_F(HandleRequest, what_is_no_request_is_refused_with_all_that_an_error_has) {
  RequestContext context;
  const auto reply = refuse_request(make_error(ErrorCode::HeadersTooLarge, {"x"}), ApiRequest{},
                                    context, *services_);
  const Exchange refused{reply, context, 0};
  EXPECT_EQ(reply.status, 431);
  EXPECT_EQ(refused.json().size(), 4U);
  EXPECT_EQ(refused.field("X-Request-Id"), context.request_id);
  EXPECT_TRUE(TaskId::parse(refused.field("operationID")));
  EXPECT_EQ(refused.field("Cache-Control"), "no-store");
  EXPECT_EQ(refused.code(), "HeadersTooLarge");
}

}  // namespace
}  // namespace sitegate::test
