// The public key of a peer as a JWK: made by the openssl command line, and every way to be wrong.

#include "auth/jwk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/auth/statement_fixture.hpp"

namespace sitegate {
namespace {

using test::kStatementNow;
using testing::HasSubstr;

class Jwk : public test::StatementTest {
 protected:
  /// Of east, by tools that are not ours: the point is the end of the DER form.
  std::string made_by_openssl() const {
    EXPECT_EQ(
        directory_.run("openssl pkey -in east.key -pubout -outform DER | tail -c 64 > point && "
                       "head -c 32 point | base64 | tr -d '=\\n' | tr '+/' '-_' > x && "
                       "tail -c 32 point | base64 | tr -d '=\\n' | tr '+/' '-_' > y"),
        0)
        << directory_.read("run.log");
    return R"({"kty":"EC","crv":"P-256","x":")" + directory_.read("x") + R"(","y":")" +
           directory_.read("y") + R"("})";
  }

  /// What is said of a peer whose key is this text; empty: it is taken.
  std::string refusal_of(const std::string& text) {
    PeerSettings peer = east();
    peer.statement_jwk = JwkText{text, {"test.yaml", 7, 3, "peers.east.statement_jwk"}};
    Problems problems;
    const auto peers = PeerDirectory::load({peer}, problems);
    EXPECT_EQ(peers.has_value(), problems.empty());
    return problems.to_string();
  }

  std::string with_change(const std::string& from, const std::string& to) {
    std::string text = made_by_openssl();
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
  }
};

TEST_F(Jwk, of_ours_is_that_of_openssl) {
  EXPECT_EQ(signer_->public_jwk(), made_by_openssl());
}

TEST_F(Jwk, checks_statements_from_a_file_and_from_the_configuration) {
  PeerSettings from_file = east();
  from_file.statement_key = directory_.write("east.jwk", "\n " + made_by_openssl() + "\n");
  PeerSettings written = east();
  written.statement_jwk = JwkText{made_by_openssl(), {}};
  for (const PeerSettings& peer : {from_file, written}) {
    const auto peers = PeerDirectory::load({peer}, problems_);
    ASSERT_TRUE(peers) << problems_.to_string();
    const auto token = signer_->sign(claims());
    EXPECT_EQ(why(peers->accept(token.value(), certificate_of("east"), "west", kStatementNow)), "");
    const std::string text = base64url_encode(kHeader) + '.' + base64url_encode(object(members()));
    const std::string foreign = text + '.' + base64url_encode(north_key_->sign(text).value());
    EXPECT_NE(why(peers->accept(foreign, certificate_of("east"), "west", kStatementNow)), "");
  }
}

TEST_F(Jwk, may_say_what_it_is_for_and_more) {
  EXPECT_EQ(refusal_of(with_change("{", R"({"alg":"ES256","use":"sig","kid":"1","ext":true,)")),
            "");
  EXPECT_THAT(refusal_of(with_change("{", R"({"alg":"ES384",)")), HasSubstr("for something else"));
  EXPECT_THAT(refusal_of(with_change("{", R"({"use":"enc",)")), HasSubstr("for something else"));
}

TEST_F(Jwk, with_the_private_key_is_refused_and_the_key_is_not_repeated) {
  const std::string said = refusal_of(with_change("{", R"({"d":"c2VjcmV0",)"));
  EXPECT_THAT(said,
              HasSubstr("test.yaml:7:3: peers.east.statement_jwk: the JWK holds a private key"));
  EXPECT_THAT(said, testing::Not(HasSubstr("c2VjcmV0")));
}

TEST_F(Jwk, that_is_no_key_on_p256_is_refused) {
  EXPECT_THAT(refusal_of("{"), HasSubstr("is not JSON"));
  EXPECT_THAT(refusal_of("{}"), HasSubstr("is not a key on P-256"));
  EXPECT_THAT(refusal_of(with_change("P-256", "P-384")), HasSubstr("is not a key on P-256"));
  EXPECT_THAT(refusal_of(with_change(R"("EC")", R"(["EC"])")), HasSubstr("is not a key on P-256"));
  EXPECT_THAT(refusal_of(with_change(R"("kty")", R"("y":"","kty")")), HasSubstr("is not JSON"))
      << "a member written twice";
  EXPECT_THAT(refusal_of(with_change(R"("x":")", R"("x":"A)")), HasSubstr("needs `x` and `y`"));
  EXPECT_THAT(refusal_of(with_change(R"("})", R"(="})")), HasSubstr("needs `x` and `y`"));
  EXPECT_THAT(refusal_of(with_change(R"("x")", R"("z")")), HasSubstr("needs `x` and `y`"));
  const std::string zero = base64url_encode(std::string(32, '\0'));
  EXPECT_THAT(refusal_of(R"({"kty":"EC","crv":"P-256","x":")" + zero + R"(","y":")" + zero + "\"}"),
              HasSubstr("no point of the curve"));
}

}  // namespace
}  // namespace sitegate
