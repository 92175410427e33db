// The way to a site: who is there, and who we are to it.

#include <gtest/gtest.h>

#include <ostream>

#include "tests/integration/support/site_rows.hpp"

namespace sitegate::test {
namespace {

using namespace std::chrono_literals;

// --- Who is there ---

struct Impostor {
  std::string name;
  Credential (*identity)();
};

void PrintTo(const Impostor& impostor, std::ostream* out) {
  *out << impostor.name;
}

Credential issue(const CertificateSpec& spec) {
  return Papers::all().authority().issue(spec);
}

const CertificateSpec kSite2{.dns = {"site2.sitegate.test"}};

class ForeignIdentity : public testing::TestWithParam<Impostor> {};

TEST_P(ForeignIdentity, is_refused_before_a_word_is_said) {
  const FakeSite site2(answering(document_answer()), {.identity = GetParam().identity()});
  const Hop hop(site2.port());
  expect_error(hop.ask(), cannot_trust("tls_certificate_error"));
  EXPECT_TRUE(site2.requests().empty());
  EXPECT_EQ(site2.connections(), 1U);
  EXPECT_EQ(hop.site1().get("/sessions", hop.caller()).status, 200);  // the caller's own goes on
}

INSTANTIATE_TEST_SUITE_P(
    Certificate, ForeignIdentity,
    testing::Values(
        Impostor{"of_another_authority",
                 [] { return Papers::all().foreign_authority().issue(kSite2); }},
        Impostor{"of_itself", [] { return self_signed(kSite2); }},
        Impostor{"of_another_site", [] { return Papers::all().of("site3").credential; }},
        Impostor{"of_an_address", [] { return issue({.ip = {Wire::address()}}); }},
        Impostor{"with_the_name_in_its_subject_alone",
                 [] { return issue({.common_name = "site2.sitegate.test"}); }},
        Impostor{"with_the_name_as_a_uri",
                 [] { return issue({.uri = {"https://site2.sitegate.test"}}); }},
        Impostor{"expired",
                 [] { return issue({.dns = {"site2.sitegate.test"}, .valid_until = -60s}); }},
        Impostor{"not_valid_yet",
                 [] { return issue({.dns = {"site2.sitegate.test"}, .valid_from = 1h}); }},
        Impostor{
            "for_clients_alone",
            [] { return issue({.dns = {"site2.sitegate.test"}, .purpose = Purpose::Client}); }}),
    [](const testing::TestParamInfo<Impostor>& row) { return row.param.name; });

HopPlan trusting(const std::function<void(TrustSettings&)>& change) {
  return {.remote = [change](RemoteSiteSettings& site) { change(site.trust); }};
}

TEST(PinnedSite, is_believed_by_its_pin_without_an_authority) {
  const auto itself = self_signed(kSite2);
  const FakeSite site2(answering(document_answer()), {.identity = itself});
  const Hop hop(site2.port(), trusting([&](TrustSettings& trust) {
                  trust.ca.reset();
                  trust.pins = {itself.thumbprint};
                }));
  EXPECT_EQ(hop.ask().body, asked_task());
}

TEST(PinnedSite, with_another_certificate_is_refused) {
  const FakeSite site2(answering(document_answer()));
  const Hop hop(site2.port(), trusting([](TrustSettings& trust) {
                  trust.pins = {Papers::all().of("site3").credential.thumbprint};
                }));
  expect_error(hop.ask(), cannot_trust("tls_certificate_error"));
  EXPECT_TRUE(site2.requests().empty());
}

TEST(PinnedSite, needs_its_name_too) {
  const auto other = Papers::all().of("site3").credential;
  const FakeSite site2(answering(document_answer()), {.identity = other});
  const Hop hop(site2.port(), trusting([&](TrustSettings& trust) {
                  trust.ca.reset();
                  trust.pins = {other.thumbprint};
                }));
  expect_error(hop.ask(), cannot_trust("tls_certificate_error"));
}

// --- Who we are to it ---

class RefusingSite : public testing::TestWithParam<TlsVersion> {};

TEST_P(RefusingSite, that_refuses_our_certificate_by_an_alert_is_not_asked_again) {
  const FakeSite site2(answering(document_answer()),
                       {.client_authority = Papers::all().foreign_authority().certificate_pem(),
                        .version = GetParam()});
  const Hop hop(site2.port());
  expect_error(hop.ask(), cannot_trust("tls_alert_received"));
  EXPECT_EQ(site2.connections(), 1U);
  EXPECT_EQ(hop.site1().get("/sessions", hop.caller()).status, 200);
}

INSTANTIATE_TEST_SUITE_P(Tls, RefusingSite, testing::Values(TlsVersion::Tls12, TlsVersion::Tls13),
                         [](const testing::TestParamInfo<TlsVersion>& row) {
                           return row.param == TlsVersion::Tls12 ? "1_2" : "1_3";
                         });

TEST(SiteLink, works_over_tls_1_2) {
  const FakeSite site2(answering(document_answer()), {.version = TlsVersion::Tls12});
  EXPECT_EQ(Hop(site2.port()).ask().body, asked_task());
}

// --- No site there ---

TEST(SiteLink, to_a_closed_port_is_site_unavailable) {
  const ClosedPort nobody;
  expect_error(Hop(nobody.port()).ask(), {.status = 503,
                                          .code = ErrorCode::SiteUnavailable,
                                          .args = {"site2"},
                                          .retry_after = "5",
                                          .proxy = "; error=connection_refused"});
}

TEST(SiteLink, to_a_name_that_no_resolver_knows_is_site_unavailable) {
  // Longer than a label may be: refused by the resolver without asking the network.
  const HopPlan misnamed{
      .remote = [](RemoteSiteSettings& site) { site.host = std::string(80, 'x') + ".invalid"; }};
  expect_error(Hop(443, misnamed).ask(), {.status = 503,
                                          .code = ErrorCode::SiteUnavailable,
                                          .args = {"site2"},
                                          .retry_after = "5",
                                          .proxy = "; error=dns_error"});
}

TEST(SiteLink, to_something_that_speaks_no_tls_is_a_protocol_error) {
  const FakeSite site2([](SiteConnection& connection) { connection.send("SSH-2.0-canary\r\n"); },
                       {.door = Door::Plain});
  expect_error(Hop(site2.port()).ask(), protocol_error("tls_protocol_error"));
}

TEST(SiteLink, that_ends_before_tls_has_begun_is_unavailable) {
  const FakeSite site2([](SiteConnection& connection) { connection.cut(); }, {.door = Door::Plain});
  expect_error(Hop(site2.port()).ask(), {.status = 503,
                                         .code = ErrorCode::SiteUnavailable,
                                         .args = {"site2"},
                                         .retry_after = "5",
                                         .proxy = "; error=connection_refused"});
  EXPECT_EQ(site2.connections(), 1U);
}

}  // namespace
}  // namespace sitegate::test
