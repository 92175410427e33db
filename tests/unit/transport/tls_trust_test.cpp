// Whom each side believes. What is refused is refused before any plain text has been sent.

#include <gtest/gtest.h>

#include "tests/unit/transport/tls_world.hpp"

namespace sitegate::test {
namespace {

const std::string kName{kSiteName};
constexpr std::chrono::hours kHour{1};

class TlsTrust : public testing::TestWithParam<int> {
 protected:
  // How a link ends that trusts by `trust` and meets a server with this certificate.
  Pair meet(const Credential& server, TlsWorld::Trust trust = {}) {
    trust.version = GetParam();
    client_context = world.client(trust);
    server_context = TlsWorld::plain_server(server);
    Pair pair(client_context.get(), server_context.get(), trust.tls_name);
    pair.run();
    return pair;
  }

  void expect_accepted(const Credential& server, const TlsWorld::Trust& trust = {}) {
    const Pair pair = meet(server, trust);
    EXPECT_TRUE(pair.connected());
    EXPECT_FALSE(pair.client.tls.failure()) << pair.client.tls.failure()->detail;
  }

  void expect_refused(const Credential& server, const std::string& reason,
                      const TlsWorld::Trust& trust = {}) {
    const Pair pair = meet(server, trust);
    EXPECT_FALSE(pair.client.shaken);
    EXPECT_FALSE(pair.server.shaken);
    EXPECT_EQ(pair.client.failure().kind, TlsFailure::Kind::PeerCertificate);
    EXPECT_NE(pair.client.failure().detail.find(reason), std::string::npos)
        << pair.client.failure().detail;
    EXPECT_EQ(pair.server.failure().kind, TlsFailure::Kind::AlertReceived);
  }

  // How a connection ends that a client with this certificate opens to a listener for peers.
  Pair call_peers(const Credential* own) {
    client_context = TlsWorld::plain_client(own);
    SSL_CTX_set_max_proto_version(client_context.get(), GetParam());
    server_context = world.server(ListenerKind::Peers);
    Pair pair(client_context.get(), server_context.get());
    pair.run();
    return pair;
  }

  void expect_client_refused(const Credential* own, bool certificate_alert = true) {
    const Pair pair = call_peers(own);
    EXPECT_FALSE(pair.server.shaken);
    EXPECT_EQ(pair.server.failure().kind, TlsFailure::Kind::PeerCertificate);
    EXPECT_EQ(pair.client.failure().kind, TlsFailure::Kind::AlertReceived);
    EXPECT_EQ(pair.client.failure().certificate_alert, certificate_alert);
    // The alert comes with the handshake, in TLS 1.3 with the first read after it.
    EXPECT_EQ(pair.client.shaken, GetParam() == TLS1_3_VERSION);
  }

