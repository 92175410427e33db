#include "gateway/query.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sitegate::test {
namespace {

using testing::ElementsAre;

/// The site, "absent", or "refused".
std::string site(std::string_view query) {
  const auto parsed = parse_site(query);
  if (!parsed) {
    EXPECT_EQ(parsed.error().code, ErrorCode::BadUserInput);
    EXPECT_EQ(parsed.error().args.at(0), "site");
    return "refused";
  }
  return parsed->value_or("absent");
}

TEST(Query, site_is_found_among_other_parameters) {
  EXPECT_EQ(site(""), "absent");
  EXPECT_EQ(site("limit=1&offset=2"), "absent");
  EXPECT_EQ(site("site=site2"), "site2");
  EXPECT_EQ(site("a=b&site=site2&c"), "site2");
  EXPECT_EQ(site("&&site=site2&"), "site2");
}

TEST(Query, names_of_parameters_are_case_sensitive_and_whole) {
  for (const char* query : {"Site=site2", "SITE=site2", "sites=site2", "xsite=site2",
                            "site%3Dsite2", "+site=site2", "site+=site2", "a;site=site2"})
    EXPECT_EQ(site(query), "absent") << query;
}

TEST(Query, site_is_decoded_once) {
  EXPECT_EQ(site("s%69te=%73ite2"), "site2");
  EXPECT_EQ(site("site=%2573ite2"), "refused");
}

TEST(Query, site_given_twice_is_refused_whatever_the_values) {
  for (const char* query :
       {"site=a&site=b", "site=a&site=a", "site=a&x=y&site=", "site&site=a", "site=a&%73ite=a"})
    EXPECT_EQ(site(query), "refused") << query;
}

TEST(Query, empty_site_is_refused) {
  for (const char* query : {"site=", "site", "site=&x=y", "x&site"})
    EXPECT_EQ(site(query), "refused") << query;
}

TEST(Query, site_outside_its_grammar_is_refused) {
  for (const char* query :
       {"site=+",     "site=a+b",     "site=%20a", "site=a%20",   "site=%00",    "site=a%00",
        "site=a%2Fb", "site=..%2F..", "site=.a",   "site=-a",     "site=_a",     "site=*",
        "site=a,b",   "site=%7Ba%7D", "site=a%0A", "site=%0D%0A", "site=%C3%A9", "site=%FF",
        "site=a=b",   "site=a:1",     "site=[::1]"})
    EXPECT_EQ(site(query), "refused") << query;
  EXPECT_EQ(site("site=" + std::string(63, 'a')), std::string(63, 'a'));
  EXPECT_EQ(site("site=" + std::string(64, 'a')), "refused");
  EXPECT_EQ(site("site=A1.b_c-d"), "A1.b_c-d");
}

TEST(Query, what_was_sent_is_shown_without_its_control_characters) {
  const auto refused = parse_site("site=a%0D%0Ab");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().args.at(1), "a??b");
}

TEST(Query, a_task_id_is_a_uuid_in_any_case) {
  const auto id = parse_task_id("F61D60D2-698a-46dc-a266-88df27644956");
  ASSERT_TRUE(id);
  EXPECT_EQ(id->to_string(), "f61d60d2-698a-46dc-a266-88df27644956");
}

TEST(Query, whatever_else_is_no_task_id) {
  for (const char* text :
       {"", "1", "..", "f61d60d2-698a-46dc-a266-88df2764495", "f61d60d2698a46dca26688df27644956",
        "f61d60d2-698a-46dc-a266-88df27644956\n", " f61d60d2-698a-46dc-a266-88df27644956",
        "{f61d60d2-698a-46dc-a266-88df27644956}", "f61d60d2-698a-46dc-a266-88df2764495g",
        "f61d60d2-698a-46dc-a266-88df27644956/x"}) {
    const auto id = parse_task_id(text);
    ASSERT_FALSE(id) << text;
    EXPECT_EQ(id.error().code, ErrorCode::BadUserInput);
    EXPECT_EQ(id.error().args.at(0), "taskId");
  }
}

}  // namespace
}  // namespace sitegate::test
