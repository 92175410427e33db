// Finished tasks that are kept: for whom, for how long, and how many.

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "routing/remote/shared_lookups.hpp"
#include "tests/unit/remote/fake_link.hpp"

namespace sitegate::test {
namespace {

using namespace std::chrono_literals;

constexpr SteadyTime kBegin{100h};

class FinishedTasksTest : public testing::Test {
 protected:
  asio::io_context context_;
  WorkerIo io_{context_};
  RoutingSettings routing_;
  SharedLookups shared_{io_, routing_};
};

TEST_F(FinishedTasksTest, what_is_kept_has_an_end_in_time_and_in_size) {
  routing_.keep_finished = 10s;
  routing_.keep_finished_size = 100;
  shared_.keep("a", std::string(39, 'x'), kBegin);
  shared_.keep("b", std::string(39, 'y'), kBegin);
  EXPECT_EQ(shared_.kept_octets(), 80U);
  EXPECT_TRUE(shared_.kept("a", kBegin + 9s));  // now b is the one that was used least recently
  shared_.keep("c", std::string(39, 'z'), kBegin + 9s);
  EXPECT_FALSE(shared_.kept("b", kBegin + 9s));
  EXPECT_TRUE(shared_.kept("a", kBegin + 9s));
  EXPECT_FALSE(shared_.kept("a", kBegin + 10s)) << "use does not make it younger";
  EXPECT_EQ(shared_.kept_octets(), 40U);
  shared_.keep("d", std::string(100, 'x'), kBegin + 10s);
  EXPECT_FALSE(shared_.kept("d", kBegin + 10s)) << "too large for itself";
  EXPECT_TRUE(shared_.kept("c", kBegin + 10s));
  shared_.keep("c", "new", kBegin + 10s);
  EXPECT_EQ(shared_.kept("c", kBegin + 19s), "new");
  EXPECT_EQ(shared_.kept_octets(), 4U);
}

/// Random users, roles, sessions there and times, against a site that knows who may see what.
TEST_F(FinishedTasksTest, nobody_gets_what_the_site_would_not_have_told_him) {
  routing_.keep_finished = 1h;
  routing_.keep_finished_size = 20'000;
  std::mt19937 random(20261126);
  const auto pick = [&random](int n) {
    return static_cast<int>(random() % static_cast<unsigned>(n));
  };
  std::map<std::string, int> generation;  // of a user's session at the site
  for (int step = 0; step < 3000; ++step) {
    Viewer who{pick(2) == 0 ? "ann@A" : "bob@B", "Org1", {std::string(kRoleEveryone)}};
    if (pick(3) == 0)
      who.roles.emplace_back(kRoleAdministrators);
    ExtensionsPtr extensions;
    std::string seen_as = who.key();
    if (pick(3) == 0) {
      auto& opened = generation[who.user];
      opened += pick(5) == 0 ? 1 : 0;
      seen_as = "session " + who.user + std::to_string(opened);
      extensions = std::make_shared<Extensions>(Extensions{
          "key of " + who.user, {Extension{"site2", "O", "sealed" + std::to_string(opened)}}});
    }
    Lookup lookup{.id = *TaskId::parse(kId),
                  .viewer = who,
                  .operation_id = "op",
                  .deadline = Deadline::after(1s),
                  .extensions = extensions};
    const auto key = shared_key("site2", lookup, extensions ? extensions->at("site2") : nullptr);
    const auto now = kBegin + step * 1s;
    if (const auto found = shared_.kept(key, now))
      EXPECT_EQ(*found, seen_as);
    else if (pick(2) == 0)
      shared_.keep(key, seen_as, now);
    EXPECT_LE(shared_.kept_octets(), 20'000U);
  }
}

}  // namespace
}  // namespace sitegate::test
