// Callers who rest between two requests, longer than a coroutine waits for them: two seconds.

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "tests/integration/support/test_gateway.hpp"

namespace sitegate::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kLongRest = 2300ms;
constexpr auto kAtOnce = 1500ms;  // of a machine that has much else to do

TEST(RestingCaller, is_served_after_every_rest) {
  TestGateway gateway;
  gateway.put_task(task_id(1), task_document(task_id(1), "admin1@Org1", "site1"));
  const auto who = gateway.login("root");
  auto client = gateway.client();
  const auto target = "/tasks/" + task_id(1);
  EXPECT_EQ(client.get(target, who).status, 200);
  for (int i = 0; i < 2; ++i) {
    std::this_thread::sleep_for(kLongRest);
    EXPECT_EQ(client.get(target, who).status, 200);
    EXPECT_EQ(client.get(target, who).status, 200);
  }
}

TEST(RestingCaller, who_has_asked_nothing_yet_is_served_as_well) {
  const TestGateway gateway;
  auto client = gateway.client();
  std::this_thread::sleep_for(kLongRest);
  EXPECT_EQ(client.get("/tasks/" + task_id(1)).status, 401);
}

TEST(RestingCaller, may_send_a_request_in_pieces_and_several_at_once) {
  const TestGateway gateway;
  auto client = gateway.admin();
  const auto text = request_text("GET", "/livez", {});
  std::this_thread::sleep_for(kLongRest);
  client.send(text.substr(0, 1));
  std::this_thread::sleep_for(kLongRest);  // begun: this is no rest
  client.send(text.substr(1) + text + "\r\n" + text);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.read_answer().status, 200);
}

TEST(RestingCaller, rests_as_long_as_he_may_and_no_longer) {
  const TestGateway gateway({.tune = [](Settings& settings) { settings.limits.idle = 2500ms; }});
  auto client = gateway.client();
  const auto begin = Clock::now();
  EXPECT_EQ(client.get("/tasks/" + task_id(1)).status, 401);
  const auto answered = Clock::now();
  EXPECT_EQ(client.wait_for_end(), WireEnd::Closed);
  EXPECT_GE(Clock::now() - begin, 2500ms);
  EXPECT_LT(Clock::now() - answered, 2500ms + kAtOnce);
}

TEST(RestingCaller, goes_at_once_when_the_gateway_stops) {
  TestGateway gateway;
  std::vector<TestClient> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(gateway.client());
    EXPECT_EQ(clients.back().get("/tasks/" + task_id(1)).status, 401);
  }
  std::this_thread::sleep_for(kLongRest);
  const auto begin = Clock::now();
  gateway.stop();
  for (auto& client : clients) EXPECT_EQ(client.wait_for_end(), WireEnd::Closed);
  EXPECT_LT(Clock::now() - begin, kAtOnce);
  clients.clear();
  gateway.wait();
}

TEST(RestingCaller, who_has_asked_nothing_yet_has_three_seconds_when_the_gateway_stops) {
  TestGateway gateway({.tune = [](Settings& settings) { settings.limits.shutdown = 10s; }});
  std::vector<TestClient> clients;
  for (const auto until_the_next : {800ms, 1000ms, 500ms}) {  // then the first one sleeps
    clients.push_back(gateway.client());
    std::this_thread::sleep_for(until_the_next);
  }
  auto late = gateway.client();
  gateway.stop();
  std::this_thread::sleep_for(2300ms);
  for (auto& client : clients) EXPECT_EQ(client.get("/tasks/" + task_id(1)).status, 401);
  EXPECT_EQ(late.wait_for_end(), WireEnd::Closed);
}

TEST(RestingCaller, who_leaves_in_the_middle_of_his_rest_leaves_nothing) {
  TestGateway gateway({.tune = [](Settings& settings) { settings.limits.idle = 1h; }});
  {
    auto client = gateway.client();
    EXPECT_EQ(client.get("/tasks/" + task_id(1)).status, 401);
    std::this_thread::sleep_for(kLongRest);
  }
  gateway.stop();
  gateway.wait();
}

}  // namespace
}  // namespace sitegate::test
