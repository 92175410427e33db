#include "gateway/connection_places.hpp"

#include <gtest/gtest.h>

#include <list>
#include <thread>
#include <vector>

namespace sitegate {
namespace {

using Places = std::list<ConnectionPlaces::Place>;

/// Takes a place and keeps it; what it is told: a code's name, "" for welcome, "closed".
std::string come(ConnectionPlaces& places, Places& kept, const std::string& address) {
  auto place = places.take(address);
  if (!place)
    return "closed";
  kept.push_back(std::move(*place));
  const auto& refusal = kept.back().refusal();
  return refusal ? std::string(traits(refusal->code).name) : "";
}

TEST(ConnectionPlaces, one_address_gets_its_share_and_the_others_theirs) {
  ConnectionPlaces places(100, 2);
  Places kept;
  EXPECT_EQ(come(places, kept, "a"), "");
  EXPECT_EQ(come(places, kept, "a"), "");
  EXPECT_EQ(come(places, kept, "a"), "TooManyRequests");
  EXPECT_EQ(come(places, kept, "b"), "");
}

TEST(ConnectionPlaces, all_addresses_together_have_a_limit_too) {
  ConnectionPlaces places(2, 100);
  Places kept;
  EXPECT_EQ(come(places, kept, "a"), "");
  EXPECT_EQ(come(places, kept, ""), "");
  EXPECT_EQ(come(places, kept, "b"), "Overloaded");
  EXPECT_EQ(come(places, kept, ""), "Overloaded");
}

TEST(ConnectionPlaces, who_has_no_address_is_counted_in_all_alone) {
  ConnectionPlaces places(100, 1);
  Places kept;
  for (int i = 0; i < 100; ++i) EXPECT_EQ(come(places, kept, ""), "");
  EXPECT_EQ(come(places, kept, ""), "Overloaded");
  EXPECT_EQ(places.addresses(), 0U);
}

TEST(ConnectionPlaces, a_place_is_free_again_when_its_connection_ends) {
  ConnectionPlaces places(2, 1);
  Places kept;
  EXPECT_EQ(come(places, kept, "a"), "");
  EXPECT_EQ(come(places, kept, "a"), "TooManyRequests");
  kept.clear();
  EXPECT_EQ(come(places, kept, "a"), "");
  EXPECT_EQ(come(places, kept, "b"), "");
}

TEST(ConnectionPlaces, whoever_is_turned_away_takes_no_place_from_others) {
  ConnectionPlaces places(2, 1);
  Places kept;
  EXPECT_EQ(come(places, kept, "a"), "");
  for (int i = 0; i < 10; ++i) EXPECT_EQ(come(places, kept, "a"), "TooManyRequests");
  EXPECT_EQ(come(places, kept, "b"), "");
}

TEST(ConnectionPlaces, only_so_many_at_once_are_told_why) {
  ConnectionPlaces places(1, 1);
  Places kept;
  EXPECT_EQ(come(places, kept, "a"), "");
  for (std::size_t i = 0; i < ConnectionPlaces::kMaxTurnedAway; ++i)
    EXPECT_EQ(come(places, kept, "b"), "Overloaded");
  EXPECT_EQ(come(places, kept, "b"), "closed");
  kept.pop_back();
  EXPECT_EQ(come(places, kept, "b"), "Overloaded");
}

TEST(ConnectionPlaces, who_has_proved_nothing_leaves_half_to_the_others) {
  ConnectionPlaces places(4, 100);
  Places kept;
  const auto come_unproven = [&] {
    kept.push_back(*places.take_unproven());
    return !kept.back().refusal();
  };
  EXPECT_TRUE(come_unproven());
  EXPECT_TRUE(come_unproven());
  EXPECT_FALSE(come_unproven());
  kept.pop_back();
  EXPECT_EQ(come(places, kept, "a"), "");
  kept.front().prove();
  EXPECT_TRUE(come_unproven());
  EXPECT_EQ(come(places, kept, "b"), "Overloaded");
}

TEST(ConnectionPlaces, who_proved_nothing_counts_no_more_when_gone) {
  ConnectionPlaces places(2, 100);
  for (int i = 0; i < 3; ++i) {
    auto place = places.take_unproven();
    EXPECT_FALSE(place->refusal());
    auto moved = std::move(*place);
    if (i == 1)
      moved.prove();
  }
}

TEST(ConnectionPlaces, an_address_without_a_connection_is_forgotten) {
  ConnectionPlaces places(1000, 3);
  Places kept;
  for (int i = 0; i < 1000; ++i) come(places, kept, "address " + std::to_string(i));
  EXPECT_EQ(places.addresses(), 1000U);
  come(places, kept, "one more");
  EXPECT_EQ(places.addresses(), 1000U);
  kept.clear();
  EXPECT_EQ(places.addresses(), 0U);
}

TEST(ConnectionPlaces, hold_for_several_threads) {
  ConnectionPlaces places(50, 30);
  const auto come_and_go = [&places](const std::string& address) {
    for (int i = 0; i < 2000; ++i) {
      Places kept;
      for (int k = 0; k < 20; ++k) come(places, kept, address);
    }
  };
  {
    std::vector<std::jthread> threads;
    for (const auto* address : {"a", "a", "b", ""}) threads.emplace_back(come_and_go, address);
  }
  EXPECT_EQ(places.addresses(), 0U);
  Places kept;
  for (int i = 0; i < 30; ++i) EXPECT_EQ(come(places, kept, "a"), "");
  EXPECT_EQ(come(places, kept, "a"), "TooManyRequests");
  for (int i = 0; i < 20; ++i) EXPECT_EQ(come(places, kept, "b"), "");
  EXPECT_EQ(come(places, kept, "b"), "Overloaded");
}

}  // namespace
}  // namespace sitegate
