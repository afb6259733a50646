#include <fmt/format.h>

#include <algorithm>

#include "dispatch/domain/county_clocks.h"
#include "dispatch/domain/desk.h"
#include "dispatch/domain/fields.h"
#include "dispatch/domain/reasons.h"
#include "dispatch/domain/route.h"

namespace lianmeng::dispatch {
namespace {

// The third time the coordinator's ruling binds.
bool binds(const CountyClocks& clocks, const v1::DemandRow& row) {
  return row.pass_back_count() >= clocks.limits().pass_back_max;
}

v1::Offer offer_to(const std::string& group, v1::GroupRole role, Time until) {
  v1::Offer offer;
  offer.set_group_id(group);
  offer.set_role(role);
  *offer.mutable_pass_back_by_time() = to_proto(until);
  return offer;
}

v1::DispatchEvent routed(const CountyClocks& clocks, const v1::DemandRow& row, v1::RoutingMode mode,
                         const std::string& lead, const std::vector<std::string>& groups,
                         const std::string& note, const std::string& rule_id,
                         const DecideContext& context) {
  v1::DemandRouted event;
  event.set_demand_id(row.demand_id());
  event.set_mode(mode);
  const auto until = clocks.counting().pass_back_until(context.effective_time);
  if (mode == v1::ROUTING_MODE_ASSIGNED) {
    *event.add_offers() = offer_to(lead, v1::GROUP_ROLE_LEAD, until);
  }
  for (const auto& group : groups) {
    *event.add_offers() = offer_to(
        group, mode == v1::ROUTING_MODE_OPEN ? v1::GROUP_ROLE_CONTENDER : v1::GROUP_ROLE_HELPER,
        until);
  }
  event.set_rule_id(rule_id);
  event.set_binding(rule_id.empty() && binds(clocks, row));
  event.set_note(note);
  *event.mutable_clocks() = clocks.replace(
      row,
      clocks.counting().routed(limit_class_of(row.kind(), row.urgency()), context.effective_time),
      context);
  return settle(row, std::move(event), context, &v1::DispatchEvent::mutable_demand_routed);
}

template <class List, class Value>
bool any_or_has(const List& list, const Value& value) {
  return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
}

bool has_place(const v1::RoutingRule& rule, const v1::DemandSubmitted& demand) {
  return rule.place_ids().empty() || any_or_has(rule.place_ids(), demand.village_id()) ||
         any_or_has(rule.place_ids(), demand.township_id());
}

}  // namespace

std::optional<Refusal> check_groups(const Desk& desk, v1::RoutingMode mode,
                                    const std::string& lead_group_id,
                                    const std::vector<std::string>& group_ids,
                                    std::string_view prefix) {
  const auto lead_field = fmt::format("{}lead_group_id", prefix);
  const auto groups_field = fmt::format("{}group_ids", prefix);
  if (mode == v1::ROUTING_MODE_ASSIGNED) {
    if (auto no = desk.need_group(lead_group_id, lead_field)) return no;
  } else if (!lead_group_id.empty()) {
    return refuse_field(
        lead_field, fmt::format("公开抢单不指定牵头小组，请留空，收到 {}", lead_group_id),
        fmt::format("an open routing names no lead: leave it empty; {} was given", lead_group_id));
  } else if (group_ids.size() < 2) {
    return refuse_field(
        groups_field,
        fmt::format("公开抢单至少须有2个小组，收到{}个；只派一个小组请用指派", group_ids.size()),
        fmt::format("an open routing needs at least 2 groups, {} were given; assign it to one "
                    "instead",
                    group_ids.size()));
  }
  if (group_ids.size() > kGroupsMax) {
    return refuse_field(
        groups_field, fmt::format("至多{}个小组，收到{}个", kGroupsMax, group_ids.size()),
        fmt::format("at most {} groups; {} were given", kGroupsMax, group_ids.size()));
  }
  for (std::size_t i = 0; i < group_ids.size(); ++i) {
    const auto& group = group_ids[i];
    const auto field = fmt::format("{}[{}]", groups_field, i);
    if (auto no = desk.need_group(group, field)) return no;
    const auto end = group_ids.begin() + static_cast<std::ptrdiff_t>(i);
    if (group == lead_group_id || std::find(group_ids.begin(), end, group) != end) {
      return refuse_field(field, fmt::format("小组 {} 重复", group),
                          fmt::format("group {} is named twice", group));
    }
  }
  return std::nullopt;
}

Decision<v1::DispatchEvent> decide(const state::View& view, const RouteDemand& command,
                                   const DecideContext& context) {
  const Desk desk(view, context);
  if (auto no = desk.check_import()) return *no;
  const auto row = desk.find(command.demand_id);
  if (!row) return desk.unknown(command.demand_id);
  auto groups = command.group_ids;
  groups.push_back(command.lead_group_id);
  if (auto no = desk.need_coordinator(*row, "派单", groups)) return *no;
  // A routed demand is routed anew only when it must be assigned: otherwise a routing would wind
  // its clock up again.
  if (!(row->state() == v1::DEMAND_STATE_ROUTED && row->assignment_required())) {
    if (auto no = desk.need_state(*row, {v1::DEMAND_STATE_SUBMITTED})) return *no;
  }
  const auto mode =
      command.mode == v1::ROUTING_MODE_UNSPECIFIED ? v1::ROUTING_MODE_ASSIGNED : command.mode;
  if (auto no = check_enum("mode", mode, v1::RoutingMode_IsValid(mode))) return *no;
  if (mode == v1::ROUTING_MODE_OPEN && row->assignment_required()) {
    return refuse(kAssignmentRequired, {{"demand", row->number()}});
  }
  if (auto no = check_groups(desk, mode, command.lead_group_id, command.group_ids)) return *no;
  const CountyClocks clocks(view, context.county);
  return routed(clocks, *row, mode, command.lead_group_id, command.group_ids, command.note, "",
                context);
}

Decision<v1::DispatchEvent> decide(const state::View& view, const DeclineDemand& command,
                                   const DecideContext& context) {
  const Desk desk(view, context);
  if (auto no = desk.check_import()) return *no;
  const auto row = desk.find(command.demand_id);
  if (!row) return desk.unknown(command.demand_id);
  if (auto no =
          first_of(desk.need_coordinator(*row, "不予受理"),
                   desk.need_state(*row, {v1::DEMAND_STATE_SUBMITTED, v1::DEMAND_STATE_ROUTED}),
                   check_given("reason", command.reason))) {
    return *no;
  }
  v1::DemandDeclined event;
  event.set_demand_id(row->demand_id());
  event.set_reason(command.reason);
  *event.mutable_clocks() = CountyClocks(view, context.county).replace(*row, {}, context);
  return settle(*row, std::move(event), context, &v1::DispatchEvent::mutable_demand_declined);
}

std::string matching_rule_id(const state::View& view, const CountyId& county,
                             const v1::DemandSubmitted& demand) {
  const auto rules = routing_rules().find(view, county_key(county));
  if (!rules) return {};
  for (const auto& rule : rules->rules()) {
    if (any_or_has(rule.kinds(), static_cast<int>(demand.kind())) &&
        any_or_has(rule.industries(), demand.industry()) && has_place(rule, demand)) {
      return rule.rule_id();
    }
  }
  return {};
}

v1::DispatchEvent route_by_rule(const state::View& view, const v1::DemandRow& row,
                                const DecideContext& context) {
  const Desk desk(view, context);
  const auto lapsed = [&](std::string reason) {
    v1::RoutingRuleLapsed event;
    event.set_demand_id(row.demand_id());
    event.set_rule_id(row.rule_id());
    event.set_reason(std::move(reason));
    return settle(row, std::move(event), context, &v1::DispatchEvent::mutable_routing_rule_lapsed);
  };
  if (row.state() != v1::DEMAND_STATE_SUBMITTED) return lapsed("已由调度员处理");
  const auto rules = routing_rules().find(view, county_key(context.county));
  const v1::RoutingRule* rule = nullptr;
  for (int i = 0; rules && i < rules->rules_size(); ++i) {
    if (rules->rules(i).rule_id() == row.rule_id()) rule = &rules->rules(i);
  }
  if (rule == nullptr) return lapsed("规则已删除");
  const std::vector<std::string> groups(rule->group_ids().begin(), rule->group_ids().end());
  auto all = groups;
  if (rule->mode() == v1::ROUTING_MODE_ASSIGNED) all.push_back(rule->lead_group_id());
  for (const auto& group : all) {
    if (desk.need_group(group, "")) return lapsed(fmt::format("小组 {} 已撤销", group));
  }
  const CountyClocks clocks(view, context.county);
  return routed(clocks, row, rule->mode(), rule->lead_group_id(), groups, rule->name(),
                rule->rule_id(), context);
}

}  // namespace lianmeng::dispatch
