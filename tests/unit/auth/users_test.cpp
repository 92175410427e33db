#include "auth/users.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/auth/support.hpp"

namespace sitegate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kHash =
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";

class UsersTest : public ::testing::Test {
 protected:
  std::optional<Users> load(const std::string& yaml) {
    return load_users(directory_.write("users.yaml", yaml), problems_);
  }
  test::TempDir directory_;
  Problems problems_;
};

TEST_F(UsersTest, users_are_found_by_their_whole_name) {
  const auto users =
      load("users:\n  root:\n    roles: [ADMINISTRATORS]\n    password_hash: " + kHash +
           "\n  admin1@Org1:\n    password_hash: " + kHash + "\n");
  ASSERT_TRUE(users) << problems_.to_string();
  EXPECT_EQ(users->size(), 2U);
  ASSERT_NE(users->find("root"), nullptr);
  EXPECT_EQ(users->find("root")->password_hash, kHash);
  EXPECT_EQ(users->find("Root"), nullptr);
  EXPECT_EQ(users->find("admin1"), nullptr);
}

TEST_F(UsersTest, everyone_comes_first_and_once) {
  const auto users = load(
      "users:\n  a:\n    roles: [ADMINISTRATORS, EVERYONE, TASK_PRODUCER, ADMINISTRATORS]\n"
      "    password_hash: " +
      kHash + "\n  b:\n    password_hash: " + kHash + "\n");
  ASSERT_TRUE(users) << problems_.to_string();
  EXPECT_THAT(users->find("a")->viewer.roles,
              ElementsAre("EVERYONE", "ADMINISTRATORS", "TASK_PRODUCER"));
  EXPECT_THAT(users->find("b")->viewer.roles, ElementsAre("EVERYONE"));
}

TEST_F(UsersTest, a_user_has_no_more_roles_than_a_statement_can_carry) {
  std::string roles;
  for (int i = 0; i < 31; ++i) roles += "R" + std::to_string(i) + ", ";
  EXPECT_TRUE(load("users:\n  a:\n    roles: [" + roles + "]\n    password_hash: " + kHash + "\n"))
      << problems_.to_string();
  EXPECT_FALSE(
      load("users:\n  a:\n    roles: [" + roles + "R]\n    password_hash: " + kHash + "\n"));
  EXPECT_THAT(problems_.to_string(), HasSubstr("more than 31 roles"));
}

TEST_F(UsersTest, the_org_is_given_or_follows_the_last_at_sign_or_is_system) {
  const auto users = load("users:\n  a:\n    org: Org9\n    password_hash: " + kHash +
                          "\n  b@x@Org2:\n    password_hash: " + kHash +
                          "\n  c:\n    password_hash: " + kHash + "\n");
  ASSERT_TRUE(users) << problems_.to_string();
  EXPECT_EQ(users->find("a")->viewer.org, "Org9");
  EXPECT_EQ(users->find("b@x@Org2")->viewer.org, "Org2");
  EXPECT_EQ(users->find("b@x@Org2")->viewer.user, "b@x@Org2");
  EXPECT_EQ(users->find("c")->viewer.org, "System");
}

TEST_F(UsersTest, all_problems_are_told_at_once_each_with_its_place) {
  EXPECT_FALSE(
      load("users:\n"
           "  a:\n"
           "    roles: [administrators]\n"
           "    password_hash: " +
           kHash +
           "\n"
           "  b:\n"
           "    password_hash: secret-in-the-clear\n"
           "  c:\n"
           "    passwort_hash: x\n"
           "  \"d\\x07\":\n"
           "    password_hash: " +
           kHash + "\n"));
  const std::string report = problems_.to_string();
  EXPECT_THAT(report, HasSubstr("users.yaml:3:"));
  EXPECT_THAT(report, HasSubstr("`administrators` is not the name of a role"));
  EXPECT_THAT(report, HasSubstr("users.yaml:6:"));
  EXPECT_THAT(report, HasSubstr("hash-password"));
  EXPECT_THAT(report, Not(HasSubstr("secret-in-the-clear")));
  EXPECT_THAT(report, HasSubstr("passwort_hash"));
  EXPECT_THAT(report, HasSubstr("`d?` is not the name of a user"));
}

TEST_F(UsersTest, a_hash_that_could_stop_the_gateway_is_a_problem) {
  EXPECT_FALSE(
      load("users:\n  a:\n    password_hash: $argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ$"
           "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4\n"));
  EXPECT_EQ(problems_.size(), 1U) << problems_.to_string();
}

TEST_F(UsersTest, a_hash_of_another_cost_would_tell_its_user_from_nobody) {
  EXPECT_FALSE(
      load("users:\n  a:\n    password_hash: $argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$"
           "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4\n"));
  EXPECT_EQ(problems_.size(), 1U) << problems_.to_string();
}

TEST_F(UsersTest, a_file_that_is_missing_or_no_mapping_is_a_problem) {
  EXPECT_FALSE(load_users(directory_.ref("absent.yaml"), problems_));
  EXPECT_EQ(problems_.size(), 1U);
  for (const char* yaml : {"", "[]", "users: 1", "{", "other: {}", "users:\n  a: 1"}) {
    const std::size_t before = problems_.size();
    EXPECT_FALSE(load(yaml)) << yaml;
    EXPECT_GT(problems_.size(), before) << yaml;
  }
}

TEST_F(UsersTest, a_user_that_stands_there_twice_is_a_problem) {
  EXPECT_FALSE(load("users:\n  a:\n    password_hash: " + kHash +
                    "\n  a:\n    password_hash: " + kHash + "\n"));
}

}  // namespace
}  // namespace sitegate
