#include "platform/base/mask.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fmt/format.h>

#include <string>
#include <vector>

namespace lianmeng {
namespace {

std::string masked(std::string_view text) { return mask_personal_numbers(text); }

TEST(Mask, MobileNumbersKeepThreeAndFour) {
  EXPECT_EQ(masked("电话13891234567，请联系"), "电话138****4567，请联系");
  EXPECT_EQ(masked("13891234567"), "138****4567");
  EXPECT_EQ(masked("138 9123 4567"), "138 **** 4567");
  EXPECT_EQ(masked("138-9123-4567"), "138-****-4567");
  EXPECT_EQ(masked("138 - 9123 - 4567"), "138 - **** - 4567");
  EXPECT_EQ(masked("１３８９１２３４５６７"), "１３８****４５６７");
  EXPECT_EQ(masked("138　9123　4567"), "138　****　4567");
  EXPECT_EQ(masked("1\u200b3891234567"), "1\u200b38****4567");
  EXPECT_EQ(masked("13\ufe0f891234567"), "13\ufe0f8****4567");
  EXPECT_EQ(masked("13891234567万分感谢"), "138****4567万分感谢");
}

TEST(Mask, CountryCodesBelongToTheNumber) {
  EXPECT_EQ(masked("+8613891234567"), "+86138****4567");
  EXPECT_EQ(masked("+86 138 9123 4567"), "+86 138 **** 4567");
  EXPECT_EQ(masked("0086-13891234567"), "0086-138****4567");
}

TEST(Mask, LandlinesKeepTheirAreaAndFour) {
  EXPECT_EQ(masked("0913-5521234"), "0913-***1234");
  EXPECT_EQ(masked("09135521234转8001"), "0913***1234转8001");
  EXPECT_EQ(masked("029-86451234"), "029-****1234");
}

TEST(Mask, IdentityNumbersKeepTheirLastFour) {
  EXPECT_EQ(masked("610524198001011234"), "**************1234");
  EXPECT_EQ(masked("61052419800101123X。"), "**************123X。");
  EXPECT_EQ(masked("61052419800101123ｘ"), "**************123ｘ");
  EXPECT_EQ(masked("610524 19800101 1234"), "****** ******** 1234");
  EXPECT_EQ(masked("身份证610524800101123号"), "身份证***********1123号");
  EXPECT_EQ(masked("61052419800101123X13891234567"), "**************123X138****4567");
}

TEST(Mask, CardNumbersKeepTheirLastFour) {
  EXPECT_EQ(masked("卡号4111111111111111"), "卡号************1111");
  EXPECT_EQ(masked("4111 1111 1111 1111"), "**** **** **** 1111");
  EXPECT_EQ(masked("6222021234567890"), "************7890");  // No check asked: too long for a sum.
  EXPECT_EQ(masked("378282246310005"), "***********0005");
}

TEST(Mask, SeveralNumbersAreEachMasked) {
  EXPECT_EQ(masked("13891234567 13987654321"), "138****4567 139****4321");
  EXPECT_EQ(masked("13891234567/13987654321"), "138****4567/139****4321");
  EXPECT_EQ(masked("2023-06-28 13891234567"), "2023-06-28 138****4567");
  EXPECT_EQ(masked("2023-06-28 138 9123 4567"), "2023-06-28 138 **** 4567");
  EXPECT_EQ(masked("合阳-230628-012 13891234567"), "合阳-230628-012 138****4567");
}

TEST(Mask, OtherNumbersStay) {
  for (const std::string_view text : {"350000元，编号230628-001，2023年",
                                      "合阳-230628-012",
                                      "230628-012",
                                      "10000000000",
                                      "2023-06-28 17:30",
                                      "2023-06-28T01:00:00Z",
                                      "2023年6月28日",
                                      "1,234,567,890.12元",
                                      "8743000000元",
                                      "131000亩，103000吨",
                                      "50-60亩",
                                      "2250公斤",
                                      "610524-p3",
                                      "610524",
                                      "2021 2022 2023 2024",
                                      "20230628123456",
                                      "1687938000000",
                                      "G65",
                                      "第3、4、5组",
                                      "",
                                      "13X",
                                      "共15 合阳-230628-012"}) {
    EXPECT_EQ(masked(text), text);
    EXPECT_FALSE(has_personal_number(text));
  }
}

TEST(Mask, BytesThatAreNoTextStay) {
  EXPECT_EQ(masked("\xff\xfe 13891234567 \xe5\x8c"), "\xff\xfe 138****4567 \xe5\x8c");
}

// --- Properties ---

std::string draw_digits(std::size_t count) {
  return *rc::gen::container<std::string>(count, rc::gen::inRange('0', static_cast<char>('9' + 1)));
}

std::string draw_date() {
  return fmt::format("{:04}{:02}{:02}", *rc::gen::inRange(1930, 2021), *rc::gen::inRange(1, 13),
                     *rc::gen::inRange(1, 29));
}

std::string draw_card() {
  auto card = *rc::gen::element<std::string>("62", "4", "5", "37", "60", "35");
  card += draw_digits(*rc::gen::inRange<std::size_t>(12, 18) - card.size());
  for (char last = '0'; last <= '9'; ++last) {
    int sum = 0;
    const auto whole = card + last;
    for (std::size_t i = 0; i < whole.size(); ++i) {
      const int digit = whole[whole.size() - 1 - i] - '0';
      sum += i % 2 == 0 ? digit : digit * 2 / 10 + digit * 2 % 10;
    }
    if (sum % 10 == 0) return whole;
  }
  return card;
}

// A number that must not be read, its digits alone.
std::string draw_number() {
  switch (*rc::gen::inRange(0, 5)) {
    case 0:
      return "1" + std::string(1, *rc::gen::inRange('3', static_cast<char>('9' + 1))) +
             draw_digits(9);
    case 1:
      return "610524" + draw_date() + draw_digits(3) +
             *rc::gen::element<std::string>("0", "5", "9", "X", "x");
    case 2:
      return "610524" + draw_date().substr(2) + draw_digits(3);
    case 3:
      return draw_card();
    default:
      return *rc::gen::element<std::string>("86", "0086") + "1" +
             std::string(1, *rc::gen::inRange('3', static_cast<char>('9' + 1))) + draw_digits(9);
  }
}

const std::vector<std::string> kDigitsOfFullWidth{"０", "１", "２", "３", "４",
                                                  "５", "６", "７", "８", "９"};

// As people write it: some digits of full width, gaps anywhere.
std::string disguise(const std::string& number) {
  std::string out;
  const bool wide = *rc::gen::arbitrary<bool>();
  const bool gaps = *rc::gen::arbitrary<bool>();
  for (const char digit : number) {
    if (gaps && !out.empty() && *rc::gen::inRange(0, 4) == 0) {
      out += *rc::gen::element<std::string>(" ", "-", "　", "－", " - ", "\u200b", "—");
    }
    const bool is_digit = digit >= '0' && digit <= '9';
    if (wide && is_digit && *rc::gen::arbitrary<bool>()) {
      out += kDigitsOfFullWidth[static_cast<std::size_t>(digit - '0')];
    } else {
      out.push_back(digit);
    }
  }
  return out;
}

std::string around() {
  return *rc::gen::element<std::string>("", "电话", "，", "请联系 ：", "（", "tel:", "亩。", "元/");
}

// Digits and X that are still to be read.
std::size_t readable(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] >= '0' && text[i] <= '9') ++count;
    if (text.substr(i).starts_with("\xef\xbc") && text.size() > i + 2 &&
        static_cast<unsigned char>(text[i + 2]) >= 0x90 &&
        static_cast<unsigned char>(text[i + 2]) <= 0x99) {
      ++count;
    }
  }
  return count;
}

