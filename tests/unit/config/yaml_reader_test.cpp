#include "config/yaml_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <fstream>

#include "config/yaml_tree.hpp"

namespace sitegate {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

class YamlReader : public testing::Test {
 protected:
  bool read(std::string_view text, const YamlMap::Reader& reader) {
    return read_yaml_text(text, "f.yaml", "/base", problems_, reader);
  }
  std::string report() const { return problems_.to_string(); }

  Problems problems_;
};

/// A folder of its own, removed with all that is in it.
class YamlFile : public YamlReader {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "sitegate-config-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }

  fs::path folder_;
};

const YamlMap::Reader kNothing = [](YamlMap&) {};

TEST_F(YamlReader, what_cannot_be_read_keeps_its_value) {
  std::size_t count = 7;
  std::string word = "old";
  EXPECT_FALSE(read("count: 1000\nword: [a]", [&](YamlMap& map) {
    EXPECT_FALSE(map.integer("count", count, 1, 9, ""));
    EXPECT_FALSE(map.text("word", word, ""));
    EXPECT_FALSE(map.text("absent", word, "", Need::Optional));
  }));
  EXPECT_EQ(count, 7U);
  EXPECT_EQ(word, "old");
  EXPECT_EQ(problems_.size(), 2U);
}

TEST_F(YamlReader, bounds_are_inclusive) {
  std::size_t low = 0;
  std::size_t high = 0;
  EXPECT_TRUE(read("low: 1\nhigh: 9", [&](YamlMap& map) {
    EXPECT_TRUE(map.integer("low", low, 1, 9, ""));
    EXPECT_TRUE(map.integer("high", high, 1, 9, ""));
  }));
  EXPECT_EQ(low, 1U);
  EXPECT_EQ(high, 9U);
}

TEST_F(YamlReader, unknown_keys_are_told_the_known_ones_in_the_order_asked) {
  std::string word;
  EXPECT_FALSE(read("b: x\nc: y\n", [&](YamlMap& map) {
    map.text("b", word, "", Need::Optional);
    map.text("a", word, "", Need::Optional);
    map.forbid("d", "is not for here", "remove it");
  }));
  EXPECT_EQ(report(), "f.yaml:2:1: c: unknown key; allowed here: b, a\n");
}

TEST_F(YamlReader, aliases_are_read_and_reported_where_they_are_used) {
  std::vector<std::chrono::milliseconds> idle(2);
  std::size_t count = 0;
  EXPECT_FALSE(
      read("one: &times { idle: 5s }\ntwo: *times\ncount: &n 77\nother: *n\n", [&](YamlMap& map) {
        map.map(
            "one", [&](YamlMap& inner) { inner.duration("idle", idle[0], 1s, 9s, ""); }, "");
        map.map(
            "two", [&](YamlMap& inner) { inner.duration("idle", idle[1], 1s, 9s, ""); }, "");
        map.integer("count", count, 0, 100, "");
        map.integer("other", count, 0, 10, "");
      }));
  EXPECT_THAT(idle, ElementsAre(5s, 5s));
  EXPECT_EQ(report(),
            "f.yaml:4:8: other: `77` is not allowed; write a whole number from 0 to 10\n");
}

TEST_F(YamlReader, names_may_be_anything_and_come_in_file_order) {
  std::vector<std::string> seen;
  EXPECT_TRUE(read("users:\n  root: { org: A }\n  admin1@Org1: { org: B }\n", [&](YamlMap& map) {
    map.maps(
        "users",
        [&](const LocatedText& name, YamlMap& user) {
          std::string org;
          user.text("org", org, "");
          seen.push_back(name.value + '=' + org + ' ' + name.origin.key_path + ':' +
                         std::to_string(name.origin.line) + ':' +
                         std::to_string(name.origin.column));
        },
        "");
  })) << report();
  EXPECT_THAT(seen, ElementsAre("root=A users.root:2:3", "admin1@Org1=B users.admin1@Org1:3:3"));
}

TEST_F(YamlReader, a_repeated_name_is_read_once_and_reported) {
  int read_names = 0;
  EXPECT_FALSE(read("users: { a: {}, b: {}, a: {} }", [&](YamlMap& map) {
    map.maps(
        "users", [&](const LocatedText&, YamlMap&) { ++read_names; }, "");
  }));
  EXPECT_EQ(read_names, 2);
  EXPECT_EQ(report(), "f.yaml:1:24: users.a: written twice, first in line 1; keep one of them\n");
}

TEST_F(YamlReader, texts_and_pairs_have_places) {
  std::vector<LocatedText> texts;
  std::vector<LocatedPair> pairs;
  EXPECT_TRUE(read("texts: [a, b]\npairs: { x: y }\nempty: []\n", [&](YamlMap& map) {
    map.texts("texts", texts, "");
    map.pairs("pairs", pairs, "");
    std::vector<LocatedText> none;
    EXPECT_TRUE(map.texts("empty", none, ""));
    EXPECT_TRUE(none.empty());
  })) << report();
  ASSERT_EQ(texts.size(), 2U);
  EXPECT_EQ(texts[1].value, "b");
  EXPECT_EQ(texts[1].origin.key_path, "texts[1]");
  EXPECT_EQ(texts[1].origin.column, 12);
  ASSERT_EQ(pairs.size(), 1U);
  EXPECT_EQ(pairs[0].key.value, "x");
  EXPECT_EQ(pairs[0].value.value, "y");
  EXPECT_EQ(pairs[0].value.origin.key_path, "pairs.x");
}

TEST_F(YamlReader, keys_that_are_no_words_are_reported) {
  EXPECT_FALSE(read("? [a]\n: x\n~: y\n", kNothing));
  EXPECT_EQ(report(),
            "f.yaml:1:3: is a list; write a word before the colon\n"
            "f.yaml:3:1: has no value; write a word before the colon\n");
}

TEST_F(YamlReader, relative_paths_start_from_the_folder) {
  fs::path relative;
  fs::path absolute;
  EXPECT_TRUE(read("a: x/../y\nb: /z", [&](YamlMap& map) {
    map.path("a", relative, "");
    map.path("b", absolute, "");
  }));
  EXPECT_EQ(relative, "/base/y");
  EXPECT_EQ(absolute, "/z");
}

TEST_F(YamlReader, the_root_must_be_a_mapping) {
  EXPECT_FALSE(read("- a", kNothing));
  EXPECT_FALSE(read("word", kNothing));
  EXPECT_FALSE(read("---", kNothing));
  EXPECT_EQ(problems_.size(), 3U);
}

TEST_F(YamlReader, repeated_aliases_are_bounded) {
  std::string text = "a: &a [x, x, x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c < 'z'; ++c) {
    const std::string alias = std::string("*") + static_cast<char>(c - 1) + ", ";
    text += std::string(1, c) + ": &" + c + " [" + alias + alias + alias + alias + "]\n";
  }
  EXPECT_FALSE(read(text, kNothing));
  EXPECT_THAT(report(), HasSubstr("more than 200000 values, aliases written out"));
}

