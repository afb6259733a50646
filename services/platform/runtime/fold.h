// What a service gives the runtime: its pure functions over one partition's state.
//
// An event is the service's wrapper message: one oneof with a case for each fact (DispatchEvent),
// so that a switch over it that forgets a case does not compile. In the log its ce_type is the full
// name of the case's message and the value is that message's bytes.
#pragma once

#include <google/protobuf/message.h>

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "platform/base/decision.h"
#include "platform/state/view.h"

namespace lianmeng::runtime {

using EventPtr = std::shared_ptr<const google::protobuf::Message>;

// decide, whatever the service: one event, a refusal, or nothing.
using RawDecision = std::variant<EventPtr, Refusal, Nothing>;
using DecideFn = std::function<RawDecision(const state::View&, const DecideContext&)>;

// A policy's answer to one foreign event.
using RawPolicyDecision = std::variant<Ignore, Nothing, EventPtr>;

// One followed log of another service.
struct Foreign {
  std::string service;
  const google::protobuf::Message* prototype = nullptr;  // The default instance of its wrapper.
  // Folds the event into the projection's tables. Reads and writes nothing but those.
  std::function<void(state::Tx&, const google::protobuf::Message&, const EventMeta&)> project;
  // At most one own event for it; the context's county is the event's own. Empty: no policy.
  // Called after `project` of the same event.
  std::function<RawPolicyDecision(const state::View&, const google::protobuf::Message& event,
                                  const EventMeta& meta, const DecideContext&)>
      policy;
};

struct TimerDue {
  Time due;
  CountyId county;
};

// Threads: all are called from the loop that owns the partition; the functions keep no state.
class Fold {
 public:
  virtual ~Fold() = default;

  virtual std::string_view service() const = 0;  // "dispatch"; its topic is lianmeng.dispatch.v1.
  virtual int version() const = 0;               // Of the fold: a store of another is rebuilt.
  virtual const google::protobuf::Message& prototype() const = 0;
  // The service's own reasons, beside shared_reasons().
  virtual std::span<const Reason* const> reasons() const = 0;

  // Never refuses, reads nothing but the own tables (no projection), and knows no rules.
  virtual void apply(state::Tx& state, const google::protobuf::Message& event,
                     const EventMeta& meta) const = 0;

  // The subject of an event, kept with its request: "demands/230628-012" (ce_subject).
  virtual std::string subject(const google::protobuf::Message& event) const = 0;

  // The keys that next_timer reads begin with one of these, each in the order in which they are
  // due, so that it is asked again only when an earlier key came or a first one went. None: no
  // timers.
  virtual std::vector<std::string> timer_prefixes() const { return {}; }
  // The earliest timer, due or not; and the decision that fires it, called with its county when it
  // is due at context.now. The event must remove or move that timer; nothing else may follow from
  // it.
  virtual std::optional<TimerDue> next_timer(const state::View&) const { return std::nullopt; }
  virtual EventPtr fire_timer(const state::View&, const DecideContext&) const { return nullptr; }

  virtual std::span<const Foreign> foreign() const { return {}; }
};

// Turns a service's typed decision into the runtime's.
template <class E>
RawDecision erase(Decision<E> decision) {
  if (auto* event = std::get_if<E>(&decision)) {
    return EventPtr(std::make_shared<const E>(std::move(*event)));
  }
  if (auto* refusal = std::get_if<Refusal>(&decision)) return std::move(*refusal);
  return Nothing{};
}

template <class E>
RawPolicyDecision erase(PolicyDecision<E> decision) {
  if (auto* event = std::get_if<E>(&decision)) {
    return EventPtr(std::make_shared<const E>(std::move(*event)));
  }
  if (std::holds_alternative<Nothing>(decision)) return Nothing{};
  return Ignore{};
}

}  // namespace lianmeng::runtime
