#include "contract/secrets.hpp"

#include <gtest/gtest.h>

namespace sitegate {
namespace {

const std::string kToken = "hZx1dV0kT3m-9QbL2s_RfWcYpA7uNeGjK4oIvM8tS6E";
const std::string kJwt = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJlYXN0In0." + kToken + kToken;

TEST(Secrets, a_token_is_hidden_wherever_it_stands) {
  ASSERT_EQ(kToken.size(), kTokenCharacters);
  EXPECT_EQ(without_secrets(kToken), "(secret)");
  EXPECT_EQ(without_secrets("/tasks/" + kToken + "/x"), "/tasks/(secret)/x");
  EXPECT_EQ(without_secrets(kToken + ", " + kToken), "(secret), (secret)");
  EXPECT_EQ(without_secrets("Bearer " + kToken + "x"), "Bearer (secret)");
}

TEST(Secrets, a_statement_is_hidden_however_short) {
  EXPECT_EQ(without_secrets(kJwt), "(secret).(secret).(secret)");
  EXPECT_EQ(without_secrets("?t=eyJhIjoxfQ.eyJ9."), "?t=(secret).(secret).");
}

TEST(Secrets, what_is_none_stays_as_it_is) {
  for (const std::string text :
       {"", "/", "//tasks/f61d60d2-698a-46dc-a266-88df27644956", "eyes", "~!*'();:@&=+$,?",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "a-site-with-a-rather-long-name-of-lower-case-letters-1", "\xFF\x01"})
    EXPECT_EQ(without_secrets(text), text);
  EXPECT_EQ(without_secrets(kToken.substr(1)), kToken.substr(1));
}

}  // namespace
}  // namespace sitegate