  TlsWorld world;
  TlsContext client_context;
  TlsContext server_context;
};

INSTANTIATE_TEST_SUITE_P(versions, TlsTrust, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         version_name);

TEST_P(TlsTrust, valid_certificate_is_accepted) {
  expect_accepted(world.site);
}

TEST_P(TlsTrust, chain_over_an_intermediate_is_accepted) {
  expect_accepted(world.ca.intermediate("middle").issue({.dns = {kName}}));
}

TEST_P(TlsTrust, certificate_without_extended_key_usage_is_accepted) {
  expect_accepted(world.ca.issue({.dns = {kName}, .purpose = Purpose::Unrestricted}));
}

TEST_P(TlsTrust, wildcard_of_a_whole_label_is_accepted) {
  expect_accepted(world.ca.issue({.dns = {"*.sitegate.test"}}));
}

TEST_P(TlsTrust, wildcard_of_a_part_of_a_label_is_refused) {
  expect_refused(world.ca.issue({.dns = {"site*.sitegate.test"}}), "hostname mismatch");
}

TEST_P(TlsTrust, certificate_of_another_site_is_refused) {
  expect_refused(world.ca.issue({.dns = {"site2.sitegate.test"}}), "hostname mismatch");
}

TEST_P(TlsTrust, name_in_the_common_name_alone_is_refused) {
  expect_refused(world.ca.issue({.common_name = kName}), "hostname mismatch");
  expect_refused(world.ca.issue({.common_name = kName, .ip = {"127.0.0.1"}}), "hostname mismatch");
}

TEST_P(TlsTrust, address_must_be_an_address_in_the_certificate) {
  expect_accepted(world.site, {.tls_name = "127.0.0.1"});
  expect_accepted(world.ca.issue({.ip = {"::1"}}), {.tls_name = "::1"});
  expect_refused(world.site, "IP address mismatch", {.tls_name = "127.0.0.2"});
  expect_refused(world.ca.issue({.common_name = "127.0.0.1", .dns = {"127.0.0.1"}}),
                 "IP address mismatch", {.tls_name = "127.0.0.1"});
}

TEST_P(TlsTrust, foreign_authority_is_refused) {
  expect_refused(world.foreign.issue({.dns = {kName}}), "unable to get local issuer");
}

TEST_P(TlsTrust, self_signed_certificate_is_refused) {
  expect_refused(self_signed({.dns = {kName}}), "self-signed certificate");
}

TEST_P(TlsTrust, certificate_out_of_its_dates_is_refused) {
  expect_refused(world.ca.issue({.dns = {kName}, .valid_from = -2 * kHour, .valid_until = -kHour}),
                 "certificate has expired");
  expect_refused(world.ca.issue({.dns = {kName}, .valid_from = kHour}), "not yet valid");
}

TEST_P(TlsTrust, certificate_for_clients_alone_is_refused_as_a_server) {
  expect_refused(world.ca.issue({.dns = {kName}, .purpose = Purpose::Client}), "purpose");
}

TEST_P(TlsTrust, weak_key_is_refused_even_when_pinned) {
  const Credential weak = world.ca.issue({.dns = {kName}, .weak = true});
  expect_refused(weak, "key too weak");
  expect_refused(weak, "key too weak", {.ca = false, .pins = {weak.thumbprint}});
}

TEST_P(TlsTrust, authority_that_may_not_name_this_site_is_refused) {
  const auto issued_within = [this](std::string_view domain) {
    return world.ca.intermediate("middle", domain).issue({.dns = {kName}});
  };
  expect_accepted(issued_within("sitegate.test"));
  expect_refused(issued_within("other.test"), "permitted subtree violation");
}

TEST_P(TlsTrust, pin_alone_accepts_an_unknown_authority) {
  const Credential foreign = world.foreign.issue({.dns = {kName}});
  expect_accepted(foreign, {.ca = false, .pins = {foreign.thumbprint}});
  const Credential own = self_signed({.dns = {kName}});
  expect_accepted(own, {.ca = false, .pins = {world.site.thumbprint, own.thumbprint}});
}

TEST_P(TlsTrust, wrong_pin_is_refused_even_with_a_valid_chain) {
  const std::string other = world.ca.issue({.dns = {kName}}).thumbprint;
  expect_refused(world.site, "none of the pinned", {.ca = false, .pins = {other}});
  expect_refused(world.site, "none of the pinned", {.ca = true, .pins = {other}});
}

TEST_P(TlsTrust, authority_and_pin_must_both_hold) {
  expect_accepted(world.site, {.pins = {world.site.thumbprint}});
  const Credential foreign = world.foreign.issue({.dns = {kName}});
  expect_refused(foreign, "unable to get local issuer", {.pins = {foreign.thumbprint}});
}

TEST_P(TlsTrust, pin_alone_still_asks_for_name_dates_and_purpose) {
  const auto expect_pinned_refused = [this](const Credential& server, const std::string& reason) {
    expect_refused(server, reason, {.ca = false, .pins = {server.thumbprint}});
  };
  for (const bool signs_itself : {false, true}) {
    const auto issue = [&](const CertificateSpec& spec) {
      return signs_itself ? self_signed(spec) : world.foreign.issue(spec);
    };
    expect_pinned_refused(issue({.common_name = kName, .dns = {"other.test"}}),
                          "hostname mismatch");
    expect_pinned_refused(issue({.dns = {kName}, .valid_from = -2 * kHour, .valid_until = -kHour}),
                          "expired");
    expect_pinned_refused(issue({.dns = {kName}, .valid_from = kHour}), "not yet valid");
    expect_pinned_refused(issue({.dns = {kName}, .purpose = Purpose::Client}), "purpose");
  }
}

TEST_P(TlsTrust, peers_see_who_calls) {
  const Pair pair = call_peers(&world.other_site);
  ASSERT_TRUE(pair.connected());
  const auto certificate = pair.server.tls.peer_certificate();
  ASSERT_TRUE(certificate);
  EXPECT_EQ(certificate->thumbprint, world.other_site.thumbprint);
  EXPECT_EQ(certificate->san_uri, std::vector<std::string>{"sitegate:site:site2"});
}

TEST_P(TlsTrust, links_show_their_certificate_to_peers) {
  client_context = world.client(GetParam());
  server_context = world.server(ListenerKind::Peers);
  Pair pair(client_context.get(), server_context.get());
  pair.run();
  ASSERT_TRUE(pair.connected());
  EXPECT_EQ(pair.server.tls.peer_certificate()->thumbprint, world.other_site.thumbprint);
}

TEST_P(TlsTrust, caller_without_a_certificate_is_refused_by_peers) {
  // TLS 1.2 has no alert that says so; it is a handshake_failure there.
  expect_client_refused(nullptr, GetParam() == TLS1_3_VERSION);
}

TEST_P(TlsTrust, certificate_of_a_foreign_client_is_refused_by_peers) {
  const Credential foreign = world.foreign.issue({.uri = {"sitegate:site:site2"}});
  expect_client_refused(&foreign);
}

TEST_P(TlsTrust, certificate_for_servers_alone_is_refused_as_a_client) {
  expect_client_refused(&world.site);
}

TEST_P(TlsTrust, expired_certificate_of_a_client_is_refused_by_peers) {
  const Credential expired = world.ca.issue({.valid_from = -2 * kHour, .valid_until = -kHour});
  expect_client_refused(&expired);
}

TEST_P(TlsTrust, callers_are_asked_for_no_certificate) {
  client_context = TlsWorld::plain_client(&world.other_site);
  SSL_CTX_set_max_proto_version(client_context.get(), GetParam());
  server_context = world.server();
  Pair pair(client_context.get(), server_context.get());
  pair.run();
  ASSERT_TRUE(pair.connected());
  EXPECT_FALSE(pair.server.tls.peer_certificate());
}

}  // namespace
}  // namespace sitegate::test
