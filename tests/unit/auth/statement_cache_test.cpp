#include "auth/statement_cache.hpp"

#include "tests/unit/auth/statement_fixture.hpp"

namespace sitegate {
namespace {

using test::kStatementNow;

class StatementCacheTest : public test::StatementTest {
 protected:
  Result<Principal> ask(std::string_view token, std::int64_t now = kStatementNow) {
    return cache_.accept(token, certificate_of("east"), now);
  }
  std::string token_until(std::int64_t expires_at) const {
    StatementClaims made = claims();
    made.issued_at = expires_at - 60;
    made.expires_at = expires_at;
    return signer_->sign(made).value();
  }
  StatementCache cache_{*peers_, "west"};
};

TEST_F(StatementCacheTest, answers_the_second_time_as_the_first) {
  const std::string token = signer_->sign(claims()).value();
  const auto first = ask(token);
  ASSERT_TRUE(first);
  EXPECT_EQ(cache_.size(), 1U);
  const auto second = ask(token);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->viewer, first->viewer);
  EXPECT_EQ(second->peer, "east");
  EXPECT_EQ(cache_.size(), 1U);
}

TEST_F(StatementCacheTest, a_remembered_statement_is_refused_on_another_certificate) {
  const std::string token = signer_->sign(claims()).value();
  ASSERT_TRUE(ask(token));
  ClientCertificate other = certificate_of("east");
  other.thumbprint = sha256("another");
  EXPECT_FALSE(cache_.accept(token, other, kStatementNow));
  EXPECT_FALSE(cache_.accept(token, certificate_of("north"), kStatementNow));
}

TEST_F(StatementCacheTest, refusals_are_not_remembered) {
  EXPECT_FALSE(ask("a.b.c"));
  EXPECT_EQ(cache_.size(), 0U);
  const std::string early = token_until(kStatementNow + 130);
  EXPECT_FALSE(ask(early));
  EXPECT_TRUE(ask(early, kStatementNow + 10)) << "its time has come";
}

TEST_F(StatementCacheTest, a_remembered_statement_expires) {
  const std::string token = signer_->sign(claims()).value();
  ASSERT_TRUE(ask(token));
  EXPECT_TRUE(ask(token, kStatementNow + 59));
  EXPECT_TRUE(ask(token, kStatementNow + 119)) << "within the tolerance, checked anew";
  EXPECT_FALSE(ask(token, kStatementNow + 120));
}

TEST_F(StatementCacheTest, what_is_good_by_tolerance_only_is_not_remembered) {
  EXPECT_TRUE(ask(token_until(kStatementNow)));
  EXPECT_EQ(cache_.size(), 0U);
}

TEST_F(StatementCacheTest, expired_entries_make_room) {
  ASSERT_TRUE(ask(token_until(kStatementNow + 1)));
  ASSERT_TRUE(ask(token_until(kStatementNow + 2)));
  ASSERT_TRUE(ask(token_until(kStatementNow + 60), kStatementNow + 2));
  EXPECT_EQ(cache_.size(), 1U);
}

TEST_F(StatementCacheTest, holds_no_more_than_its_bound) {
  StatementCache small(*peers_, "west", 3);
  for (int i = 0; i < 10; ++i) {
    StatementClaims made = claims();
    made.id = std::to_string(i);
    ASSERT_TRUE(small.accept(signer_->sign(made).value(), certificate_of("east"), kStatementNow));
    EXPECT_LE(small.size(), 3U);
  }
}

}  // namespace
}  // namespace sitegate
