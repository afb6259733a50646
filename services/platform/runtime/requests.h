// Which requests were decided: by request_id for seven days of log time, by external_id for ever.
// Pure: part of every partition's fold.
#pragma once

#include <optional>
#include <variant>

#include "lianmeng/runtime/v1/runtime_events.pb.h"
#include "platform/base/decision.h"
#include "platform/runtime/envelope.h"
#include "platform/state/view.h"

namespace lianmeng::runtime {

// What identifies a request.
struct RequestKey {
  CountyId county;
  Actor actor;
  std::string request_id;
  std::string external_id;
  std::string hash;
};

// The request was decided before, alike; or its id cannot be used.
struct Known {
  v1::RequestRow row;
};
using Lookup = std::variant<std::monostate, Known, Refusal>;

// A request_id must be a UUIDv7 from six days before `now` to one hour ahead.
Lookup find_request(const state::View& view, const RequestKey& key, Time now);

// Records the request of a valid record, and drops what is older than seven days before its time, a
// bounded number at a time. `oldest_hint_ms` is a cache of the caller's: nothing there is older;
// start with 0.
void record_request(state::Tx& tx, const Envelope& envelope, const v1::RequestRefused* refused,
                    std::uint64_t* oldest_hint_ms);

}  // namespace lianmeng::runtime
