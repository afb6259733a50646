// Times of requests.
#pragma once

#include <google/protobuf/timestamp.pb.h>

#include <optional>
#include <string>

#include "platform/base/error.h"
#include "platform/base/reason.h"
#include "platform/base/time.h"
#include "platform/state/proto_time.h"

namespace lianmeng::membership {

// Nothing when it is not given. INVALID_FIELD outside the years 1–9999, as protobuf has it.
inline Result<std::optional<Time>> read_time(const std::string& field, bool given,
                                             const google::protobuf::Timestamp& time) {
  if (!given) return std::nullopt;
  if (time.seconds() < -62'135'596'800 || time.seconds() > 253'402'300'799 || time.nanos() < 0 ||
      time.nanos() > 999'999'999) {
    return fail(to_error(refuse_field(field, "时间超出范围（公元 1–9999 年）。",
                                      "the time lies outside years 1–9999")));
  }
  return state::from_proto(time);
}

}  // namespace lianmeng::membership
