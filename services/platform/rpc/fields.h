// The fields that all requests share (county, request_id, validate_only, external_id,
// effective_time, read_tokens), read by their names; a message without one of them has it empty.
#pragma once

#include <google/protobuf/message.h>
#include <google/protobuf/timestamp.pb.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/ids.h"
#include "platform/base/time.h"

namespace lianmeng::rpc {

// Limits of the shared fields; a service's own fields are checked by its decide.
inline constexpr std::size_t kCountyLengthMax = 32;
inline constexpr std::size_t kExternalIdLengthMax = 200;
inline constexpr std::size_t kReadTokensMax = 16;

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

// INVALID_FIELD with every field that is wrong.
Result<Fields> check_fields(const RawFields& raw);

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
Result<Fields> read_fields(const Request& request) {
  return check_fields(raw_fields(request));
}

}  // namespace lianmeng::rpc
