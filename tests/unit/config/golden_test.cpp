// One configuration per mistake: tests/golden/config/NAME.yaml and what must be said of it,
// NAME.report. With SITEGATE_WRITE_GOLDEN set the reports are written instead; read them then.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "config/load_settings.hpp"

namespace sitegate {
namespace {

namespace fs = std::filesystem;

const fs::path kGolden = fs::path(SITEGATE_TEST_DATA) / "golden" / "config";
const std::set<std::string> kWithoutMistakes{"full", "minimal", "users"};

std::string contents(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  EXPECT_TRUE(stream) << file;
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<std::string> names_with(const std::string& extension) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kGolden)) {
    const std::string name = entry.path().stem().string();
    if (entry.path().extension() == extension && !kWithoutMistakes.contains(name)) {
      names.push_back(name);
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

class Mistake : public testing::TestWithParam<std::string> {};

TEST_P(Mistake, is_reported_with_place_and_cure) {
  const std::string name = GetParam() + ".yaml";
  Problems problems;
  const auto settings = load_settings_from_text(contents(kGolden / name), kGolden, problems, name);
  const std::string report = problems.to_string();

  EXPECT_FALSE(settings);
  EXPECT_FALSE(report.empty());
  const fs::path expected = kGolden / (GetParam() + ".report");
  if (std::getenv("SITEGATE_WRITE_GOLDEN") != nullptr) {
    std::ofstream(expected, std::ios::binary) << report;
  }
  EXPECT_EQ(report, contents(expected));
}

INSTANTIATE_TEST_SUITE_P(config, Mistake, testing::ValuesIn(names_with(".yaml")),
                         [](const auto& instance) { return instance.param; });

TEST(Mistakes, every_report_belongs_to_a_configuration) {
  EXPECT_EQ(names_with(".report"), names_with(".yaml"));
}

}  // namespace
}  // namespace sitegate
