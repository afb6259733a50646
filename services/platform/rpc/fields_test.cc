#include "platform/rpc/fields.h"

#include <gtest/gtest.h>

#include "platform/base/random.h"
#include "rpc_test_service.pb.h"

namespace lianmeng::rpc {
namespace {

namespace v1 = rpctest::v1;

constexpr Time kNow{std::chrono::seconds{1'720'000'000}};

v1::AddNoteRequest good() {
  v1::AddNoteRequest request;
  request.set_county("610524");
  return request;
}

void expect_wrong(const v1::AddNoteRequest& request, const std::string& field) {
  const auto fields = read_fields(request, kNow);
  ASSERT_FALSE(fields) << field;
  EXPECT_EQ(fields.error().reason, "INVALID_FIELD");
  ASSERT_EQ(fields.error().violations.size(), 1u);
  EXPECT_EQ(fields.error().violations[0].field, field);
  EXPECT_FALSE(fields.error().violations[0].description_zh.empty());
}

TEST(ReadFields, ReadsAllThatCommandsShare) {
  SeededRandom random(7);
  auto request = good();
  request.set_request_id(make_uuid_v7(Time(Duration(1'700'000'000'000)), random));
  request.set_validate_only(true);
  request.set_external_id("survey-2024/7");
  request.mutable_effective_time()->set_seconds(1'714'000'000);
  request.mutable_effective_time()->set_nanos(5'999'999);
  request.add_read_tokens("dispatch/7/901");
  const auto fields = read_fields(request, kNow);
  ASSERT_TRUE(fields) << fields.error().message_en;
  EXPECT_EQ(fields->county, CountyId("610524"));
  EXPECT_EQ(fields->request_id, request.request_id());
  EXPECT_TRUE(fields->validate_only);
  EXPECT_EQ(fields->external_id, "survey-2024/7");
  EXPECT_EQ(fields->effective_time, Time(Duration(1'714'000'000'005)));
  ASSERT_EQ(fields->tokens.size(), 1u);
  EXPECT_EQ(fields->tokens[0], (Place{"dispatch", 7, 901}));
}

TEST(ReadFields, WhatHappenedIsInThePastAndNotBeforeTheStateThatCountiesAreOf) {
  auto request = good();
  const auto at = [&](Time time) {
    const auto ms = time.time_since_epoch().count();
    const auto seconds = ms / 1'000 - (ms % 1'000 < 0 ? 1 : 0);
    request.mutable_effective_time()->set_seconds(seconds);
    request.mutable_effective_time()->set_nanos(
        static_cast<std::int32_t>((ms - seconds * 1'000) * 1'000'000));
  };
  // A clock may be two seconds ahead of another.
  for (const auto time : {kNow, kNow + std::chrono::seconds{2}, kEffectiveFirst}) {
    at(time);
    const auto fields = read_fields(request, kNow);
    ASSERT_TRUE(fields) << fields.error().message_en;
    EXPECT_EQ(fields->effective_time, time);
  }
  for (const auto time :
       {kNow + std::chrono::milliseconds{2'001}, kEffectiveFirst - std::chrono::milliseconds{1}}) {
    at(time);
    expect_wrong(request, "effective_time");
    const auto fields = read_fields(request, kNow);
    for (const auto& part : {to_rfc3339(kEffectiveFirst), to_rfc3339(kNow), to_rfc3339(time)}) {
      EXPECT_NE(fields.error().violations[0].description_zh.find(part), std::string::npos);
      EXPECT_NE(fields.error().violations[0].description_en.find(part), std::string::npos);
    }
  }
  // The end of all times, and its own limit alone.
  request.mutable_effective_time()->set_seconds(253'402'300'799);
  expect_wrong(request, "effective_time");
}

TEST(ReadFields, AQueryLacksMostOfThem) {
  v1::GetNoteRequest request;
  request.set_county("610524");
  const auto fields = read_fields(request, kNow);
  ASSERT_TRUE(fields);
  EXPECT_TRUE(fields->request_id.empty());
  EXPECT_FALSE(fields->effective_time);
}

TEST(ReadFields, RefusesWhatIsBeyondTheLimits) {
  for (const auto* county : {"", "61 0524", "合阳", "0123456789012345678901234567890123"}) {
    auto request = good();
    request.set_county(county);
    expect_wrong(request, "county");
  }
  auto request = good();
  request.set_request_id("1");
  expect_wrong(request, "request_id");
  request = good();
  request.set_external_id(std::string(201, 'x'));
  expect_wrong(request, "external_id");
  request = good();
  request.set_external_id("a\nb");
  expect_wrong(request, "external_id");
  request = good();
  request.mutable_effective_time()->set_seconds(400'000'000'000);
  expect_wrong(request, "effective_time");
  request = good();
  request.mutable_effective_time()->set_nanos(-1);
  expect_wrong(request, "effective_time");
  request = good();
  request.add_read_tokens("dispatch/7/901");
  request.add_read_tokens("dispatch/48/1");
  expect_wrong(request, "read_tokens[1]");
  request = good();
  for (int i = 0; i < 17; ++i) request.add_read_tokens("dispatch/7/901");
  expect_wrong(request, "read_tokens");
}

TEST(ReadFields, NamesEveryFieldThatIsWrong) {
  v1::AddNoteRequest request;
  request.set_request_id("1");
  const auto fields = read_fields(request, kNow);
  ASSERT_FALSE(fields);
  EXPECT_EQ(fields.error().violations.size(), 2u);
}

}  // namespace
}  // namespace lianmeng::rpc
