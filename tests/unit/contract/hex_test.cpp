#include "contract/hex.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace sitegate {
namespace {

TEST(HexValue, hex_digits_have_values_and_nothing_else_has) {
  const std::string_view digits = "0123456789abcdef";
  for (int c = 0; c < 256; ++c) {
    const auto octet = static_cast<char>(c);
    const auto lower = octet >= 'A' && octet <= 'F' ? static_cast<char>(octet + 0x20) : octet;
    const auto at = digits.find(lower);
    EXPECT_EQ(hex_value(octet), at == std::string_view::npos ? -1 : static_cast<int>(at)) << c;
  }
}

}  // namespace
}  // namespace sitegate
