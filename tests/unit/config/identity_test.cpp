// As whom this site speaks to others, and by what it knows them: what may be written in more than
// one place.

#include <gtest/gtest.h>

#include "config/load_settings.hpp"

namespace sitegate {
namespace {

const std::filesystem::path kGolden =
    std::filesystem::path(SITEGATE_TEST_DATA) / "golden" / "config";

constexpr std::string_view kStart = R"(
site: { name: site1 }
listeners:
  - { for: peers, address: "127.0.0.1:0", certificate: tls/site1.crt, key: tls/site1.key,
      client_ca: tls/ca.crt }
)";

std::optional<Settings> load(const std::string& rest, Problems& problems) {
  return load_settings_from_text(std::string(kStart) + rest, kGolden, problems);
}

TEST(Identity, is_that_of_every_site_that_is_not_told_otherwise) {
  Problems problems;
  const auto settings = load(R"(
sites:
  site2: { url: "https://site2.test", trust: { ca: tls/ca.crt } }
  site3:
    url: https://site3.test
    trust: { ca: tls/ca.crt }
    client: { certificate: tls/ca.crt, key: tls/site1.key }
identity: { certificate: tls/site1.crt, key: tls/site1.key, statement_key: keys/site1-statement.key }
)",
                             problems);
  ASSERT_TRUE(settings) << problems.to_string();
  EXPECT_EQ(settings->sites[0].client_certificate.path, kGolden / "tls/site1.crt");
  EXPECT_EQ(settings->sites[0].client_key.path, kGolden / "tls/site1.key");
  EXPECT_EQ(settings->sites[0].statement_key.path, kGolden / "keys/site1-statement.key");
  EXPECT_EQ(settings->sites[1].client_certificate.path, kGolden / "tls/ca.crt");
  EXPECT_EQ(settings->sites[1].statement_key.path, kGolden / "keys/site1-statement.key");
}

TEST(Identity, that_is_wrong_is_one_problem_and_not_one_of_each_site) {
  Problems problems;
  EXPECT_FALSE(load(R"(
identity: { certificate: tls/site1.crt, key: tls/site1.key }
sites:
  site2: { url: "https://site2.test", trust: { ca: tls/ca.crt } }
  site3: { url: "https://site3.test", trust: { ca: tls/ca.crt } }
)",
                    problems));
  EXPECT_EQ(problems.size(), 1U) << problems.to_string();
}

TEST(PeerKey, is_a_file_or_is_written_down) {
  Problems problems;
  const auto settings = load(R"(
peers:
  site2: { statement_jwk: '{"kty":"EC"}', accept: { users: [root] } }
  site3: { statement_key: keys/site2-statement.pub, accept: { users: [root] } }
)",
                             problems);
  ASSERT_TRUE(settings) << problems.to_string();
  ASSERT_TRUE(settings->peers[0].statement_jwk);
  EXPECT_EQ(settings->peers[0].statement_jwk->text, R"({"kty":"EC"})");
  EXPECT_EQ(settings->peers[0].statement_jwk->origin.key_path, "peers.site2.statement_jwk");
  EXPECT_FALSE(settings->peers[1].statement_jwk);
}

TEST(Problems, that_several_found_are_said_once) {
  Problems problems;
  problems.add({"a", 1, 1, "x"}, "first", "cure");
  Problems others;
  others.add({"a", 1, 1, "x"}, "first", "cure");
  others.add({"a", 2, 1, "x"}, "first", "cure");
  problems.add_new(others);
  EXPECT_EQ(problems.to_string(), "a:1:1: x: first; cure\na:2:1: x: first; cure\n");
}

TEST(TlsName, may_be_that_of_two_sites_when_they_are_pinned_apart) {
  Problems problems;
  EXPECT_TRUE(load(R"(
identity: { certificate: tls/site1.crt, key: tls/site1.key, statement_key: keys/site1-statement.key }
sites:
  site2: { url: "https://gate.test", trust: { pins: ["SHA-256:)" +
                       std::string(64, '0') + R"("] } }
  site3: { url: "https://gate.test", trust: { pins: ["SHA-256:)" +
                       std::string(64, '1') + R"("] } }
)",
                   problems))
      << problems.to_string();
}

// Other software: it takes no statements, and perhaps no certificate either.
TEST(SiteAuth, by_sessions_of_callers_needs_no_identity_of_ours) {
  Problems problems;
  const auto settings = load(R"(
sites:
  site2: { url: "https://site2.test", trust: { ca: tls/ca.crt }, auth: { mode: session } }
  site3:
    url: https://site3.test
    trust: { ca: tls/ca.crt }
    auth: { mode: session }
    client: { certificate: tls/site1.crt, key: tls/site1.key }
)",
                             problems);
  ASSERT_TRUE(settings) << problems.to_string();
  EXPECT_EQ(settings->sites[0].auth, SiteAuth::Session);
  EXPECT_TRUE(settings->sites[0].client_certificate.path.empty());
  EXPECT_EQ(settings->sites[1].client_certificate.path, kGolden / "tls/site1.crt");
}

}  // namespace
}  // namespace sitegate
