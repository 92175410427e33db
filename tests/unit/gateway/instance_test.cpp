#include "gateway/instance.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "contract/task_id.hpp"
#include "tests/support/certificates.hpp"

namespace sitegate::test {
namespace {

using testing::HasSubstr;

class InstanceId : public testing::Test {
 protected:
  void write(std::string_view text) { std::ofstream(file_, std::ios::binary) << text; }

  TempDirectory state_;
  const std::filesystem::path file_ = state_.path() / "instance-id";
};

TEST_F(InstanceId, is_made_once_and_stays) {
  const auto first = instance_id_in(state_.path());
  ASSERT_TRUE(first) << first.error().detail;
  EXPECT_TRUE(TaskId::parse(*first)) << *first;
  EXPECT_EQ(*instance_id_in(state_.path()), *first);
  EXPECT_EQ(*instance_id_in(TempDirectory().path()) == *first, false);
}

TEST_F(InstanceId, of_a_backup_is_taken_as_it_is) {
  write("1b4e28ba-2fa1-41d2-883f-b9a761bde3fb\n");
  EXPECT_EQ(*instance_id_in(state_.path()), "1b4e28ba-2fa1-41d2-883f-b9a761bde3fb");
}

TEST_F(InstanceId, that_is_damaged_is_refused_and_not_replaced) {
  for (const auto* damaged : {"", "\n", "1b4e28ba", "1b4e28ba-2fa1-41d2-883f-b9a761bde3fb\n\n"}) {
    write(damaged);
    const auto id = instance_id_in(state_.path());
    ASSERT_FALSE(id) << damaged;
    EXPECT_THAT(id.error().detail, HasSubstr("restore it from a backup"));
    EXPECT_FALSE(instance_id_in(state_.path()));
  }
}

TEST_F(InstanceId, that_cannot_be_kept_is_none) {
  const auto id = instance_id_in(state_.path() / "nowhere");
  ASSERT_FALSE(id);
  EXPECT_THAT(id.error().detail, HasSubstr("instance-id: cannot be made"));
}

TEST(Instance, each_start_has_its_own_runtime_id) {
  EXPECT_NE(Instance().runtime_id, Instance().runtime_id);
}

TEST(Instance, callers_see_the_certificate_of_their_first_listener) {
  Instance instance;
  EXPECT_FALSE(instance.shown_to_callers());
  instance.certificates = {
      {"peers", "", {"p", 1}}, {"callers", "", {"a", 2}}, {"callers", "", {"b", 3}}};
  EXPECT_EQ(instance.shown_to_callers(), (CertificateInUse{"a", 2}));
}

}  // namespace
}  // namespace sitegate::test
