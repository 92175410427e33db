// Every way a request can fail, produced once by a real exchange. The last test fails when the
// enumeration has a code that stands not in the list below.

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <ostream>
#include <thread>
#include <vector>

#include "tests/integration/support/hop.hpp"

namespace sitegate::test {
namespace {

using namespace std::chrono_literals;
using Produce = Answer (*)();

const Fields kJson{{"Content-Type", "application/json"}};

Fields with(Fields fields, const Fields& more) {
  fields.insert(fields.end(), more.begin(), more.end());
  return fields;
}

/// One request without a login.
Answer anonymous(std::string_view method, std::string_view target, const Fields& fields = {},
                 std::string_view body = {}) {
  const TestGateway site1;
  return site1.client().ask(method, target, fields, body);
}

Answer as(std::string_view user, std::string_view method, std::string_view target,
          const Fields& fields = {}, std::string_view body = {}) {
  const TestGateway site1;
  return site1.client().ask(method, target, with(site1.login(user), fields), body);
}

Answer raw(const std::string& octets, GatewayPlan plan = {}) {
  const TestGateway site1(std::move(plan));
  auto client = site1.client();
  client.send(octets);
  return client.read_answer();
}

Answer with_store(StoreFault fault) {
  const TestGateway site1({.store = fault});
  return site1.get("/tasks/" + kTaskId, site1.login("root"));
}

Answer from_site(const FakeSite::Script& script) {
  const FakeSite site2(script);
  return Hop(site2.port()).ask();
}

Answer extension_needed() {
  const FakeSite site2(answering(asked_task()));
  const auto mode = [](RemoteSiteSettings& site) { site.auth = SiteAuth::Session; };
  return Hop(site2.port(), {.remote = mode}).ask();
}

Answer extension_refused() {
  const FakeSite site2(answering(answer_text(401, "secret")));
  const Hop hop(site2.port());
  return hop.site1().client().ask(
      "POST", "/sessions/extend", with(hop.caller(), kJson),
      R"({"type":"credentials","site":"site2","vcdUsername":"a","vcdPassword":"secret"})");
}

Answer conflict() {
  TestGateway site1;
  site1.put_task(kTaskId, task_document(kTaskId, "admin1@Org1", "site1"));
  return site1.client().ask("PUT", "/tasks/" + kTaskId, with(site1.login("replicator"), kJson),
                            task_document(kTaskId, "admin1@Org2", "site1"));
}

Answer too_many_requests() {
  const TestGateway site1(
      {.tune = [](Settings& settings) { settings.limits.login_failures_per_user = 1; }});
  auto client = site1.client();
  site1.try_login(client, "root", "wrong");
  return site1.try_login(client, "root", "wrong");
}

Answer payload_too_large() {
  const TestGateway site1({.tune = [](Settings& settings) { settings.limits.body = 64; }});
  return site1.client().ask("PUT", "/tasks/" + kTaskId, with(site1.login("replicator"), kJson),
                            task_document(kTaskId, "root", "site1"));
}

Answer overloaded() {
  // No login may wait, and there are more at once than threads to hash their passwords.
  const TestGateway site1({.tune = [](Settings& settings) { settings.limits.password_queue = 0; }});
  const auto login = request_text("POST", "/sessions", kJson,
                                  R"({"type":"localUser","localUser":"root","localPassword":")" +
                                      std::string(kPassword) + "\"}");
  std::vector<TestClient> crowd;
  for (unsigned i = 0; i < 4 * std::thread::hardware_concurrency() + 4; ++i)
    crowd.push_back(site1.client());
  for (auto& client : crowd) client.send(login);
  std::optional<Answer> refused;
  for (auto& client : crowd)
    if (auto answer = client.read_answer(); answer.status != 200)
      refused = std::move(answer);
  return refused.value();
}

Answer site_unavailable() {
  const ClosedPort nobody;
  return Hop(nobody.port()).ask();
}

Answer site_timeout() {
  const FakeSite site2([](SiteConnection& connection) { connection.hold(); });
  const HopPlan impatient{.remote = [](RemoteSiteSettings& site) { site.total_timeout = 100ms; }};
  return Hop(site2.port(), impatient).ask();
}

Answer shutting_down() {
  TestGateway site1;
  auto probe = site1.admin();
  const auto question = request_text("GET", "/readyz", {});
  // The second question has begun, so that the connection is not at rest when the end comes.
  probe.send(question + question.substr(0, 10));
  EXPECT_EQ(probe.read_answer().status, 200);
  site1.stop();
  probe.send(question.substr(10));
  auto answer = probe.read_answer();
  EXPECT_EQ(answer.field("Connection"), "close");
  return answer;
}

struct Case {
  ErrorCode code;
  int status;
  Produce produce;
};

// In the order of the enumeration.
const Case kCases[] = {
    {ErrorCode::BadRequest, 400, [] { return raw("GET / HTTP/1.1\r\nHost : a\r\n\r\n"); }},
    {ErrorCode::BadUserInput, 400, [] { return as("root", "GET", "/tasks/1"); }},
    {ErrorCode::NotAuthenticated, 401, [] { return anonymous("GET", "/tasks/" + kTaskId); }},
    {ErrorCode::LoginFailed, 401,
     [] {
       return anonymous("POST", "/sessions", kJson,
                        R"({"type":"localUser","localUser":"root","localPassword":"wrong"})");
     }},
    {ErrorCode::RemoteAuthenticationFailure, 401,
     [] { return from_site(answering(answer_text(401, ""))); }},
    {ErrorCode::ExtensionNeeded, 401, extension_needed},
    {ErrorCode::ExtensionRefused, 401, extension_refused},
    {ErrorCode::Forbidden, 403,
     [] { return as("admin1@Org1", "PUT", "/tasks/" + kTaskId, kJson, "{}"); }},
    {ErrorCode::EndpointNotFound, 404, [] { return anonymous("GET", "/nothing"); }},
    {ErrorCode::SiteNotFound, 404,
     [] { return as("root", "GET", "/tasks/" + kTaskId + "?site=site9"); }},
    {ErrorCode::TaskNotFound, 404, [] { return as("root", "GET", "/tasks/" + kTaskId); }},
    {ErrorCode::MethodNotAllowed, 405, [] { return as("root", "DELETE", "/tasks/" + kTaskId); }},
    {ErrorCode::NotAcceptable, 406,
     [] {
       return as("root", "GET", "/tasks/" + kTaskId, {{"Accept", "text/html"}});
     }},
    {ErrorCode::RequestTimeout, 408,
     [] {
       return raw("GET / HTTP/1.1\r\n",
                  {.tune = [](Settings& settings) { settings.limits.head_time = 100ms; }});
     }},
    {ErrorCode::Conflict, 409, conflict},
    {ErrorCode::PayloadTooLarge, 413, payload_too_large},
    {ErrorCode::UriTooLong, 414,
     [] { return raw("GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n"); }},
    {ErrorCode::UnsupportedMediaType, 415,
     [] {
       return as("replicator", "PUT", "/tasks/" + kTaskId, {{"Content-Type", "text/plain"}}, "{}");
     }},
    {ErrorCode::ExpectationFailed, 417,
     [] {
       return anonymous("GET", "/sessions", {{"Expect", "the best"}});
     }},
    {ErrorCode::TooManyRequests, 429, too_many_requests},
    {ErrorCode::HeadersTooLarge, 431,
     [] {
       return anonymous("GET", "/sessions", Fields(101, {"A", "b"}));
     }},
    {ErrorCode::GeneralServerFailure, 500, [] { return with_store(StoreFault::Throws); }},
    {ErrorCode::NotImplemented, 501, [] { return anonymous("BREW", "/tasks/" + kTaskId); }},
    {ErrorCode::SiteProtocolError, 502, [] { return from_site(answering("garbage\r\n\r\n")); }},
    {ErrorCode::SiteUnavailable, 503, site_unavailable},
    {ErrorCode::StoreUnavailable, 503, [] { return with_store(StoreFault::Unavailable); }},
    {ErrorCode::Overloaded, 503, overloaded},
    {ErrorCode::ShuttingDown, 503, shutting_down},
    {ErrorCode::SiteTimeout, 504, site_timeout},
    {ErrorCode::HttpVersionNotSupported, 505,
     [] { return raw("GET / HTTP/2.0\r\nHost: a\r\n\r\n"); }},
    {ErrorCode::LoopDetected, 508,
     [] {
       return as("root", "GET", "/tasks/" + kTaskId, {{"Via", "1.1 sitegate-site1"}});
     }},
};

bool is_one_of(ErrorCode code, std::initializer_list<ErrorCode> list) {
  return std::find(list.begin(), list.end(), code) != list.end();
}

void PrintTo(const Case& row, std::ostream* out) {
  *out << traits(row.code).name;
}

void expect_nothing_of_the_inside(const Answer& answer) {
  for (const auto* inside : {"secret", "/var/", "/tmp/", ".cpp", "sqlite", "exception", "127.",
                             "std::", "disk I/O", "$argon2id"})
    EXPECT_EQ((answer.head + answer.body).find(inside), std::string::npos) << inside;
}

class EveryError : public testing::TestWithParam<Case> {};

TEST_P(EveryError, is_one_api_error_with_its_status_and_its_fields) {
  using enum ErrorCode;
  const auto [code, status, produce] = GetParam();
  const auto answer = produce();
  SCOPED_TRACE(answer.head + answer.body);
  EXPECT_EQ(answer.status, status);
  const auto error = answer.api_error();
  EXPECT_EQ(error.code, traits(code).name);
  EXPECT_EQ(error.msg, message_of(make_error(code, error.args)));
  EXPECT_TRUE(error.stacktrace.ends_with("site1: " + error.code)) << error.stacktrace;
  EXPECT_EQ(answer.field("Content-Type"), "application/json;charset=UTF-8");
  EXPECT_EQ(answer.field("Cache-Control"), "no-store");
  EXPECT_EQ(answer.field("X-Request-Id").size(), 36U);
  EXPECT_FALSE(answer.field("operationID").empty());
  EXPECT_EQ(answer.field("X-VCAV-Auth"), "");
  const bool waits = is_one_of(
      code, {TooManyRequests, SiteUnavailable, StoreUnavailable, Overloaded, ShuttingDown});
  EXPECT_EQ(!answer.field("Retry-After").empty(), waits);
  EXPECT_EQ(!answer.field("WWW-Authenticate").empty(), status == 401);
  EXPECT_EQ(answer.field("Allow"), code == MethodNotAllowed ? "GET, HEAD, PUT, OPTIONS" : "");
  expect_nothing_of_the_inside(answer);
}

std::string name_of_case(const testing::TestParamInfo<Case>& row) {
  switch (row.param.code) {  // those that share a name on the wire
    case ErrorCode::LoginFailed:
      return "LoginFailed";
    case ErrorCode::ExtensionNeeded:
      return "ExtensionNeeded";
    case ErrorCode::ExtensionRefused:
      return "ExtensionRefused";
    default:
      return std::string(traits(row.param.code).name);
  }
}

INSTANTIATE_TEST_SUITE_P(ErrorCode, EveryError, testing::ValuesIn(kCases), name_of_case);

TEST(EveryErrorCode, is_produced_by_an_exchange_in_this_file) {
  std::vector<ErrorCode> produced;
  for (const auto& row : kCases) produced.push_back(row.code);
  std::vector<ErrorCode> known;
  for (const auto& row : all_error_traits()) known.push_back(row.code);
  EXPECT_EQ(produced, known);
}

}  // namespace
}  // namespace sitegate::test
