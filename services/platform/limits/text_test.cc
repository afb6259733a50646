#include "platform/limits/text.h"

#include <gtest/gtest.h>

#include <string>

namespace lianmeng::limits {
namespace {

TEST(TextLimits, CountsCharactersNotBytes) {
  EXPECT_FALSE(what_is_wrong("气调库", 3, false));
  EXPECT_FALSE(what_is_wrong("𠮷😀é", 3, false));
  const auto wrong = what_is_wrong("气调库缺", 3, false);
  ASSERT_TRUE(wrong);
  EXPECT_EQ(wrong->characters, 4u);
  EXPECT_EQ(wrong->at, 0u);
}

TEST(TextLimits, RefusesControlCharactersAndSaysWhere) {
  const struct {
    std::string text;
    std::size_t at;
    std::uint32_t code_point;
  } kSamples[] = {
      {std::string("气\0", 4), 2, 0}, {"ab\x1b[31m", 3, 0x1b}, {"\x7f", 1, 0x7f},
      {"气调\u0085库", 3, 0x85},      {"a\nb", 2, '\n'},       {"\u2028", 1, 0x2028},
      {"“气调库”\u202e", 6, 0x202e},  {"\u2066x", 1, 0x2066},
  };
  for (const auto& sample : kSamples) {
    const auto wrong = what_is_wrong(sample.text, 100, false);
    ASSERT_TRUE(wrong) << sample.text;
    EXPECT_EQ(wrong->at, sample.at) << sample.text;
    EXPECT_EQ(wrong->code_point, sample.code_point) << sample.text;
  }
}

TEST(TextLimits, LineEndsStandOnlyWhereATextHasLines) {
  EXPECT_FALSE(what_is_wrong("一\n二\r\n\t三", 100, true));
  EXPECT_TRUE(what_is_wrong("一\n二", 100, false));
  EXPECT_TRUE(what_is_wrong("一\x01", 100, true));
}

TEST(TextLimits, TakesEveryScript) {
  for (const auto* text :
       {"ئۇيغۇرچە", "བོད་ཡིག", "ᠮᠣᠩᠭᠣᠯ", "👩‍🌾👨🏽‍🌾🇨🇳", "“引号”——…£é", "ʼ"}) {
    EXPECT_FALSE(what_is_wrong(text, 100, false)) << text;
  }
}

}  // namespace
}  // namespace lianmeng::limits
