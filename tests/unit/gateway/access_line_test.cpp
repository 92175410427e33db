// The access line: JSON whatever a stranger sends, and nothing in it that is a secret.

#include <gmock/gmock.h>

#include <fstream>

#include "tests/support/certificates.hpp"
#include "tests/unit/gateway/front.hpp"

namespace sitegate::test {
namespace {

using testing::HasSubstr;
using testing::Not;

boost::json::object parse(const std::string& line) {
  EXPECT_EQ(line.find('\n'), std::string::npos);
  for (const char c : line) EXPECT_TRUE(c >= 0x20 && c < 0x7f) << line;
  return boost::json::parse(line).as_object();
}

ApiRequest request() {
  ApiRequest made;
  made.method_name = "GET";
  made.path = "/tasks/1";
  made.query = "site=secret-site&token=secret-query";
  made.fields.add("X-VCAV-Auth", "secret-token");
  made.fields.add("Authorization", "Bearer secret-bearer");
  made.fields.add("Sitegate-Statement", "secret-statement");
  made.fields.add("Cookie", "secret-cookie");
  made.peer_address = "192.0.2.7";
  return made;
}

RequestContext context() {
  RequestContext made;
  made.request_id = "r";
  made.operation_id = "o";
  made.body = "secret-body";
  return made;
}

TEST(AccessLine, says_what_was_asked_and_what_was_sent) {
  auto known = context();
  known.started = std::chrono::system_clock::time_point{std::chrono::milliseconds{1700000000042}};
  known.caller = Principal{{"admin1@Org1", "Org1", {}}, "secret-session-key", {}};
  known.site = "site2";
  known.trace.phase = Phase::Answer;
  known.trace.ended_by = EndedBy::Site;
  known.trace.connect_us = 12;
  known.error = make_error(ErrorCode::SiteProtocolError, {"site2"}, "it is cut");
  const auto line = parse(access_line(request(), known, {502, 777, true}));
  EXPECT_EQ(line.at("time").as_string(), "2023-11-14T22:13:20.042Z");
  EXPECT_EQ(line.at("operationID").as_string(), "o");
  EXPECT_EQ(line.at("requestId").as_string(), "r");
  EXPECT_EQ(line.at("caller").as_string(), "admin1@Org1");
  EXPECT_EQ(line.at("method").as_string(), "GET");
  EXPECT_EQ(line.at("path").as_string(), "/tasks/1");
  EXPECT_EQ(line.at("site").as_string(), "site2");
  EXPECT_EQ(line.at("status").as_int64(), 502);
  EXPECT_EQ(line.at("code").as_string(), "SiteProtocolError");
  EXPECT_EQ(line.at("endedBy").as_string(), "site");
  EXPECT_EQ(line.at("phase").as_string(), "answer");
  EXPECT_EQ(line.at("connectUs").as_int64(), 12);
  EXPECT_EQ(line.at("bytes").as_int64(), 777);
  EXPECT_EQ(line.at("detail").as_string(), "it is cut");
  EXPECT_EQ(line.at("peer").as_string(), "192.0.2.7");
  EXPECT_FALSE(line.contains("storeUs")) << "that step was not taken";
}

TEST(AccessLine, holds_no_query_no_field_no_body_and_no_session) {
  auto known = context();
  known.caller = Principal{{"u", "o", {}}, "secret-session-key", {}};
  EXPECT_THAT(access_line(request(), known, {200, 1, true}), Not(HasSubstr("secret")));
}

TEST(AccessLine, is_json_whatever_a_stranger_sends) {
  std::string hostile;
  for (int c = 0; c < 256; ++c) hostile += static_cast<char>(c);
  hostile += "\",\"status\":200,\"x\":\"\\";
  auto made = request();
  made.method_name = hostile;
  made.path = hostile;
  made.peer_address = hostile;
  auto known = context();
  known.operation_id = hostile;
  known.site = hostile;
  known.caller = Principal{{hostile, hostile, {}}, hostile, hostile};
  known.error = make_error(ErrorCode::BadRequest, {hostile}, hostile);
  const auto line = parse(access_line(made, known, {400, 1, true}));
  EXPECT_EQ(line.at("status").as_int64(), 400);
  EXPECT_FALSE(line.contains("x"));
}

TEST(AccessLine, a_token_in_the_wrong_place_is_hidden) {
  const std::string token = "hZx1dV0kT3m-9QbL2s_RfWcYpA7uNeGjK4oIvM8tS6E";
  auto made = request();
  made.method_name = token;
  made.path = "/tasks/" + token;
  const auto text = access_line(made, context(), {400, 1, true});
  EXPECT_EQ(text.find(token), std::string::npos);
  EXPECT_EQ(parse(text).at("path").as_string(), "/tasks/(secret)");
}

TEST(AccessLine, a_peer_that_spoke_for_somebody_is_named) {
  auto known = context();
  known.caller = Principal{{"u", "o", {}}, {}, "site3"};
  auto made = request();
  made.listener = ListenerKind::Peers;
  const auto line = parse(access_line(made, known, {200, 1, true}));
  EXPECT_EQ(line.at("statedBy").as_string(), "site3");
  EXPECT_EQ(line.at("listener").as_string(), "peers");
}

class FinishRequest : public testing::Test {
 protected:
  /// What the access log holds after one request.
  std::string log(RequestContext& known, const SentReply& sent) {
    LogSettings settings;
    settings.access = (files_.path() / "access.log").string();
    settings.level = "off";
    {
      Logs logs(settings);
      finish_request(request(), known, sent, logs);
    }
    std::ifstream in(settings.access);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  TempDirectory files_;
};

TEST_F(FinishRequest, writes_one_line) {
  auto known = context();
  const auto text = log(known, {200, 1, true});
  ASSERT_TRUE(text.ends_with('\n'));
  const auto line = parse(text.substr(0, text.size() - 1));
  EXPECT_EQ(line.at("phase").as_string(), "done");
  EXPECT_EQ(line.at("endedBy").as_string(), "gateway");
}

TEST_F(FinishRequest, a_caller_who_left_ended_it) {
  auto known = context();
  known.trace.phase = Phase::Reply;
  EXPECT_THAT(log(known, {200, 0, false}), HasSubstr(R"("endedBy":"caller","phase":"reply")"));
}

TEST_F(FinishRequest, a_failure_keeps_the_phase_it_happened_in) {
  auto known = context();
  known.trace.phase = Phase::Authentication;
  known.error = make_error(ErrorCode::NotAuthenticated);
  EXPECT_THAT(log(known, {401, 1, true}), HasSubstr(R"("phase":"authentication")"));
}

}  // namespace
}  // namespace sitegate::test
