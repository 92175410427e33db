// What reaches another site: the request of CONTRACT 0.6 and not an octet more of the caller's.

#include <gtest/gtest.h>

#include <algorithm>

#include "auth/base64url.hpp"
#include "tests/integration/support/hop.hpp"

namespace sitegate::test {
namespace {

constexpr std::string_view kCanary = "canary";

/// Fields of a head, in their order, names as sent.
Fields fields_of(const std::string& request) {
  const Answer parsed{.head = request};
  Fields fields;
  for (const auto& name : parsed.field_names()) fields.emplace_back(name, parsed.field(name));
  return fields;
}

std::string value_of(const Fields& fields, std::string_view name) {
  for (const auto& [found, value] : fields)
    if (found == name)
      return value;
  return {};
}

/// Everything a caller could hope to get through, each with the canary in it.
const Fields kSmuggled{
    {"Authorization", "Bearer canary"},
    {"Proxy-Authorization", "Basic canary"},
    {"Cookie", "session=canary"},
    {"Config-Secret", "canary"},
    {"Secret", "canary"},
    {"X-Forwarded-For", "canary"},
    {"X-Forwarded-Host", "canary.test"},
    {"X-Forwarded-User", "canary"},
    {"X-Real-IP", "canary"},
    {"Forwarded", "for=canary"},
    {"traceparent", "00-canary-01"},
    {"tracestate", "canary=1"},
    {"baggage", "canary=1"},
    {"X-Request-Id", "canary"},
    {"Connection", "keep-alive, X-Canary, operationID"},
    {"X-Canary", "canary"},
    {"Keep-Alive", "canary"},
    {"TE", "trailers, canary"},
    {"Upgrade", "canary"},
    {"Max-Forwards", "0"},
    {"Sitegate-Statement", "canary.canary.canary"},
    {"Sitegate-Deadline-Ms", "123456789"},
    {"Sitegate-Anything", "canary"},
    {"User-Agent", "canary/1.0"},
    {"Referer", "https://canary.test/"},
    {"Origin", "https://canary.test"},
    {"From", "canary@canary.test"},
    {"Via", "1.1 canary"},
    {"If-None-Match", "\"canary\""},
    {"If-Modified-Since", "canary"},
    {"Range", "bytes=0-canary"},
    {"Accept-Language", "canary"},
    {"Accept-Encoding", "gzip, canary"},
    {"Content-Type", "application/json; canary"},
    {"X-HTTP-Method-Override", "DELETE"},
    {"operationID", "Powershell__of-the-caller"},
};

TEST(ForwardedRequest, has_exactly_the_fields_between_gateways) {
  const FakeSite site2(answering(answer_text(200, asked_task())));
  const Hop hop(site2.port());
  auto fields = kSmuggled;
  fields.insert(fields.begin(), hop.caller().begin(), hop.caller().end());
  fields.emplace_back("Accept", "application/vnd.vmware.h4-v4.7+json;canary=1, */*;q=0.1");
  auto client = hop.site1().client();
  // The query's other parameters and its encoding stay here, too.
  const auto target =
      "//tasks/" + kTaskId + "?canary=canary&si%74e=site2&x=%0d%0aX-Canary:%20canary";
  const auto answer = client.get(target, fields);
  ASSERT_EQ(answer.status, 200) << answer.body;

  ASSERT_EQ(site2.requests().size(), 1U);
  const auto request = site2.requests().front();
  EXPECT_EQ(request.substr(0, request.find("\r\n")), "GET " + Hop::target() + " HTTP/1.1");
  const auto sent = fields_of(request);
  std::vector<std::string> names;
  for (const auto& [name, value] : sent) names.push_back(name);
  std::sort(names.begin(), names.end());
  EXPECT_EQ(names, (std::vector<std::string>{"Accept", "Host", "Sitegate-Deadline-Ms",
                                             "Sitegate-Statement", "Via", "operationID"}));
  EXPECT_EQ(value_of(sent, "Accept"), "application/json");
  EXPECT_EQ(value_of(sent, "Host"), "site2.sitegate.test:" + std::to_string(site2.port()));
  EXPECT_EQ(value_of(sent, "Via"), "1.1 sitegate-site1");
  EXPECT_EQ(value_of(sent, "operationID"), "Powershell__of-the-caller");
  EXPECT_NE(value_of(sent, "Sitegate-Deadline-Ms"), "123456789");
  EXPECT_EQ(request.find(kCanary), std::string::npos) << request;
  EXPECT_EQ(request.find(hop.caller().front().second), std::string::npos) << request;  // the token
  EXPECT_EQ(request.find(Wire::address()), std::string::npos) << request;
}

TEST(ForwardedRequest, states_the_caller_and_no_credential) {
  const FakeSite site2(answering(answer_text(200, asked_task())));
  const Hop hop(site2.port());
  hop.ask();
  const auto statement = value_of(fields_of(site2.requests().at(0)), "Sitegate-Statement");
  const auto first = statement.find('.');
  const auto claims =
      base64url_decode(statement.substr(first + 1, statement.rfind('.') - first - 1)).value();
  for (const auto* expected : {R"("iss":"site1")", R"("aud":"site2")", R"("sub":"admin1@Org1")",
                               R"("org":"Org1")", R"("roles":["EVERYONE"])"})
    EXPECT_NE(claims.find(expected), std::string::npos) << claims;
  EXPECT_EQ(claims.find(hop.caller().front().second), std::string::npos);
  EXPECT_EQ(claims.find(kPassword), std::string::npos);
}

TEST(ForwardedRequest, is_made_for_each_caller_anew) {
  const FakeSite site2(answering(answer_text(404, api_error_text("TaskNotFound"))));
  const Hop hop(site2.port());
  hop.ask();
  hop.site1().get(Hop::target(), hop.site1().login("admin1@Org2"));
  hop.site1().get(Hop::target(), hop.site1().login("root"));
  const auto requests = site2.requests();
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(site2.connections(), 1U);  // one link, and yet never one's words for another
  std::vector<std::string> subjects;
  for (const auto& request : requests) {
    const auto statement = value_of(fields_of(request), "Sitegate-Statement");
    const auto first = statement.find('.');
    const auto claims =
        base64url_decode(statement.substr(first + 1, statement.rfind('.') - first - 1)).value();
    const auto at = claims.find("\"sub\":\"") + 7;
    subjects.push_back(claims.substr(at, claims.find('"', at) - at));
  }
  EXPECT_EQ(subjects, (std::vector<std::string>{"admin1@Org1", "admin1@Org2", "root"}));
}

TEST(ForwardedRequest, carries_an_operation_id_made_here_when_the_caller_has_none) {
  const FakeSite site2(answering(answer_text(200, asked_task())));
  const auto answer = Hop(site2.port()).ask();
  const auto sent = value_of(fields_of(site2.requests().at(0)), "operationID");
  EXPECT_EQ(sent.size(), 36U);
  EXPECT_EQ(answer.field("operationID"), sent);
  EXPECT_NE(answer.field("X-Request-Id"), sent);
}

TEST(LocalName, never_leaves_the_machine) {
  const FakeSite site2(answering(answer_text(200, asked_task())));
  const Hop hop(site2.port());
  for (const auto* site : {"?site=site1", "?site=Site2", "?site=", "?site=site2&site=site2",
                           "?site=*", "?site=site2%20", "?site=site2%00", "?site=127.0.0.1",
                           "?site=https://site2.sitegate.test/"}) {
    const auto answer = hop.site1().get("/tasks/" + kTaskId + site, hop.caller());
    EXPECT_GE(answer.status, 400) << site;
    EXPECT_EQ(answer.field("Via"), "") << site;
  }
  EXPECT_EQ(site2.connections(), 0U);
}

}  // namespace
}  // namespace sitegate::test
