#include <fmt/format.h>
#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <array>

#include "dispatch/domain/county_clocks.h"
#include "dispatch/domain/desk.h"
#include "dispatch/domain/fields.h"
#include "dispatch/domain/reasons.h"
#include "dispatch/domain/route.h"
#include "dispatch/domain/settings.h"

namespace lianmeng::dispatch {

namespace roster = membership::roster;
using google::protobuf::util::MessageDifferencer;

namespace {

constexpr std::array kResettledStates{
    v1::DEMAND_STATE_TAKEN,    v1::DEMAND_STATE_AWAITING_SIGNATURE,
    v1::DEMAND_STATE_ROUTED,   v1::DEMAND_STATE_SUBMITTED,
    v1::DEMAND_STATE_IN_AUDIT, v1::DEMAND_STATE_AWAITING_RATING};

std::optional<Refusal> need_officer(const Desk& desk, std::string_view action) {
  return desk.need(desk.me().is_county_officer(), action, "仅限县级主管办公室",
                   "only the county's office may");
}

std::optional<Refusal> need_router(const Desk& desk, std::string_view action) {
  return desk.need(desk.me().is_county_officer() || desk.me().is_coordinator(), action,
                   "仅限县级主管办公室和调度员", "only the county's office and coordinators may");
}

// The violations of a check, under the field of the request.
Refusal wrong(const Error& error, const std::string& prefix) {
  LM_ASSERT(!error.violations.empty());
  const auto& first = error.violations.front();
  auto refusal = refuse_field(prefix + first.field, first.description_zh, first.description_en);
  for (std::size_t i = 1; i < error.violations.size(); ++i) {
    auto violation = error.violations[i];
    violation.field = prefix + violation.field;
    refusal.violations.push_back(std::move(violation));
  }
  return refusal;
}

// Days off and working days are one list there.
DayField day_field_of(const v1::CalendarYear& year) {
  return [&year](bool worked, std::optional<std::size_t> at) {
    std::size_t before = 0;
    for (int i = 0; at && i < year.days_size(); ++i) {
      const bool off = year.days(i).kind() == v1::DAY_KIND_DAY_OFF;
      if (off != worked && before++ == *at) return fmt::format("days[{}]", i);
    }
    return std::string("days");
  };
}

std::optional<v1::SettingsRow> settings_of(const state::View& view, const CountyId& county) {
  return settings().find(view, county_key(county));
}

template <class List>
bool same(const List& a, const List& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return MessageDifferencer::Equals(x, y); });
}

std::optional<Refusal> check_setting(const v1::LimitSetting& setting, int index) {
  const auto field = [&](std::string_view name) {
    return fmt::format("settings[{}].{}", index, name);
  };
  const bool classless =
      setting.clock_kind() == v1::CLOCK_KIND_AUDIT || setting.clock_kind() == v1::CLOCK_KIND_RATE;
  if (auto no = first_of(check_enum(field("clock_kind"), setting.clock_kind(),
                                    v1::ClockKind_IsValid(setting.clock_kind())),
                         check_enum(field("limit.unit"), setting.limit().unit(),
                                    v1::LimitUnit_IsValid(setting.limit().unit())))) {
    return no;
  }
  if (classless) {
    if (setting.limit_class() == v1::LIMIT_CLASS_UNSPECIFIED) return std::nullopt;
    return refuse_field(field("limit_class"), "审核和评价时限不分档，请留空",
                        "audit and rating have one limit for every class: leave it empty");
  }
  return check_enum(field("limit_class"), setting.limit_class(),
                    v1::LimitClass_IsValid(setting.limit_class()));
}

v1::LimitSetting setting_of(LimitClass limit_class, ClockKind kind, const Limit& limit) {
  v1::LimitSetting out;
  if (kind != ClockKind::kAudit && kind != ClockKind::kRate) {
    out.set_limit_class(static_cast<v1::LimitClass>(limit_class));
  }
  out.set_clock_kind(static_cast<v1::ClockKind>(kind));
  *out.mutable_limit() = to_proto(limit);
  return out;
}

