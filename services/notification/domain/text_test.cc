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
