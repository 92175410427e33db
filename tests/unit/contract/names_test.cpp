// The small grammars: task ids, site names, methods.

#include <gtest/gtest.h>

#include "contract/api_message.hpp"
#include "contract/site_name.hpp"
#include "contract/task_id.hpp"

namespace sitegate {
namespace {

constexpr std::string_view kId = "f61d60d2-698a-46dc-a266-88df27644956";

TEST(TaskId, text_and_octets_stand_for_each_other) {
  const auto id = TaskId::parse(kId);
  ASSERT_TRUE(id);
  EXPECT_EQ(id->to_string(), kId);
  EXPECT_EQ(id->bytes()[0], 0xf6);
  EXPECT_EQ(id->bytes()[15], 0x56);
}

TEST(TaskId, case_makes_no_difference) {
  EXPECT_EQ(TaskId::parse("F61D60D2-698A-46DC-A266-88DF27644956"), TaskId::parse(kId));
  EXPECT_EQ(TaskId::parse("F61D60D2-698A-46DC-A266-88DF27644956")->to_string(), kId);
}

TEST(TaskId, any_other_octet_anywhere_is_refused) {
  for (std::size_t i = 0; i < kId.size(); ++i)
    for (const char c : {'g', 'G', ' ', '\n', '\0', '/', ':', '@', '`', '\x80'}) {
      std::string text(kId);
      text[i] = c;
      EXPECT_FALSE(TaskId::parse(text)) << i << ' ' << static_cast<int>(c);
    }
  for (const std::size_t i : {8U, 13U, 18U, 23U}) {
    std::string text(kId);
    text[i] = 'a';
    EXPECT_FALSE(TaskId::parse(text));
  }
  std::string dash(kId);
  dash[0] = '-';
  EXPECT_FALSE(TaskId::parse(dash));
}

TEST(TaskId, any_other_length_is_refused) {
  const std::string id(kId);
  for (const std::string& text :
       {std::string(), id.substr(1), id + "0", id + "\n", "{" + id + "}", "urn:uuid:" + id,
        std::string("f61d60d2698a46dca26688df27644956")})
    EXPECT_FALSE(TaskId::parse(text)) << text;
}

TEST(TaskId, order_is_that_of_the_octets) {
  EXPECT_LT(*TaskId::parse("00000000-0000-0000-0000-000000000001"), *TaskId::parse(kId));
  EXPECT_EQ(TaskId{}.to_string(), "00000000-0000-0000-0000-000000000000");
}

TEST(SiteName, the_grammar_is_kept_to_the_letter) {
  for (const char* name : {"a", "0", "site1", "Site-1", "a.b_c-d", "1.", "A--"})
    EXPECT_TRUE(is_site_name(name)) << name;
  for (const char* name : {"", ".a", "-a", "_a", "a b", "a/b", "a\n", "*", "a*", "\xc3\xa9", "a:1"})
    EXPECT_FALSE(is_site_name(name)) << name;
  EXPECT_FALSE(is_site_name(std::string_view("a\0", 2)));
}

TEST(SiteName, it_has_63_characters_at_most) {
  EXPECT_TRUE(is_site_name(std::string(63, 'a')));
  EXPECT_FALSE(is_site_name(std::string(64, 'a')));
}

TEST(Method, names_are_case_sensitive) {
  EXPECT_EQ(method_from("GET"), Method::Get);
  EXPECT_EQ(method_from("HEAD"), Method::Head);
  EXPECT_EQ(method_from("PUT"), Method::Put);
  EXPECT_EQ(method_from("POST"), Method::Post);
  EXPECT_EQ(method_from("DELETE"), Method::Delete);
  EXPECT_EQ(method_from("OPTIONS"), Method::Options);
  EXPECT_EQ(method_from("PATCH"), Method::Patch);
  EXPECT_EQ(method_from("TRACE"), Method::Trace);
  for (const char* name : {"get", "Get", "", "GETT", "CONNECT", "GET "})
    EXPECT_EQ(method_from(name), Method::Unknown) << name;
}

}  // namespace
}  // namespace sitegate
