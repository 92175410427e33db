#include <gtest/gtest.h>

#include "config/yaml_reader.hpp"

namespace sitegate {
namespace {

using namespace std::chrono_literals;

TEST(YamlValues, durations_are_an_integer_and_a_unit) {
  EXPECT_EQ(parse_duration("0"), 0ms);
  EXPECT_EQ(parse_duration("0s"), 0ms);
  EXPECT_EQ(parse_duration("250ms"), 250ms);
  EXPECT_EQ(parse_duration("90s"), 90s);
  EXPECT_EQ(parse_duration("5m"), 5min);
  EXPECT_EQ(parse_duration("24h"), 24h);
  EXPECT_EQ(parse_duration("7d"), 168h);
  for (const char* text : {"", "s", "5", "-5s", "+5s", "5 s", "5S", "5.5s", "05s", "5w", "5min",
                           "1h30m", "99999999999999999999s", "9223372036854775807d"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(YamlValues, sizes_are_an_integer_alone_or_with_a_unit) {
  EXPECT_EQ(parse_size("0"), 0U);
  EXPECT_EQ(parse_size("4096"), 4096U);
  EXPECT_EQ(parse_size("16KiB"), 16384U);
  EXPECT_EQ(parse_size("2MiB"), 2097152U);
  for (const char* text : {"", "KiB", "16KB", "16K", "16 KiB", "16kib", "-1", "1.5MiB", "016",
                           "18446744073709551615", "9223372036854775807KiB"}) {
    EXPECT_FALSE(parse_size(text)) << text;
  }
}

}  // namespace
}  // namespace sitegate
