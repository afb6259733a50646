#include "ctl/request_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "ctl/printer.h"
#include "ctl/testing/fixture.h"
#include "ctl/values.h"

namespace lianmeng::ctl {
namespace {

using ::testing::HasSubstr;
using testing::message;

// A request with one flag given, compared with what protobuf's own JSON says it is.
Status give(pb::Message& request, const std::string& flag, const std::string& text) {
  const auto flags = flags_of(*request.GetDescriptor());
  const auto* found = find_flag(flags, flag);
  if (found == nullptr) return fail(usage_error("no flag", "no flag " + flag));
  return set_flag(request, *found, text);
}

struct Case {
  const char* flag;
  const char* text;
  const char* json;
};

class EveryFieldType : public ::testing::TestWithParam<Case> {};

TEST_P(EveryFieldType, IsSetByItsFlag) {
  const auto& [flag, text, json] = GetParam();
  auto request = message("MakeThingRequest");
  const auto status = give(*request, flag, text);
  ASSERT_TRUE(status) << status.error().message_en;
  EXPECT_EQ(to_json(*request, false), to_json(*message("MakeThingRequest", json), false));
}

INSTANTIATE_TEST_SUITE_P(
    Flags, EveryFieldType,
    ::testing::Values(
        Case{"title", "气调库缺配套设施", R"({"title":"气调库缺配套设施"})"},
        Case{"kind", "funds", R"({"kind":"THING_KIND_FUNDS"})"},
        Case{"kind", "资金", R"({"kind":"THING_KIND_FUNDS"})"},
        Case{"kind", "in-part", R"({"kind":3})"}, Case{"small", "-7", R"({"small":-7})"},
        Case{"amount-fen", "35000000", R"({"amount_fen":"35000000"})"},
        Case{"count", "4294967295", R"({"count":4294967295})"},
        Case{"big", "18446744073709551615", R"({"big":"18446744073709551615"})"},
        Case{"ratio", "1.65", R"({"ratio":1.65})"}, Case{"rough", "0.5", R"({"rough":0.5})"},
        Case{"open", "true", R"({"open":true})"}, Case{"photo", "aGk=", R"({"photo":"aGk="})"},
        Case{"limit", "90s", R"({"limit":"90s"})"},
        Case{"effective-time", "2023-04-24 09:30", R"({"effectiveTime":"2023-04-24T01:30:00Z"})"},
        Case{"effective-time", "2023-04-24", R"({"effective_time":"2023-04-23T16:00:00Z"})"},
        Case{"effective-time", "2023-04-24T09:30:00+08:00",
             R"({"effectiveTime":"2023-04-24T01:30:00Z"})"},
        Case{"tags", "a,b", R"({"tags":["a,b"]})"},
        Case{"kinds", "funds,training", R"({"kinds":["funds","training"]})"},
        Case{"numbers", "1,2", R"({"numbers":[1,2]})"},
        Case{"labels", "key=a=b", R"({"labels":{"key":"a=b"}})"},
        Case{"counts", "jobs=50", R"({"counts":{"jobs":"50"}})"},
        Case{"result.kind", "training", R"({"result":{"kind":2}})"},
        Case{"result.main.value", "50", R"({"result":{"main":{"value":50}}})"},
        Case{"result", R"({"kind":"funds"})", R"({"result":{"kind":1}})"},
        Case{"result", "kind=funds,main.metric=jobs",
             R"({"result":{"kind":1,"main":{"metric":"jobs"}}})"},
        Case{"figures", "metric=jobs,value=50", R"({"figures":[{"metric":"jobs","value":50}]})"},
        Case{"figures", R"([{"metric":"a"},{"metric":"b"}])",
             R"({"figures":[{"metric":"a"},{"metric":"b"}]})"},
        Case{"by-number", "7", R"({"byNumber":7})"}, Case{"note", "", R"({"note":""})"}));

TEST(Flags, RepeatedOnesAdd) {
  auto request = message("MakeThingRequest");
  ASSERT_TRUE(give(*request, "tags", "a"));
  ASSERT_TRUE(give(*request, "tags", "b"));
  ASSERT_TRUE(give(*request, "figures", "metric=a"));
  ASSERT_TRUE(give(*request, "figures", "metric=b"));
  EXPECT_EQ(to_json(*request, false),
            to_json(*message("MakeThingRequest",
                             R"({"tags":["a","b"],"figures":[{"metric":"a"},{"metric":"b"}]})"),
                    false));
}

TEST(Flags, AWrongChoiceIsToldTheNearestAndAll) {
  auto request = message("MakeThingRequest");
  const auto status = give(*request, "kind", "fund");
  ASSERT_FALSE(status);
  EXPECT_TRUE(is_usage(status.error()));
  EXPECT_THAT(status.error().message_zh, HasSubstr("--kind：没有“fund”这个取值，是不是“funds”？"));
  EXPECT_THAT(status.error().message_en,
              HasSubstr("did you mean \"funds\"? Choices: funds, training, in-part"));
}

TEST(Flags, WhatIsNoNumberOrOutOfRangeIsRefused) {
  auto request = message("MakeThingRequest");
  for (const auto& [flag, text] :
       std::vector<std::pair<std::string, std::string>>{{"small", "2147483648"},
                                                        {"small", "7x"},
                                                        {"count", "-1"},
                                                        {"ratio", "half"},
                                                        {"open", "perhaps"},
                                                        {"photo", "%"},
                                                        {"limit", "soon"},
                                                        {"effective-time", "today"},
                                                        {"labels", "novalue"},
                                                        {"result", "kind"},
                                                        {"result", "{"},
                                                        {"result", "nothing=1"}}) {
    const auto status = give(*request, flag, text);
    ASSERT_FALSE(status) << flag << " " << text;
    EXPECT_THAT(status.error().message_en, HasSubstr("--" + flag));
    EXPECT_THAT(status.error().message_zh, HasSubstr("--" + flag));
  }
}

TEST(Json, AnUnknownFieldIsToldTheNearestWithItsPath) {
  auto request = message("MakeThingRequest");
  const auto top = merge_json(*request, R"({"titel":"x"})");
  ASSERT_FALSE(top);
  EXPECT_THAT(top.error().message_en, HasSubstr("did you mean \"title\"?"));
  const auto inner = merge_json(*request, R"({"result":{"figures":[{},{"metrik":"x"}]}})");
  ASSERT_FALSE(inner);
  EXPECT_THAT(inner.error().message_en,
              HasSubstr("result.figures[1]: there is no field \"metrik\""));
  const auto choice = merge_json(*request, R"({"result":{"kind":"fund"}})");
  ASSERT_FALSE(choice);
  EXPECT_THAT(choice.error().message_en, HasSubstr("result.kind: \"fund\" is no choice"));
}

TEST(Json, WrongShapesAreRefusedByPath) {
  auto request = message("MakeThingRequest");
  for (const auto* json :
       {R"({"title":5})", R"({"tags":"a"})", R"({"labels":["a"]})", R"({"result":5})",
        R"({"title":["a"]})", R"({"small":1.5})", R"({"small":4e524})", R"([])", R"({"title":)"}) {
    EXPECT_FALSE(merge_json(*request, json)) << json;
  }
  EXPECT_TRUE(merge_json(*request, R"({"title":null,"small":3.0})"));
}

TEST(Documents, TomlAndJsonMeanTheSame) {
  std::istringstream toml(
      "title = \"合阳\"\nsmall = 3\n[result]\nkind = \"funds\"\n"
      "[[figures]]\nmetric = \"jobs\"\nvalue = 50\n");
  const auto json = read_document("-", toml);
  ASSERT_TRUE(json) << json.error().message_en;
  auto request = message("MakeThingRequest");
  ASSERT_TRUE(merge_json(*request, *json));
  EXPECT_EQ(to_json(*request, false),
            to_json(*message("MakeThingRequest",
                             R"({"title":"合阳","small":3,"result":{"kind":1},
                                 "figures":[{"metric":"jobs","value":50}]})"),
                    false));
}

TEST(Documents, AWrongLineIsNamed) {
  std::istringstream toml("title = \"合阳\"\nsmall = \n");
  const auto json = read_document("-", toml);
  ASSERT_FALSE(json);
  EXPECT_THAT(json.error().message_en, HasSubstr("line 2"));
  // Found by the fuzzer: compiled into this program the parser asserted instead.
  std::istringstream no_key("[\x7fpeople]\n");
  EXPECT_FALSE(read_document("-", no_key));
  std::istringstream none;
  EXPECT_FALSE(read_document("/nowhere/at/all.toml", none));
}

}  // namespace
}  // namespace lianmeng::ctl
