#include "routing/remote/delegation.hpp"

#include <set>

#include "tests/unit/remote/signed_sites.hpp"

namespace sitegate::test {
namespace {

constexpr std::int64_t kNow = 1'700'000'000;

class DelegationTest : public SignedSites {
 protected:
  std::string token(const Viewer& viewer, std::int64_t now = kNow) {
    return delegation_.statement_for(viewer, now).value().token;
  }

  Delegation delegation_{*signer_, "site1", "theirs", certificate().thumbprint};
};

TEST_F(DelegationTest, states_who_asks_and_lives_a_minute) {
  const auto accepted = peers_->check(token(viewer("admin1@Org1", {"EVERYONE", "AUDITOR"})),
                                      certificate(), "theirs", kNow);
  ASSERT_TRUE(accepted) << accepted.error().detail;
  EXPECT_EQ(accepted->principal.viewer, viewer("admin1@Org1", {"EVERYONE", "AUDITOR"}));
  EXPECT_EQ(accepted->principal.peer, "site1");
  EXPECT_EQ(accepted->expires_at, kNow + 60);
}

TEST_F(DelegationTest, is_bound_to_the_audience_and_to_our_certificate) {
  const auto statement = token(viewer("root"));
  EXPECT_TRUE(peers_->check(statement, certificate("ours"), "theirs", kNow));
  EXPECT_FALSE(peers_->check(statement, certificate("another"), "theirs", kNow));
  EXPECT_FALSE(peers_->check(statement, certificate("ours"), "another", kNow));
}

TEST_F(DelegationTest, a_statement_is_used_again_for_half_its_life) {
  const auto first = token(viewer("root"));
  EXPECT_EQ(token(viewer("root"), kNow + 1), first);
  EXPECT_EQ(token(viewer("root"), kNow + Delegation::kReuse - 1), first);
  const auto second = token(viewer("root"), kNow + Delegation::kReuse);
  EXPECT_NE(second, first);
  EXPECT_EQ(token(viewer("root"), kNow + Delegation::kReuse + 1), second);
}

TEST_F(DelegationTest, what_is_used_again_is_good_for_long_enough) {
  const auto statement = token(viewer("root"));
  EXPECT_TRUE(peers_->check(statement, certificate(), "theirs", kNow + Delegation::kReuse));
  EXPECT_GE(Delegation::kLife - Delegation::kReuse, 30);
}

TEST_F(DelegationTest, a_clock_that_went_back_makes_a_new_one) {
  const auto first = token(viewer("root"));
  EXPECT_NE(token(viewer("root"), kNow - 1), first);
}

TEST_F(DelegationTest, nobody_gets_the_statement_of_somebody_else) {
  std::set<std::string> tokens;
  const std::vector<Viewer> all{
      {"a", "Org1", {"EVERYONE"}},           {"A", "Org1", {"EVERYONE"}},
      {"a", "Org2", {"EVERYONE"}},           {"a", "Org1", {"EVERYONE", "X"}},
      {"a", "Org1", {"EVERYONE", "X", "Y"}}, {"a", "Org1", {"EVERYONE", "XY"}},
      {"a", "Org1", {"EVERYONE", "Y", "X"}}, {"aOrg1", "", {"EVERYONE"}},
      {"", "aOrg1", {"EVERYONE"}},           {"a", "Org1EVERYONE", {}},
  };
  std::size_t made = 0;
  for (const auto& who : all)
    if (const auto statement = delegation_.statement_for(who, kNow)) {
      tokens.insert(statement->token);
      ++made;
    }
  EXPECT_GE(made, 7U);
  EXPECT_EQ(tokens.size(), made);
}

TEST_F(DelegationTest, each_statement_has_an_id_of_its_own) {
  const auto first = delegation_.statement_for(viewer("a"), kNow).value();
  const auto second = delegation_.statement_for(viewer("b"), kNow).value();
  EXPECT_FALSE(first.id.empty());
  EXPECT_NE(first.id, second.id);
  EXPECT_EQ(delegation_.statement_for(viewer("a"), kNow).value().id, first.id);
}

TEST_F(DelegationTest, memory_is_bounded) {
  const auto first = token(viewer("first"));
  for (std::size_t i = 1; i < Delegation::kMaxRemembered; ++i) token(viewer(std::to_string(i)));
  EXPECT_EQ(token(viewer("first")), first);
  token(viewer("one too many"));
  EXPECT_NE(token(viewer("first")), first);
}

}  // namespace
}  // namespace sitegate::test
