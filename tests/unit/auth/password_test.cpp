#include "auth/password.hpp"

#include <gtest/gtest.h>

namespace sitegate {
namespace {

// From the test suite of the argon2 reference implementation: made by others.
const std::string kForeignHash =
    "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";

TEST(Password, a_right_password_is_accepted_and_a_wrong_one_is_not) {
  const std::string hash = hash_password("correct horse");
  EXPECT_TRUE(verify_password(hash, "correct horse"));
  EXPECT_FALSE(verify_password(hash, "correct horse "));
  EXPECT_FALSE(verify_password(hash, ""));
}

TEST(Password, a_password_may_hold_nul_and_be_empty) {
  const std::string_view with_nul("a\0b", 3);
  EXPECT_TRUE(verify_password(hash_password(with_nul), with_nul));
  EXPECT_FALSE(verify_password(hash_password(with_nul), "a"));
  EXPECT_TRUE(verify_password(hash_password(""), ""));
}

TEST(Password, hashes_have_the_decided_parameters_and_a_fresh_salt) {
  const std::string hash = hash_password("x");
  EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$")) << hash;
  // 16 octets of salt and 32 of hash, in base64 without padding.
  EXPECT_EQ(hash.size(), std::string("$argon2id$v=19$m=19456,t=2,p=1$").size() + 22 + 1 + 43);
  EXPECT_TRUE(is_password_hash(hash));
  EXPECT_NE(hash, hash_password("x"));
}

TEST(Password, a_hash_made_by_the_reference_implementation_is_verified) {
  EXPECT_TRUE(is_password_hash(kForeignHash));
  EXPECT_TRUE(verify_password(kForeignHash, "password"));
  EXPECT_FALSE(verify_password(kForeignHash, "Password"));
}

TEST(Password, the_dummy_costs_as_much_as_a_real_hash_and_fits_no_password) {
  EXPECT_TRUE(is_password_hash(dummy_password_hash()));
  EXPECT_EQ(dummy_password_hash().size(), hash_password("x").size());
  EXPECT_TRUE(dummy_password_hash().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
  EXPECT_FALSE(verify_password(dummy_password_hash(), ""));
}

std::string hash_with(const std::string& parameters) {
  return "$argon2id$v=19$" + parameters +
         "$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
}

TEST(Password, a_costly_hash_is_no_hash) {
  EXPECT_TRUE(is_password_hash(hash_with("m=65536,t=10,p=4")));
  for (const char* parameters :
       {"m=65537,t=2,p=1", "m=256,t=11,p=1", "m=256,t=2,p=5", "m=4294967295,t=2,p=1",
        "m=4294967552,t=2,p=1", "m=99999999999999999999,t=2,p=1"}) {
    EXPECT_FALSE(is_password_hash(hash_with(parameters))) << parameters;
    EXPECT_FALSE(verify_password(hash_with(parameters), "password")) << parameters;
  }
}

TEST(Password, other_forms_are_no_hash) {
  for (const std::string& text :
       {std::string(), std::string("password"),
        std::string("$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$"
                    "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"),
        std::string("$argon2id$v=16$m=256,t=2,p=1$c29tZXNhbHQ$"
                    "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"),
        std::string("$2y$10$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234"),
        hash_with("m=0,t=2,p=1"), hash_with("m=256,t=0,p=1"), hash_with("m=256,t=2,p=0"),
        hash_with("m=7,t=2,p=1"), hash_with("m=+256,t=2,p=1"), hash_with("m=0256,t=2,p=1"),
        hash_with("t=2,m=256,p=1"), kForeignHash + "=", kForeignHash + "$x",
        kForeignHash.substr(0, kForeignHash.size() - 1) + "5",  // trailing bits
        kForeignHash + std::string(1, '\0'), kForeignHash.substr(0, kForeignHash.rfind('$') + 1),
        kForeignHash.substr(0, kForeignHash.rfind('$'))})
    EXPECT_FALSE(is_password_hash(text)) << text;
}

}  // namespace
}  // namespace sitegate
