// How long we wait for a site, what is said of the time that is left, how many may wait at once.

#include <gtest/gtest.h>

#include <charconv>
#include <ostream>

#include "tests/integration/support/site_rows.hpp"

namespace sitegate::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr auto kSlack = 1500ms;
#else
constexpr auto kSlack = 300ms;
#endif

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
