// The way to a site: who is there, who we are to it, what a dying connection costs, how long we
// wait, how many may wait at once.

#include <gtest/gtest.h>

#include <charconv>
#include <ostream>

#include "tests/integration/support/hop.hpp"

namespace sitegate::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr auto kSlack = 1500ms;
#else
constexpr auto kSlack = 300ms;
#endif

Expected cannot_trust(const std::string& proxy_error) {
  return {.status = 401,
          .code = ErrorCode::RemoteAuthenticationFailure,
          .args = {"site2"},
          .proxy = "; error=" + proxy_error};
}

Expected protocol_error(const std::string& proxy) {
  return {.status = 502,
          .code = ErrorCode::SiteProtocolError,
          .args = {"site2"},
          .proxy = "; error=" + proxy};
}

Expected too_late(const std::string& proxy) {
  return {.status = 504,
          .code = ErrorCode::SiteTimeout,
          .args = {"site2"},
          .proxy = "; error=" + proxy};
}

std::string document_answer() {
  return answer_text(200, asked_task());
}

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

TEST(SiteLink, that_ends_before_tls_has_begun_is_a_protocol_error) {
  const FakeSite site2([](SiteConnection& connection) { connection.cut(); }, {.door = Door::Plain});
  expect_error(Hop(site2.port()).ask(), protocol_error("http_response_incomplete"));
  EXPECT_EQ(site2.connections(), 1U);
}

// --- A connection that is kept, and one that dies ---

TEST(KeptConnection, serves_one_lookup_after_the_other) {
  const FakeSite site2(answering(document_answer()));
  const Hop hop(site2.port());
  for (int i = 0; i < 5; ++i) EXPECT_EQ(hop.ask().body, asked_task());
  EXPECT_EQ(site2.connections(), 1U);
}

TEST(KeptConnection, ends_where_the_site_says_close) {
  const FakeSite site2(answering(answer_text(200, asked_task(), "Connection: close\r\n")));
  const Hop hop(site2.port());
  for (int i = 0; i < 2; ++i) EXPECT_EQ(hop.ask().body, asked_task());
  EXPECT_EQ(site2.connections(), 2U);
}

TEST(KeptConnection, ends_with_octets_behind_an_answer_and_they_answer_nobody) {
  const auto poison = answer_text(200, task_document(kTaskId, "somebody else", "site2"));
  const FakeSite site2(answering(document_answer() + poison));
  const Hop hop(site2.port());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(hop.ask().body, asked_task());
  EXPECT_EQ(site2.connections(), 3U);
}

/// Answers the first request of the first connection; `dies` with the second one. Every later
/// connection is in the hands of `later`.
FakeSite::Script dying_after_one(const FakeSite::Script& dies, const FakeSite::Script& later) {
  return [dies, later](SiteConnection& connection) {
    if (connection.number() > 0)
      return later(connection);
    if (!connection.next_request().empty() && connection.send(document_answer()) &&
        !connection.next_request().empty())
      dies(connection);
  };
}

struct Death {
  std::string name;
  FakeSite::Script dies;
};

void PrintTo(const Death& death, std::ostream* out) {
  *out << death.name;
}

const Death kDeaths[] = {
    {"in_order", [](SiteConnection&) {}},
    {"cut", [](SiteConnection& connection) { connection.cut(); }},
    {"reset", [](SiteConnection& connection) { connection.reset(); }},
};

std::string name_of_death(const testing::TestParamInfo<Death>& row) {
  return row.param.name;
}

class DyingConnection : public testing::TestWithParam<Death> {};

TEST_P(DyingConnection, before_an_octet_costs_one_more_try_on_a_fresh_one) {
  const FakeSite site2(dying_after_one(GetParam().dies, answering(document_answer())));
  const Hop hop(site2.port());
  EXPECT_EQ(hop.ask().body, asked_task());
  EXPECT_EQ(hop.ask().body, asked_task());
  EXPECT_EQ(site2.connections(), 2U);
  EXPECT_EQ(site2.requests().size(), 3U);
}

TEST_P(DyingConnection, is_not_followed_by_a_second_retry) {
  const auto dies = GetParam().dies;
  const FakeSite site2(dying_after_one(dies, [dies](SiteConnection& connection) {
    if (!connection.next_request().empty())
      dies(connection);
  }));
  const Hop hop(site2.port());
  EXPECT_EQ(hop.ask().body, asked_task());
  expect_error(hop.ask(), protocol_error("http_response_incomplete"));
  EXPECT_EQ(site2.connections(), 2U);
  EXPECT_EQ(site2.requests().size(), 3U);
}

