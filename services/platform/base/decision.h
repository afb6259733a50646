// What a decision sees and what it may say. Pure: no clock, no randomness, no I/O.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "platform/base/ids.h"
#include "platform/base/reason.h"
#include "platform/base/time.h"

namespace lianmeng {

// What a decision is made with. `now` becomes the event's ce_time, so apply sees the same.
struct DecideContext {
  CountyId county;
  Actor actor;
  Time now;               // Recorded time: never before the tip's.
  Time effective_time;    // When it happened: `now` unless an import says otherwise.
  bool imported = false;  // effective_time was given by the caller: history, if it is over already.
};

// What apply knows of the event besides its message.
struct EventMeta {
  CountyId county;
  Actor actor;
  Time time;            // ce_time
  Time effective_time;  // ce_effectivetime, else ce_time
  std::uint64_t sequence = 0;
  bool imported = false;
  std::optional<Place> cause;  // The foreign event that a policy answered.
  std::string traceparent;     // Never part of state.
};

// A policy or a timer that has no work.
struct Nothing {};

// The outcome of decide: one event, a refusal, or nothing. E is the service's event (a message with
// one oneof, so that a forgotten case does not compile).
template <class E>
using Decision = std::variant<E, Refusal, Nothing>;

// What a policy answers to one foreign event. Ignore: told by the foreign event alone, leaves no
// record. Nothing: depends on state, so it is recorded as a no-op that carries the cause.
struct Ignore {};
template <class E>
using PolicyDecision = std::variant<Ignore, Nothing, E>;

}  // namespace lianmeng
