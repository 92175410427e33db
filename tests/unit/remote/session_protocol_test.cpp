#include "routing/remote/session_protocol.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "contract/error.hpp"

namespace sitegate {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kDetails =
    R"({"user":"a@Org2","roles":["EVERYONE"],"authenticatedSites":[{"site":"two","org":"Org2"}]})";

SiteAnswer answer(int status, std::string body = std::string(kDetails),
                  std::vector<std::string> tokens = {"AbC/dE+0="}) {
  SiteAnswer made{status, {}, std::move(body)};
  for (const auto& token : tokens) made.fields.add("X-VCAV-Auth", token);
  return made;
}

Result<SiteSession> read(const SiteAnswer& answer) {
  return read_login_answer("site2", "two", "vcdCredentials", answer);
}

TEST(SiteLoginAnswer, that_is_right_is_a_token_and_who_one_is_there) {
  const auto session = read(answer(200));
  ASSERT_TRUE(session) << session.error().detail;
  EXPECT_EQ(session->token, "AbC/dE+0=");
  EXPECT_EQ(session->org, "Org2");
}

TEST(SiteLoginAnswer, says_the_org_in_the_entry_of_the_site_itself) {
  const auto with = [](std::string_view sites) {
    const auto session = read(answer(200, R"({"authenticatedSites":)" + std::string(sites) + "}"));
    return session ? session->org : "failed";
  };
  EXPECT_EQ(with(R"([{"site":"one","org":"A"},{"site":"two","org":"B"}])"), "B");
  EXPECT_EQ(with(R"([{"site":"called otherwise","org":"A"}])"), "A");
  EXPECT_EQ(with(R"([{"site":"one","org":"A"},{"site":"three","org":"B"}])"), "");
  EXPECT_EQ(with(R"([{"site":"two"},7])"), "");
  EXPECT_EQ(with(R"([{"site":"two","org":null}])"), "");
  EXPECT_EQ(with(R"([])"), "");
  EXPECT_EQ(with(R"([{"site":"two","org":"a\u0000\nb"}])"), "a??b");
  EXPECT_EQ(with("[{\"site\":\"two\",\"org\":\"Gr\xc3\xb6\xc3\x9f"
                 "e\"}]"),
            "Gr\xc3\xb6\xc3\x9f"
            "e");
}

TEST(SiteLoginAnswer, needs_exactly_one_token_that_fits_into_a_header) {
  using Tokens = std::vector<std::string>;
  for (const auto& tokens :
       {Tokens{}, Tokens{""}, Tokens{"a", "b"}, Tokens{"a", "a"}, Tokens{"a b"}, Tokens{"a\tb"},
        Tokens{"\xc3\xa4"}, Tokens{std::string(4097, 'a')}}) {
    const auto session = read(answer(200, std::string(kDetails), tokens));
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().code, ErrorCode::SiteProtocolError);
    EXPECT_THAT(session.error().detail, HasSubstr("not exactly one token"));
  }
  EXPECT_TRUE(read(answer(200, std::string(kDetails), {std::string(4096, 'a')})));
}

TEST(SiteLoginAnswer, that_is_no_session_is_discarded) {
  for (const auto* body : {"", "[]", "{", "{}", R"({"authenticatedSites":{}})", "<html>"})
    EXPECT_EQ(read(answer(200, body)).error().code, ErrorCode::SiteProtocolError) << body;
  auto encoded = answer(200);
  encoded.fields.add("Content-Encoding", "gzip");
  EXPECT_EQ(read(encoded).error().code, ErrorCode::SiteProtocolError);
}

TEST(SiteLoginAnswer, that_refuses_becomes_what_the_caller_can_do_about_it) {
  using enum ErrorCode;
  for (const auto& [status, code] : {std::pair{401, ExtensionRefused},
                                     {403, ExtensionRefused},
                                     {400, BadUserInput},
                                     {501, BadUserInput},
                                     {429, SiteUnavailable},
                                     {503, SiteUnavailable},
                                     {504, SiteTimeout},
                                     {500, SiteProtocolError},
                                     {404, SiteProtocolError},
                                     {201, SiteProtocolError},
                                     {302, SiteProtocolError}})
    EXPECT_EQ(read(answer(status)).error().code, code) << status;
}

TEST(SiteLoginAnswer, takes_no_word_of_an_error_for_it_may_hold_what_was_sent) {
  const auto refused = read(answer(
      400,
      R"({"code":"BadUserInput","msg":"secret","args":["vcdPassword","secret"],"stacktrace":""})"));
  for (const auto& arg : refused.error().args) EXPECT_THAT(arg, Not(HasSubstr("secret")));
  EXPECT_TRUE(refused.error().hops.empty());
  EXPECT_EQ(refused.error().args[0], "type");
  EXPECT_EQ(refused.error().args[1], "vcdCredentials");
}

TEST(SiteSessionRequests, are_those_of_the_published_api) {
  const auto login = login_request({}, R"({"type":"vcdCookie"})");
  EXPECT_EQ(login.method, "POST");
  EXPECT_EQ(login.target, "/sessions");
  EXPECT_EQ(login.body, R"({"type":"vcdCookie"})");
  EXPECT_EQ(session_request({}).method, "GET");
  EXPECT_EQ(session_request({}).target, "/sessions");
  EXPECT_EQ(logout_request({}).method, "DELETE");
  EXPECT_EQ(logout_request({}).target, "/sessions");
  EXPECT_TRUE(is_session_over(answer(401)));
  EXPECT_FALSE(is_session_over(answer(403)));
}

}  // namespace
}  // namespace sitegate
