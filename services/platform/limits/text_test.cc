#include "platform/limits/text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>

namespace lianmeng::limits {
namespace {

std::string utf8(std::uint32_t c) {
  std::string out;
  const auto add = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (c < 0x800) {
    add(0xc0 | (c >> 6));
  } else if (c < 0x10000) {
    add(0xe0 | (c >> 12)), add(0x80 | ((c >> 6) & 0x3f));
  } else {
    add(0xf0 | (c >> 18)), add(0x80 | ((c >> 12) & 0x3f)), add(0x80 | ((c >> 6) & 0x3f));
  }
  add(0x80 | (c & 0x3f));
  return out;
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

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

TEST(TextLimits, RefusesWhatNobodySees) {
  const std::uint32_t kInvisible[] = {0xad,   0x34f,  0x61c,  0x115f,  0x1160,  0x3164, 0xffa0,
                                      0x200b, 0x200e, 0x200f, 0x2060,  0x2064,  0x206a, 0x206f,
                                      0xfeff, 0xfff9, 0xfffb, 0xe0001, 0xe0020, 0xe007f};
  for (const auto code_point : kInvisible) {
    EXPECT_TRUE(is_invisible(code_point));
    for (const auto& [before, after] :
         {std::pair{"", ""}, {"气调", "库"}, {"138", "12345678"}, {"👩", "🌾"}}) {
      const auto wrong = what_is_wrong(before + utf8(code_point) + after, 100, true);
      ASSERT_TRUE(wrong) << std::hex << code_point;
      EXPECT_EQ(wrong->code_point, code_point);
      EXPECT_EQ(wrong->at, characters(before) + 1);
    }
  }
}

TEST(TextLimits, JoinersStandWhereTheyCanJoin) {
  for (const auto* text : {"👩‍🌾", "👩🏽‍🌾", "🏳️‍🌈", "می‌خواهم",
                           "क्‍ष", "ᠮᠣ‍", "👨‍👩‍👧"}) {
    EXPECT_FALSE(what_is_wrong(text, 100, false)) << text;
  }
  // Between digits it would hide a telephone number, between Han characters a word.
  for (const auto* text : {"‍", "138‍1234", "气‍调", "a‌b", "，‍", "한‍글",
                           "👩‍‍🌾", "か‍な", "（‍）"}) {
    EXPECT_TRUE(what_is_wrong(text, 100, false)) << text;
  }
}

TEST(TextLimits, LineEndsStandOnlyWhereATextHasLines) {
  EXPECT_FALSE(what_is_wrong("一\n二\r\n\t三", 100, true));
  EXPECT_TRUE(what_is_wrong("一\n二", 100, false));
  EXPECT_TRUE(what_is_wrong("一\x01", 100, true));
}

TEST(TextLimits, TakesEveryScript) {
  for (const auto* text : {"ئۇيغۇرچە", "བོད་ཡིག", "ᠮᠣᠩᠭᠣᠯ", "👩‍🌾👨🏽‍🌾🇨🇳",
                           "“引号”——…£é", "ʼ", "葛\U000e0100"}) {
    EXPECT_FALSE(what_is_wrong(text, 100, false)) << text;
  }
}

}  // namespace
}  // namespace lianmeng::limits
