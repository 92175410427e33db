#include "routing/transport/name_resolver.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <future>

namespace sitegate {
namespace {

using namespace std::chrono_literals;

class NameResolverTest : public ::testing::Test {
 protected:
  using Answer = std::optional<NameResolver::Answer>;

  Awaitable<> resolve(NameResolver& resolver, Deadline deadline, Answer& answer) {
    answer = co_await resolver.resolve(deadline);
  }

  void begin(NameResolver& resolver, Deadline deadline, Answer& answer) {
    const auto on_end = [](const std::exception_ptr& thrown) { EXPECT_FALSE(thrown); };
    asio::co_spawn(io_, resolve(resolver, deadline, answer), on_end);
  }

  Answer ask(NameResolver& resolver, Deadline deadline = Deadline::after(30s)) {
    Answer answer;
    begin(resolver, deadline, answer);
    io_.restart();
    io_.run();
    return answer;
  }

  /// The port says which look-up it was, from 1 on; 0: nothing was found.
  static int found(const Answer& answer) {
    return answer && !answer->endpoints.empty() ? answer->endpoints[0].port() : 0;
  }

  static NameResolver::Answer nth_address(int n) {
    return {{{asio::ip::make_address("192.0.2.7"), static_cast<std::uint16_t>(n)}}, {}};
  }

  /// The n-th look-up gets what `answers` says of n.
  NameResolver resolver(NameResolver::Times times,
                        std::function<NameResolver::Answer(int)> answers = nth_address) {
    return {io_.get_executor(), "site.test", 443, times,
            [count = look_ups_, answers = std::move(answers)](const std::string&, std::uint16_t) {
              return answers(++*count);
            }};
  }

  asio::io_context io_;
  std::shared_ptr<std::atomic<int>> look_ups_ = std::make_shared<std::atomic<int>>(0);
};

TEST_F(NameResolverTest, an_address_needs_no_look_up) {
  for (const char* host : {"192.0.2.7", "2001:db8::7"}) {
    NameResolver resolver(io_.get_executor(), host, 8443, {});
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
  NameResolver resolver(io_.get_executor(), "localhost", 8443, {});
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
  NameResolver resolver(io_.get_executor(), "name.invalid", 8443, {});
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
    NameResolver resolver(io_.get_executor(), "name.invalid", 8443, {});
    begin(resolver, Deadline{SteadyTime::min()}, answer);
    io_.run();
  }
  io_.restart();
  io_.run();  // what it may have left behind reaches nobody
  EXPECT_FALSE(answer) << "too late is no answer";
}

TEST_F(NameResolverTest, what_was_found_is_believed_while_it_is_fresh) {
  auto name = resolver({.fresh = 1h});
  EXPECT_EQ(found(ask(name)), 1);
  EXPECT_EQ(found(ask(name)), 1);
  EXPECT_EQ(*look_ups_, 1);
}

TEST_F(NameResolverTest, what_is_no_longer_fresh_is_asked_for_again) {
  auto name = resolver({.fresh = 0ms});
  EXPECT_EQ(found(ask(name)), 1);
  EXPECT_EQ(found(ask(name)), 2);
}

TEST_F(NameResolverTest, an_address_that_did_not_work_is_asked_for_again_at_once) {
  auto name = resolver({.fresh = 1h, .pause = 0ms});
  EXPECT_EQ(found(ask(name)), 1);
  name.doubt();
  EXPECT_EQ(found(ask(name)), 2);
  EXPECT_EQ(found(ask(name)), 2);
}

TEST_F(NameResolverTest, between_two_look_ups_is_a_pause_whatever_they_found) {
  auto finds = resolver({.fresh = 1h, .pause = 1h});
  EXPECT_EQ(found(ask(finds)), 1);
  finds.doubt();
  EXPECT_EQ(found(ask(finds)), 1);
  EXPECT_EQ(*look_ups_, 1);
  auto fails = resolver({.fresh = 1h, .pause = 1h}, [](int n) {
    return NameResolver::Answer{{}, std::to_string(n)};
  });
  for (int i = 0; i < 2; ++i) {
    const auto answer = ask(fails);
    ASSERT_TRUE(answer);
    EXPECT_TRUE(answer->endpoints.empty());
    EXPECT_EQ(answer->why, "2");
  }
  EXPECT_EQ(*look_ups_, 2);
}

TEST_F(NameResolverTest, addresses_stay_when_a_look_up_fails) {
  auto name = resolver({.fresh = 0ms, .pause = 0ms}, [](int n) {
    return n == 2 ? NameResolver::Answer{{}, "no name server answers"} : nth_address(n);
  });
  EXPECT_EQ(found(ask(name)), 1);
  EXPECT_EQ(found(ask(name)), 1) << "the second look-up failed";
  EXPECT_EQ(found(ask(name)), 3);
}

TEST_F(NameResolverTest, addresses_that_are_known_wait_for_no_look_up_that_hangs) {
  auto release = std::make_shared<std::promise<void>>();
  auto name = resolver({.fresh = 1h, .pause = 0ms, .patience = 0ms}, [release](int n) {
    if (n == 2)
      release->get_future().wait();
    return nth_address(n);
  });
  EXPECT_EQ(found(ask(name)), 1);
  name.doubt();
  EXPECT_EQ(found(ask(name)), 1);
  EXPECT_EQ(found(ask(name)), 1);
  const auto held = asio::make_work_guard(io_);
  release->set_value();
  io_.restart();
  io_.run_one_for(30s);  // what it found arrives
  EXPECT_EQ(*look_ups_, 2) << "one at a time";
  const auto believed = Deadline{SteadyTime::min()};  // no time to wait for another
  Answer answer;
  begin(name, believed, answer);
  io_.run_one_for(30s);
  EXPECT_EQ(found(answer), 2);
}

TEST_F(NameResolverTest, a_look_up_that_hangs_is_waited_for_where_nothing_is_known) {
  auto release = std::make_shared<std::promise<void>>();
  auto name = resolver({.patience = 0ms}, [release](int n) {
    release->get_future().wait();
    return nth_address(n);
  });
  EXPECT_FALSE(ask(name, Deadline{SteadyTime::min()})) << "until the deadline";
  Answer answer;
  begin(name, Deadline::after(30s), answer);
  release->set_value();
  io_.restart();
  io_.run();
  EXPECT_EQ(found(answer), 1);
}

}  // namespace
}  // namespace sitegate