std::optional<Refusal> check_rule(const Desk& desk, const v1::RoutingRule& rule) {
  if (auto no = check_given("rule.name", rule.name())) return no;
  for (int i = 0; i < rule.kinds_size(); ++i) {
    if (auto no = check_enum(fmt::format("rule.kinds[{}]", i), rule.kinds(i),
                             v1::DemandKind_IsValid(rule.kinds(i)))) {
      return no;
    }
  }
  for (int i = 0; i < rule.industries_size(); ++i) {
    if (auto no = check_given(fmt::format("rule.industries[{}]", i), rule.industries(i))) {
      return no;
    }
  }
  for (const auto& place : rule.place_ids()) {
    const auto row = roster::organisation(desk.view(), desk.county(), place);
    if (!row || !roster::is_in_being(*row)) {
      return refuse(kOrganisationUnknown, {{"organisation", place}});
    }
  }
  if (auto no = check_enum("rule.mode", rule.mode(), v1::RoutingMode_IsValid(rule.mode()))) {
    return no;
  }
  const std::vector<std::string> groups(rule.group_ids().begin(), rule.group_ids().end());
  return check_groups(desk, rule.mode(), rule.lead_group_id(), groups, "rule.");
}

}  // namespace

Decision<v1::DispatchEvent> decide(const state::View& view, const SetLimits& command,
                                   const DecideContext& context) {
  const Desk desk(view, context);
  if (auto no = need_officer(desk, "设置时限")) return *no;
  std::vector<LimitOverride> overrides;
  v1::LimitsSet event;
  for (std::size_t i = 0; i < command.settings.size(); ++i) {
    const auto& setting = command.settings[i];
    if (auto no = check_setting(setting, static_cast<int>(i))) return *no;
    const auto twice = std::any_of(command.settings.begin(),
                                   command.settings.begin() + static_cast<std::ptrdiff_t>(i),
                                   [&](const auto& other) {
                                     return other.limit_class() == setting.limit_class() &&
                                            other.clock_kind() == setting.clock_kind();
                                   });
    if (twice) {
      return refuse_field(fmt::format("settings[{}]", i), "同一档次的同一时限列了两次",
                          "this limit of this class is set twice");
    }
    overrides.push_back({static_cast<LimitClass>(setting.limit_class()),
                         static_cast<ClockKind>(setting.clock_kind()),
                         from_proto(setting.limit())});
    *event.add_settings() = setting;
  }
  const auto row = settings_of(view, context.county);
  const auto version = (row ? row->limits_version() : 0) + 1;
  if (const auto table = with_overrides(overrides, version); !table) {
    return wrong(table.error(), "settings");
  }
  if (same(event.settings(), row ? row->limits() : v1::SettingsRow().limits())) {
    return refuse(kNothingToChange, {{"what", "时限"}, {"what_en", "the limits"}});
  }
  event.set_version(version);
  v1::DispatchEvent out;
  *out.mutable_limits_set() = std::move(event);
  return out;
}

Decision<v1::DispatchEvent> decide(const state::View& view, const SetCalendarYear& command,
                                   const DecideContext& context) {
  const Desk desk(view, context);
  if (auto no = need_officer(desk, "登记日历")) return *no;
  const auto& year = command.calendar;
  if (auto no = first_of(
          check_enum("calendar.layer", year.layer(), v1::CalendarLayer_IsValid(year.layer())))) {
    return *no;
  }
  for (int i = 0; i < year.days_size(); ++i) {
    const auto field = fmt::format("calendar.days[{}]", i);
    if (auto no = first_of(check_date(field + ".date", year.days(i).date()),
                           check_enum(field + ".kind", year.days(i).kind(),
                                      v1::DayKind_IsValid(year.days(i).kind())))) {
      return *no;
    }
  }
  if (const auto checked = check(from_proto(year), day_field_of(year)); !checked) {
    return wrong(checked.error(), "calendar.");
  }
  if (const auto row = settings_of(view, context.county)) {
    for (const auto& known : row->calendars()) {
      if (MessageDifferencer::Equals(known, year)) {
        return refuse(kNothingToChange, {{"what", "日历"}, {"what_en", "the calendar"}});
      }
    }
  }
  v1::DispatchEvent out;
  *out.mutable_calendar_layer_set()->mutable_calendar() = year;
  return out;
}

Decision<v1::DispatchEvent> decide(const state::View& view, const SetOfficeHours& command,
                                   const DecideContext& context) {
  const Desk desk(view, context);
  if (auto no = need_officer(desk, "设置办公时间")) return *no;
  v1::OfficeHoursSet event;
  for (const auto& span : command.spans) *event.add_spans() = span;
  if (event.spans().empty()) {
    return refuse_field("spans", "须填写至少一段办公时间", "give at least one span");
  }
  if (const auto checked = check(office_hours_from(event.spans())); !checked) {
    return wrong(checked.error(), "");
  }
  const auto row = settings_of(view, context.county);
  const auto now = office_hours_from(row ? row->office_hours() : v1::SettingsRow().office_hours());
  if (now == office_hours_from(event.spans())) {
    return refuse(kNothingToChange, {{"what", "办公时间"}, {"what_en", "the office hours"}});
  }
  v1::DispatchEvent out;
  *out.mutable_office_hours_set() = std::move(event);
  return out;
}

