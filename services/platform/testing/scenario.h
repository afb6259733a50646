// Rules by example: given events, when a command, then an event or a refusal.
//
//   Scenario(membership_fold(), CountyId("610524"))
//       .given(county_created)
//       .by(PersonId("610524-p1"))
//       .at(beijing("2023-06-28 09:00"))
//       .when(CreateOrganisation{.name = "北顺村"})
//       .expect(organisation_created)      // is applied: the next `when` sees it
//       .when(CreateOrganisation{.name = ""})
//       .refused_field("name");
//
// Drives the service's own runtime::Fold over a state in memory. With each event it also checks
// what holds for every fold: apply gives the same twice, touches no table that is not the
// service's, the event fits into a record and has a subject; and at the end that folding all events
// anew gives the state that was reached step by step. Failures are GoogleTest's, at the line of the
// call. Threads: none. Lifetime: borrows the fold.
#pragma once

#include <google/protobuf/message.h>

#include <map>
#include <memory>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "platform/base/assert.h"
#include "platform/base/decision.h"
#include "platform/base/ids.h"
#include "platform/base/reason.h"
#include "platform/base/time.h"
#include "platform/runtime/fold.h"
#include "platform/state/view.h"

namespace lianmeng::testing {

// "2023-06-28 09:00" or "2023-06-28", Asia/Shanghai.
Time beijing(std::string_view text);

class Scenario {
 public:
  using Where = std::source_location;

  Scenario(const runtime::Fold& fold, CountyId county);
  Scenario(const Scenario&) = delete;
  Scenario& operator=(const Scenario&) = delete;
  ~Scenario();

  // --- Who and when; hold until changed. ---
  Scenario& by(Actor actor);
  Scenario& by(const PersonId& person);
  Scenario& by_operator(std::string id = "root");
  Scenario& by_system();
  // Time never runs back. Fires no timer: see advance_to().
  Scenario& at(Time now);
  Scenario& in(CountyId county);
  // The next given or when is imported: it happened then.
  Scenario& happened_at(Time effective);

  // --- Given ---
  // The service's wrapper or the message of one of its cases.
  template <class... Facts>
  Scenario& given(const Facts&... facts) {
    (apply_fact(facts), ...);
    return *this;
  }
  // Folded into the projection; no policy runs.
  Scenario& given_foreign(std::string_view service, const google::protobuf::Message& fact);

  // --- When ---
  // A function of (View, DecideContext), or a command for which decide(view, command, context) is
  // found beside its type.
  template <class Command>
  Scenario& when(const Command& command) {
    const auto context = next_context();
    if constexpr (std::is_invocable_v<const Command&, const state::View&, const DecideContext&>) {
      return decided(raw(command(view(), context)));
    } else {
      return decided(raw(decide(view(), command, context)));
    }
  }
  // Projected, then answered by the policy on that log.
  Scenario& when_foreign(std::string_view service, const google::protobuf::Message& fact);
  // Moves the clock, firing each timer at its time and applying what it says: see fired().
  Scenario& advance_to(Time time);

  // --- Then ---
  Scenario& expect(const google::protobuf::Message& fact, Where where = Where::current());
  // Any event; read it with event<Fact>().
  Scenario& accepted(Where where = Where::current());
  // `params` must be among the refusal's.
  Scenario& refused(const Reason& reason, const std::map<std::string, std::string>& params = {},
                    Where where = Where::current());
  Scenario& refused_field(std::string_view field, Where where = Where::current());
  Scenario& nothing(Where where = Where::current());
  // A policy that the event alone told to do nothing.
  Scenario& ignored(Where where = Where::current());

  // The last event that was expected, accepted or given. Fails the test when it is another fact.
  template <class Fact>
  Fact event(Where where = Where::current()) const {
    Fact fact;
    copy_last(fact, where);
    return fact;
  }
  // Of the last advance_to(), in order; Fact picks its kind.
  template <class Fact>
  std::vector<Fact> fired() const {
    std::vector<Fact> facts;
    for (const auto& event : fired_) {
      if (const auto* fact = dynamic_cast<const Fact*>(&case_of(*event))) facts.push_back(*fact);
    }
    return facts;
  }
  std::size_t fired_count() const { return fired_.size(); }

  // The service's wrapper of the last own event; there must be one.
  const google::protobuf::Message& last() const;

  const state::View& view() const { return state_; }
  Time now() const { return now_; }
  // What the next decision is made with.
  DecideContext context() const;

 private:
  struct Step {
    runtime::EventPtr event;
    EventMeta meta;
    const runtime::Foreign* foreign = nullptr;
  };

  template <class Outcome>
  static auto raw(Outcome outcome) {
    if constexpr (std::is_same_v<Outcome, runtime::RawDecision>) {
      return outcome;
    } else {
      return runtime::erase(std::move(outcome));
    }
  }

  static const google::protobuf::Message& case_of(const google::protobuf::Message& wrapper);
  void copy_last(google::protobuf::Message& fact, Where where) const;
  DecideContext next_context();
  EventMeta next_meta();
  void apply_fact(const google::protobuf::Message& fact);
  void apply(runtime::EventPtr event, EventMeta meta);
  void project(const runtime::Foreign& foreign, runtime::EventPtr event, EventMeta meta);
  const runtime::Foreign& foreign(std::string_view service) const;
  Scenario& decided(runtime::RawDecision decision);
  Scenario& take(Where where);

  const runtime::Fold& fold_;
  CountyId county_;
  Actor actor_;
  Time now_;
  std::optional<Time> happened_;
  std::uint64_t sequence_ = 0;
  std::map<std::string, std::uint64_t> foreign_sequences_;
  const state::EmptyView empty_;
  state::Layer state_{empty_};
  std::vector<Step> steps_;
  std::vector<runtime::EventPtr> fired_;

  // The last `when`.
  std::variant<std::monostate, runtime::EventPtr, Refusal, Nothing, Ignore> outcome_;
  EventMeta outcome_meta_;
};

// The wrapper with this fact as its case; a wrapper is copied as it is.
std::shared_ptr<google::protobuf::Message> wrap(const google::protobuf::Message& prototype,
                                                const google::protobuf::Message& fact);

}  // namespace lianmeng::testing
