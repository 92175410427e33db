// Connections that are open before anybody asks, and the end of those that grew old or silent.

#include "tests/integration/support/lone_link.hpp"
#include "tests/integration/support/site_rows.hpp"

namespace sitegate::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Kind = LinkFailure::Kind;

LoneLink::Change warm(std::size_t connections, Milliseconds retry = 100ms) {
  return [=](RemoteSiteSettings& site) {
    site.links.warm = connections;
    site.links.retry = retry;
  };
}

TEST(WarmLink, is_open_before_anybody_asks) {
  const FakeSite site2(answering(document_answer()));
  LoneLink link(site2, warm(2));
  ASSERT_TRUE(link.work_until([&] { return site2.connections() == 2; }));
  EXPECT_TRUE(site2.requests().empty()) << "nothing is asked on it";
  for (int i = 0; i < 3; ++i) EXPECT_EQ(LoneLink::shown(link.ask()), "200");
  EXPECT_EQ(site2.connections(), 2U);
}

TEST(WarmLink, is_opened_again_when_the_site_ended_it_at_rest) {
  const FakeSite site2([](SiteConnection& connection) {
    if (connection.number() > 1)
      answering(document_answer())(connection);
  });
  LoneLink link(site2, warm(1));
  ASSERT_TRUE(link.work_until([&] { return site2.connections() == 3; }));
  EXPECT_TRUE(site2.requests().empty());
  EXPECT_EQ(LoneLink::shown(link.ask()), "200");
}

TEST(WarmLink, is_opened_again_before_its_rest_ends_it) {
  const FakeSite site2(answering(document_answer()));
  LoneLink link(site2, [](RemoteSiteSettings& site) {
    site.links = {.warm = 1, .retry = 10ms};
    site.idle_timeout = 200ms;
  });
  EXPECT_TRUE(link.work_until([&] { return site2.connections() >= 4; }));
}

TEST(WarmLink, does_not_hammer_a_site_that_ends_every_connection) {
  const FakeSite site2([](SiteConnection& connection) { connection.cut(); }, {.door = Door::Plain});
  const auto begin = Clock::now();
  LoneLink link(site2, warm(1, 100ms));
  ASSERT_TRUE(link.work_until([&] { return site2.connections() >= 5; }));
  EXPECT_GE(Clock::now() - begin, 4 * 80ms);
}

TEST(WarmLink, is_not_opened_again_before_its_time) {
  const FakeSite site2([](SiteConnection& connection) { connection.cut(); }, {.door = Door::Plain});
  LoneLink link(site2, warm(1, 10min));
  const auto two_rounds = Deadline::after(2500ms);  // of its housekeeping, and more
  ASSERT_TRUE(link.work_until([&] { return two_rounds.passed(); }));
  EXPECT_EQ(site2.connections(), 1U);
}

TEST(WarmLink, opens_in_a_round_no_more_than_it_shall_have) {
  const FakeSite site2(answering(document_answer()));
  const auto begin = Clock::now();
  LoneLink link(site2, [](RemoteSiteSettings& site) {
    site.links = {.warm = 2, .retry = 100ms, .max_age = 0ms};  // none is ever good enough
  });
  ASSERT_TRUE(link.work_until([&] { return site2.connections() >= 7; }));
  EXPECT_GE(Clock::now() - begin, 3 * 80ms);
}

TEST(WarmLink, heals_when_the_site_comes_back) {
  const ClosedPort nobody;
  const auto port = std::make_shared<std::atomic<std::uint16_t>>(nobody.port());
  LoneLink link(
      [port](int) { return std::vector{endpoint_of(*port)}; },
      [](RemoteSiteSettings& site) { site.links = {.warm = 1, .retry = 50ms, .addresses = 0ms}; });
  ASSERT_TRUE(link.work_until([&] { return link.look_ups() == 1; }));
  const FakeSite site2(answering(document_answer()));
  *port = site2.port();
  EXPECT_TRUE(link.work_until([&] { return site2.connections() == 1; }));
}

TEST(WarmLink, that_is_being_opened_holds_up_no_end) {
  const FakeSite site2(nullptr, {.door = Door::Silent});
  LoneLink link(site2, [](RemoteSiteSettings& site) {
    site.links.warm = 1;
    site.connect_timeout = 60s;
  });
  ASSERT_TRUE(link.work_until([&] { return site2.connections() == 1; }));
  const auto begin = Clock::now();
  link.close();
  EXPECT_LT(Clock::now() - begin, 20s);
}

TEST(WarmLink, leaves_the_cap_of_its_site_alone) {
  const FakeSite site2(answering(document_answer()));
  const Hop hop(site2.port(), {.remote = [](RemoteSiteSettings& site) {
                  site.links = {.warm = 4, .retry = 100ms};
                  site.max_in_flight = 1;
                }});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(hop.ask().body, asked_task());
}

TEST(OldLink, is_replaced_however_much_it_is_used) {
  const FakeSite site2(answering(document_answer()));
  LoneLink link(site2, [](RemoteSiteSettings& site) { site.links.max_age = 100ms; });
  EXPECT_TRUE(link.work_until([&] {
    EXPECT_EQ(LoneLink::shown(link.ask()), "200");
    return site2.connections() >= 3;
  }));
}

TEST(SilentLink, takes_those_with_it_that_have_rested_as_long) {
  FakeSite site2([](SiteConnection& connection) {
    if (connection.number() >= 3)
      return answering(document_answer())(connection);
    connection.next_request();
    connection.wait_for_go();
    connection.send(document_answer());
    connection.hold();  // as if the way there had swallowed the site
  });
  LoneLink link(site2);
  const LoneLink::Asked asked[] = {link.begin_ask(), link.begin_ask(), link.begin_ask()};
  ASSERT_TRUE(link.work_until([&] { return site2.requests().size() == 3; }));
  site2.go_on();
  for (const auto& one : asked) {
    ASSERT_TRUE(link.work_until([&] { return one->has_value(); }));
    EXPECT_EQ(LoneLink::shown(**one), "200");
  }
  const auto silent = link.ask(200ms);
  ASSERT_FALSE(silent);
  EXPECT_EQ(silent.error().kind, Kind::Late);
  EXPECT_EQ(LoneLink::shown(link.ask()), "200");
  EXPECT_EQ(site2.connections(), 4U);
}

}  // namespace
}  // namespace sitegate::test
