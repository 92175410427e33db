#include "contract/json_scan.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace sitegate {
namespace {

struct Seen {
  std::string path;
  JsonKind kind;
  std::string text;
  std::int64_t integer;
  std::size_t offset;
};

struct Scan {
  std::optional<JsonFault> fault;
  std::vector<Seen> members;

  const Seen& at(std::string_view path) const {
    for (const auto& member : members)
      if (member.path == path)
        return member;
    throw std::out_of_range(std::string(path));
  }
  bool has(std::string_view path) const {
    for (const auto& member : members)
      if (member.path == path)
        return true;
    return false;
  }
};

Scan scan(std::string_view text, std::size_t max_depth = 64) {
  Scan result;
  result.fault = scan_json_object(text, {.depth = max_depth}, [&](const JsonMember& m) {
    result.members.push_back(
        {std::string(m.path), m.kind, std::string(m.text), m.integer, m.offset});
  });
  return result;
}

std::string fault(std::string_view text, std::size_t max_depth = 64) {
  const auto result = scan(text, max_depth);
  return result.fault ? result.fault->what : "";
}

TEST(JsonScan, members_of_the_top_object_are_shown_with_kind_and_text) {
  const auto s = scan(R"({"a":"x","b":-7,"c":50.0,"d":true,"e":false,"f":null,"g":[1],"h":{}})");
  ASSERT_FALSE(s.fault);
  EXPECT_EQ(s.members.size(), 8U);
  EXPECT_EQ(s.at("a").kind, JsonKind::String);
  EXPECT_EQ(s.at("a").text, "x");
  EXPECT_EQ(s.at("b").kind, JsonKind::Integer);
  EXPECT_EQ(s.at("b").integer, -7);
  EXPECT_EQ(s.at("b").text, "-7");
  EXPECT_EQ(s.at("c").kind, JsonKind::Number);
  EXPECT_EQ(s.at("c").text, "50.0");
  EXPECT_EQ(s.at("d").text, "true");
  EXPECT_EQ(s.at("e").text, "false");
  EXPECT_EQ(s.at("e").kind, JsonKind::Bool);
  EXPECT_EQ(s.at("f").kind, JsonKind::Null);
  EXPECT_EQ(s.at("f").text, "null");
  EXPECT_EQ(s.at("g").kind, JsonKind::Array);
  EXPECT_EQ(s.at("g").text, "");
  EXPECT_EQ(s.at("h").kind, JsonKind::Object);
}

TEST(JsonScan, members_one_level_down_are_shown_by_dotted_path_and_no_deeper) {
  const auto s =
      scan(R"({"w":{"type":"sync","deep":{"x":1},"list":[{"y":1}]},"l":[{"z":1}],"t":2})");
  ASSERT_FALSE(s.fault);
  std::vector<std::string> paths;
  for (const auto& member : s.members) paths.push_back(member.path);
  EXPECT_EQ(paths, (std::vector<std::string>{"w", "w.type", "w.deep", "w.list", "l", "t"}));
  EXPECT_EQ(s.at("w.type").text, "sync");
}

TEST(JsonScan, a_name_with_a_dot_cannot_pass_for_a_nested_member) {
  const auto s = scan(R"({"w.type":"a","w":{"x.y":"b"},"d.d":{"e":1}})");
  ASSERT_FALSE(s.fault);
  EXPECT_EQ(s.members.size(), 1U);
  EXPECT_TRUE(s.has("w"));
}

TEST(JsonScan, the_offset_points_at_the_first_octet_of_an_unescaped_string) {
  const std::string text = R"({ "state" : "QUEUED", "n":"a\u0062", "e":"" })";
  const auto s = scan(text);
  EXPECT_EQ(text.substr(s.at("state").offset, 6), "QUEUED");
  EXPECT_EQ(s.at("n").text, "ab");
  EXPECT_EQ(s.at("n").offset, JsonMember::npos);
  EXPECT_EQ(text.substr(s.at("e").offset, 1), "\"");
}

TEST(JsonScan, escapes_are_resolved_in_names_and_values) {
  const auto s = scan(R"({"\u0069d":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"})");
  ASSERT_FALSE(s.fault);
  EXPECT_EQ(s.at("id").text, "\"\\/\b\f\n\r\t\xc3\xa9\xf0\x9f\x98\x80");
}

TEST(JsonScan, long_strings_with_escapes_arrive_whole) {
  const std::string body(20000, 'x');
  const auto s = scan("{\"a\":\"" + body + "\\n" + body + "\",\"b\\n" + body + "\":1}");
  ASSERT_FALSE(s.fault);
  EXPECT_EQ(s.at("a").text, body + "\n" + body);
  EXPECT_TRUE(s.has("b\n" + body));
}

TEST(JsonScan, numbers_are_integers_only_when_written_and_sized_as_such) {
  const auto s = scan(R"({"a":9223372036854775807,"b":9223372036854775808,"c":-9223372036854775808,
    "d":-9223372036854775809,"e":5e1,"f":1e400,"g":-0,"h":99999999999999999999999999999999999})");
  ASSERT_FALSE(s.fault);
  EXPECT_EQ(s.at("a").kind, JsonKind::Integer);
  EXPECT_EQ(s.at("a").integer, INT64_MAX);
  EXPECT_EQ(s.at("b").kind, JsonKind::Number);
  EXPECT_EQ(s.at("b").text, "9223372036854775808");
  EXPECT_EQ(s.at("c").integer, INT64_MIN);
  EXPECT_EQ(s.at("d").kind, JsonKind::Number);
  EXPECT_EQ(s.at("e").kind, JsonKind::Number);
  EXPECT_EQ(s.at("f").kind, JsonKind::Number);
  EXPECT_EQ(s.at("g").kind, JsonKind::Integer);
  EXPECT_EQ(s.at("h").kind, JsonKind::Number);
}

