#include "gateway/descriptors.hpp"

#include <gtest/gtest.h>

namespace sitegate {
namespace {

TEST(Descriptors, every_lookup_at_a_site_has_one_in_reserve) {
  Settings settings;
  const auto without_sites = reserved_descriptors(settings, 2);
  settings.sites.resize(3);
  for (auto& site : settings.sites) site.max_in_flight = 100;
  EXPECT_EQ(reserved_descriptors(settings, 2), without_sites + 300);
}

TEST(Descriptors, workers_and_listeners_have_theirs) {
  Settings settings;
  const auto one_worker = reserved_descriptors(settings, 1);
  EXPECT_GT(reserved_descriptors(settings, 2), one_worker);
  settings.listeners.resize(3);
  EXPECT_EQ(reserved_descriptors(settings, 1), one_worker + 3);
}

TEST(Descriptors, callers_get_what_is_not_reserved) {
  EXPECT_EQ(connections_that_fit(20000, 1048576, 256), 20000U);
  EXPECT_EQ(connections_that_fit(20000, 4096, 256), 3840U);
  EXPECT_EQ(connections_that_fit(100, 4096, 256), 100U);
}

TEST(Descriptors, callers_get_half_of_them_where_they_are_few) {
  EXPECT_EQ(connections_that_fit(20000, 400, 256), 200U);
  EXPECT_EQ(connections_that_fit(20000, 513, 256), 256U);
  EXPECT_EQ(connections_that_fit(20000, 514, 256), 258U);
}

}  // namespace
}  // namespace sitegate
