#include "ctl/text.h"

#include <gtest/gtest.h>

#include "ctl/times.h"

namespace lianmeng::ctl {
namespace {

TEST(Names, AreWrittenAsAShellWritesThem) {
  EXPECT_EQ(kebab("SubmitDemand"), "submit-demand");
  EXPECT_EQ(kebab("lead_group_id"), "lead-group-id");
  EXPECT_EQ(kebab("WhoAmI"), "who-am-i");
}

TEST(Names, TheNearestKnownOneIsFoundAndAFarOneIsNot) {
  const std::vector<std::string> known = {"submit-demand", "list-demands", "take-demand"};
  EXPECT_EQ(nearest("list-demand", known), "list-demands");
  EXPECT_EQ(nearest("sumbit-demand", known), "submit-demand");
  EXPECT_EQ(nearest("take", known), "take-demand");
  EXPECT_EQ(nearest("xyz", known), "");
}

TEST(Width, AChineseCharacterTakesTwoCells) {
  EXPECT_EQ(display_width("abc"), 3);
  EXPECT_EQ(display_width("气调库"), 6);
  EXPECT_EQ(display_width("（合阳）"), 8);
  EXPECT_EQ(display_width("e\u0301"), 1);
  EXPECT_EQ(pad("合阳", 6), "合阳  ");
}

TEST(Width, TextIsCutBetweenCharacters) {
  EXPECT_EQ(cut("气调库缺配套设施", 7), "气调库…");
  EXPECT_EQ(cut("气调库缺配套设施", 8), "气调库…");
  EXPECT_EQ(cut("气调库", 6), "气调库");
  EXPECT_EQ(cut("abc", 2), "a…");
}

TEST(Width, BrokenUtf8IsNeitherReadPastNorLost) {
  EXPECT_EQ(display_width("\xE6\xB0"), 2);
  EXPECT_EQ(cut("a\xE6", 2), "a\xE6");
}

TEST(Wrap, BreaksAtSpacesAndBetweenChineseCharacters) {
  EXPECT_EQ(wrap("one two three", 9, 2), "  one two\n  three\n");
  EXPECT_EQ(wrap("气调库缺配套", 6, 0), "气调库\n缺配套\n");
}

TEST(Times, LocalFormsAreBeijingTime) {
  const auto day = parse_time("2023-04-24");
  const auto minute = parse_time("2023-04-24 09:30");
  const auto exact = parse_time("2023-04-24T01:30:00Z");
  ASSERT_TRUE(day && minute && exact);
  EXPECT_EQ(to_rfc3339(*day), "2023-04-23T16:00:00.000Z");
  EXPECT_EQ(*minute, *exact);
  EXPECT_EQ(local_time(*minute), "2023-04-24 09:30");
  EXPECT_EQ(parse_time("2023-04-24 09:30:15").value() - *minute, Duration(15'000));
}

TEST(Times, WhatIsNoTimeIsSaidSo) {
  for (const auto* text : {"2023-13-01", "yesterday", "", "2023-04-24 9:30", "2023-02-30"}) {
    const auto time = parse_time(text);
    ASSERT_FALSE(time) << text;
    EXPECT_NE(time.error().message_zh.find("不是时间"), std::string::npos);
  }
}

TEST(Durations, HaveUnits) {
  EXPECT_EQ(parse_duration("90s").value(), Duration(90'000));
  EXPECT_EQ(parse_duration("2h").value(), Duration(7'200'000));
  EXPECT_FALSE(parse_duration("2 weeks"));
  EXPECT_TRUE(parse_duration("36524d"));
  EXPECT_FALSE(parse_duration("36525d"));
  EXPECT_FALSE(parse_duration("32222332222230000"));  // It overflowed; found by the fuzzer.
  EXPECT_EQ(duration_text(Duration(7'200'000)), "2h");
  EXPECT_EQ(duration_text(Duration(90'000)), "90s");
}

}  // namespace
}  // namespace lianmeng::ctl
