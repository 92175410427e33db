#include "contract/media_type.hpp"

#include <gtest/gtest.h>

namespace sitegate {
namespace {

constexpr std::string_view kJson = "application/json;charset=UTF-8";

std::string h4(std::string_view version) {
  return "application/vnd.vmware.h4-" + std::string(version) + "+json";
}

/// The Content-Type that an Accept leads to; `406` for none.
std::string answer(std::string_view accept) {
  const auto type = negotiate(accept);
  return type ? std::string(type->content_type()) : "406";
}

TEST(MediaType, no_wish_gets_plain_json) {
  for (const char* accept :
       {"", " ", "*/*", "application/*", "application/json", "APPLICATION/JSON",
        "application/json;charset=UTF-8", "application/json; charset=latin1",
        "text/html, */*;q=0.1", "*", ",", " , ,", ",application/json"})
    EXPECT_EQ(answer(accept), kJson) << accept;
}

TEST(MediaType, the_version_asked_for_is_the_version_answered) {
  for (const char* version :
       {"v1", "v2", "v3", "v3.5", "v4", "v4.1", "v4.2", "v4.3", "v4.4", "v4.5", "v4.6", "v4.7"}) {
    EXPECT_EQ(answer(h4(version)), h4(version) + ";charset=UTF-8");
    EXPECT_EQ(answer(h4(version) + ";charset=UTF-8"), h4(version) + ";charset=UTF-8");
  }
  EXPECT_EQ(answer("Application/VND.VMware.H4-V3.5+JSON"), h4("v3.5") + ";charset=UTF-8");
}

TEST(MediaType, what_we_answer_may_be_sent_back_as_a_wish) {
  for (const auto& type : supported_media_types()) {
    const auto first = answer(type);
    EXPECT_EQ(answer(first), first);
    EXPECT_TRUE(is_readable_content_type(first));
  }
}

TEST(MediaType, what_nobody_can_make_is_not_acceptable) {
  for (const std::string& accept :
       {std::string("text/html"), std::string("application/xml"), h4("v5"), h4("v4.8"), h4("v3.50"),
        std::string("text/*"), std::string("application/json;q=0"), std::string("*/*;q=0"),
        std::string("application/problem+json")})
    EXPECT_EQ(answer(accept), "406") << accept;
}

TEST(MediaType, the_highest_quality_wins) {
  EXPECT_EQ(answer(h4("v3") + ";q=0.5, " + h4("v4.5") + ";q=0.9, application/json;q=0.1"),
            h4("v4.5") + ";charset=UTF-8");
  EXPECT_EQ(answer(h4("v3") + ";q=0.123,application/json;q=0.122"), h4("v3") + ";charset=UTF-8");
  EXPECT_EQ(answer("application/json;charset=UTF-8;Q=0.2," + h4("v3") + "; q=1.000"),
            h4("v3") + ";charset=UTF-8");
}

TEST(MediaType, of_equal_wishes_the_first_named_wins) {
  EXPECT_EQ(answer(h4("v3") + ", application/json"), h4("v3") + ";charset=UTF-8");
  EXPECT_EQ(answer("application/json, " + h4("v3")), kJson);
  EXPECT_EQ(answer("*/*, " + h4("v3")), h4("v3") + ";charset=UTF-8");
}

TEST(MediaType, a_specific_range_speaks_before_a_general_one) {
  EXPECT_EQ(answer("*/*, application/json;q=0"), h4("v4.7") + ";charset=UTF-8");
  EXPECT_EQ(answer("*/*;q=0, " + h4("v4")), h4("v4") + ";charset=UTF-8");
}

TEST(MediaType, separators_inside_quotes_do_not_count) {
  EXPECT_EQ(answer("text/html;x=\", application/json\""), "406");
  EXPECT_EQ(answer("text/html;x=\"\\\", application/json\""), "406");
  EXPECT_EQ(answer("text/html;x=\"\\"), "406");
  EXPECT_EQ(answer("text/html;x=\"a;q=0\", application/json"), kJson);
}

TEST(MediaType, a_malformed_quality_counts_as_one) {
  for (const char* q : {"2", "0.1234", "x", "-1", "", "0x", ".5"})
    EXPECT_EQ(answer(h4("v3") + ";q=" + q + ",application/json;q=0.9"), h4("v3") + ";charset=UTF-8")
        << q;
}

TEST(MediaType, only_v4_7_sees_queued) {
  EXPECT_TRUE(negotiate(h4("v4.7"))->is_v4_7());
  EXPECT_FALSE(negotiate(h4("v4.6"))->is_v4_7());
  EXPECT_FALSE(negotiate("")->is_v4_7());
  EXPECT_FALSE(MediaType{}.is_v4_7());
}

TEST(MediaType, bodies_of_our_types_are_read) {
  for (const std::string& type :
       {std::string(), std::string("application/json"),
        std::string("Application/JSON; charset=utf-8"), h4("v3.5"), h4("v4.7") + ";charset=UTF-8"})
    EXPECT_TRUE(is_readable_content_type(type)) << type;
  for (const std::string& type :
       {std::string("text/plain"), std::string("application/jsonx"),
        std::string("application/x-www-form-urlencoded"), h4("v9"), std::string("*/*")})
    EXPECT_FALSE(is_readable_content_type(type)) << type;
}

TEST(MediaType, all_supported_types_are_listed_without_charset) {
  const auto types = supported_media_types();
  EXPECT_EQ(types.size(), 13U);
  EXPECT_EQ(types.front(), "application/json");
  EXPECT_EQ(types.back(), h4("v1"));
}

}  // namespace
}  // namespace sitegate
