// What a county sets for itself: limits, calendars, office hours, routing rules. A changed calendar
// settles open deadlines anew, in batches that timers drain.
#pragma once

#include <string>
#include <vector>

#include "lianmeng/dispatch/v1/dispatch_events.pb.h"
#include "platform/base/decision.h"
#include "platform/state/view.h"

namespace lianmeng::dispatch {

// Demands settled anew by one event, and looked at by one timer.
inline constexpr int kResettleBatch = 100;
inline constexpr int kRoutingRulesMax = 100;

// All that differ from the defaults; for clocks that start from now on.
struct SetLimits {
  std::vector<v1::LimitSetting> settings;
};

// A layer's year as published; replaces what was recorded of it.
struct SetCalendarYear {
  v1::CalendarYear calendar;
};

struct SetOfficeHours {
  std::vector<v1::OfficeSpan> spans;
};

// Without a rule_id: a new one.
struct SetRoutingRule {
  v1::RoutingRule rule;
};

struct RemoveRoutingRule {
  std::string rule_id;
};

Decision<v1::DispatchEvent> decide(const state::View& view, const SetLimits& command,
                                   const DecideContext& context);
Decision<v1::DispatchEvent> decide(const state::View& view, const SetCalendarYear& command,
                                   const DecideContext& context);
Decision<v1::DispatchEvent> decide(const state::View& view, const SetOfficeHours& command,
                                   const DecideContext& context);
Decision<v1::DispatchEvent> decide(const state::View& view, const SetRoutingRule& command,
                                   const DecideContext& context);
Decision<v1::DispatchEvent> decide(const state::View& view, const RemoveRoutingRule& command,
                                   const DecideContext& context);

// The next batch of the county's open demands, state by state. A demand that moves to another state
// meanwhile starts its new clocks by the new calendar; the one step that keeps its clocks, from
// taken to awaiting signature, goes forward in the order of the batches.
v1::DispatchEvent resettle_batch(const state::View& view, const v1::ResettleRow& row,
                                 const DecideContext& context);

void apply(state::Tx& state, const v1::LimitsSet& event, const EventMeta& meta);
void apply(state::Tx& state, const v1::CalendarLayerSet& event, const EventMeta& meta);
void apply(state::Tx& state, const v1::OfficeHoursSet& event, const EventMeta& meta);
void apply(state::Tx& state, const v1::DeadlinesResettled& event, const EventMeta& meta);
void apply(state::Tx& state, const v1::RoutingRuleSet& event, const EventMeta& meta);
void apply(state::Tx& state, const v1::RoutingRuleRemoved& event, const EventMeta& meta);

// Every limit that holds in a county, the defaults included.
std::vector<v1::LimitSetting> limits_in_force(const state::View& view, const CountyId& county);

}  // namespace lianmeng::dispatch
