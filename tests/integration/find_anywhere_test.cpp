// Questions to all sites over real connections: what becomes of those whose answer is not needed.

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/integration/support/hop.hpp"

namespace sitegate::test {
namespace {

using namespace std::chrono_literals;

/// site1 between two sites that do what the test says; both show the certificate of site2.
class BetweenTwo {
 public:
  BetweenTwo(std::uint16_t first, std::uint16_t second)
      : site1_({.sites = {remote("first", first), remote("second", second)}}),
        tenant_(site1_.login("admin1@Org1")) {}

  Answer ask() const { return site1_.get("/tasks/" + kTaskId, tenant_); }

 private:
  static RemoteSiteSettings remote(const std::string& name, std::uint16_t port) {
    auto site = remote_site("site2", port);
    site.name = name;
    return site;
  }
  TestGateway site1_;
  Fields tenant_;
};

TEST(FindAnywhere, the_first_that_has_it_wins) {
  const FakeSite first(answering(answer_text(404, api_error_text("TaskNotFound"))));
  const FakeSite second(answering(answer_text(200, asked_task())));
  const BetweenTwo site1(first.port(), second.port());
  const auto answer = site1.ask();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, asked_task());
  EXPECT_EQ(answer.field("Proxy-Status"),
            "sitegate-site1; next-hop=\"second\"; received-status=200");
}

TEST(FindAnywhere, a_loser_that_says_nothing_is_given_up) {
  std::atomic<bool> ended = false;
  const FakeSite loser([&ended](SiteConnection& connection) {
    connection.next_request();
    connection.hold();  // until site1 ends it, long before the three seconds of a search
    ended = true;
  });
  const FakeSite winner([&loser](SiteConnection& connection) {
    connection.next_request();
    loser.await_requests(1);  // whom nobody asked yet, nobody has to give up
    connection.send(answer_text(200, asked_task()));
    connection.hold();
  });
  const auto began = std::chrono::steady_clock::now();
  const BetweenTwo site1(loser.port(), winner.port());
  EXPECT_EQ(site1.ask().status, 200);
  while (!ended && std::chrono::steady_clock::now() - began < kWireTime)
    std::this_thread::sleep_for(5ms);
  EXPECT_TRUE(ended);
}

TEST(FindAnywhere, a_site_that_swallows_the_question_is_named_when_the_time_is_over) {
  const FakeSite silent([](SiteConnection& connection) { connection.hold(); });
  const auto in_a_moment = [](Settings& settings) { settings.routing.find_anywhere_time = 300ms; };
  TestGateway site1({.sites = {remote_site("site2", silent.port())}, .tune = in_a_moment});
  const auto answer = site1.get("/tasks/" + kTaskId, site1.login("admin1@Org1"));
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.api_error().code, "SiteUnavailable");
  EXPECT_EQ(answer.api_error().args, std::vector<std::string>{"site2"});
  EXPECT_EQ(answer.api_error().stacktrace, "site1: SiteUnavailable");
  EXPECT_EQ(answer.field("Proxy-Status"), "sitegate-site1; error=destination_unavailable");
}

}  // namespace
}  // namespace sitegate::test