Decision<v1::DispatchEvent> decide(const state::View& view, const SetRoutingRule& command,
                                   const DecideContext& context) {
  const Desk desk(view, context);
  if (auto no = need_router(desk, "设置派单规则")) return *no;
  auto rule = command.rule;
  if (rule.mode() == v1::ROUTING_MODE_UNSPECIFIED) rule.set_mode(v1::ROUTING_MODE_ASSIGNED);
  if (auto no = check_rule(desk, rule)) return *no;
  const auto rows =
      routing_rules().find(view, county_key(context.county)).value_or(v1::RoutingRulesRow());
  v1::RoutingRuleSet event;
  if (rule.rule_id().empty()) {
    if (rows.rules_size() >= kRoutingRulesMax) {
      return refuse(kRuleLimitReached, {{"limit", std::to_string(kRoutingRulesMax)}});
    }
    event.set_serial(rows.serial() + 1);
    rule.set_rule_id(fmt::format("r{}", event.serial()));
  } else {
    const auto found = std::find_if(rows.rules().begin(), rows.rules().end(),
                                    [&](const auto& r) { return r.rule_id() == rule.rule_id(); });
    if (found == rows.rules().end()) return refuse(kRuleUnknown, {{"rule", rule.rule_id()}});
    if (MessageDifferencer::Equals(*found, rule)) {
      return refuse(kNothingToChange, {{"what", "派单规则"}, {"what_en", "the routing rule"}});
    }
  }
  *event.mutable_rule() = std::move(rule);
  v1::DispatchEvent out;
  *out.mutable_routing_rule_set() = std::move(event);
  return out;
}

Decision<v1::DispatchEvent> decide(const state::View& view, const RemoveRoutingRule& command,
                                   const DecideContext& context) {
  const Desk desk(view, context);
  if (auto no = need_router(desk, "删除派单规则")) return *no;
  const auto rows = routing_rules().find(view, county_key(context.county));
  const bool known =
      rows && std::any_of(rows->rules().begin(), rows->rules().end(),
                          [&](const auto& rule) { return rule.rule_id() == command.rule_id; });
  if (!known) return refuse(kRuleUnknown, {{"rule", command.rule_id}});
  v1::DispatchEvent out;
  out.mutable_routing_rule_removed()->set_rule_id(command.rule_id);
  return out;
}

v1::DispatchEvent resettle_batch(const state::View& view, const v1::ResettleRow& row,
                                 const DecideContext& context) {
  const CountyClocks clocks(view, context.county);
  v1::DispatchEvent out;
  auto& event = *out.mutable_deadlines_resettled();
  auto stage = std::find(kResettledStates.begin(), kResettledStates.end(), row.cursor().state());
  state::PageRequest request;
  request.page_size = kResettleBatch;
  if (stage == kResettledStates.end()) {
    stage = kResettledStates.begin();
  } else {
    request.page_token = row.cursor().page_token();
  }
  const auto filter = state::Key{}.add(context.county.str()).add(kCountyScope).add(*stage);
  const auto page = demands().list(view, kDemandsByState, filter, request);
  LM_ASSERT(page.has_value(), "dispatch: the place of a settling is lost");
  for (const auto& demand : page->rows) {
    if (auto board = clocks.resettle(demand, context.now)) {
      auto& settled = *event.add_demands();
      settled.set_demand_id(demand.demand_id());
      *settled.mutable_clocks() = std::move(*board);
    }
  }
  if (page->next_page_token.empty()) ++stage;
  if (stage == kResettledStates.end()) {
    event.set_finished(true);
  } else {
    event.mutable_next()->set_state(*stage);
    event.mutable_next()->set_page_token(page->next_page_token);
  }
  return out;
}

std::vector<v1::LimitSetting> limits_in_force(const state::View& view, const CountyId& county) {
  const CountyClocks clocks(view, county);
  std::vector<v1::LimitSetting> all;
  for (const auto limit_class : kLimitClasses) {
    for (const auto kind :
         {ClockKind::kRoute, ClockKind::kTake, ClockKind::kContact, ClockKind::kResult}) {
      all.push_back(setting_of(limit_class, kind, clocks.limits().of(limit_class, kind)));
    }
  }
  for (const auto kind : {ClockKind::kAudit, ClockKind::kRate}) {
    const auto limit_class = LimitClass::kOrdinary;
    all.push_back(setting_of(limit_class, kind, clocks.limits().of(limit_class, kind)));
  }
  return all;
}

}  // namespace lianmeng::dispatch