TEST_P(DyingConnection, that_was_fresh_is_not_tried_again) {
  const auto dies = GetParam().dies;
  const FakeSite site2([dies](SiteConnection& connection) {
    if (!connection.next_request().empty())
      dies(connection);
  });
  expect_error(Hop(site2.port()).ask(), protocol_error("http_response_incomplete"));
  EXPECT_EQ(site2.connections(), 1U);
}

TEST_P(DyingConnection, after_the_first_octet_is_not_tried_again) {
  const auto dies = GetParam().dies;
  const auto one_octet = [dies](SiteConnection& connection) {
    connection.send("H");
    dies(connection);
  };
  const FakeSite site2(dying_after_one(one_octet, answering(document_answer())));
  const Hop hop(site2.port());
  EXPECT_EQ(hop.ask().body, asked_task());
  expect_error(hop.ask(), protocol_error("http_response_incomplete"));
  EXPECT_EQ(site2.connections(), 1U);
  EXPECT_EQ(hop.ask().body, asked_task());  // the next lookup takes a fresh one
  EXPECT_EQ(site2.connections(), 2U);
}

INSTANTIATE_TEST_SUITE_P(Kept, DyingConnection, testing::ValuesIn(kDeaths), name_of_death);

TEST(KeptConnection, that_says_garbage_is_not_tried_again) {
  const FakeSite site2(
      dying_after_one([](SiteConnection& connection) { connection.send("garbage\r\n\r\n"); },
                      answering(document_answer())));
  const Hop hop(site2.port());
  EXPECT_EQ(hop.ask().body, asked_task());
  expect_error(hop.ask(), protocol_error("http_protocol_error"));
  EXPECT_EQ(site2.connections(), 1U);
}

// --- How long we wait ---

HopPlan within(std::chrono::milliseconds total, std::chrono::milliseconds connect = 2s) {
  return {.remote = [total, connect](RemoteSiteSettings& site) {
    site.total_timeout = total;
    site.connect_timeout = connect;
  }};
}

struct Slow {
  std::string name;
  FakeSite::Script site;
  Door door;
  std::chrono::milliseconds connect;
  std::string proxy;
};

void PrintTo(const Slow& slow, std::ostream* out) {
  *out << slow.name;
}

FakeSite::Script dripping(const std::string& at_once) {
  return [at_once](SiteConnection& connection) {
    if (connection.next_request().empty() || !connection.send(at_once))
      return;
    while (connection.send("x") && connection.pause(20ms)) {
    }
  };
}

constexpr auto kTotal = 400ms;

