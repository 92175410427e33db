#include "auth/base64url.hpp"

#include <gtest/gtest.h>

namespace sitegate {
namespace {

TEST(Base64url, encodes_the_vectors_of_rfc_4648) {
  EXPECT_EQ(base64url_encode(""), "");
  EXPECT_EQ(base64url_encode("f"), "Zg");
  EXPECT_EQ(base64url_encode("fo"), "Zm8");
  EXPECT_EQ(base64url_encode("foo"), "Zm9v");
  EXPECT_EQ(base64url_encode("foob"), "Zm9vYg");
  EXPECT_EQ(base64url_encode("fooba"), "Zm9vYmE");
  EXPECT_EQ(base64url_encode("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64url_encode("\xFB\xFF\xFE"), "-__-");
}

TEST(Base64url, decodes_what_it_encodes) {
  std::string octets;
  for (int i = 0; i < 256; ++i) {
    EXPECT_EQ(base64url_decode(base64url_encode(octets)), octets);
    octets += static_cast<char>(i);
  }
}

TEST(Base64url, refuses_padding) {
  EXPECT_FALSE(base64url_decode("Zg=="));
  EXPECT_FALSE(base64url_decode("Zm8="));
}

TEST(Base64url, refuses_what_is_not_in_the_alphabet) {
  for (const char* text : {"+/+/", "Zm9 ", "Zm9\n", "Z.9v", "\xC3\xA4zz"})
    EXPECT_FALSE(base64url_decode(text)) << text;
  EXPECT_FALSE(base64url_decode(std::string_view("Zm\0v", 4)));
}

TEST(Base64url, refuses_a_length_that_no_octets_have) {
  EXPECT_FALSE(base64url_decode("Z"));
  EXPECT_FALSE(base64url_decode("Zm9vY"));
}

TEST(Base64url, refuses_trailing_bits_that_are_not_zero) {
  EXPECT_TRUE(base64url_decode("Zg"));
  for (const char* text : {"Zh", "Zv", "Zm9", "Zm-"}) EXPECT_FALSE(base64url_decode(text)) << text;
}

}  // namespace
}  // namespace sitegate
