#include "gateway/site_login.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sitegate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::string login_of(std::string_view members) {
  const auto parsed = parse_extend(R"({"site":"site2",)" + std::string(members) + "}");
  return parsed ? parsed->login_body : std::string(traits(parsed.error().code).name);
}

TEST(ParseExtend, takes_both_spellings_of_the_credentials) {
  constexpr std::string_view kLogin =
      R"({"type":"vcdCredentials","vcdUser":"a@Org2","vcdPassword":"p"})";
  for (const auto* user : {"vcdUsername", "vcdUser", "username"})
    for (const auto* password : {"vcdPassword", "password"})
      EXPECT_EQ(login_of(R"("type":"credentials",")" + std::string(user) + R"(":"a@Org2",")" +
                         password + R"(":"p")"),
                kLogin);
  const auto parsed = parse_extend(
      R"({"type":"credentials","site":"site2","vcdUsername":"a@Org2","vcdPassword":"p"})");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->site, "site2");
  EXPECT_EQ(parsed->type, "credentials");
}

TEST(ParseExtend, takes_both_spellings_of_the_cookie) {
  for (const auto* name : {"cookie", "vcdCookie"})
    EXPECT_EQ(login_of(R"("type":"cookie",")" + std::string(name) + R"(":"c")"),
              R"({"type":"vcdCookie","vcdCookie":"c"})");
}

TEST(ParseExtend, takes_an_access_token_with_or_without_its_org) {
  EXPECT_EQ(login_of(R"("type":"vcdAccessToken","vcdAccessToken":"t")"),
            R"({"type":"vcdAccessToken","vcdAccessToken":"t"})");
  EXPECT_EQ(login_of(R"("type":"vcdAccessToken","vcdAccessToken":"t","context":"Org2")"),
            R"({"type":"vcdAccessToken","vcdAccessToken":"t","context":"Org2"})");
}

TEST(ParseExtend, names_the_types_that_there_are) {
  for (const auto* type : {"multisite", "accessToken", "apiToken"}) {
    const auto parsed =
        parse_extend(R"({"site":"site2","org":"Org2","type":")" + std::string(type) + "\"}");
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().code, ErrorCode::NotImplemented);
    EXPECT_THAT(parsed.error().args, ElementsAre(type, "credentials, cookie, vcdAccessToken"));
  }
  EXPECT_EQ(login_of(R"("type":"localUser")"), "BadUserInput");
}

TEST(ParseExtend, names_what_is_missing_and_repeats_nothing) {
  const auto missing = [](const std::string& body) {
    const auto parsed = parse_extend(body);
    EXPECT_FALSE(parsed) << body;
    for (const auto& arg : parsed.error().args) EXPECT_THAT(arg, Not(HasSubstr("secret")));
    return parsed.error().args.front();
  };
  EXPECT_EQ(missing(R"({"site":"site2"})"), "type");
  EXPECT_EQ(missing(R"({"type":"credentials"})"), "site");
  EXPECT_EQ(missing(R"({"type":"credentials","site":"s","vcdPassword":"secret"})"), "vcdUsername");
  EXPECT_EQ(missing(R"({"type":"credentials","site":"s","vcdUser":"secret"})"), "vcdPassword");
  EXPECT_EQ(missing(R"({"type":"credentials","site":"s","vcdUser":"a","vcdPassword":7})"),
            "vcdPassword");
  EXPECT_EQ(missing(R"({"type":"cookie","site":"s","cookie":""})"), "cookie");
  EXPECT_EQ(missing(R"({"type":"vcdAccessToken","site":"s"})"), "vcdAccessToken");
  EXPECT_EQ(parse_extend("[]").error().code, ErrorCode::BadRequest);
}

}  // namespace
}  // namespace sitegate
