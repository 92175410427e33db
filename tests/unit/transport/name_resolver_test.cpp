#include "routing/transport/name_resolver.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>

namespace sitegate {
namespace {

using namespace std::chrono_literals;

class NameResolverTest : public ::testing::Test {
 protected:
  using Answer = std::optional<NameResolver::Answer>;

  Awaitable<> ask(NameResolver& resolver, Deadline deadline, Answer& answer) {
    answer = co_await resolver.resolve(deadline);
  }

  void begin(NameResolver& resolver, Deadline deadline, Answer& answer) {
    const auto on_end = [](const std::exception_ptr& thrown) { EXPECT_FALSE(thrown); };
    asio::co_spawn(io_, ask(resolver, deadline, answer), on_end);
  }

  asio::io_context io_;
};

TEST_F(NameResolverTest, an_address_needs_no_look_up) {
  for (const char* host : {"192.0.2.7", "2001:db8::7"}) {
    NameResolver resolver(io_.get_executor(), host, 8443);
    Answer answer;
    begin(resolver, Deadline::after(0ms), answer);
    io_.restart();
    io_.run();
    ASSERT_TRUE(answer && answer->endpoints.size() == 1) << host;
    EXPECT_EQ(answer->endpoints[0].address().to_string(), host);
    EXPECT_EQ(answer->endpoints[0].port(), 8443);
  }
}

TEST_F(NameResolverTest, all_who_ask_for_a_name_share_its_answer) {
  NameResolver resolver(io_.get_executor(), "localhost", 8443);
  Answer first;
  Answer second;
  begin(resolver, Deadline::after(30s), first);
  begin(resolver, Deadline::after(30s), second);
  io_.run();
  ASSERT_TRUE(first && second);
  ASSERT_FALSE(first->endpoints.empty()) << first->why;
  EXPECT_TRUE(first->endpoints[0].address().is_loopback());
  EXPECT_EQ(first->endpoints, second->endpoints);
}

TEST_F(NameResolverTest, whoever_waits_is_told_when_it_closes) {
  NameResolver resolver(io_.get_executor(), "name.invalid", 8443);
  Answer answer;
  begin(resolver, Deadline::after(30s), answer);
  const auto close = [&resolver] { resolver.close(); };
  asio::post(io_, close);
  io_.run();
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->endpoints.empty());
  EXPECT_FALSE(answer->why.empty());
}

TEST_F(NameResolverTest, a_look_up_that_outlives_its_resolver_finds_nobody) {
  Answer answer;
  {
    NameResolver resolver(io_.get_executor(), "name.invalid", 8443);
    begin(resolver, Deadline{SteadyTime::min()}, answer);
    io_.run();
  }
  io_.restart();
  io_.run();  // what it may have left behind reaches nobody
  EXPECT_FALSE(answer) << "too late is no answer";
}

}  // namespace
}  // namespace sitegate
