// Which requests were decided: by request_id for seven days of log time, by external_id for ever.
// Pure: part of every partition's fold.
#pragma once

#include <cstdint>
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

// Two bounds of the ids' own times that a partition keeps beside its rows, in milliseconds since
// 1970: nothing there was made before `oldest_ms` or after `newest_ms`.
struct RequestSpan {
  std::uint64_t oldest_ms = 0;
  std::uint64_t newest_ms = 0;
};

// What is known of the store without asking it: no request in it was made after `newest_ms`, so
// that one made later, as nearly all are, is looked for in the layers above it alone.
struct AboveStore {
  const state::Layer* overlay;
  const state::Layer* dirty;
  std::uint64_t newest_ms;
};

// A request_id must be a UUIDv7 from six days before `now` to one hour ahead.
Lookup find_request(const state::View& view, const RequestKey& key, Time now,
                    const AboveStore* above = nullptr);

// Records the request of a valid record, and drops what is older than seven days before its time, a
// bounded number at a time. Keeps the caller's bounds.
void record_request(state::Tx& tx, const Envelope& envelope, const v1::RequestRefused* refused,
                    RequestSpan& span);

}  // namespace lianmeng::runtime
