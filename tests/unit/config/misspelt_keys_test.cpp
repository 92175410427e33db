#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>

#include "config/load_settings.hpp"

namespace sitegate {
namespace {

const std::filesystem::path kGolden =
    std::filesystem::path(SITEGATE_TEST_DATA) / "golden" / "config";

std::string contents(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// The key that a line begins with and the column it stands in; names of sites and roles, which
/// hold digits or capitals, are none.
std::optional<std::pair<std::string, std::size_t>> key_of(const std::string& line) {
  const std::size_t start = line.find_first_not_of(" -");
  const std::size_t end = line.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", start);
  if (start == std::string::npos || end == std::string::npos || end == start || line[end] != ':') {
    return std::nullopt;
  }
  return std::pair(line.substr(start, end - start), start + 1);
}

TEST(LoadSettings, every_key_when_misspelt_is_reported_where_it_stands) {
  const std::string text = contents(kGolden / "full.yaml");
  std::istringstream lines(text);
  std::string line;
  std::size_t line_start = 0;
  int keys = 0;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (const auto key = key_of(line)) {
      const std::string wrong = key->first + "_x";
      std::string misspelt = text;
      misspelt.replace(line_start + key->second - 1, key->first.size(), wrong);
      Problems problems;
      EXPECT_FALSE(load_settings_from_text(misspelt, kGolden, problems)) << line;
      const auto& found = problems.list();
      EXPECT_TRUE(std::any_of(found.begin(), found.end(),
                              [&](const Problem& problem) {
                                return problem.origin.line == number &&
                                       problem.origin.column == static_cast<int>(key->second) &&
                                       problem.origin.key_path.ends_with(wrong) &&
                                       problem.what == "unknown key";
                              }))
          << line << '\n'
          << problems.to_string();
      ++keys;
    }
    line_start += line.size() + 1;
  }
  EXPECT_EQ(keys, 125) << "all but the names of sites and roles";
}

}  // namespace
}  // namespace sitegate