TEST(JsonScan, every_cut_of_a_document_is_a_fault) {
  const std::string whole =
      "{\"a\":[1,-2.5e+3,true,null,\"x\\u00e9\xc3\xa9\xf0\x9f\x98\x80\"],\"b\":{\"c\":false}}";
  ASSERT_EQ(fault(whole), "");
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_NE(fault(std::string_view(whole).substr(0, size)), "") << size;
  EXPECT_EQ(fault(R"({"a":"b)"), "unexpected end after 7 octets");
}

TEST(JsonScan, only_white_space_may_follow) {
  EXPECT_EQ(fault("{} \t\r\n"), "");
  EXPECT_EQ(fault("{} {}"), "text after the end of the object at octet 4");
  EXPECT_EQ(fault("{},"), "text after the end of the object at octet 3");
  EXPECT_NE(fault(std::string_view("{}\0", 3)), "");
}

TEST(JsonScan, the_top_must_be_an_object) {
  for (const char* text : {"[]", "\"a\"", "1", "1.5", "null", "true", "18446744073709551615"})
    EXPECT_EQ(fault(text), "the top level must be an object") << text;
  EXPECT_NE(fault(""), "");
  EXPECT_NE(fault("  "), "");
}

TEST(JsonScan, what_is_not_json_is_refused_with_its_place) {
  EXPECT_EQ(fault(R"({"a":1,})"), "a syntax error at octet 8");
  for (const char* text :
       {"{'a':1}", "{a:1}", "{\"a\":01}", "{\"a\":+1}", "{\"a\":.5}", "{\"a\":1.}", "{\"a\":NaN}",
        "{\"a\":Infinity}", "{\"a\":1 /**/}", "// x\n{}", "{\"a\":\"\t\"}", "{\"a\":\"\\x\"}",
        "{\"a\":\"\\ud800\"}", "{\"a\":[1,]}", "{\"a\" 1}", "{\"a\":1 \"b\":2}", "\xef\xbb\xbf{}",
        "{\"a\":tru}"})
    EXPECT_NE(fault(text), "") << text;
}

TEST(JsonScan, invalid_utf8_is_refused_in_names_and_values) {
  for (const char* bad : {"\xff", "\xc0\xaf", "\xe2\x28\xa1", "\xed\xa0\x80", "\xf5\x80\x80\x80",
                          "\x80", "\xe2\x82", "\xf0\x9f\x98"}) {
    const std::string octets(bad);
    EXPECT_NE(fault("{\"a\":\"" + octets + "\"}"), "");
    EXPECT_NE(fault("{\"a\":\"\\n" + octets + "\"}"), "");
    EXPECT_NE(fault("{\"" + octets + "\":1}"), "");
  }
  EXPECT_EQ(fault("{\"a\":\"\xff\"}"), "invalid UTF-8 at octet 7");
}

TEST(JsonScan, nesting_is_bounded) {
  EXPECT_EQ(fault(R"({"a":[[1]]})", 3), "");
  EXPECT_EQ(fault(R"({"a":[[[1]]]})", 3), "nesting of more than 3 levels at octet 8");
  EXPECT_EQ(fault("{}", 1), "");
  EXPECT_NE(fault(R"({"a":{}})", 1), "");
  EXPECT_NE(fault("{\"a\":" + std::string(100000, '['), 64), "");
}

TEST(JsonScan, a_name_twice_in_one_object_is_refused) {
  EXPECT_EQ(fault(R"({"a":1,"b":2,"a":3})"), "member 'a' stands twice in one object");
  EXPECT_EQ(fault(R"({"a":1,"\u0061":3})"), "member 'a' stands twice in one object");
  EXPECT_NE(fault(R"({"x":[{"y":{"":1,"":1}}]})"), "");
  EXPECT_EQ(fault(R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]})"), "");
  EXPECT_EQ(fault(R"({"a":1,"A":2,"a ":3})"), "");
}

TEST(JsonScan, many_names_are_compared_too) {
  std::string text = "{";
  for (int i = 0; i < 19000; ++i) text += "\"member" + std::to_string(i) + "\":0,";
  EXPECT_EQ(fault(text + "\"x\":0}"), "");
  EXPECT_EQ(fault(text + "\"member7\":0}"), "member 'member7' stands twice in one object");
  EXPECT_EQ(fault(text + "\"m\\u0065mber18999\":0}"),
            "member 'member18999' stands twice in one object");
}

TEST(JsonScan, members_after_a_large_nested_object_keep_their_path) {
  std::string text = "{\"w\":{";
  for (int i = 0; i < 100; ++i) text += "\"z" + std::to_string(100 - i) + "\":0,";
  const auto s = scan(text + "\"inner\":{\"q\":1},\"last\":1},\"after\":{\"x\":1}}");
  ASSERT_FALSE(s.fault);
  EXPECT_TRUE(s.has("w.last"));
  EXPECT_TRUE(s.has("after.x"));
}

TEST(JsonScan, members_are_counted_through_all_objects) {
  const JsonLimits limits{.depth = 8, .members = 4};
  const auto ignore = [](const JsonMember&) {};
  EXPECT_FALSE(scan_json_object(R"({"a":1,"b":{"a":1},"c":[{}]})", limits, ignore));
  for (const char* text :
       {R"({"a":1,"b":2,"c":3,"d":4,"e":5})", R"({"a":[{"a":1},{"a":1,"b":2}],"b":1})"}) {
    const auto fault = scan_json_object(text, limits, ignore);
    ASSERT_TRUE(fault) << text;
    EXPECT_EQ(fault->what, "more than 4 members");
  }
}

}  // namespace
}  // namespace sitegate
