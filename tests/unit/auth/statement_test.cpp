// Statements that are accepted, and the checks of what they claim. Their form: statement_form_test.

#include "auth/statement.hpp"

#include <gmock/gmock.h>

#include "tests/unit/auth/statement_fixture.hpp"

namespace sitegate {
namespace {

using test::kStatementNow;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Statement : public test::StatementTest {};

TEST_F(Statement, what_is_signed_is_accepted) {
  const auto principal = accept(signer_->sign(claims()).value());
  ASSERT_TRUE(principal) << principal.error().detail;
  EXPECT_EQ(principal->viewer.user, "admin1@Org1");
  EXPECT_EQ(principal->viewer.org, "Org1");
  EXPECT_EQ(principal->peer, "east");
  EXPECT_EQ(principal->session, "");
}

TEST_F(Statement, carries_the_claims_in_their_wire_names) {
  const std::string token = signer_->sign(claims()).value();
  const auto first = token.find('.');
  const auto last = token.rfind('.');
  EXPECT_EQ(base64url_decode(token.substr(0, first)), kHeader);
  const std::string body = base64url_decode(token.substr(first + 1, last - first - 1)).value();
  EXPECT_EQ(body, R"({"iss":"east","aud":"west","sub":"admin1@Org1","org":"Org1",)"
                  R"("roles":["EVERYONE","ADMINISTRATORS","TASK_PRODUCER"],"iat":1700000000,)"
                  R"("exp":1700000060,"jti":"9d5c0a3e","cnf":{"x5t#S256":")" +
                      base64url_encode(certificate_of("east").thumbprint) + "\"}}");
  EXPECT_EQ(base64url_decode(token.substr(last + 1))->size(), 64U);
}

TEST_F(Statement, odd_names_arrive_as_they_were_sent) {
  StatementClaims odd = claims();
  odd.viewer.user = "\"J\xC3\xBCrgen\\\"@Org1";
  const auto principal = accept(signer_->sign(odd).value());
  ASSERT_TRUE(principal) << principal.error().detail;
  EXPECT_EQ(principal->viewer.user, odd.viewer.user);
}

TEST_F(Statement, claims_that_no_site_would_read_are_not_signed) {
  StatementClaims bad = claims();
  bad.certificate_thumbprint = "short";
  EXPECT_FALSE(signer_->sign(bad));
  bad = claims();
  bad.id = "";
  EXPECT_FALSE(signer_->sign(bad));
  bad = claims();
  bad.viewer.roles.assign(1000, "SOME_ROLE");
  EXPECT_FALSE(signer_->sign(bad));
}

TEST_F(Statement, roles_pass_through_the_peers_table_only) {
  const auto roles = [this](const std::string& json) {
    return accept(craft(with("roles", json))).value().viewer.roles;
  };
  EXPECT_THAT(roles("[]"), ElementsAre("EVERYONE"));
  EXPECT_THAT(roles(R"(["AUDITOR","READERS","AUDITOR"])"), ElementsAre("EVERYONE", "READERS"));
  EXPECT_THAT(roles(R"(["ADMINISTRATORS"])"), ElementsAre("EVERYONE", "ADMINISTRATORS"));
  EXPECT_THAT(roles(R"(["administrators","ADMINISTRATORS "])"), ElementsAre("EVERYONE"));
}

TEST_F(Statement, a_peer_without_a_table_maps_no_role) {
  StatementClaims from_north = claims();
  from_north.issuer = "north";
  from_north.certificate_thumbprint = certificate_of("north").thumbprint;
  const auto signer = StatementSigner::load(directory_.ref("north.key"), problems_);
  const auto principal = peers_->accept(signer->sign(from_north).value(), certificate_of("north"),
                                        "west", kStatementNow);
  ASSERT_TRUE(principal) << principal.error().detail;
  EXPECT_THAT(principal->viewer.roles, ElementsAre("EVERYONE"));
}

TEST_F(Statement, nobody_becomes_a_task_producer) {
  const auto principal = accept(craft(with("roles", R"(["TASK_PRODUCER","EVERYONE"])")));
  EXPECT_FALSE(principal.value().viewer.has_role(kRoleTaskProducer));

  PeerSettings peer = east();
  peer.roles = {{"ADMINISTRATORS", "TASK_PRODUCER"}};
  EXPECT_FALSE(PeerDirectory::load({peer}, problems_));
  EXPECT_EQ(problems_.size(), 1U);
}

TEST_F(Statement, another_users_name_is_refused_unless_a_pattern_allows_it) {
  EXPECT_EQ(refusal(craft(with("sub", R"("root")"))), "");
  for (const char* user : {R"("admin1@Org2")", R"("Root")", R"("root2")", R"("admin1@Org1x")"})
    EXPECT_THAT(refusal(craft(with("sub", user))), HasSubstr("may not speak for")) << user;
}

TEST_F(Statement, a_sub_that_is_no_user_name_is_refused) {
  for (const std::string& user : {std::string(R"("")"), std::string(R"("a\u0000@Org1")"),
                                  std::string(R"("a\n@Org1")"), '"' + std::string(300, 'a') + '"'})
    EXPECT_THAT(refusal(craft(with("sub", user))), HasSubstr("sub")) << user;
}

TEST_F(Statement, an_issuer_that_is_no_peer_is_refused) {
  for (const char* issuer : {R"("south")", R"("East")", R"("")", R"("east ")"})
    EXPECT_THAT(refusal(craft(with("iss", issuer))), HasSubstr("iss")) << issuer;
}

TEST_F(Statement, one_peer_cannot_speak_as_another) {
  // East signs with its own key and names north; or takes north's certificate name.
  EXPECT_THAT(refusal(craft(with("iss", R"("north")"))), HasSubstr("client certificate"));
  EXPECT_THAT(why(peers_->accept(craft(with("iss", R"("north")")), certificate_of("north"), "west",
                                 kStatementNow)),
              HasSubstr("signature"));
}

TEST_F(Statement, a_certificate_without_the_peers_exact_uri_is_refused) {
  const std::string token = signer_->sign(claims()).value();
  for (const std::vector<std::string>& uris : {std::vector<std::string>{},
                                               {"sitegate:site:eas"},
                                               {"sitegate:site:east2"},
                                               {"sitegate:site:EAST"},
                                               {"sitegate:site:north"}}) {
    ClientCertificate certificate = certificate_of("east");
    certificate.san_uri = uris;
    certificate.san_dns = {"sitegate:site:east"};
    EXPECT_THAT(why(peers_->accept(token, certificate, "west", kStatementNow)),
                HasSubstr("does not carry sitegate:site:east"));
  }
  ClientCertificate two_names = certificate_of("east");
  two_names.san_uri.insert(two_names.san_uri.begin(), "spiffe://elsewhere");
  EXPECT_TRUE(peers_->accept(token, two_names, "west", kStatementNow));
}

TEST_F(Statement, a_stolen_statement_is_worthless_on_another_certificate) {
  ClientCertificate renewed = certificate_of("east");
  renewed.thumbprint = sha256("another certificate of the same site");
  EXPECT_THAT(why(peers_->accept(signer_->sign(claims()).value(), renewed, "west", kStatementNow)),
              HasSubstr("cnf"));
}

TEST_F(Statement, a_missing_or_broken_binding_is_refused) {
  const std::string good = base64url_encode(certificate_of("east").thumbprint);
  for (const std::string& cnf :
       {std::string(), std::string("null"), std::string("{}"), '"' + good + '"',
        R"({"x5t":")" + good + "\"}", R"({"x5t#S256":"")" + std::string("}"),
        R"({"x5t#S256":[")" + good + "\"]}", R"({"x5t#S256":")" + good + "=\"}",
        R"({"x5t#S256":")" + good.substr(0, 42) + "\"}", R"({"jkt":")" + good + "\"}"})
    EXPECT_NE(refusal(craft(with("cnf", cnf))), "") << cnf;
}

TEST_F(Statement, an_audience_that_is_not_exactly_this_site_is_refused) {
  for (const char* audience : {R"("north")", R"("West")", R"("")", R"("west ")", R"(["west"])",
                               R"(["west","x"])", "null", "1", ""})
    EXPECT_THAT(refusal(craft(with("aud", audience))), HasSubstr("aud")) << audience;
}

TEST_F(Statement, times_that_are_not_whole_seconds_are_refused) {
  for (const char* claim : {"iat", "exp"})
    for (const char* time : {"", "null", R"("1700000030")", "1e400", "-1e400", "1.7e9",
                             "1700000030.5", "-1", "18446744073709551615", "9223372036854775807",
                             "99999999999999999999999", "true", "[1700000030]"})
      EXPECT_THAT(refusal(craft(with(claim, time))), HasSubstr(claim)) << claim << ' ' << time;
}

TEST_F(Statement, clocks_may_differ_by_a_minute_and_no_more) {
  const std::string token = signer_->sign(claims()).value();
  EXPECT_EQ(refusal(token, kStatementNow - 60), "");
  EXPECT_EQ(refusal(token, kStatementNow + 119), "");
  const std::string early = refusal(token, kStatementNow - 61);
  EXPECT_THAT(early, HasSubstr("issued in the future"));
  EXPECT_THAT(early, HasSubstr("1700000000"));
  EXPECT_THAT(early, HasSubstr("1699999939"));
  const std::string late = refusal(token, kStatementNow + 120);
  EXPECT_THAT(late, HasSubstr("expired"));
  EXPECT_THAT(late, HasSubstr("1700000060"));
  EXPECT_THAT(late, HasSubstr("1700000120"));
}

TEST_F(Statement, a_lifetime_beyond_two_minutes_or_none_is_refused) {
  EXPECT_EQ(refusal(craft(with("exp", std::to_string(kStatementNow + 120)))), "");
  for (const std::int64_t lifetime : {121L, 3600L, 0L, -1L})
    EXPECT_THAT(refusal(craft(with("exp", std::to_string(kStatementNow + lifetime)))),
                HasSubstr("lifetime"))
        << lifetime;
  EXPECT_THAT(refusal(craft(with("exp", "253402300799"))), HasSubstr("lifetime"));
}

TEST_F(Statement, not_before_is_kept_to_where_it_is_given) {
  EXPECT_EQ(refusal(craft(with("nbf", std::to_string(kStatementNow + 60)))), "");
  EXPECT_THAT(refusal(craft(with("nbf", std::to_string(kStatementNow + 61)))),
              HasSubstr("not valid yet"));
  EXPECT_THAT(refusal(craft(with("nbf", R"("0")"))), HasSubstr("nbf"));
}

TEST_F(Statement, claims_of_another_type_are_refused) {
  for (const char* claim : {"iss", "sub", "org", "jti", "roles"})
    for (const char* value : {"", "null", "1", "true", "{}", R"([1])", R"([["EVERYONE"]])"})
      EXPECT_THAT(refusal(craft(with(claim, value))), HasSubstr(claim)) << claim << ' ' << value;
  EXPECT_THAT(refusal(craft(with("roles", R"("ADMINISTRATORS")"))), HasSubstr("roles"));
  EXPECT_THAT(refusal(craft(with("jti", R"("")"))), HasSubstr("jti"));
}

TEST_F(Statement, claims_that_nobody_knows_are_passed_over) {
  EXPECT_EQ(refusal(craft(with("scope", R"({"deep":[1,2]})"))), "");
}

TEST_F(Statement, keys_that_cannot_be_used_are_problems_with_a_cure) {
  make_key(directory_, "p384", "P-384");
  directory_.write("garbage", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n");
  ASSERT_EQ(directory_.run("openssl ec -in east.key -aes128 -passout pass:x -out locked.key && "
                           "openssl genrsa -out rsa.key 2048 && "
                           "openssl rsa -in rsa.key -pubout -out rsa.pub"),
            0)
      << directory_.read("run.log");
  std::size_t count = 0;
  for (const char* name : {"absent", "garbage", "east.pub", "p384.key", "locked.key", "rsa.key"}) {
    EXPECT_FALSE(StatementSigner::load(directory_.ref(name), problems_)) << name;
    EXPECT_EQ(problems_.size(), ++count) << name;
  }
  for (const char* name : {"absent", "garbage", "east.key", "p384.pub", "rsa.pub"}) {
    PeerSettings peer = east();
    peer.statement_key = directory_.ref(name);
    EXPECT_FALSE(PeerDirectory::load({peer}, problems_)) << name;
    EXPECT_EQ(problems_.size(), ++count) << name;
  }
  EXPECT_THAT(problems_.to_string(), HasSubstr("openssl genpkey"));
}

}  // namespace
}  // namespace sitegate
