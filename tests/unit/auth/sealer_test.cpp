#include "auth/sealer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sitegate {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kSession(32, 's');
const std::string kOld(32, '\x01');
const std::string kNew(32, '\x02');

TEST(Sealer, opens_what_it_sealed_for_that_session_and_site_alone) {
  const Sealer sealer({kOld});
  const auto sealed = sealer.seal("token/of=there", kSession, "site2");
  EXPECT_EQ(sealer.open(sealed, kSession, "site2"), "token/of=there");
  EXPECT_FALSE(sealer.open(sealed, kSession, "site3"));
  EXPECT_FALSE(sealer.open(sealed, std::string(32, 't'), "site2"));
  EXPECT_THAT(sealed, Not(HasSubstr("token")));
}

TEST(Sealer, never_seals_twice_alike) {
  const Sealer sealer({kOld});
  EXPECT_NE(sealer.seal("token", kSession, "site2"), sealer.seal("token", kSession, "site2"));
}

TEST(Sealer, notices_every_octet_that_was_changed_and_every_one_that_is_missing) {
  const Sealer sealer({kOld});
  const auto sealed = sealer.seal("token", kSession, "site2");
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(sealer.open(changed, kSession, "site2")) << i;
    EXPECT_FALSE(sealer.open(sealed.substr(0, i), kSession, "site2")) << i;
  }
  EXPECT_FALSE(sealer.open(sealed + 'x', kSession, "site2"));
}

TEST(Sealer, seals_with_the_first_key_and_opens_with_all) {
  const Sealer before({kOld});
  const Sealer both({kNew, kOld});
  const Sealer after({kNew});
  const auto old = before.seal("token", kSession, "site2");
  EXPECT_EQ(both.open(old, kSession, "site2"), "token");
  EXPECT_FALSE(after.open(old, kSession, "site2"));
  EXPECT_EQ(after.open(both.seal("token", kSession, "site2"), kSession, "site2"), "token");
}

TEST(Sealer, reads_a_key_a_line) {
  const std::string old_text = "01" + std::string(62, '0');
  const auto both =
      Sealer::parse("# the new one\n" + std::string(64, 'A') + " # 2026\n\n" + old_text + "\r\n");
  ASSERT_TRUE(both) << both.error().detail;
  const auto sealed = Sealer::parse(old_text)->seal("token", kSession, "site2");
  EXPECT_EQ(both->open(sealed, kSession, "site2"), "token");
  const auto with_new = both->seal("token", kSession, "site2");
  EXPECT_EQ(Sealer::parse(std::string(64, 'a'))->open(with_new, kSession, "site2"), "token");
}

TEST(Sealer, says_what_is_wrong_with_a_key_file_and_does_not_repeat_it) {
  for (const std::string text : {"", "\n# nothing\n"})
    EXPECT_THAT(Sealer::parse(text).error().detail, HasSubstr("holds no key"));
  for (const auto& text : {std::string(63, 'a'), std::string(65, 'a'), std::string(64, 'g')}) {
    const auto parsed = Sealer::parse("\n" + text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_THAT(parsed.error().detail, HasSubstr("line 2 is not a key"));
    EXPECT_THAT(parsed.error().detail, Not(HasSubstr(text)));
  }
}

TEST(Sealer, makes_key_files_that_it_can_read) {
  const auto text = Sealer::new_key_file();
  EXPECT_TRUE(Sealer::parse(text));
  EXPECT_NE(text, Sealer::new_key_file());
}

}  // namespace
}  // namespace sitegate
