// A record of the log as the chain sees it: a CloudEvent in Kafka's binary mode (design: topics).
//
//   ce_specversion ce_id ce_source ce_type ce_time ce_subject ce_partitionkey ce_sequence ce_prev
//   ce_host ce_fold ce_cause ce_actor ce_requestid ce_requesthash ce_traceparent content-type
//
// and two extensions of ours: ce_effectivetime (when it happened, where an import says so) and
// ce_externalid (unique in the county for ever). Attributes that do not apply are left out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "platform/base/decision.h"
#include "platform/log/log.h"
#include "platform/runtime/fold.h"

namespace lianmeng::runtime {

inline constexpr std::string_view kNoOpType = "lianmeng.runtime.v1.NoOp";
inline constexpr std::string_view kRequestRefusedType = "lianmeng.runtime.v1.RequestRefused";

struct Envelope {
  std::string id;
  std::string prev;  // Empty for the first record of a log.
  std::uint64_t sequence = 0;
  std::string type;
  Time time{};
  std::optional<Time> effective_time;
  std::string subject;
  CountyId county;  // The key; empty for a no-op.
  std::string host;
  int fold = 0;
  std::optional<Place> cause;
  std::optional<Actor> actor;
  std::string request_id;
  std::string request_hash;
  std::string external_id;
  std::string traceparent;
  std::string value;

  bool is_noop() const { return type == kNoOpType; }
};

// "lianmeng.dispatch.v1".
std::string topic_of(std::string_view service);

// `source` is "/lianmeng/<service>/<partition>".
log::Record to_record(const Envelope& envelope, std::string_view source);

// Nothing when the record is none of ours: no chain can hold it, so it is void.
std::optional<Envelope> parse_record(log::Record&& record);

EventMeta meta_of(const Envelope& envelope);

// The full name of the oneof's case and its bytes. Requires a wrapper with exactly one oneof, set.
std::string event_type(const google::protobuf::Message& event);
std::string event_bytes(const google::protobuf::Message& event);
// Null when the type is no case of the wrapper or the bytes do not parse.
EventPtr decode_event(const google::protobuf::Message& prototype, std::string_view type,
                      std::string_view bytes);

}  // namespace lianmeng::runtime
