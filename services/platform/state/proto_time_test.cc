#include "platform/state/proto_time.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace lianmeng::state {
namespace {

google::protobuf::Timestamp stamp(std::int64_t seconds, std::int32_t nanos) {
  google::protobuf::Timestamp time;
  time.set_seconds(seconds);
  time.set_nanos(nanos);
  return time;
}

TEST(ProtoTime, WhatIsFinerThanAMillisecondIsDroppedTowardsThePast) {
  EXPECT_EQ(from_proto(stamp(1, 1'999'999)), Time(Duration(1'001)));
  EXPECT_EQ(from_proto(stamp(-1, 999'999'999)), Time(Duration(-1)));
  EXPECT_EQ(from_proto(stamp(-1, 1)), Time(Duration(-1'000)));
}

TEST(ProtoTime, TheEndsOfATimestampAreTimesAndComeBackTheSame) {
  // 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999Z, as timestamp.proto bounds it.
  for (const auto& end : {stamp(-62'135'596'800, 0), stamp(253'402'300'799, 999'000'000)}) {
    const auto back = to_proto(from_proto(end));
    EXPECT_EQ(back.seconds(), end.seconds());
    EXPECT_EQ(back.nanos(), end.nanos());
  }
}

TEST(ProtoTime, WhatNoTimestampMayNameIsTakenForTheEnd) {
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
  EXPECT_EQ(from_proto(stamp(kMost, 0)), from_proto(stamp(253'402'300'799, 0)));
  EXPECT_EQ(from_proto(stamp(kLeast, 0)), from_proto(stamp(-62'135'596'800, 0)));
}

}  // namespace
}  // namespace lianmeng::state