const Slow kSlowSites[] = {
    {"silent_before_tls", nullptr, Door::Silent, 2s, "connection_timeout"},
    {"silent_before_tls_beyond_the_time_to_connect", nullptr, Door::Silent, 50ms,
     "connection_timeout"},
    {"silent", [](SiteConnection& connection) { connection.hold(); }, Door::Tls, 2s,
     "http_response_timeout"},
    {"dripping_its_head", dripping("HTTP/1.1 200 OK\r\nX: "), Door::Tls, 2s,
     "http_response_timeout"},
    {"dripping_its_body", dripping("HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n"), Door::Tls,
     2s, "http_response_timeout; received-status=200"},
    {"silent_in_its_body",
     [](SiteConnection& connection) {
       connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n{");
       connection.hold();
     },
     Door::Tls, 2s, "http_response_timeout; received-status=200"},
};

class SlowSite : public testing::TestWithParam<Slow> {};

TEST_P(SlowSite, is_a_site_timeout_when_the_time_is_over) {
  const auto& slow = GetParam();
  const FakeSite site2(slow.site, {.door = slow.door});
  const Hop hop(site2.port(), within(kTotal, slow.connect));
  auto client = hop.site1().client();
  const auto begin = Clock::now();
  const auto answer = client.get(Hop::target(), hop.caller());
  const auto took = Clock::now() - begin;
  expect_error(answer, too_late(slow.proxy));
  EXPECT_GE(took, std::min(kTotal, slow.connect));
  EXPECT_LE(took, std::min(kTotal, slow.connect) + kSlack);
  EXPECT_EQ(site2.connections(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Site, SlowSite, testing::ValuesIn(kSlowSites),
                         [](const testing::TestParamInfo<Slow>& row) { return row.param.name; });

TEST(SilentSite, holds_up_nobody_who_asks_elsewhere) {
  const FakeSite site2([](SiteConnection& connection) {
    if (!connection.next_request().empty())
      connection.hold();
  });
  const FakeSite site3(answering(answer_text(200, task_document(kTaskId, "root", "site3"))),
                       {.identity = Papers::all().of("site3").credential});
  auto silent = remote_site("site2", site2.port());
  silent.total_timeout = 1s;
  TestGateway site1({.sites = {silent, remote_site("site3", site3.port())}});
  site1.put_task(kTaskId, task_document(kTaskId, "root", "site1"));
  const auto root = site1.login("root");
  auto patient = site1.client();
  auto elsewhere = site1.client();

  const auto begin = Clock::now();
  patient.send(request_text("GET", Hop::target(), root));
  ASSERT_TRUE(site2.await_requests(1));
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(elsewhere.get("/tasks/" + kTaskId, root).status, 200);
    EXPECT_EQ(elsewhere.get("/tasks/" + kTaskId + "?site=site3", root).status, 200);
  }
  EXPECT_LT(Clock::now() - begin, 900ms);  // all of them before the silent site's time is over
  const auto answer = patient.read_answer();
  EXPECT_LE(Clock::now() - begin, 1s + kSlack);
  expect_error(answer, too_late("http_response_timeout"));
}

// --- What is left of the time travels on ---

std::int64_t time_left_in(const std::string& request) {
  const std::string_view name = "\r\nSitegate-Deadline-Ms: ";
  const auto at = request.find(name) + name.size();
  std::int64_t left = -1;
  std::from_chars(request.data() + at, request.data() + request.size(), left);
  return left;
}

TEST(TimeLeft, is_told_to_the_site) {
  const FakeSite site2(answering(document_answer()));
  const Hop hop(site2.port(), within(5s));
  hop.ask();
  EXPECT_LE(time_left_in(site2.requests().at(0)), 5000);
  EXPECT_GT(time_left_in(site2.requests().at(0)), 3000);
}

TEST(TimeLeft, is_less_after_a_slow_connect) {
  const FakeSite site2(answering(document_answer()), {.before_tls = 300ms});
  const Hop hop(site2.port(), within(5s));
  EXPECT_EQ(hop.ask().status, 200);
  EXPECT_LE(time_left_in(site2.requests().at(0)), 4700);
}

TEST(TimeLeft, is_less_on_the_second_try) {
  const FakeSite site2(dying_after_one([](SiteConnection& connection) { connection.pause(200ms); },
                                       answering(document_answer())));
  const Hop hop(site2.port(), within(5s));
  EXPECT_EQ(hop.ask().status, 200);
  EXPECT_EQ(hop.ask().status, 200);
  const auto requests = site2.requests();
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_LE(time_left_in(requests[2]), time_left_in(requests[1]) - 200);
}

TEST(TimeLeft, is_not_exceeded_by_a_second_try) {
  const FakeSite site2(dying_after_one([](SiteConnection& connection) { connection.pause(200ms); },
                                       [](SiteConnection& connection) { connection.hold(); }));
  const Hop hop(site2.port(), within(kTotal));
  EXPECT_EQ(hop.ask().status, 200);
  auto client = hop.site1().client();
  const auto begin = Clock::now();
  expect_error(client.get(Hop::target(), hop.caller()), too_late("http_response_timeout"));
  EXPECT_LE(Clock::now() - begin, kTotal + kSlack);
}

// --- How many wait at once ---

TEST(SiteCap, refuses_one_lookup_more_and_frees_its_places) {
  FakeSite site2([](SiteConnection& connection) {
    while (!connection.next_request().empty()) {
      connection.wait_for_go();
      connection.send(document_answer());
    }
  });
  const HopPlan narrow{.remote = [](RemoteSiteSettings& site) { site.max_in_flight = 2; },
                       .tune = [](Settings& settings) { settings.workers = 2; }};
  const Hop hop(site2.port(), narrow);
  auto first = hop.site1().client();
  auto second = hop.site1().client();
  const auto question = request_text("GET", Hop::target(), hop.caller());
  first.send(question);
  second.send(question);
  ASSERT_TRUE(site2.await_requests(2));
  for (int i = 0; i < 3; ++i)  // whichever worker it comes to
    expect_error(hop.ask(), {.status = 503,
                             .code = ErrorCode::SiteUnavailable,
                             .args = {"site2"},
                             .retry_after = "1",
                             .proxy = "; error=connection_limit_reached"});
  site2.go_on();
  EXPECT_EQ(first.read_answer().body, asked_task());
  EXPECT_EQ(second.read_answer().body, asked_task());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(hop.ask().body, asked_task());
}

}  // namespace
}  // namespace sitegate::test
