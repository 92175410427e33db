#include "config/load_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <optional>

namespace sitegate {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::Pair;

const fs::path kGolden = fs::path(SITEGATE_TEST_DATA) / "golden" / "config";

Settings load(const std::string& name) {
  Problems problems;
  auto settings = load_settings(kGolden / name, problems);
  EXPECT_EQ(problems.to_string(), "");
  return settings.value_or(Settings{});
}

std::string contents(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::string octets(int first) {
  std::string result;
  for (int i = 0; i < 32; ++i) {
    result += static_cast<char>(first + i);
  }
  return result;
}

TEST(LoadSettings, this_site_is_as_written) {
  const Settings settings = load("full.yaml");
  EXPECT_EQ(settings.site.name, "site1");
  EXPECT_EQ(settings.site.description, "First site");
  EXPECT_EQ(settings.site.public_url, "https://gateway.example/");
  EXPECT_EQ(settings.state_directory, kGolden / "state");
  EXPECT_EQ(settings.workers, 2U);
  EXPECT_EQ(settings.store.sqlite, kGolden / "database/tasks.sqlite");
  EXPECT_EQ(settings.store.retention.succeeded, 91 * 24h);
  EXPECT_EQ(settings.store.retention.failed, 0ms);
  EXPECT_EQ(settings.store.retention.interval, 11min);
  ASSERT_TRUE(settings.users);
  EXPECT_EQ(settings.users->path, kGolden / "users.yaml");
  EXPECT_EQ(settings.log.access, kGolden / "access.log");
  EXPECT_EQ(settings.log.level, "warning");
  EXPECT_EQ(settings.log.queue, 8193U);
}

TEST(LoadSettings, listeners_are_as_written) {
  const Settings settings = load("full.yaml");
  ASSERT_EQ(settings.listeners.size(), 3U);
  const ListenerSettings& callers = settings.listeners[0];
  EXPECT_EQ(callers.kind, ListenerKind::Callers);
  EXPECT_EQ(callers.address, "127.0.0.1");
  EXPECT_EQ(callers.port, 8441);
  EXPECT_EQ(callers.certificate.path, kGolden / "tls/site1.crt");
  EXPECT_EQ(callers.key.path, kGolden / "tls/site1.key");
  EXPECT_FALSE(callers.client_ca);
  EXPECT_FALSE(callers.http2);
  ASSERT_EQ(callers.proxy_protocol_from.size(), 3U);
  EXPECT_EQ(callers.proxy_protocol_from[1], parse_network("192.0.2.1"));
  const ListenerSettings& peers = settings.listeners[1];
  EXPECT_EQ(peers.kind, ListenerKind::Peers);
  EXPECT_EQ(peers.address, "::1");
  EXPECT_EQ(peers.port, 8541);
  ASSERT_TRUE(peers.client_ca);
  EXPECT_EQ(peers.client_ca->path, kGolden / "tls/ca.crt");
  EXPECT_TRUE(peers.http2);
  const ListenerSettings& admin = settings.listeners[2];
  EXPECT_EQ(admin.kind, ListenerKind::Admin);
  EXPECT_EQ(admin.port, 9441);
  EXPECT_TRUE(admin.certificate.path.empty());
}

TEST(LoadSettings, sessions_and_limits_are_as_written) {
  const Settings settings = load("full.yaml");
  EXPECT_EQ(settings.sessions.idle, 31min);
  EXPECT_EQ(settings.sessions.lifetime, 23h);
  EXPECT_EQ(settings.sessions.per_user, 101U);
  EXPECT_EQ(settings.sessions.keep_extensions, 11min);
  EXPECT_EQ(settings.sessions.sealing_keys->path, kGolden / "keys/sealing-keys");
  const LimitSettings& limits = settings.limits;
  EXPECT_EQ(limits.connections, 20001U);
  EXPECT_EQ(limits.connections_per_address, 1001U);
  EXPECT_EQ(limits.request_line, 9U * 1024);
  EXPECT_EQ(limits.field, 10U * 1024);
  EXPECT_EQ(limits.head, 17U * 1024);
  EXPECT_EQ(limits.head_fields, 102U);
  EXPECT_EQ(limits.chunk_extensions, 18U * 1024);
  EXPECT_EQ(limits.body, 2U * 1024 * 1024);
  EXPECT_EQ(limits.login_body, 19U * 1024);
  EXPECT_EQ(limits.answer_body, 3U * 1024 * 1024);
  EXPECT_EQ(limits.json.depth, 65U);
  EXPECT_EQ(limits.json.members, 20001U);
  EXPECT_EQ(limits.handshake, 11s);
  EXPECT_EQ(limits.head_time, 12s);
  EXPECT_EQ(limits.body_time, 33s);
  EXPECT_EQ(limits.idle, 61s);
  EXPECT_EQ(limits.write, 34s);
  EXPECT_EQ(limits.local_deadline, 5500ms);
  EXPECT_EQ(limits.shutdown, 21s);
  EXPECT_EQ(settings.drain.delay, 6s);
  EXPECT_EQ(limits.login_failures_per_user, 12U);
  EXPECT_EQ(limits.login_failures_per_address, 103U);
  EXPECT_EQ(limits.password_queue, 66U);
  EXPECT_EQ(limits.store_queue, 1025U);
}

TEST(LoadSettings, pages_of_other_origins_are_read_and_none_by_default) {
  const CorsSettings cors = load("full.yaml").cors;
  EXPECT_EQ(cors.origins,
            (std::vector<std::string>{"https://ui.example.org", "http://[::1]:3000"}));
  EXPECT_EQ(cors.max_age, 12min);
  const CorsSettings none = load("minimal.yaml").cors;
  EXPECT_TRUE(none.origins.empty());
  EXPECT_EQ(none.max_age, 10min);
}

TEST(LoadSettings, finding_anywhere_is_as_written) {
  const RoutingSettings routing = load("full.yaml").routing;
  EXPECT_TRUE(routing.find_anywhere);
  EXPECT_EQ(routing.find_anywhere_time, 3500ms);
  EXPECT_EQ(routing.remember_location, 11min);
  EXPECT_EQ(routing.sites_per_question, 17U);
  EXPECT_EQ(routing.questions_per_caller, 5U);
  EXPECT_EQ(routing.questions_per_worker, 67U);
}

TEST(LoadSettings, finding_anywhere_may_be_switched_off) {
  Problems problems;
  const auto settings = load_settings_from_text(
      contents(kGolden / "minimal.yaml") + "\nrouting: { find_anywhere: false }\n", kGolden,
      problems);
  ASSERT_TRUE(settings) << problems.to_string();
  EXPECT_FALSE(settings->routing.find_anywhere);
}

TEST(LoadSettings, a_remote_site_is_as_written) {
  const Settings settings = load("full.yaml");
  ASSERT_EQ(settings.sites.size(), 2U);
  const RemoteSiteSettings& site = settings.sites[0];
  EXPECT_EQ(site.name, "site2");
  EXPECT_EQ(site.description, "Second site");
  EXPECT_EQ(site.url, "https://[::1]:8542");
  EXPECT_EQ(site.public_url, "https://site2.example:443");
  EXPECT_EQ(settings.sites[1].public_url, "https://Site3.sitegate.test") << "its url, as written";
  EXPECT_EQ(site.host, "::1");
  EXPECT_EQ(site.port, 8542);
  EXPECT_EQ(site.tls_name, "site2.sitegate.test");
  EXPECT_EQ(site.remote_name, "two");
  ASSERT_TRUE(site.trust.ca);
  EXPECT_EQ(site.trust.ca->path, kGolden / "tls/ca.crt");
  EXPECT_THAT(site.trust.pins, ElementsAre(octets(0xA0), std::string(32, '\0')));
  EXPECT_EQ(site.client_certificate.path, kGolden / "tls/site1.crt");
  EXPECT_EQ(site.client_key.path, kGolden / "tls/site1.key");
  EXPECT_EQ(site.statement_key.path, kGolden / "keys/site1-statement.key");
  EXPECT_EQ(site.connect_timeout, 3s);
  EXPECT_EQ(site.total_timeout, 9s);
  EXPECT_EQ(site.idle_timeout, 35s);
  EXPECT_EQ(site.links.warm, 2U);
  EXPECT_EQ(site.links.retry, 6s);
  EXPECT_EQ(site.links.max_age, 7min);
  EXPECT_EQ(site.links.addresses, 40s);
  EXPECT_EQ(site.max_in_flight, 257U);
  EXPECT_FALSE(site.find_anywhere);
}

TEST(LoadSettings, a_remote_site_has_defaults) {
  const Settings settings = load("full.yaml");
  ASSERT_EQ(settings.sites.size(), 2U);
  const RemoteSiteSettings defaults;
  const RemoteSiteSettings& site = settings.sites[1];
  EXPECT_EQ(site.name, "site3");
  EXPECT_EQ(site.host, "site3.sitegate.test") << "host names have no case";
  EXPECT_EQ(site.port, 443);
  EXPECT_EQ(site.tls_name, "site3.sitegate.test");
  EXPECT_EQ(site.remote_name, "site3");
  EXPECT_FALSE(site.trust.ca);
  EXPECT_THAT(site.trust.pins, ElementsAre(octets(0)));
  EXPECT_EQ(site.connect_timeout, defaults.connect_timeout);
  EXPECT_EQ(site.total_timeout, defaults.total_timeout);
  EXPECT_EQ(site.idle_timeout, defaults.idle_timeout);
  EXPECT_EQ(site.links.warm, defaults.links.warm);
  EXPECT_EQ(site.links.max_age, defaults.links.max_age);
  EXPECT_EQ(site.max_in_flight, defaults.max_in_flight);
  EXPECT_TRUE(site.find_anywhere);
}

TEST(LoadSettings, a_peer_is_as_written) {
  const Settings settings = load("full.yaml");
  ASSERT_EQ(settings.peers.size(), 2U);
  const PeerSettings& peer = settings.peers[0];
  EXPECT_EQ(peer.name, "site2");
  EXPECT_EQ(peer.certificate_san, "sitegate:site:two");
  EXPECT_EQ(peer.statement_key.path, kGolden / "keys/site2-statement.pub");
  EXPECT_THAT(peer.accept_users, ElementsAre("*@Org1", "root"));
  EXPECT_THAT(peer.roles,
              ElementsAre(Pair("ADMINISTRATORS", "ADMINISTRATORS"), Pair("OPERATORS", "READERS")));
}

TEST(LoadSettings, a_peer_has_defaults) {
  Problems problems;
  const auto settings = load_settings_from_text(R"(
site: { name: site1 }
listeners:
  - { for: peers, address: "127.0.0.1:0", certificate: tls/site1.crt, key: tls/site1.key,
      client_ca: tls/ca.crt }
peers:
  site9: { statement_key: keys/site2-statement.pub, accept: { users: [root] } }
)",
                                                kGolden, problems);
  ASSERT_TRUE(settings) << problems.to_string();
  EXPECT_EQ(settings->listeners[0].port, 0);
  EXPECT_FALSE(settings->users) << "nobody logs in on a peers listener";
  EXPECT_EQ(settings->peers[0].certificate_san, "sitegate:site:site9");
  EXPECT_TRUE(settings->peers[0].roles.empty());
}

TEST(LoadSettings, what_is_left_out_has_its_default) {
  const Settings settings = load("minimal.yaml");
  const Settings defaults;
  EXPECT_EQ(settings.site.description, "");
  EXPECT_EQ(settings.site.public_url, "");
  EXPECT_EQ(settings.state_directory, kGolden / "state");
  EXPECT_EQ(settings.store.sqlite, kGolden / "state/tasks.db");
  EXPECT_EQ(settings.workers, 0U);
  EXPECT_EQ(settings.sessions.idle, defaults.sessions.idle);
  EXPECT_EQ(settings.limits.head, defaults.limits.head);
  EXPECT_EQ(settings.limits.shutdown, defaults.limits.shutdown);
  EXPECT_EQ(settings.log.access, "stdout");
  EXPECT_EQ(settings.log.level, "info");
  EXPECT_TRUE(settings.sites.empty());
  EXPECT_TRUE(settings.peers.empty());
}

TEST(LoadSettings, every_default_is_a_value_that_may_be_written) {
  Problems problems;
  const auto settings = load_settings_from_text(contents(kGolden / "minimal.yaml") + R"(
workers: 0
sessions: { idle: 30m, lifetime: 24h, per_user: 100 }
routing: { find_anywhere: true, find_anywhere_time: 3s, remember_location: 10m,
  sites_per_question: 16, questions_per_caller: 4, questions_per_worker: 64 }
limits: { connections: 20000, request_line: 8KiB, field: 8KiB, head: 16KiB, head_fields: 100,
  chunk_extensions: 16KiB, body: 1MiB, login_body: 16KiB, answer_body: 2MiB, json_depth: 64,
  json_members: 20000,   handshake: 10s, head_time: 10s, body_time: 30s, idle: 60s, write: 30s, local_deadline: 5s,
  shutdown: 20s, login_failures_per_user: 10, login_failures_per_address: 100,
  password_queue: 64, store_queue: 1024 }
log: { access: off, level: info, queue: 8192 }
)",
                                                kGolden, problems);
  ASSERT_TRUE(settings) << problems.to_string();
  const LimitSettings defaults;
  EXPECT_EQ(settings->limits.request_line, defaults.request_line);
  EXPECT_EQ(settings->limits.answer_body, defaults.answer_body);
  EXPECT_EQ(settings->limits.body_time, defaults.body_time);
  EXPECT_EQ(settings->limits.store_queue, defaults.store_queue);
  EXPECT_EQ(settings->log.access, "off");
}

TEST(LoadSettings, a_file_reference_knows_where_it_was_written) {
  const Settings settings = load("full.yaml");
  const Origin& origin = settings.listeners.at(0).certificate.origin;
  EXPECT_EQ(origin.file, (kGolden / "full.yaml").string());
  EXPECT_EQ(origin.line, 11);
  EXPECT_EQ(origin.column, 18);
  EXPECT_EQ(origin.key_path, "listeners[0].certificate");
}

TEST(LoadSettings, a_missing_file_is_one_problem) {
  Problems problems;
  EXPECT_FALSE(load_settings("no-such-folder/sitegate.yaml", problems));
  EXPECT_EQ(problems.to_string(),
            "no-such-folder/sitegate.yaml: cannot be opened: No such file or directory; name a "
            "file that can be read\n");
}

TEST(LoadSettings, earlier_problems_are_kept_and_do_not_spoil_a_good_file) {
  Problems problems;
  problems.add({"other.yaml", 3, 1, "a"}, "is wrong", "write b");
  EXPECT_TRUE(load_settings(kGolden / "full.yaml", problems));
  EXPECT_EQ(problems.to_string(), "other.yaml:3:1: a: is wrong; write b\n");
}

}  // namespace
}  // namespace sitegate
