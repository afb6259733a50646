#include "ctl/printer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctl/testing/fixture.h"

namespace lianmeng::ctl {
namespace {

using ::testing::HasSubstr;
using testing::message;
using ::testing::Not;

constexpr const char* kTwoThings = R"({"things":[
  {"thing_id":"o5","title":"气调库缺配套设施","kind":"funds","made_time":"2023-04-24 09:30",
   "county":"610524","result":{"kind":"in-part"}},
  {"thing_id":"o12","title":"Training","kind":"training","amount_fen":"35000050","county":"610524"}]})";

std::string print(const std::string& name, const std::string& json, PrintOptions options = {}) {
  const auto text = print_response(*message(name, json), options);
  return text ? *text : text.error().message_en;
}

TEST(Table, AlignsChineseText) {
  EXPECT_EQ(
      table({"id", "title", "kind"}, {{"o5", "气调库", "funds"}, {"o12", "Training", "x"}}, 0),
      "id   title     kind\n"
      "o5   气调库    funds\n"
      "o12  Training  x\n");
}

TEST(Table, GivesTheRoomOfLongTextToTheShort) {
  EXPECT_EQ(table({"id", "title", "kind"}, {{"o5", "气调库缺配套设施没有着落", "funds"}}, 26),
            "id  title            kind\n"
            "o5  气调库缺配套设…  funds\n");
}

TEST(List, ShowsScalarsWithLocalTimesShortEnumsAndYuan) {
  const auto text = print("ListThingsResponse", kTwoThings);
  EXPECT_THAT(text, HasSubstr("thing_id  title"));
  EXPECT_THAT(text, HasSubstr("2023-04-24 09:30"));
  EXPECT_THAT(text, HasSubstr("funds"));
  EXPECT_THAT(text, HasSubstr("¥350000.50"));
  EXPECT_THAT(text, HasSubstr("2 in all"));
  EXPECT_THAT(text, Not(HasSubstr("610524"))) << "the county that was asked for takes room";
  EXPECT_THAT(text, Not(HasSubstr("open"))) << "nothing in it";
}

TEST(List, ShowsTheColumnsAskedFor) {
  PrintOptions options;
  options.columns = {"county", "result.kind", "thing-id"};
  EXPECT_EQ(print("ListThingsResponse", kTwoThings, options),
            "county  result.kind  thing-id\n"
            "610524  in-part      o5\n"
            "610524               o12\n"
            "2 in all\n");
  options.columns = {"titel"};
  EXPECT_THAT(print("ListThingsResponse", kTwoThings, options),
              HasSubstr("did you mean \"title\"?"));
}

TEST(List, LeavesOutLastColumnsOnANarrowTerminalAndSaysSo) {
  PrintOptions options;
  options.width = 50;
  const auto text = print("ListThingsResponse", kTwoThings, options);
  EXPECT_THAT(text, HasSubstr("Not shown (--columns): "));
  for (const auto& line : split(text, '\n')) EXPECT_LE(display_width(line), 50) << line;
}

TEST(List, TellsOfTheNextPageAndOfNothing) {
  EXPECT_THAT(
      print("ListThingsResponse", R"({"things":[{"thing_id":"o1"}],"next_page_token":"t9"})"),
      HasSubstr("--page-token t9 or --all"));
  EXPECT_EQ(print("ListThingsResponse", "{}"), "None\n");
  PrintOptions zh;
  zh.lang = Lang::kZh;
  EXPECT_EQ(print("ListThingsResponse", "{}", zh), "没有记录\n");
}

TEST(Resource, IsKeyAndValueWithItsListsBeneath) {
  EXPECT_EQ(print("MakeThingResponse",
                  R"({"thing":{"thing_id":"o5","title":"气调库","open":true,
                      "result":{"kind":"funds","figures":[{"metric":"jobs","value":50}]}},
                      "read_token":"testing/7/9","repeated":true})"),
            "thing_id     o5\n"
            "title        气调库\n"
            "result.kind  funds\n"
            "open         yes\n"
            "repeated     yes\n"
            "\n"
            "result.figures\n"
            "metric  value\n"
            "jobs    50\n");
}

TEST(Chinese, LabelsColumnsKeysAndChoicesByTheirComments) {
  PrintOptions zh;
  zh.lang = Lang::kZh;
  const auto list = print("ListThingsResponse", kTwoThings, zh);
  EXPECT_THAT(list, HasSubstr("物件编号  标题"));
  EXPECT_THAT(list, HasSubstr("资金"));
  EXPECT_THAT(list, HasSubstr("共 2 条"));
  EXPECT_EQ(
      print("MakeThingResponse",
            R"({"thing":{"thing_id":"o5","kind":"in-part","open":true,"result":{"kind":"funds"}}})",
            zh),
      "物件编号   o5\n"
      "用途       部分解决\n"
      "结果.kind  资金\n"
      "open       是\n");
  zh.columns = {"物件编号", "title"};
  EXPECT_THAT(print("ListThingsResponse", kTwoThings, zh), HasSubstr("物件编号  title\no5"));
}

TEST(Json, HasTheNamesOfTheProtoAndALineForEachOfAList) {
  PrintOptions options;
  options.format = Format::kNdjson;
  const auto lines = split(trim(print("ListThingsResponse", kTwoThings, options)), '\n');
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_THAT(lines[0], HasSubstr(R"("thing_id":"o5")"));
  EXPECT_THAT(lines[0], HasSubstr(R"("kind":"THING_KIND_FUNDS")"));
  EXPECT_THAT(lines[0], HasSubstr(R"("made_time":"2023-04-24T01:30:00Z")"));
  EXPECT_THAT(lines[0], HasSubstr(R"("open":false)"));
  options.format = Format::kJson;
  EXPECT_THAT(print("ListThingsResponse", kTwoThings, options),
              HasSubstr("\"next_page_token\": \"\""));
}

}  // namespace
}  // namespace lianmeng::ctl
