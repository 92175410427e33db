#include "gateway/endpoints.hpp"

#include <gtest/gtest.h>

#include <set>

namespace sitegate::test {
namespace {

using enum ListenerKind;

constexpr std::string_view kTask = "/tasks/f61d60d2-698a-46dc-a266-88df27644956";

bool exists(ListenerKind listener, std::string_view path) {
  const auto found = match(listener, Method::Get, path);
  return found.endpoint != nullptr || !found.allow.empty();
}

TEST(Endpoints, each_method_of_a_path_has_its_own) {
  const auto method_of = [](Method method) {
    const auto found = match(Callers, method, kTask);
    return found.endpoint == nullptr ? Method::Unknown : found.endpoint->method;
  };
  EXPECT_EQ(method_of(Method::Get), Method::Get);
  EXPECT_EQ(method_of(Method::Put), Method::Put);
  for (const auto none : {Method::Post, Method::Delete, Method::Patch, Method::Trace,
                          Method::Options, Method::Unknown})
    EXPECT_EQ(method_of(none), Method::Unknown);
}

TEST(Endpoints, head_is_wherever_get_is) {
  for (const auto path : {std::string_view("/sessions"), kTask}) {
    const auto* get = match(Callers, Method::Get, path).endpoint;
    ASSERT_NE(get, nullptr);
    EXPECT_EQ(match(Callers, Method::Head, path).endpoint, get);
  }
}

TEST(Endpoints, allow_lists_the_methods_of_the_path) {
  EXPECT_EQ(match(Callers, Method::Post, kTask).allow, "GET, HEAD, PUT, OPTIONS");
  EXPECT_EQ(match(Callers, Method::Delete, kTask).allow, "GET, HEAD, PUT, OPTIONS");
  EXPECT_EQ(match(Callers, Method::Options, "/sessions").allow, "GET, HEAD, POST, DELETE, OPTIONS");
  EXPECT_EQ(match(Admin, Method::Put, "/livez").allow, "GET, HEAD, OPTIONS");
  EXPECT_EQ(match(Callers, Method::Get, "/nowhere").allow, "");
}

TEST(Endpoints, each_listener_serves_its_own) {
  for (const char* path :
       {"/sessions/extend", "/sites", "/diagnostics/about", "/openapi.yaml", "/livez", "/readyz"})
    EXPECT_FALSE(exists(Peers, path)) << path;
  for (const char* path : {"/livez", "/readyz"}) {
    EXPECT_TRUE(exists(Admin, path)) << path;
    EXPECT_FALSE(exists(Callers, path)) << path;
  }
  EXPECT_FALSE(exists(Admin, kTask));
  EXPECT_FALSE(exists(Admin, "/sessions"));
  EXPECT_FALSE(exists(Admin, "/openapi.yaml"));
  EXPECT_NE(match(Peers, Method::Get, kTask).endpoint, nullptr);
  EXPECT_EQ(match(Peers, Method::Put, kTask).endpoint, nullptr);
}

TEST(Endpoints, a_path_matches_whole) {
  for (const char* path : {"", "/", "*", "/tasks/x/y", "/task/1", "/tasks/1/", "/tasks/1/2",
                           "/x/tasks/1", "/sessions/1/", "/sessions/1/2", "/session", "/sessionsx",
                           "/Sessions", "/TASKS/1", "tasks/1", "/tasks;x/1", "/sessions%20"})
    EXPECT_FALSE(exists(Callers, path)) << path;
}

TEST(Endpoints, dot_segments_mean_nothing) {
  for (const char* path : {"/./sessions", "/x/../sessions", "/%2e/sessions", "/sites/./site2",
                           "/tasks/1/../2", "/tasks/../sessions"})
    EXPECT_FALSE(exists(Callers, path)) << path;
  EXPECT_EQ(match(Callers, Method::Get, "/tasks/..").parameter, "..");
  EXPECT_EQ(match(Callers, Method::Delete, "/sessions/..").parameter, "..");
}

TEST(Endpoints, an_encoded_slash_never_separates) {
  EXPECT_FALSE(exists(Callers, "/tasks%2F1"));
  EXPECT_FALSE(exists(Callers, "%2Fsessions"));
  EXPECT_FALSE(exists(Callers, "/sessions%2F"));
  EXPECT_EQ(match(Callers, Method::Get, "/tasks/1%2f..%2F2").parameter, "1/../2");
}

TEST(Endpoints, segments_are_decoded_once) {
  EXPECT_TRUE(exists(Callers, "/%73essions"));
  EXPECT_FALSE(exists(Callers, "/%2573essions"));
  EXPECT_EQ(match(Callers, Method::Get, "/tasks/%2541+b").parameter, "%41+b");
  EXPECT_EQ(match(Callers, Method::Get, "/tasks/a%00b").parameter, std::string("a\0b", 3));
  EXPECT_FALSE(exists(Callers, "/sessions%00"));
}

TEST(Endpoints, a_path_without_its_parameter_has_an_empty_one) {
  const auto found = match(Callers, Method::Get, "/tasks/");
  ASSERT_NE(found.endpoint, nullptr);
  EXPECT_EQ(found.parameter, "");
}

TEST(Endpoints, the_table_is_closed) {
  std::set<std::tuple<ListenerKind, Method, std::string_view>> seen;
  for (const auto& endpoint : all_endpoints()) {
    EXPECT_TRUE(seen.insert({endpoint.listener, endpoint.method, endpoint.pattern}).second)
        << endpoint.pattern << " twice";
    EXPECT_NE(endpoint.handler, nullptr) << endpoint.pattern;
    EXPECT_TRUE(endpoint.pattern.starts_with('/'));
    EXPECT_NE(endpoint.method, Method::Head) << "Get serves it";
    EXPECT_TRUE(endpoint.role.empty() || endpoint.login != Login::None) << endpoint.pattern;
  }
}

// What may be asked by somebody who is not logged in: nothing may join this list unseen.
TEST(Endpoints, only_login_probes_and_the_document_need_no_login) {
  std::set<std::string> open;
  for (const auto& endpoint : all_endpoints())
    if (endpoint.login == Login::None)
      open.insert(std::string(endpoint.pattern));
  EXPECT_EQ(open,
            (std::set<std::string>{"/sessions", "/openapi.yaml", "/livez", "/readyz", "/metrics"}));
}

}  // namespace
}  // namespace sitegate::test
