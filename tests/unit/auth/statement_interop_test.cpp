// Against a tool that we did not write: the openssl command line reads what we sign and signs what
// we read. The step between its DER signatures and the r || s of RFC 7518 is written out here.

#include <gtest/gtest.h>

#include "auth/statement.hpp"
#include "tests/unit/auth/statement_fixture.hpp"

namespace sitegate {
namespace {

using test::kStatementNow;

class StatementInterop : public test::StatementTest {};

/// One ASN.1 INTEGER: no leading zeros, but one where the first bit is set.
std::string der_integer(std::string octets) {
  octets.erase(0, std::min(octets.find_first_not_of('\0'), octets.size() - 1));
  if ((static_cast<unsigned char>(octets.front()) & 0x80U) != 0)
    octets.insert(octets.begin(), '\0');
  return std::string("\x02") + static_cast<char>(octets.size()) + octets;
}

std::string der_signature(const std::string& joined) {
  const std::string pair = der_integer(joined.substr(0, 32)) + der_integer(joined.substr(32));
  return std::string("\x30") + static_cast<char>(pair.size()) + pair;
}

std::string joined_signature(const std::string& der) {
  std::string joined;
  std::size_t at = 2;  // behind the SEQUENCE's tag and length
  for (int i = 0; i < 2; ++i) {
    const auto size = static_cast<std::size_t>(der.at(at + 1));
    std::string number = der.substr(at + 2, size);
    at += 2 + size;
    number.erase(0, number.size() > 32 ? number.size() - 32 : 0);
    joined += std::string(32 - number.size(), '\0') + number;
  }
  return joined;
}

TEST_F(StatementInterop, openssl_verifies_what_we_sign) {
  for (int i = 0; i < 8; ++i) {  // so that r and s come with and without their first bit
    const std::string token = signer_->sign(claims()).value();
    const auto last = token.rfind('.');
    directory_.write("text", token.substr(0, last));
    directory_.write("signature", der_signature(base64url_decode(token.substr(last + 1)).value()));
    EXPECT_EQ(directory_.run("openssl dgst -sha256 -verify east.pub -signature signature text"), 0)
        << directory_.read("run.log");
    EXPECT_NE(directory_.run("openssl dgst -sha256 -verify north.pub -signature signature text"),
              0);
  }
}

TEST_F(StatementInterop, a_statement_made_by_openssl_is_accepted) {
  ASSERT_EQ(directory_.run("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 "
                           "-out foreign.key && openssl pkey -in foreign.key -pubout "
                           "-out foreign.pub"),
            0)
      << directory_.read("run.log");
  PeerSettings peer = east();
  peer.statement_key = directory_.ref("foreign.pub");
  const auto peers = PeerDirectory::load({peer}, problems_);
  ASSERT_TRUE(peers) << problems_.to_string();
  const std::string text = base64url_encode(R"({"typ":"JWT","alg":"ES256"})") + '.' +
                           base64url_encode(object(members()));
  directory_.write("text", text);
  for (int i = 0; i < 8; ++i) {
    ASSERT_EQ(directory_.run("openssl dgst -sha256 -sign foreign.key -out signature text"), 0);
    const std::string token =
        text + '.' + base64url_encode(joined_signature(directory_.read("signature")));
    EXPECT_EQ(why(peers->accept(token, certificate_of("east"), "west", kStatementNow)), "");
  }
}

TEST_F(StatementInterop, a_key_in_the_older_ec_form_is_read) {
  ASSERT_EQ(directory_.run("openssl ecparam -name prime256v1 -genkey -out old.key && "
                           "openssl ec -in old.key -pubout -out old.pub"),
            0)
      << directory_.read("run.log");
  EXPECT_TRUE(StatementSigner::load(directory_.ref("old.key"), problems_));
  PeerSettings peer = east();
  peer.statement_key = directory_.ref("old.pub");
  EXPECT_TRUE(PeerDirectory::load({peer}, problems_)) << problems_.to_string();
}

}  // namespace
}  // namespace sitegate
