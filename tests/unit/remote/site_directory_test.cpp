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
    if (std::holds_alternative<AnywhereRoute>(*route))
      return "anywhere";
    const auto* remote = std::get_if<RemoteRoute>(&*route);
    return remote == nullptr ? "local" : settings_.sites.at(remote->site).name;
  }

  Settings settings_ = settings();
  SiteDirectory directory_{settings_};
};

TEST_F(SiteDirectoryTest, its_own_name_is_the_local_site_and_no_name_is_anywhere) {
  EXPECT_EQ(resolve("site1"), "local");
  EXPECT_EQ(resolve(std::nullopt), "anywhere");
  EXPECT_THAT(directory_.searched(), ElementsAre(0, 1, 2, 3));
}

TEST(SiteDirectory, a_site_may_stay_out_of_searches) {
  Settings settings;
  settings.site.name = "site1";
  settings.sites.resize(3);
  settings.sites[1].find_anywhere = false;
  EXPECT_THAT(SiteDirectory(settings).searched(), ElementsAre(0, 2));
  settings.routing.find_anywhere = false;
  const SiteDirectory searches_nothing(settings);
  EXPECT_THAT(searches_nothing.searched(), testing::IsEmpty());
  EXPECT_TRUE(std::holds_alternative<LocalRoute>(*searches_nothing.resolve(std::nullopt, false)));
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
  EXPECT_TRUE(std::holds_alternative<LocalRoute>(*directory.resolve(std::nullopt, false)));
  EXPECT_FALSE(directory.resolve("site2", false));
}

}  // namespace
}  // namespace sitegate::test
