// If-None-Match (RFC 9110 8.8.3, 13.1.2).

#include "contract/entity_tag.hpp"

#include <gtest/gtest.h>

namespace sitegate {
namespace {

constexpr std::string_view kTag = "\"Xv-_9\"";

TEST(EntityTag, is_named_alone_in_a_list_weakly_or_by_a_star) {
  for (const char* field :
       {R"("Xv-_9")", R"(W/"Xv-_9")", R"(  "Xv-_9" )", R"("a", "Xv-_9")", R"("a","Xv-_9","b")",
        R"(W/"a",W/"Xv-_9")", R"(, ,"Xv-_9",)", "\"a\"\t,\t\"Xv-_9\"", R"("", "Xv-_9")",
        R"("a,b", "Xv-_9")", R"("a\", "Xv-_9")", R"("W/", "Xv-_9")", "\"\xc3\xa9\", \"Xv-_9\"",
        R"("Xv-_9", broken)", "*", " * "})
    EXPECT_TRUE(names_entity_tag(field, kTag)) << field;
}

TEST(EntityTag, is_named_by_nothing_else) {
  for (const char* field :
       {"", " ", ",", R"("xv-_9")", R"("Xv-_9-gzip")", R"("Xv-_9 ")", R"("Xv-_")", "Xv-_9",
        R"('Xv-_9')", R"(w/"Xv-_9")", R"(W/ "Xv-_9")", R"(W "Xv-_9")", R"(W/)", R"(")", R"("Xv-_9)",
        R"("a, "Xv-_9")", R"("a\", \"Xv-_9\"")", "*, *", "**", R"(*, "a")",
        // After a mistake nothing is read.
        R"(a, "Xv-_9")", R"("a" "Xv-_9")", R"("a"; "Xv-_9")", R"("Xv-_9"x)"})
    EXPECT_FALSE(names_entity_tag(field, kTag)) << field;
}

}  // namespace
}  // namespace sitegate
