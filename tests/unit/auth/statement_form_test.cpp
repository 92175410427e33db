// Hostile forms: what is not a compact JWS with ES256, however close (RFC 7515, 7519, 8725).

#include <gmock/gmock.h>
#include <openssl/err.h>
#include <openssl/hmac.h>

#include "auth/statement.hpp"
#include "tests/unit/auth/statement_fixture.hpp"

namespace sitegate {
namespace {

using test::kStatementNow;
using ::testing::HasSubstr;

class StatementForm : public test::StatementTest {
 protected:
  std::string good() const { return craft(object(members())); }
  std::string signed_text() const { return good().substr(0, good().rfind('.')); }
};

TEST_F(StatementForm, the_crafted_statement_is_good_to_begin_with) {
  EXPECT_EQ(refusal(good()), "");
}

TEST_F(StatementForm, other_algorithms_are_refused) {
  const std::string claims = object(members());
  for (const char* header :
       {R"({"alg":"none"})", R"({"alg":"None"})", R"({"alg":""})", R"({"alg":"es256"})",
        R"({"alg":"ES256K"})", R"({"alg":"ES384"})", R"({"alg":"RS256"})", R"({"alg":["ES256"]})",
        R"({"alg":null})", R"({"typ":"JWT"})", "{}"})
    EXPECT_THAT(refusal(craft(claims, header)), HasSubstr("alg is not ES256")) << header;
}

TEST_F(StatementForm, no_algorithm_and_no_signature_is_refused) {
  const std::string text =
      base64url_encode(R"({"alg":"none"})") + '.' + base64url_encode(object(members()));
  EXPECT_NE(refusal(text + '.'), "");
  EXPECT_NE(refusal(text), "");
  EXPECT_THAT(refusal(signed_text() + '.'), HasSubstr("signature"));
}

TEST_F(StatementForm, hmac_with_the_public_key_as_the_secret_is_refused) {
  const std::string secret = directory_.read("east.pub");
  for (const char* header : {R"({"alg":"HS256","typ":"JWT"})", kHeader}) {
    const std::string text = base64url_encode(header) + '.' + base64url_encode(object(members()));
    std::string mac(32, '\0');
    unsigned size = 0;
    ASSERT_NE(HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
                   reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                   reinterpret_cast<unsigned char*>(mac.data()), &size),
              nullptr);
    EXPECT_NE(refusal(text + '.' + base64url_encode(mac)), "");
    EXPECT_NE(refusal(text + '.' + base64url_encode(mac + mac)), "");
  }
}

TEST_F(StatementForm, a_signature_by_another_key_is_refused) {
  const std::string text = signed_text();
  EXPECT_THAT(refusal(text + '.' + base64url_encode(north_key_->sign(text).value())),
              HasSubstr("signature"));
}

TEST_F(StatementForm, keys_in_the_header_are_never_used) {
  // Signed by north, offering north's key in every way there is; and harmless where east signed.
  const std::string header =
      R"({"alg":"ES256","kid":"north","jwk":{"kty":"EC"},"jku":"https://evil.test/keys",)"
      R"("x5u":"https://evil.test/chain","x5c":["MIIB"]})";
  const std::string text = base64url_encode(header) + '.' + base64url_encode(object(members()));
  EXPECT_THAT(refusal(text + '.' + base64url_encode(north_key_->sign(text).value())),
              HasSubstr("signature"));
  EXPECT_EQ(refusal(craft(object(members()), header)), "");
}

TEST_F(StatementForm, every_changed_bit_of_the_signature_is_noticed) {
  const std::string text = signed_text();
  const std::string signature = east_key_->sign(text).value();
  for (std::size_t bit = 0; bit < 8 * signature.size(); bit += 7) {
    std::string changed = signature;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_NE(refusal(text + '.' + base64url_encode(changed)), "") << bit;
  }
}

TEST_F(StatementForm, a_signature_of_another_size_or_form_is_refused) {
  const std::string text = signed_text();
  const std::string signature = east_key_->sign(text).value();
  const std::string zeros(32, '\0');
  for (const std::string& wrong :
       {std::string(), signature.substr(0, 63), signature + '\0', signature + signature,
        zeros + zeros, zeros + signature.substr(32), signature.substr(0, 32) + zeros,
        std::string(64, '\xFF'),
        "\x30\x44\x02\x20" + signature.substr(0, 32) + "\x02\x20" + signature.substr(32)})
    EXPECT_THAT(refusal(text + '.' + base64url_encode(wrong)), HasSubstr("signature"));
}

TEST_F(StatementForm, a_bad_signature_leaves_no_error_for_the_next_tls_operation) {
  ERR_clear_error();
  EXPECT_NE(refusal(signed_text() + '.' + base64url_encode(std::string(64, '\xFF'))), "");
  EXPECT_EQ(ERR_peek_error(), 0UL);
}

TEST_F(StatementForm, there_are_exactly_three_parts) {
  const std::string token = good();
  for (const std::string& wrong :
       {std::string(), std::string("."), std::string(".."), std::string("..."), std::string("a"),
        token + '.', token + ".x", '.' + token, token.substr(0, token.rfind('.')),
        token.substr(token.find('.') + 1), token.substr(0, token.find('.')) + '.' + token})
    EXPECT_NE(refusal(wrong), "") << wrong;
}

TEST_F(StatementForm, base64_with_padding_spaces_or_trailing_bits_is_refused) {
  const std::string token = good();
  const auto dot = token.find('.');
  for (const std::string& wrong :
       {token + '=', token + "==", token + ' ', token + '\n', ' ' + token,
        token.substr(0, dot) + '=' + token.substr(dot), "+" + token.substr(1)})
    EXPECT_NE(refusal(wrong), "") << wrong;
  // 64 octets end in four bits that must be zero; any other last letter is the same signature.
  std::string trailing = token;
  ASSERT_NE(std::string("AQgw").find(trailing.back()), std::string::npos);
  ++trailing.back();
  EXPECT_THAT(refusal(trailing), HasSubstr("base64url"));
}

TEST_F(StatementForm, a_token_beyond_the_cap_is_refused) {
  Members padded = members();
  padded["x"] = '"' + std::string(4000, 'x') + '"';
  EXPECT_EQ(refusal(craft(object(padded))), "");
  padded["x"] = '"' + std::string(8192, 'x') + '"';
  EXPECT_THAT(refusal(craft(object(padded))), HasSubstr("longer than 8000"));
  EXPECT_THAT(refusal(std::string(10'000'000, '.')), HasSubstr("longer than 8000"));
}

TEST_F(StatementForm, a_critical_extension_is_refused) {
  for (const char* crit : {R"(["b64"])", R"(["exp"])", "[]", "null"})
    EXPECT_THAT(refusal(craft(object(members()),
                              R"({"alg":"ES256","b64":true,"crit":)" + std::string(crit) + '}')),
                HasSubstr("crit"))
        << crit;
}

TEST_F(StatementForm, a_typ_may_be_absent_and_is_jwt_otherwise) {
  EXPECT_EQ(refusal(craft(object(members()), R"({"alg":"ES256"})")), "");
  for (const char* typ : {R"("JOSE")", R"("at+jwt")", "null", R"("")"})
    EXPECT_THAT(
        refusal(craft(object(members()), R"({"alg":"ES256","typ":)" + std::string(typ) + '}')),
        HasSubstr("typ"))
        << typ;
}

TEST_F(StatementForm, a_name_that_stands_twice_is_refused) {
  std::string twice = object(members());
  twice.insert(1, R"("sub":"root",)");
  EXPECT_THAT(refusal(craft(twice)), HasSubstr("twice"));
  std::string escaped = object(members());
  escaped.insert(1, R"("s\u0075b":"root",)");
  EXPECT_THAT(refusal(craft(escaped)), HasSubstr("twice"));
  EXPECT_THAT(refusal(craft(object(members()), R"({"alg":"none","alg":"ES256"})")),
              HasSubstr("twice"));
  EXPECT_THAT(refusal(craft(with("cnf", R"({"x5t#S256":"a","x5t#S256":"b"})"))),
              HasSubstr("twice"));
}

TEST_F(StatementForm, what_is_not_one_json_object_is_refused) {
  const std::string claims = object(members());
  for (const std::string& wrong :
       {std::string(), std::string("null"), std::string("[]"), std::string("\"x\""),
        claims + claims, claims + "x", claims.substr(1), claims.substr(0, claims.size() - 1),
        "[" + claims + "]", "\xEF\xBB\xBF" + claims, claims + '\0', with("x", "NaN"),
        with("x", "01"), with("x", "'a'"), with("x", "[1,]"), with("x", "\"\xC3\""),
        with("x", R"("\ud800")"), with("x", std::string(1000, '[') + std::string(1000, ']'))}) {
    EXPECT_THAT(refusal(craft(wrong)), HasSubstr("claims: ")) << wrong;
    EXPECT_THAT(refusal(craft(claims, wrong)), HasSubstr("header: ")) << wrong;
  }
}

TEST_F(StatementForm, no_single_changed_octet_makes_another_statement) {
  const std::string token = good();
  for (std::size_t at = 0; at < token.size(); ++at)
    for (const char replacement : {'A', '.', '=', '\0', '\xFF'}) {
      std::string changed = token;
      changed[at] = replacement;
      EXPECT_EQ(refusal(changed).empty(), changed == token) << at;
    }
}

}  // namespace
}  // namespace sitegate
