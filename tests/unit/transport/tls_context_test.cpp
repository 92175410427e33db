// What a context allows, and the problems that keep one from being made.

#include "routing/transport/tls_context.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/transport/tls_world.hpp"

namespace sitegate::test {
namespace {

using testing::HasSubstr;

class TlsContextTest : public testing::Test {
 protected:
  Pair meet() {
    Pair pair(client_context.get(), server_context.get());
    pair.run();
    return pair;
  }

  static std::string protocol(End& end) {
    const unsigned char* name = nullptr;
    unsigned int size = 0;
    SSL_get0_alpn_selected(end.tls.native(), &name, &size);
    return {reinterpret_cast<const char*>(name), size};
  }

  void offer(std::string_view protocols) {
    SSL_CTX_set_alpn_protos(client_context.get(),
                            reinterpret_cast<const unsigned char*>(protocols.data()),
                            static_cast<unsigned int>(protocols.size()));
  }

  TlsWorld world;
  TlsContext client_context = TlsWorld::plain_client();
  TlsContext server_context = world.server();
};

TEST_F(TlsContextTest, http_1_1_is_selected_whatever_else_is_offered) {
  offer("\2h2\10http/1.1");
  Pair pair = meet();
  ASSERT_TRUE(pair.connected());
  EXPECT_EQ(protocol(pair.client), "http/1.1");
}

TEST_F(TlsContextTest, our_links_offer_http_1_1) {
  client_context = world.client();
  Pair pair = meet();
  ASSERT_TRUE(pair.connected());
  EXPECT_EQ(protocol(pair.server), "http/1.1");
}

TEST_F(TlsContextTest, client_without_alpn_is_served) {
  Pair pair = meet();
  ASSERT_TRUE(pair.connected());
  EXPECT_EQ(protocol(pair.client), "");
}

TEST_F(TlsContextTest, client_of_other_protocols_alone_is_told_so) {
  offer("\2h2\10http/1.0");
  const Pair pair = meet();
  EXPECT_FALSE(pair.server.shaken);
  EXPECT_THAT(pair.client.failure().detail, HasSubstr("no application protocol"));
}

TEST_F(TlsContextTest, tls_1_1_is_refused_by_servers_and_links) {
  SSL_CTX_set_max_proto_version(client_context.get(), TLS1_1_VERSION);
  const Pair to_us = meet();
  EXPECT_EQ(to_us.server.failure().kind, TlsFailure::Kind::Protocol);
  EXPECT_EQ(to_us.client.failure().kind, TlsFailure::Kind::AlertReceived);

  client_context = world.client();
  server_context = TlsWorld::plain_server(world.site);
  SSL_CTX_set_max_proto_version(server_context.get(), TLS1_1_VERSION);
  const Pair to_them = meet();
  EXPECT_EQ(to_them.client.status, TlsStatus::Failed);
}

TEST_F(TlsContextTest, suites_without_aead_or_forward_secrecy_are_refused) {
  SSL_CTX_set_max_proto_version(client_context.get(), TLS1_2_VERSION);
  for (const char* suites : {"ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA384",
                             "ECDHE-ECDSA-AES128-CCM", "AES128-GCM-SHA256:AES256-SHA"}) {
    ASSERT_EQ(SSL_CTX_set_cipher_list(client_context.get(), suites), 1);
    const Pair pair = meet();
    EXPECT_THAT(pair.server.failure().detail, HasSubstr("no shared cipher")) << suites;
  }
  for (const char* suite : {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"}) {
    ASSERT_EQ(SSL_CTX_set_cipher_list(client_context.get(), suite), 1);
    EXPECT_TRUE(meet().connected()) << suite;
  }
}

TEST_F(TlsContextTest, links_offer_aead_suites_with_forward_secrecy_only) {
  client_context = world.client(TLS1_2_VERSION);
  server_context = TlsWorld::plain_server(world.site);
  ASSERT_EQ(SSL_CTX_set_cipher_list(server_context.get(),
                                    "ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA384"),
            1);
  EXPECT_THAT(meet().server.failure().detail, HasSubstr("no shared cipher"));
}

TEST_F(TlsContextTest, renegotiation_is_refused) {
  SSL_CTX_set_max_proto_version(client_context.get(), TLS1_2_VERSION);
  Pair pair = meet();
  ASSERT_TRUE(pair.connected());
  SSL_renegotiate(pair.client.tls.native());
  SSL_do_handshake(pair.client.tls.native());
  ASSERT_FALSE(pair.client.tls.output().empty());
  Pair::carry(pair.client, pair.server);
  EXPECT_LT(pair.server.tls.output().size(), 64U);  // an alert, no second ServerHello
  Pair::carry(pair.server, pair.client);
  EXPECT_THAT(pair.client.failure().detail, HasSubstr("no renegotiation"));
}

class TlsProblems : public testing::Test {
 protected:
  TlsProblems() {
    listener.certificate = files.file("site.crt", good.certificate_pem, "listeners[0].certificate");
    listener.key = files.file("site.key", good.key_pem, "listeners[0].key");
    listener.origin = {"test.yaml", 3, 5, "listeners[0]"};
  }

  // Expects that no context is made, for these reasons.
  void expect_problems(const std::vector<std::pair<std::string, std::string>>& expected) {
    Problems problems;
    EXPECT_EQ(make_server_context(listener, make_ticket_keys(), problems), nullptr);
    ASSERT_EQ(problems.size(), expected.size()) << problems.to_string();
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const Problem& problem = problems.list()[i];
      EXPECT_EQ(problem.origin.key_path, expected[i].first);
      EXPECT_THAT(problem.what, HasSubstr(expected[i].second));
      EXPECT_FALSE(problem.cure.empty());
    }
  }

  void use_certificate(const std::string& pem) {
    listener.certificate = files.file("site.crt", pem, "listeners[0].certificate");
  }
  void use_key(const std::string& pem) {
    listener.key = files.file("site.key", pem, "listeners[0].key");
  }

  TempDirectory files;
  Authority ca{"test CA"};
  Credential good = ca.issue({.dns = {"site1.test"}});
  ListenerSettings listener;
};

TEST_F(TlsProblems, all_files_are_looked_at) {
  listener.kind = ListenerKind::Peers;
  use_certificate("no PEM at all");
  use_key("no PEM at all");
  listener.client_ca = files.file("ca.crt", "", "listeners[0].client_ca");
  expect_problems({{"listeners[0].certificate", "holds no PEM certificate"},
                   {"listeners[0].key", "holds no usable private key"},
                   {"listeners[0].client_ca", "holds no PEM certificate"}});
}

TEST_F(TlsProblems, missing_file) {
  std::filesystem::remove(listener.key.path);
  expect_problems({{"listeners[0].key", "cannot be read: No such file or directory"}});
}

TEST_F(TlsProblems, key_of_another_certificate) {
  use_key(make_key_pair().private_pem);
  expect_problems({{"listeners[0].key", "is not the key of"}});
}

TEST_F(TlsProblems, certificate_as_key) {
  use_key(good.certificate_pem);
  expect_problems({{"listeners[0].key", "holds no usable private key"}});
}

TEST_F(TlsProblems, encrypted_key_asks_for_no_passphrase) {
  use_key(make_key_pair("secret").private_pem);
  expect_problems({{"listeners[0].key", "holds no usable private key"}});
}

TEST_F(TlsProblems, damaged_second_certificate) {
  use_certificate(good.certificate_pem + good.certificate_pem.substr(0, 200));
  expect_problems({{"listeners[0].certificate", "certificate 2 of"}});
}

TEST_F(TlsProblems, certificate_out_of_its_dates) {
  const Credential expired =
      ca.issue({.valid_from = -std::chrono::hours{2}, .valid_until = -std::chrono::hours{1}});
  use_certificate(expired.certificate_pem);
  use_key(expired.key_pem);
  expect_problems({{"listeners[0].certificate", "expired on"}});
  const Credential early = ca.issue({.valid_from = std::chrono::hours{1}});
  use_certificate(early.certificate_pem);
  use_key(early.key_pem);
  expect_problems({{"listeners[0].certificate", "is not valid before"}});
}

TEST_F(TlsProblems, certificate_of_another_purpose) {
  const Credential client = ca.issue({.purpose = Purpose::Client});
  use_certificate(client.certificate_pem);
  use_key(client.key_pem);
  expect_problems(
      {{"listeners[0].certificate", "may not be used as the certificate of a TLS server"}});
}

TEST_F(TlsProblems, peers_without_an_authority) {
  listener.kind = ListenerKind::Peers;
  expect_problems({{"listeners[0]", "does not say whom to believe"}});
}

TEST_F(TlsProblems, client_certificate_of_a_link_for_servers_alone) {
  const Credential server = ca.issue({.purpose = Purpose::Server});
  RemoteSiteSettings site;
  site.tls_name = "site2.test";
  site.client_certificate = files.file("c.crt", server.certificate_pem);
  site.client_key = files.file("c.key", server.key_pem);
  site.trust.ca = files.file("ca.crt", ca.certificate_pem());
  Problems problems;
  EXPECT_EQ(make_client_context(site, problems), nullptr);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_THAT(problems.list()[0].what, HasSubstr("TLS client"));
}

TEST_F(TlsProblems, thumbprint_is_of_the_first_certificate) {
  const Credential leaf = ca.intermediate("middle").issue({});
  Problems problems;
  EXPECT_EQ(certificate_thumbprint(files.file("chain.crt", leaf.certificate_pem), problems),
            leaf.thumbprint);
  EXPECT_TRUE(problems.empty());
  EXPECT_EQ(certificate_thumbprint(files.file("none.crt", ""), problems), "");
  EXPECT_EQ(problems.size(), 1U);
}

}  // namespace
}  // namespace sitegate::test
