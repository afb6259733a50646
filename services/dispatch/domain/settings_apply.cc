#include <algorithm>
#include <tuple>

#include "dispatch/domain/settings.h"
#include "dispatch/domain/tables.h"

namespace lianmeng::dispatch {
namespace {

v1::SettingsRow settings_row(const state::View& view, const EventMeta& meta) {
  auto row = settings().find(view, county_key(meta.county)).value_or(v1::SettingsRow());
  row.set_county(meta.county.str());
  return row;
}

// From the first demand on, whatever stood in the row.
void start_resettling(state::Tx& state, const EventMeta& meta) {
  v1::ResettleRow row;
  row.set_county(meta.county.str());
  *row.mutable_timer_time() = to_proto(meta.time);
  resettling().put(state, row);
}

}  // namespace

void apply(state::Tx& state, const v1::LimitsSet& event, const EventMeta& meta) {
  auto row = settings_row(state, meta);
  row.set_limits_version(event.version());
  *row.mutable_limits() = event.settings();
  settings().put(state, row);
}

void apply(state::Tx& state, const v1::CalendarLayerSet& event, const EventMeta& meta) {
  auto row = settings_row(state, meta);
  auto& years = *row.mutable_calendars();
  years.erase(std::remove_if(years.begin(), years.end(),
                             [&](const v1::CalendarYear& year) {
                               return year.layer() == event.calendar().layer() &&
                                      year.year() == event.calendar().year();
                             }),
              years.end());
  *years.Add() = event.calendar();
  settings().put(state, row);
  start_resettling(state, meta);
}

void apply(state::Tx& state, const v1::OfficeHoursSet& event, const EventMeta& meta) {
  auto row = settings_row(state, meta);
  *row.mutable_office_hours() = event.spans();
  settings().put(state, row);
  start_resettling(state, meta);
}

void apply(state::Tx& state, const v1::DeadlinesResettled& event, const EventMeta& meta) {
  for (const auto& settled : event.demands()) {
    auto row = demands().find(state, demand_key(meta.county, settled.demand_id()));
    LM_ASSERT(row.has_value(), "dispatch: no demand {} to settle", settled.demand_id());
    put_board(*row, settled.clocks());
    put_demand(state, std::move(*row));
  }
  if (event.finished()) {
    resettling().erase(state, county_key(meta.county));
    return;
  }
  v1::ResettleRow row;
  row.set_county(meta.county.str());
  *row.mutable_timer_time() = to_proto(meta.time);
  *row.mutable_cursor() = event.next();
  resettling().put(state, row);
}

void apply(state::Tx& state, const v1::RoutingRuleSet& event, const EventMeta& meta) {
  auto row = routing_rules().find(state, county_key(meta.county)).value_or(v1::RoutingRulesRow());
  row.set_county(meta.county.str());
  row.set_serial(std::max(row.serial(), event.serial()));
  auto& rules = *row.mutable_rules();
  const auto found = std::find_if(rules.begin(), rules.end(), [&](const v1::RoutingRule& rule) {
    return rule.rule_id() == event.rule().rule_id();
  });
  if (found == rules.end()) {
    *rules.Add() = event.rule();
  } else {
    *found = event.rule();
  }
  std::sort(rules.begin(), rules.end(), is_asked_before);
  routing_rules().put(state, row);
}

void apply(state::Tx& state, const v1::RoutingRuleRemoved& event, const EventMeta& meta) {
  auto row = routing_rules().find(state, county_key(meta.county));
  LM_ASSERT(row.has_value(), "dispatch: no rule {} to remove", event.rule_id());
  auto& rules = *row->mutable_rules();
  rules.erase(std::remove_if(rules.begin(), rules.end(),
                             [&](const auto& rule) { return rule.rule_id() == event.rule_id(); }),
              rules.end());
  routing_rules().put(state, *row);
}

}  // namespace lianmeng::dispatch
