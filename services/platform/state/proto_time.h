// Times of events and rows: google.protobuf.Timestamp in messages, Time everywhere else.
#pragma once

#include <google/protobuf/timestamp.pb.h>

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "platform/base/time.h"

namespace lianmeng::state {

inline google::protobuf::Timestamp to_proto(Time time) {
  const auto since = time.time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  google::protobuf::Timestamp out;
  out.set_seconds(seconds.count());
  out.set_nanos(static_cast<std::int32_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(since - seconds).count()));
  return out;
}

// What is finer than a millisecond is dropped, towards the past. The year 9999 has no nanoseconds.
// A row or an event may hold anything: what lies beyond the years that a Timestamp may name, 1 to
// 9999, is taken for their end.
inline Time from_proto(const google::protobuf::Timestamp& time) {
  constexpr std::int64_t kSecondsMin = -62'135'596'800;
  constexpr std::int64_t kSecondsMax = 253'402'300'799;
  const std::chrono::seconds seconds(
      std::clamp<std::int64_t>(time.seconds(), kSecondsMin, kSecondsMax));
  return Time(seconds + std::chrono::floor<std::chrono::milliseconds>(
                            std::chrono::nanoseconds(time.nanos())));
}

}  // namespace lianmeng::state
