// What the functions that read a configuration say of its keys, without any configuration.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "config/load_settings.hpp"

namespace sitegate {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

std::vector<std::string> lines_of(const std::vector<KeyDescription>& keys) {
  std::vector<std::string> lines;
  for (const KeyDescription& key : keys) {
    lines.push_back(key.path + " | " + key.value + " | " + key.default_value + " | " +
                    (key.need.required ? "required" : std::string(key.need.when)) + " | " +
                    key.meaning);
  }
  return lines;
}

TEST(DescribeKeys, says_value_default_need_and_meaning_of_each_kind) {
  const auto keys = describe_keys([](YamlMap& map) {
    std::string word = "red";
    std::size_t number = 7;
    std::chrono::milliseconds time = 90s;
    std::size_t size = 16384;
    std::filesystem::path path = map.directory() / "state";
    FileRef file;
    std::vector<LocatedText> texts;
    std::vector<LocatedPair> pairs;
    map.choice("choice", word, {"red", "green", "blue"}, "A.", Need::Optional);
    map.integer("integer", number, 1, 9, "B.");
    map.duration("duration", time, 10ms, 24h, "C.");
    map.size("size", size, 1, 1024, "D.");
    map.path("path", path, "E.", Need::Optional);
    map.file("file", file, "F.", Need{false, "with a path"});
    map.texts("texts", texts, "G.");
    map.pairs("pairs", pairs, "H.", Need::Optional);
    map.forbid("forbidden", "has no place here", "remove it");
  });
  EXPECT_THAT(lines_of(keys),
              ElementsAre("choice | red, green or blue | red |  | A.",
                          "integer | a whole number from 1 to 9 | 7 |  | B.",
                          "duration | a duration from 10ms to 1d | 90s |  | C.",
                          "size | a size from 1 to 1KiB | 16KiB |  | D.",
                          "path | a path | state |  | E.", "file | a file |  | with a path | F.",
                          "texts | a list of texts |  | required | G.",
                          "pairs | a mapping from texts to texts |  |  | H."));
}

TEST(DescribeKeys, goes_into_mappings_lists_and_names) {
  std::string word;
  const auto keys = describe_keys([&word](YamlMap& root) {
    const auto read = [&word](YamlMap& map) { map.text("word", word, "Inside."); };
    root.map("map", read, "A.");
    root.list("list", read, "B.");
    const auto read_named = [&read](const LocatedText& name, YamlMap& map) {
      EXPECT_EQ(name.value, "NAME");
      map.map("deep", read, "Deep.");
    };
    root.maps("names", read_named, "C.");
  });
  std::vector<std::string> paths;
  for (const KeyDescription& key : keys) {
    paths.push_back(key.path);
  }
  EXPECT_THAT(paths, ElementsAre("map", "map.word", "list", "list[].word", "names",
                                 "names.NAME.deep", "names.NAME.deep.word"));
}

TEST(DescribeKeys, of_the_configuration_are_each_described_once) {
  std::set<std::string> paths;
  for (const KeyDescription& key : describe_settings()) {
    EXPECT_TRUE(paths.insert(key.path).second) << key.path;
    EXPECT_FALSE(key.meaning.empty()) << key.path;
    EXPECT_EQ(key.meaning.back(), '.') << key.path;
  }
  for (const char* path : {"listeners[].client_ca", "store.sqlite", "sites.NAME.trust.pins",
                           "peers.NAME.accept.users", "limits.store_queue"}) {
    EXPECT_TRUE(paths.contains(path)) << path;
  }
}

}  // namespace
}  // namespace sitegate
