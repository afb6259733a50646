#include "notification/domain/text.h"

#include <gtest/gtest.h>

namespace lianmeng::notification {
namespace {

TEST(Text, IsCountedInCharacters) {
  EXPECT_EQ(characters(""), 0U);
  EXPECT_EQ(characters("北顺村 a"), 5U);
}

TEST(Text, IsShortenedBetweenCharacters) {
  EXPECT_EQ(shortened("北顺村", 3), "北顺村");
  EXPECT_EQ(shortened("北顺村", 2), "北…");
}

TEST(Text, TelephoneNumbersAreMasked) {
  EXPECT_EQ(masked("电话13891234567，请联系"), "电话138****4567，请联系");
  EXPECT_EQ(masked("13891234567"), "138****4567");
}

TEST(Text, IdentityAndCardNumbersKeepTheirLastFour) {
  EXPECT_EQ(masked("610524198001011234"), "**************1234");
  EXPECT_EQ(masked("61052419800101123X。"), "**************123X。");
  EXPECT_EQ(masked("6222021234567890"), "************7890");
}

TEST(Text, OtherNumbersStay) {
  EXPECT_EQ(masked("350000元，编号230628-001，2023年"), "350000元，编号230628-001，2023年");
  EXPECT_EQ(masked("10000000000"), "10000000000");
}

TEST(Text, KeysAreShortAndPlain) {
  EXPECT_TRUE(is_key("routed.asker"));
  EXPECT_TRUE(is_key("a-1_b"));
  EXPECT_FALSE(is_key(""));
  EXPECT_FALSE(is_key("1a"));
  EXPECT_FALSE(is_key("A"));
  EXPECT_FALSE(is_key("a b"));
  EXPECT_FALSE(is_key(std::string(65, 'a')));
}

}  // namespace
}  // namespace lianmeng::notification
