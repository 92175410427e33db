// Callers who rest between two requests, longer than a coroutine waits for them: with TLS and a
// real clock, which is what is waited for. In the sweep's time:
// tests/unit/gateway/sleeping_caller_test.cpp.

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

}  // namespace
}  // namespace sitegate::test