TEST_F(YamlReader, nesting_is_bounded_at_32) {
  const auto nested = [](std::size_t levels) {
    return "a: " + std::string(levels, '[') + std::string(levels, ']');
  };
  Problems problems;
  EXPECT_TRUE(parse_yaml(nested(kMaxYamlDepth - 1), "f", problems));
  EXPECT_FALSE(parse_yaml(nested(kMaxYamlDepth), "f", problems));
}

TEST_F(YamlReader, size_is_bounded_at_one_mebibyte) {
  const std::string start = "a: b\n#";
  Problems problems;
  EXPECT_TRUE(parse_yaml(start + std::string(kMaxYamlSize - start.size(), '#'), "f", problems));
  EXPECT_FALSE(
      parse_yaml(start + std::string(kMaxYamlSize + 1 - start.size(), '#'), "f", problems));
  EXPECT_EQ(problems.to_string(), "f: larger than 1 MiB; write a smaller file\n");
}

TEST_F(YamlReader, only_well_formed_utf8_is_taken) {
  for (const char* good : {"a: \xC3\xA9", "a: \xE2\x82\xAC", "a: \xF0\x9F\x98\x80",
                           "\xEF\xBB\xBF"
                           "a: b"}) {
    Problems problems;
    EXPECT_TRUE(parse_yaml(good, "f", problems)) << good << problems.to_string();
  }
  for (const char* bad : {"a: \xFF", "a: \xC3", "a: \xC0\x80", "a: \xED\xA0\x80", "a: \xE0\x80\x80",
                          "a: \xF4\x90\x80\x80", "a: \xF5\x80\x80\x80", "a: \x80"}) {
    Problems problems;
    EXPECT_FALSE(parse_yaml(bad, "f", problems));
    EXPECT_EQ(problems.to_string(), "f:1:4: not UTF-8; save the file as UTF-8\n");
  }
}

