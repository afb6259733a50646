// "As of": how a thing stood at a time, from its own history. Two times tell two things, and an
// answer says which it means:
//   recorded   what the system said then: the events recorded by then;
//   effective  what was the case then, as it is known now: the events that had happened by then,
//              whenever they were recorded;
//   both       what was known at the one of the other.
// What counts is folded in the order of the log, as the state itself is: without a time, or with
// one that lies behind everything, the answer is the state as it is.
#pragma once

#include <algorithm>
#include <optional>
#include <string_view>

#include "platform/base/reason.h"
#include "platform/base/time.h"
#include "platform/state/proto_time.h"

namespace lianmeng::state {

struct AsOf {
  std::optional<Time> recorded;
  std::optional<Time> effective;

  // Whether the state as it is will do.
  bool is_now() const { return !recorded && !effective; }
  bool covers(Time recorded_time, Time effective_time) const {
    return (!recorded || recorded_time <= *recorded) &&
           (!effective || effective_time <= *effective);
  }
  // The moment at which to judge what runs or is in force then.
  Time moment(Time now) const { return std::min(now, effective.value_or(recorded.value_or(now))); }
};

// Of a request with as_of_recorded_time and as_of_effective_time.
template <class Request>
AsOf as_of(const Request& request) {
  AsOf out;
  if (request.has_as_of_recorded_time()) out.recorded = from_proto(request.as_of_recorded_time());
  if (request.has_as_of_effective_time()) {
    out.effective = from_proto(request.as_of_effective_time());
  }
  return out;
}

// A thing in words: 任职 t7, post t7.
struct Subject {
  std::string_view zh;
  std::string_view en;
  std::string_view id;
};

// NOTHING_THEN: {what}, {what_en}, {recorded}, {effective}: the thing is there, and was not by
// then. The times are its first event's.
extern const Reason kNothingThen;
Refusal nothing_then(const Subject& subject, Time recorded, Time effective);

}  // namespace lianmeng::state
