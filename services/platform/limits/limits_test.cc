#include "platform/limits/limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "platform/limits/formats.h"
#include "platform/limits/unreadable.h"
#include "rpc_test_service.pb.h"

namespace lianmeng::limits {
namespace {

namespace v1 = rpctest::v1;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<FieldViolation> wrong_in(const v1::AddNoteRequest& request) {
  std::vector<FieldViolation> wrong;
  if (check_readable(request, &wrong)) limits_of<v1::AddNoteRequest>().check(request, &wrong);
  return wrong;
}

// The one thing that is wrong: field, Chinese, English.
void expect_wrong(const v1::AddNoteRequest& request, const std::string& field,
                  const std::string& zh, const std::string& en) {
  const auto wrong = wrong_in(request);
  ASSERT_EQ(wrong.size(), 1u) << field;
  EXPECT_EQ(wrong[0].field, field);
  EXPECT_THAT(wrong[0].description_zh, HasSubstr(zh));
  EXPECT_THAT(wrong[0].description_en, HasSubstr(en));
}

v1::AddNoteRequest full() {
  v1::AddNoteRequest request;
  request.set_county("610524");
  request.set_request_id("018fd0a0-5c00-7000-8000-000000000000");
  request.set_external_id("普查-2024/7");
  request.mutable_effective_time()->set_seconds(1'714'000'000);
  request.add_read_tokens("dispatch/7/901");
  request.set_text("气调库\n缺配套设施");
  request.mutable_author()->set_id("610524-p3");
  request.mutable_author()->add_friends()->set_phone("13800001234");
  (*request.mutable_tags())["产业"] = "葡萄";
  request.set_priority(-3);
  request.set_kind(v1::NOTE_KIND_URGENT);
  request.add_kinds(v1::NOTE_KIND_PLAIN);
  request.set_weight(9.5);
  request.set_day("2024-02-29");
  return request;
}

TEST(RequestLimits, WhatKeepsToThemPasses) {
  EXPECT_TRUE(wrong_in(full()).empty());
  EXPECT_TRUE(wrong_in({}).empty());
}

TEST(RequestLimits, NameFieldLimitAndWhatWasGivenInBothLanguages) {
  auto request = full();
  request.set_text(std::string(101, 'x'));
  expect_wrong(request, "text", "至多100字，收到101字", "at most 100 characters; 101 were given");
  request = full();
  request.set_text("一\x07");
  expect_wrong(request, "text", "第2字是控制字符 U+0007", "character 2 is the control character");
  request = full();
  request.set_county("61 0524");
  expect_wrong(request, "county", "县编号，1至32位", "\"61 0524\" was given");
  request = full();
  request.set_request_id("1");
  expect_wrong(request, "request_id", "UUIDv7，收到“1”", "a UUID of version 7; \"1\" was given");
  request = full();
  request.set_external_id(std::string(201, 'x'));
  expect_wrong(request, "external_id", "至多200字，收到201字", "201 were given");
  request = full();
  request.set_day("2023-02-29");
  expect_wrong(request, "day", "日期", "\"2023-02-29\" was given");
  request = full();
  request.set_priority(6);
  expect_wrong(request, "priority", "应为-3至5，收到6", "-3 to 5; 6 was given");
  request = full();
  request.mutable_effective_time()->set_nanos(-1);
  expect_wrong(request, "effective_time", "公元1至9999年", "-1 ns");
  // The year 10000 begins in Asia/Shanghai while it is 9999 elsewhere.
  request = full();
  request.mutable_effective_time()->set_seconds(253'402'272'000);
  expect_wrong(request, "effective_time", "北京时间", "253402272000 s");
  request.mutable_effective_time()->set_seconds(253'402'271'999);
  std::vector<FieldViolation> wrong;
  limits_of<std::decay_t<decltype(request)>>().check(request, &wrong);
  EXPECT_TRUE(wrong.empty());
}

TEST(RequestLimits, HoldInsideMessagesListsAndMaps) {
  auto request = full();
  request.mutable_author()->mutable_friends(0)->set_id("not an id");
  expect_wrong(request, "author.friends[0].id", "not an id", "not an id");
  request = full();
  for (int i = 0; i < 3; ++i) request.mutable_author()->add_friends();
  expect_wrong(request, "author.friends", "至多3项，收到4项", "at most 3 entries; 4 were given");
  request = full();
  (*request.mutable_tags())["一二三四五六七八九十一"] = "";
  request.mutable_tags()->erase("产业");
  expect_wrong(request, "tags[0].key", "至多10字", "11 were given");
  request = full();
  request.add_read_tokens("dispatch/48/1");
  expect_wrong(request, "read_tokens[1]", "dispatch/48/1", "dispatch/48/1");
  request = full();
  for (int i = 0; i < 16; ++i) request.add_read_tokens("dispatch/7/901");
  expect_wrong(request, "read_tokens", "至多16项，收到17项", "17 were given");
}

TEST(RequestLimits, AnEnumHasItsValuesAlone) {
  for (const int number : {-1, 3, 63, 64, std::numeric_limits<int>::max()}) {
    auto request = full();
    request.set_kind(static_cast<v1::NoteKind>(number));
    expect_wrong(request, "kind", std::to_string(number), "NOTE_KIND_PLAIN, NOTE_KIND_URGENT");
    request = full();
    request.add_kinds(static_cast<v1::NoteKind>(number));
    expect_wrong(request, "kinds[1]", "NOTE_KIND_PLAIN、NOTE_KIND_URGENT", std::to_string(number));
  }
}

TEST(RequestLimits, ARealNumberIsOne) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const double given : std::vector<double>{std::nan(""), kInfinity, -kInfinity, 10.5, -1}) {
    auto request = full();
    request.set_weight(given);
    expect_wrong(request, "weight", "应为0至10", "0 to 10");
  }
}

TEST(RequestLimits, PersonalValuesAreNotRepeated) {
  auto request = full();
  request.set_address("合阳县城关镇中心路一百二十三号院五号楼三单元");
  expect_wrong(request, "address", "", "");
  EXPECT_EQ(wrong_in(request)[0].description_zh.find("城关"), std::string::npos);
}

TEST(RequestLimits, TooManyMistakesAreNotAllNamed) {
  auto request = full();
  request.set_text(std::string(101, 'x'));
  request.set_day("x");
  request.set_priority(9);
  EXPECT_EQ(wrong_in(request).size(), 3u);
  request.clear_read_tokens();
  for (int i = 0; i < 16; ++i) request.add_read_tokens("x");
  for (auto* name : {"一", "二"}) (*request.mutable_tags())[name] = std::string(11, 'x');
  request.set_county("?");
  EXPECT_EQ(wrong_in(request).size(), RequestLimits::kViolationsMax);
}

TEST(RequestLimits, AreToldInWords) {
  const auto* type = v1::AddNoteRequest::descriptor();
  const auto words = [&](const char* name) { return describe(*type->FindFieldByName(name)); };
  EXPECT_EQ(words("text").zh, "至多100字，可分行");
  EXPECT_EQ(words("text").en, "at most 100 characters, may have lines");
  EXPECT_EQ(words("tags").zh, "至多2项，每项至多10字");
  EXPECT_EQ(words("priority").en, "-3 to 5");
  EXPECT_THAT(words("county").en, HasSubstr("1 to 32 letters"));
  EXPECT_EQ(words("kind").en, "");
}

TEST(Formats, EachTakesItsLongestAndNoRubbish) {
  for (int i = 1; i < platform::v1::Format_ARRAYSIZE; ++i) {
    const auto* form = form_of(static_cast<platform::v1::Format>(i));
    ASSERT_NE(form, nullptr) << i;
    EXPECT_TRUE(form->is(form->longest)) << form->longest;
    EXPECT_FALSE(form->is(std::string(form->longest) + std::string(2'000, 'a'))) << form->en;
    for (const auto* bad : {" ", "a b", "\n", "<script>\x01", "../\x7f"}) {
      EXPECT_FALSE(form->is(bad)) << form->en << ": " << bad;
    }
  }
  EXPECT_EQ(form_of(platform::v1::FORMAT_UNSPECIFIED), nullptr);
}

TEST(Formats, ADemandIsNamedWithOrWithoutItsCounty) {
  const auto* form = form_of(platform::v1::FORMAT_DEMAND_ID);
  EXPECT_TRUE(form->is("230628-012"));
  EXPECT_TRUE(form->is("合阳-230628-012"));
  EXPECT_FALSE(form->is("合阳 230628"));
  EXPECT_FALSE(form->is("\u202e230628-012"));
}

TEST(Unreadable, NamesTheTextThatIsNoUtf8) {
  auto request = full();
  auto bytes = request.SerializeAsString();
  const auto at = bytes.find("13800001234");
  bytes[at] = static_cast<char>(0xff);
  EXPECT_FALSE(request.ParseFromString(bytes));
  mark_unreadable(&request, bytes);
  expect_wrong(request, "author.friends.phone", "UTF-8", "not UTF-8");
  mark_unreadable(&request, "\xff\xff\xff");
  expect_wrong(request, "request", "无法识别", "cannot be read");
}

}  // namespace
}  // namespace lianmeng::limits
