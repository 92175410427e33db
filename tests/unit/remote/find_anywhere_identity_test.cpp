// As whom sites are asked for a task (CONTRACT 0.2 "Find anywhere").

#include <gmock/gmock.h>

#include "tests/unit/remote/find_anywhere_fixture.hpp"

namespace sitegate::test {
namespace {

using testing::ElementsAre;

// CONTRACT 0.2: where the caller has an identity.
TEST_F(FindAnywhereTest, sites_where_the_caller_is_nobody_are_not_asked) {
  settings_auth_ = SiteAuth::Session;
  make(2);
  EXPECT_EQ(find().error().code, ErrorCode::TaskNotFound);
  EXPECT_THAT(questions(), ElementsAre(0, 0));
}

// What a session found by its extension says nothing to another one of the same user.
TEST_F(FindAnywhereTest, a_location_found_by_an_extension_is_remembered_for_that_session_alone) {
  settings_auth_ = SiteAuth::Session;
  make(2);
  const auto extensions_of = [&](char session, const std::string& site) {
    const std::string key(32, session);
    return std::make_shared<const Extensions>(
        Extensions{key, {{site, "Org2", sealer_.seal("token", key, site)}}});
  };
  links_[0]->next = SiteAnswer{200, {}, document_of(kId)};
  extensions_ = extensions_of('a', "site2");
  ASSERT_TRUE(find());
  extensions_ = extensions_of('b', "site3");
  EXPECT_EQ(find().error().code, ErrorCode::TaskNotFound);
  EXPECT_THAT(questions(), ElementsAre(1, 1));
}

}  // namespace
}  // namespace sitegate::test
