// A site's name and its addresses: several of them, new ones, none any more.

#include "tests/integration/support/lone_link.hpp"
#include "tests/integration/support/site_rows.hpp"

namespace sitegate::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Kind = LinkFailure::Kind;

/// The same addresses in answer to every look-up.
std::function<std::vector<asio::ip::tcp::endpoint>(int)> always(
    const std::vector<std::uint16_t>& ports) {
  std::vector<asio::ip::tcp::endpoint> endpoints;
  for (const auto port : ports) endpoints.push_back(endpoint_of(port));
  return [endpoints](int) { return endpoints; };
}

/// A site that closes after each answer, so that each lookup needs a new connection.
FakeSite::Script answering_once() {
  return answering(answer_text(200, asked_task(), "Connection: close\r\n"));
}

TEST(SiteAddresses, are_tried_in_turn) {
  const ClosedPort nobody;
  const FakeSite site2(answering_once());
  LoneLink link(always({nobody.port(), site2.port()}));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(LoneLink::shown(link.ask()), "200");
}

TEST(SiteAddresses, behind_one_that_hangs_are_reached_and_come_first_from_then_on) {
  const FakeSite hangs(nullptr, {.door = Door::Silent});
  const FakeSite site2(answering_once());
  LoneLink link(always({hangs.port(), site2.port()}),
                [](RemoteSiteSettings& site) { site.connect_timeout = 2s; });
  for (int i = 0; i < 3; ++i) EXPECT_EQ(LoneLink::shown(link.ask()), "200");
  EXPECT_EQ(hangs.connections(), 1U);
  EXPECT_EQ(site2.connections(), 3U);
}

TEST(SiteAddresses, that_all_hang_share_the_time_to_connect) {
  const FakeSite one(nullptr, {.door = Door::Silent});
  const FakeSite other(nullptr, {.door = Door::Silent});
  LoneLink link(always({one.port(), other.port()}),
                [](RemoteSiteSettings& site) { site.connect_timeout = 400ms; });
  const auto begin = Clock::now();
  const auto outcome = link.ask();
  const auto took = Clock::now() - begin;
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, Kind::ConnectTimeout);
  EXPECT_GE(took, 390ms);
  EXPECT_LT(took, 5s);
  EXPECT_EQ(one.connections(), 1U);
  EXPECT_EQ(other.connections(), 1U);
}

TEST(SiteAddresses, are_not_tried_further_after_a_foreign_certificate) {
  const FakeSite foreign(answering_once(), {.identity = Papers::all().of("site3").credential});
  const FakeSite site2(answering_once());
  LoneLink link(always({foreign.port(), site2.port()}));
  const auto outcome = link.ask();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, Kind::ForeignIdentity);
  EXPECT_EQ(site2.connections(), 0U);
}

TEST(SiteAddresses, are_believed_while_they_are_fresh) {
  const FakeSite site2(answering_once());
  LoneLink link(site2);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(LoneLink::shown(link.ask()), "200");
  EXPECT_EQ(link.look_ups(), 1);
}

TEST(SiteAddresses, are_looked_up_again_after_one_did_not_work) {
  auto old_place = std::make_unique<FakeSite>(answering_once());
  const FakeSite new_place(answering_once());
  const auto old_port = old_place->port();
  LoneLink link([old_port, new_port = new_place.port()](int n) {
    return std::vector{endpoint_of(n == 1 ? old_port : new_port)};
  });
  EXPECT_EQ(LoneLink::shown(link.ask()), "200");
  old_place.reset();
  EXPECT_TRUE(link.work_until([&] { return link.ask().has_value(); }));
  EXPECT_EQ(link.look_ups(), 2);
  EXPECT_EQ(new_place.connections(), 1U);
}

TEST(SiteAddresses, that_worked_stay_when_the_name_is_known_no_longer) {
  const FakeSite site2(answering_once());
  LoneLink link(
      [port = site2.port()](int n) {
        return n == 1 ? std::vector{endpoint_of(port)} : std::vector<asio::ip::tcp::endpoint>{};
      },
      [](RemoteSiteSettings& site) { site.links.addresses = 0ms; });
  for (int i = 0; i < 3; ++i) EXPECT_EQ(LoneLink::shown(link.ask()), "200");
  EXPECT_EQ(link.look_ups(), 2) << "and the failed one is not repeated at once";
}

TEST(SiteAddresses, of_a_name_that_was_never_found_are_none) {
  LoneLink link(always({}));
  const auto outcome = link.ask();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, Kind::Unresolved);
}

}  // namespace
}  // namespace sitegate::test