TEST_F(YamlReader, nothing_of_a_text_is_silently_left_out) {
  for (const char* text :
       {"a: b\n\x04"
        "c: d\n",
        "a: b\n%c: d\n", "a: 'b\nc: d\n", "a: \"b\n", "'a: b\n", "a: [b\n", "a: { b: c\n",
        "a: b\n...\nc: d\n", "a: b\nc\n", "a: b\n]\n", "a: 'b' c\n"}) {
    Problems problems;
    EXPECT_FALSE(parse_yaml(text, "f", problems)) << text;
    EXPECT_EQ(problems.size(), 1U) << text;
  }
}

TEST_F(YamlReader, what_is_missing_at_the_end_is_missed_in_the_last_line) {
  EXPECT_FALSE(read("a: b\nc: [d\n", kNothing));
  EXPECT_THAT(report(), HasSubstr("f.yaml:2:1: cannot be read as YAML"));
}

TEST_F(YamlReader, line_ends_of_other_systems_are_read) {
  std::string word;
  EXPECT_TRUE(read("a: b\r\n", [&](YamlMap& map) { map.text("a", word, ""); })) << report();
  EXPECT_EQ(word, "b");
}

TEST_F(YamlFile, a_file_reference_must_be_a_file_with_something_in_it) {
  write("good", "x");
  write("empty", "");
  fs::create_directory(folder_ / "folder");
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  write("f.yaml", "a: good\nb: empty\nc: folder\nd: pipe\ne: none\n");
  FileRef good;
  EXPECT_FALSE(read_yaml_file(folder_ / "f.yaml", problems_, [&](YamlMap& map) {
    EXPECT_TRUE(map.file("a", good, ""));
    for (const char* key : {"b", "c", "d", "e"}) {
      FileRef bad;
      EXPECT_FALSE(map.file(key, bad, "")) << key;
    }
  }));
  EXPECT_EQ(good.path, folder_ / "good");
  EXPECT_EQ(good.origin.line, 1);
  EXPECT_THAT(report(), HasSubstr(":2:4: b: `empty` is empty; "));
  EXPECT_THAT(report(), HasSubstr(":3:4: c: `folder` is not a regular file; "));
  EXPECT_THAT(report(), HasSubstr(":4:4: d: `pipe` is not a regular file; "));
  EXPECT_THAT(report(), HasSubstr(":5:4: e: `none` cannot be opened: No such file or directory; "));
}

TEST_F(YamlFile, a_file_that_is_too_large_is_refused) {
  write("f.yaml", "a: b\n" + std::string(kMaxYamlSize, '#'));
  EXPECT_FALSE(read_yaml_file(folder_ / "f.yaml", problems_, kNothing));
  EXPECT_THAT(report(), HasSubstr("larger than 1 MiB"));
}

TEST(Problems, are_in_file_order_whatever_the_order_of_finding) {
  Problems problems;
  problems.add({"a", 9, 1, "x"}, "second", "cure");
  problems.add({"b", 1, 1, ""}, "third", "cure");
  problems.add({"a", 2, 5, "y[0].z"}, "first", "cure");
  problems.add({"a", 0, 0, ""}, "of the whole file", "cure");
  EXPECT_EQ(problems.to_string(),
            "a: of the whole file; cure\n"
            "a:2:5: y[0].z: first; cure\n"
            "a:9:1: x: second; cure\n"
            "b:1:1: third; cure\n");
}

}  // namespace
}  // namespace sitegate
