// The fields that all requests share (county, request_id, validate_only, external_id,
// effective_time, read_tokens), read by their names; a message without one of them has it empty. A
// request is read only when all of its fields keep to their limits.
#pragma once

#include <google/protobuf/message.h>
#include <google/protobuf/timestamp.pb.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/ids.h"
#include "platform/base/time.h"
#include "platform/limits/limits.h"

namespace lianmeng::rpc {

// Views into the request.
struct RawFields {
  std::string_view county;
  std::string_view request_id;
  std::string_view external_id;
  const google::protobuf::Timestamp* effective_time = nullptr;
  const google::protobuf::RepeatedPtrField<std::string>* read_tokens = nullptr;
  bool validate_only = false;
};

struct Fields {
  CountyId county;
  std::string request_id;
  std::string external_id;
  std::optional<Time> effective_time;
  std::vector<Place> tokens;
  bool validate_only = false;
};

// What happened before the People's Republic was founded (1949-10-01, Asia/Shanghai) is no county's
// to record, and working time is counted from it day by day.
inline constexpr Time kEffectiveFirst{std::chrono::seconds{-639'129'600}};
// How far ahead of the clock here an effective_time may be: as far as clocks may be apart.
inline constexpr Duration kEffectiveAhead = std::chrono::seconds{2};

// INVALID_FIELD with every field of the request, shared or its own, that is beyond its limit
// (platform/limits); and effective_time, which is in the past, if it is not.
Result<Fields> check_fields(const RawFields& raw, const limits::RequestLimits& limits,
                            const google::protobuf::Message& request, Time now);

template <class Request>
RawFields raw_fields(const Request& request) {
  RawFields raw;
  if constexpr (requires { request.county(); }) raw.county = request.county();
  if constexpr (requires { request.request_id(); }) raw.request_id = request.request_id();
  if constexpr (requires { request.validate_only(); }) raw.validate_only = request.validate_only();
  if constexpr (requires { request.external_id(); }) raw.external_id = request.external_id();
  if constexpr (requires { request.has_effective_time(); }) {
    if (request.has_effective_time()) raw.effective_time = &request.effective_time();
  }
  if constexpr (requires { request.read_tokens(); }) raw.read_tokens = &request.read_tokens();
  return raw;
}

template <class Request>
Result<Fields> read_fields(const Request& request, Time now) {
  return check_fields(raw_fields(request), limits::limits_of<Request>(), request, now);
}

}  // namespace lianmeng::rpc
