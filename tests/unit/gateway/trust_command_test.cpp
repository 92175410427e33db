#include "gateway/trust_command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auth/statement.hpp"
#include "config/load_settings.hpp"
#include "tests/support/certificates.hpp"

namespace sitegate {
namespace {

using testing::HasSubstr;
using testing::Not;

class TrustShow : public testing::Test {
 protected:
  TrustShow() {
    settings_.site.name = "site1";
    ListenerSettings listener;
    listener.kind = ListenerKind::Peers;
    listener.address = "192.0.2.7";
    listener.port = 8048;
    listener.certificate = files_.file("site1.crt", certificate_.certificate_pem);
    listener.client_ca = files_.file("ca.crt", ca_.certificate_pem());
    settings_.listeners.push_back(listener);
    settings_.identity = IdentitySettings{listener.certificate, {}, statement_key("site1")};
  }

  FileRef statement_key(const std::string& site) const {
    return files_.file(site + "-statement.key", test::make_key_pair().private_pem);
  }

  FileRef certificate(const test::CertificateSpec& spec) const {
    return files_.file("other.crt", ca_.issue(spec).certificate_pem);
  }

  std::string shown() {
    const auto text = describe_trust(settings_, problems_);
    EXPECT_EQ(text.has_value(), problems_.empty());
    return text.value_or(problems_.to_string());
  }

  /// What the other site makes of it.
  std::optional<Settings> pasted(const std::string& text) {
    const std::string other = R"(
site: { name: site2 }
listeners:
  - { for: peers, address: "127.0.0.1:0", certificate: site1.crt, key: ca.crt, client_ca: ca.crt }
identity: { certificate: site1.crt, key: ca.crt, statement_key: site1-statement.key }
)";
    return load_settings_from_text(other + text, files_.path(), problems_);
  }

  test::Authority ca_{"test CA"};
  test::Credential certificate_ = ca_.issue({.dns = {"*.test", "site1.test", "other.test"},
                                             .ip = {"192.0.2.7"},
                                             .uri = {"urn:x", "sitegate:site:site1"}});
  test::TempDirectory files_;
  Settings settings_;
  Problems problems_;
};

TEST_F(TrustShow, is_what_the_other_site_needs) {
  const std::string text = shown();
  const auto other = pasted(text);
  ASSERT_TRUE(other) << problems_.to_string() << text;
  ASSERT_EQ(other->sites.size(), 1U);
  EXPECT_EQ(other->sites[0].name, "site1");
  EXPECT_EQ(other->sites[0].host, "192.0.2.7");
  EXPECT_EQ(other->sites[0].port, 8048);
  EXPECT_EQ(other->sites[0].tls_name, "site1.test") << "the first that is no wildcard";
  EXPECT_EQ(other->sites[0].trust.pins, std::vector{certificate_.thumbprint});
  ASSERT_EQ(other->peers.size(), 1U);
  EXPECT_EQ(other->peers[0].name, "site1");
  EXPECT_EQ(other->peers[0].certificate_san, "sitegate:site:site1");
  EXPECT_TRUE(PeerDirectory::load(other->peers, problems_)) << problems_.to_string();
  EXPECT_EQ(other->peers[0].statement_jwk->text,
            StatementSigner::load(settings_.identity->statement_key, problems_)->public_jwk());
  EXPECT_THAT(text, Not(HasSubstr("PRIVATE")));
}

TEST_F(TrustShow, names_the_authority_and_adds_it) {
  const std::string text = shown();
  EXPECT_THAT(text, HasSubstr("The authority of our client certificate is CN=test CA"));
  std::string pem;
  for (auto at = text.find("\n#| "); at != text.npos; at = text.find("\n#| ", at)) {
    const auto end = text.find('\n', at + 1);
    pem += text.substr(at + 4, end - at - 3);
    at = end;
  }
  EXPECT_EQ(pem, ca_.certificate_pem());
}

TEST_F(TrustShow, of_an_authority_that_is_nowhere_gives_the_certificate_itself) {
  settings_.listeners[0].client_ca.reset();
  const std::string text = shown();
  EXPECT_THAT(text, HasSubstr("CN=test CA issued our client certificate, and is not in our files"));
  EXPECT_THAT(text, HasSubstr("#| -----BEGIN CERTIFICATE-----"));
}

TEST_F(TrustShow, of_a_listener_on_all_addresses_says_that_the_host_is_a_guess) {
  settings_.listeners[0].address = "::";
  const std::string text = shown();
  EXPECT_THAT(text, HasSubstr("We listen on all addresses"));
  EXPECT_THAT(text, HasSubstr("url: https://site1.test:8048\n"));
  settings_.listeners[0].address = "2001:db8::1";
  EXPECT_THAT(shown(), HasSubstr("url: https://[2001:db8::1]:8048\n"));
}

TEST_F(TrustShow, without_a_listener_or_an_identity_says_what_to_add) {
  settings_.listeners.clear();
  settings_.identity.reset();
  const std::string text = shown();
  EXPECT_THAT(text, HasSubstr("Add a listener with for: peers"));
  EXPECT_THAT(text, HasSubstr("identity: { certificate: FILE, key: FILE, statement_key: FILE }"));
  EXPECT_THAT(text, Not(HasSubstr("\nsites:")));
  EXPECT_THAT(text, Not(HasSubstr("\npeers:")));
}

TEST_F(TrustShow, without_an_identity_takes_what_all_sites_are_shown) {
  RemoteSiteSettings site;
  site.name = "site2";
  site.client_certificate = settings_.identity->certificate;
  site.statement_key = settings_.identity->statement_key;
  settings_.identity.reset();
  settings_.sites = {site, site};
  EXPECT_THAT(shown(), HasSubstr("\npeers:\n"));
  settings_.sites[1].statement_key = statement_key("another");
  EXPECT_THAT(shown(), HasSubstr("write identity"));
}

TEST_F(TrustShow, of_certificates_without_the_names_is_a_problem_with_a_cure) {
  settings_.identity->certificate = certificate({.dns = {"site1.test"}});
  EXPECT_THAT(shown(), HasSubstr("use one with URI:sitegate:site:site1"));
  problems_ = {};
  settings_.identity->certificate = settings_.listeners[0].certificate;
  settings_.listeners[0].certificate = certificate({.dns = {"*.test"}});
  EXPECT_THAT(shown(), HasSubstr("use one with DNS:NAME"));
}

TEST_F(TrustShow, quotes_what_yaml_would_take_for_something_else) {
  settings_.identity->certificate = certificate({.uri = {"urn:it's # here"}});
  const auto other = pasted(shown());
  EXPECT_FALSE(other) << "a URI has no blanks";
  EXPECT_THAT(problems_.to_string(), HasSubstr("`urn:it's # here` is not a URI"));
}

}  // namespace
}  // namespace sitegate
