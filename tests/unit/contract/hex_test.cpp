#include "contract/hex.hpp"

#include <gtest/gtest.h>

#include <string_view>

#include "contract/task_id.hpp"

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

TEST(UuidText, is_lower_case_with_dashes_and_is_read_back) {
  const std::array<std::uint8_t, 16> octets{0xf6, 0x1d, 0x60, 0xd2, 0x69, 0x8a, 0x46, 0xdc,
                                            0xa2, 0x66, 0x88, 0xdf, 0x27, 0x64, 0x49, 0x56};
  EXPECT_EQ(uuid_text(octets), "f61d60d2-698a-46dc-a266-88df27644956");
  EXPECT_EQ(uuid_text(std::array<std::uint8_t, 16>{}), "00000000-0000-0000-0000-000000000000");
  const auto id = TaskId::parse("F61D60D2-698A-46DC-A266-88DF27644956");
  ASSERT_TRUE(id);
  EXPECT_EQ(id->bytes(), octets);
}

}  // namespace
}  // namespace sitegate