RC_GTEST_PROP(MaskProperty, NoNumberIsReadWholeHoweverItIsWritten, ()) {
  const auto number = draw_number();
  const auto text = around() + disguise(number) + around();
  const auto result = masked(text);
  RC_ASSERT(has_personal_number(text));
  // At most seven of a mobile number and its prefix of four; four of another one.
  RC_ASSERT(readable(result) <= 11U);
  RC_ASSERT(number.size() < 15U || readable(result) <= 11U);
  RC_ASSERT(readable(text) - readable(result) >= 4U);
  RC_ASSERT(!has_personal_number(result));
}

RC_GTEST_PROP(MaskProperty, WhatStandsAroundNumbersStays, ()) {
  const std::string before =
      *rc::gen::element<std::string>("北顺村的张三：", "Call ", "编号230628-001，");
  const std::string after = *rc::gen::element<std::string>("，二组5号", " 元旦前", "。2023年");
  const auto result = masked(before + draw_number() + after);
  RC_ASSERT(result.starts_with(before));
  RC_ASSERT(result.ends_with(after));
}

RC_GTEST_PROP(MaskProperty, DemandNumbersDatesAndAmountsStay, ()) {
  const auto date = draw_date();
  const auto day = date.substr(0, 4) + "-" + date.substr(4, 2) + "-" + date.substr(6);
  const auto demand = fmt::format("{}{}-{:03}", *rc::gen::element<std::string>("合阳-", ""),
                                  date.substr(2), *rc::gen::inRange(1, 2000));
  const auto amount = *rc::gen::inRange<std::int64_t>(0, 9'999'999'999);
  const std::vector<std::string> texts{demand,
                                       day,
                                       date,
                                       day + " 09:30",
                                       std::to_string(amount) + "元",
                                       fmt::format("{}.{:02}元", amount, amount % 100),
                                       demand + "，" + day,
                                       fmt::format("{}；{}亩；{}", demand, amount, day)};
  const auto text = *rc::gen::elementOf(texts);
  RC_ASSERT(masked(text) == text);
}

RC_GTEST_PROP(MaskProperty, AnyBytesAreTakenAndMaskingAgainChangesNothing, ()) {
  const auto piece = rc::gen::oneOf(
      rc::gen::container<std::string>(rc::gen::arbitrary<char>()),
      rc::gen::exec([] { return disguise(draw_number()); }),
      rc::gen::exec([] { return disguise(draw_digits(*rc::gen::inRange<std::size_t>(1, 30))); }));
  std::string text;
  for (const auto& part : *rc::gen::container<std::vector<std::string>>(piece)) text += part;
  const auto once = masked(text);
  RC_ASSERT(masked(once) == once);
}

}  // namespace
}  // namespace lianmeng
