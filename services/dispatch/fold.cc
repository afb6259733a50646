#include "dispatch/fold.h"

#include <array>

#include "dispatch/domain/cases.h"
#include "dispatch/domain/escalation.h"
#include "dispatch/domain/reasons.h"
#include "dispatch/domain/route.h"
#include "dispatch/domain/settings.h"
#include "dispatch/domain/submit.h"
#include "dispatch/domain/tables.h"
#include "membership/projection/roster.h"
#include "platform/base/assert.h"

namespace lianmeng::dispatch {
namespace {

using v1::DispatchEvent;

const DispatchEvent& cast(const google::protobuf::Message& message) {
  return static_cast<const DispatchEvent&>(message);
}

struct Applier {
  state::Tx& state;
  const EventMeta& meta;

  // A comment is history alone, and so is a look.
  void operator()(const v1::DemandCommented&) const {}
  void operator()(const v1::AuditLooked&) const {}
  void operator()(const v1::ContactRevealed& event) const {
    v1::RevealRow row;
    row.set_county(meta.county.str());
    row.set_sequence(meta.sequence);
    *row.mutable_time() = to_proto(meta.time);
    *row.mutable_reveal() = event;
    reveals().put(state, row);
  }

  template <class Event>
  void operator()(const Event& event) const {
    if constexpr (requires(v1::DemandRow& row) { evolve(row, event, meta); } &&
                  !std::is_same_v<Event, v1::DemandSubmitted>) {
      apply_to_demand(state, event, meta);
    } else {
      apply(state, event, meta);
    }
  }
};

struct Subject {
  std::string operator()(const v1::LimitsSet&) const { return "settings/limits"; }
  std::string operator()(const v1::CalendarLayerSet& event) const {
    return "settings/calendars/" + std::to_string(event.calendar().year());
  }
  std::string operator()(const v1::OfficeHoursSet&) const { return "settings/office-hours"; }
  std::string operator()(const v1::DeadlinesResettled&) const { return "settings/deadlines"; }
  std::string operator()(const v1::RoutingRuleSet& event) const {
    return "routing-rules/" + event.rule().rule_id();
  }
  std::string operator()(const v1::RoutingRuleRemoved& event) const {
    return "routing-rules/" + event.rule_id();
  }
  std::string operator()(const v1::AuditLooked& event) const {
    return "audit-looks/" + event.person_id();
  }
  template <class Event>
  std::string operator()(const Event& event) const {
    return "demands/" + event.demand_id();
  }
};

struct DemandOf {
  std::string operator()(const v1::AuditLooked&) const { return std::string(kAuditLooks); }
  template <class Event>
  std::string operator()(const Event& event) const {
    if constexpr (requires { event.demand_id(); }) {
      return event.demand_id();
    } else {
      return {};
    }
  }
};

void keep(state::Tx& state, const std::string& demand_id, const EventMeta& meta,
          const DispatchEvent& event) {
  v1::HistoryRow row;
  row.set_county(meta.county.str());
  row.set_demand_id(demand_id);
  row.set_sequence(meta.sequence);
  *row.mutable_time() = to_proto(meta.time);
  *row.mutable_effective_time() = to_proto(meta.effective_time);
  row.set_actor(to_string(meta.actor));
  put_history(state, row, event);
}

class DispatchFold final : public runtime::Fold {
 public:
  std::string_view service() const override { return "dispatch"; }
  int version() const override { return 3; }
  const google::protobuf::Message& prototype() const override {
    return DispatchEvent::default_instance();
  }
  std::span<const Reason* const> reasons() const override { return dispatch::reasons(); }

  void apply(state::Tx& state, const google::protobuf::Message& message,
             const EventMeta& meta) const override {
    const auto& event = cast(message);
    visit_case(event, Applier{state, meta});
    if (event.event_case() != DispatchEvent::kDeadlinesResettled) {
      return keep(state, visit_case(event, DemandOf{}), meta, event);
    }
    // Each demand keeps its own part.
    for (const auto& settled : event.deadlines_resettled().demands()) {
      DispatchEvent part;
      *part.mutable_deadlines_resettled()->add_demands() = settled;
      keep(state, settled.demand_id(), meta, part);
    }
  }

  std::string subject(const google::protobuf::Message& event) const override {
    return visit_case(cast(event), Subject{});
  }

  std::vector<std::string> timer_prefixes() const override {
    return {demands().prefix(kDemandsByTimer), resettling().prefix(kResettlingByTimer)};
  }
  std::optional<runtime::TimerDue> next_timer(const state::View& view) const override {
    std::optional<runtime::TimerDue> next;
    const auto offer = [&](const auto& row) {
      if (!row) return;
      const auto due = from_proto(row->timer_time());
      if (!next || due < next->due) next = {due, CountyId(row->county())};
    };
    offer(demands().first(view, kDemandsByTimer));
    offer(resettling().first(view, kResettlingByTimer));
    return next;
  }

  runtime::EventPtr fire_timer(const state::View& view,
                               const DecideContext& context) const override {
    const auto demand = demands().first(view, kDemandsByTimer);
    const auto settling = resettling().first(view, kResettlingByTimer);
    const bool settles = settling && (!demand || from_proto(settling->timer_time()) <
                                                     from_proto(demand->timer_time()));
    if (settles) {
      return std::make_shared<DispatchEvent>(resettle_batch(view, *settling, context));
    }
    LM_ASSERT(demand.has_value(), "dispatch: no timer to fire");
    return std::make_shared<DispatchEvent>(demand->rule_id().empty()
                                               ? advance_clock(view, *demand, context)
                                               : route_by_rule(view, *demand, context));
  }

  std::span<const runtime::Foreign> foreign() const override {
    static const std::array kForeign{runtime::Foreign{
        "membership",
        &membership::v1::MembershipEvent::default_instance(),
        [](state::Tx& state, const google::protobuf::Message& event, const EventMeta& meta) {
          membership::roster::project(
              state, static_cast<const membership::v1::MembershipEvent&>(event), meta);
        },
        {}}};
    return kForeign;
  }
};

}  // namespace

const runtime::Fold& dispatch_fold() {
  static const DispatchFold fold;
  return fold;
}

std::string demand_id_of_event(const google::protobuf::Message& event) {
  return visit_case(cast(event), DemandOf{});
}

}  // namespace lianmeng::dispatch
