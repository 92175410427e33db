#include "routing/site_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sitegate::test {
namespace {

using testing::ElementsAre;

class SiteDirectoryTest : public testing::Test {
 protected:
  static Settings settings() {
    Settings settings;
    settings.site.name = "site1";
    for (const char* name : {"Site1", "alpha", "site10", "site2"}) {  // sorted, as loaded
      RemoteSiteSettings site;
      site.name = name;
      site.remote_name = "remote-" + site.name;
      settings.sites.push_back(site);
    }
    return settings;
  }

  /// "local", the name of the remote site, or the name of the error.
  std::string resolve(const std::optional<std::string>& site, bool from_gateway = false) const {
    const auto route = directory_.resolve(site, from_gateway);
    if (!route) {
      EXPECT_THAT(route.error().args, ElementsAre(site.value_or("")));
      return std::string(traits(route.error().code).name);
    }
    const auto* remote = std::get_if<RemoteRoute>(&*route);
    return remote == nullptr ? "local" : settings_.sites.at(remote->site).name;
  }

  Settings settings_ = settings();
  SiteDirectory directory_{settings_};
};

TEST_F(SiteDirectoryTest, no_site_and_its_own_name_are_the_local_site) {
  EXPECT_EQ(resolve(std::nullopt), "local");
  EXPECT_EQ(resolve("site1"), "local");
}

TEST_F(SiteDirectoryTest, every_configured_site_is_found_by_its_name) {
  for (const char* name : {"Site1", "alpha", "site10", "site2"}) EXPECT_EQ(resolve(name), name);
}

TEST_F(SiteDirectoryTest, names_match_whole_and_exactly) {
  for (const char* name : {"", "s", "site", "site100", "site20", "SITE1", "ALPHA", "alpha ",
                           "remote-alpha", "*", "zulu", "0"})
    EXPECT_EQ(resolve(name), "SiteNotFound") << name;
}

TEST_F(SiteDirectoryTest, what_came_from_a_gateway_is_answered_here_or_not_at_all) {
  EXPECT_EQ(resolve(std::nullopt, true), "local");
  EXPECT_EQ(resolve("site1", true), "local");
  EXPECT_EQ(resolve("site2", true), "LoopDetected");
  EXPECT_EQ(resolve("nowhere", true), "SiteNotFound");
}

TEST(SiteDirectory, a_gateway_without_neighbours_knows_itself) {
  Settings settings;
  settings.site.name = "alone";
  const SiteDirectory directory(settings);
  EXPECT_TRUE(directory.resolve("alone", false));
  EXPECT_FALSE(directory.resolve("site2", false));
}

}  // namespace
}  // namespace sitegate::test
