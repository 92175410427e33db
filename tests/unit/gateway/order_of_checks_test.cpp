// CONTRACT 0.1 "Order of checks": a request that breaks two neighbouring rules gets the answer of
// the first. Each request is one that breaks nothing but what it names.

#include <gmock/gmock.h>

#include "routing/transport/http_head.hpp"
#include "tests/unit/gateway/front.hpp"

namespace sitegate::test {
namespace {

using testing::ElementsAre;

class OrderOfChecks : public Front {
 protected:
  const std::string producer_ = log_in("producer");
  const std::string tenant_ = log_in("tenant@Org1");

  ApiRequest with(ApiRequest made, std::string_view name, std::string_view value) {
    made.fields.add(name, value);
    return made;
  }
  static constexpr std::string_view kBadOperationId = "two words";
  std::string too_large_ = std::string(settings_.limits.body + 1, ' ');
};

TEST_F(OrderOfChecks, a_right_request_passes_them_all) {
  store_->document = task();
  EXPECT_EQ(ask(request("GET", path("?site=site1"), tenant_)).reply.status, 200);
  EXPECT_EQ(ask(request("PUT", path(), producer_), task()).reply.status, 201);
}

TEST_F(OrderOfChecks, framing_comes_before_the_path) {
  const auto head = parse_request_head("BREW /nowhere HTTP/1.1\r\nContent-Length: -1\r\n\r\n");
  ASSERT_FALSE(head);
  EXPECT_EQ(head.error().code, ErrorCode::BadRequest);
}

TEST_F(OrderOfChecks, the_path_comes_before_the_method) {
  for (const char* method : {"BREW", "PATCH", "OPTIONS", "DELETE"})
    EXPECT_EQ(ask(request(method, "/nowhere")).code(), "EndpointNotFound") << method;
}

TEST_F(OrderOfChecks, the_method_comes_before_the_operation_id) {
  EXPECT_EQ(ask(with(request("BREW", path()), "operationID", kBadOperationId)).code(),
            "NotImplemented");
  EXPECT_EQ(ask(with(request("DELETE", path()), "operationID", kBadOperationId)).code(),
            "MethodNotAllowed");
}

TEST_F(OrderOfChecks, options_is_answered_before_the_operation_id) {
  EXPECT_EQ(ask(with(request("OPTIONS", path()), "operationID", kBadOperationId)).reply.status,
            204);
}

TEST_F(OrderOfChecks, the_operation_id_comes_before_authentication) {
  const auto answer = ask(with(request("GET", path()), "operationID", kBadOperationId));
  EXPECT_EQ(answer.code(), "BadUserInput");
  EXPECT_EQ(answer.context.error->args[0], "operationID");
}

TEST_F(OrderOfChecks, authentication_comes_before_the_role) {
  EXPECT_EQ(ask(request("PUT", path()), task()).code(), "NotAuthenticated");
  EXPECT_EQ(ask(request("PUT", path(), "no token of ours"), task()).code(), "NotAuthenticated");
}

TEST_F(OrderOfChecks, authentication_comes_before_whatever_the_path_holds) {
  for (const char* target : {"/tasks/x", "/tasks/", "/tasks/x?site=nowhere", "/tasks/x?site=site2"})
    EXPECT_EQ(ask(request("GET", target)).code(), "NotAuthenticated") << target;
  EXPECT_EQ(store_->asked, 0);
}

TEST_F(OrderOfChecks, the_role_comes_before_accept) {
  EXPECT_EQ(ask(with(request("PUT", path(), tenant_), "Accept", "text/html"), task()).code(),
            "Forbidden");
}

TEST_F(OrderOfChecks, accept_comes_before_the_content_type) {
  auto made = with(request("PUT", path(), producer_), "Accept", "text/html");
  EXPECT_EQ(ask(with(made, "Content-Type", "text/plain"), task()).code(), "NotAcceptable");
}

TEST_F(OrderOfChecks, the_content_type_comes_before_the_body) {
  const auto answer =
      ask(with(request("PUT", path(), producer_), "Content-Type", "text/plain"), too_large_);
  EXPECT_EQ(answer.code(), "UnsupportedMediaType");
  EXPECT_EQ(answer.body_reads, 0);
}

TEST_F(OrderOfChecks, the_size_of_a_body_comes_before_parameters) {
  EXPECT_EQ(ask(request("PUT", "/tasks/x?site=", producer_), too_large_).code(), "PayloadTooLarge");
}

TEST_F(OrderOfChecks, that_a_body_is_json_comes_before_parameters) {
  EXPECT_EQ(ask(request("PUT", "/tasks/x", producer_), "{").code(), "BadRequest");
  EXPECT_EQ(ask(request("PUT", path("?site="), producer_), "{").code(), "BadRequest");
  EXPECT_EQ(ask(request("PUT", path("?site=site2"), producer_), "{").code(), "BadRequest");
}

TEST_F(OrderOfChecks, a_body_where_none_belongs_comes_before_parameters) {
  const auto answer = ask(request("GET", "/tasks/x", tenant_), "{}");
  EXPECT_EQ(answer.code(), "BadUserInput");
  EXPECT_EQ(answer.context.error->args[0], "body");
  EXPECT_EQ(answer.body_reads, 0);
}

TEST_F(OrderOfChecks, parameters_come_before_the_site) {
  EXPECT_EQ(ask(request("GET", "/tasks/x?site=nowhere", tenant_)).code(), "BadUserInput");
  EXPECT_EQ(ask(request("GET", path("?site=nowhere&site=nowhere"), tenant_)).code(),
            "BadUserInput");
  EXPECT_EQ(ask(with(request("GET", "/tasks/x", tenant_), "Via", "1.1 sitegate-site1")).code(),
            "BadUserInput");
}

TEST_F(OrderOfChecks, the_site_comes_before_the_store) {
  store_->failure = make_error(ErrorCode::StoreUnavailable);
  const auto unknown = ask(request("GET", path("?site=nowhere"), tenant_));
  EXPECT_EQ(unknown.code(), "SiteNotFound");
  EXPECT_THAT(unknown.context.error->args, ElementsAre("nowhere"));
  EXPECT_EQ(ask(with(request("GET", path(), tenant_), "Via", "1.1 sitegate-site1")).code(),
            "LoopDetected");
  EXPECT_EQ(store_->asked, 0);
  EXPECT_EQ(ask(request("GET", path(), tenant_)).code(), "StoreUnavailable");
}

TEST_F(OrderOfChecks, of_a_login_the_type_of_the_body_comes_first_and_its_size_next) {
  auto made = with(request("POST", "/sessions"), "Content-Type", "text/plain");
  const std::string large(settings_.limits.login_body + 1, ' ');
  EXPECT_EQ(ask(made, large).code(), "UnsupportedMediaType");
  EXPECT_EQ(ask(request("POST", "/sessions"), large).code(), "PayloadTooLarge");
  EXPECT_EQ(ask(request("POST", "/sessions"), "{").code(), "BadRequest");
  EXPECT_EQ(ask(request("POST", "/sessions"), "{}").code(), "BadUserInput");
}

}  // namespace
}  // namespace sitegate::test
