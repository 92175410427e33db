#include "contract/json_elements.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sitegate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(JsonElements, stand_as_they_were_written) {
  EXPECT_THAT(
      *json_elements(R"({"items":[1,"a,]\"}\\", [ 2,3 ] ,{"x":[{"y":"]"}]}, null,-1e5,true]})",
                     "items"),
      ElementsAre("1", R"("a,]\"}\\")", "[ 2,3 ]", R"({"x":[{"y":"]"}]})", "null", "-1e5", "true"));
}

TEST(JsonElements, are_found_behind_other_members) {
  EXPECT_THAT(
      *json_elements(
          R"( { "a" : {"items":[9]} , "b":"items","c":[["items"]],"d":7 ,"items" : [ 1 ] } )",
          "items"),
      ElementsAre("1"));
  EXPECT_THAT(*json_elements(R"({"items":[ ]})", "items"), IsEmpty());
}

TEST(JsonElements, of_what_is_no_array_or_not_there_are_none) {
  EXPECT_FALSE(json_elements("{}", "items"));
  EXPECT_FALSE(json_elements(R"({"items":{}})", "items"));
  EXPECT_FALSE(json_elements(R"({"items":"[1]"})", "items"));
  EXPECT_FALSE(json_elements(R"({"item":[1]})", "items"));
  EXPECT_FALSE(json_elements(R"({"\u0069tems":[1]})", "items"));
}

}  // namespace
}  // namespace sitegate
