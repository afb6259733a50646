#include <algorithm>

#include "dispatch/domain/county_clocks.h"
#include "dispatch/domain/desk.h"
#include "dispatch/domain/fields.h"
#include "dispatch/domain/reasons.h"
#include "dispatch/domain/take.h"

namespace lianmeng::dispatch {
namespace {

std::vector<std::string> offered_groups(const v1::DemandRow& row) {
  std::vector<std::string> groups;
  for (const auto& offer : row.offers()) groups.push_back(offer.group_id());
  return groups;
}

const v1::Offer* offer_of(const v1::DemandRow& row, const std::string& group) {
  const auto found = std::find_if(row.offers().begin(), row.offers().end(),
                                  [&](const auto& offer) { return offer.group_id() == group; });
  return found == row.offers().end() ? nullptr : &*found;
}

// The group that a routing assigned as the lead and that has not passed it back.
const v1::Offer* lead_offer(const v1::DemandRow& row) {
  const auto found = std::find_if(row.offers().begin(), row.offers().end(), [](const auto& offer) {
    return offer.role() == v1::GROUP_ROLE_LEAD;
  });
  return found == row.offers().end() ? nullptr : &*found;
}

std::optional<Refusal> need_offer(const Desk& desk, const v1::DemandRow& row,
                                  const std::string& group, std::string_view action) {
  if (group.empty()) {
    return refuse_field("group_id", "请填写以哪个小组的名义办理", "say for which group you act");
  }
  if (offer_of(row, group) == nullptr) {
    return refuse(kGroupNotOffered, {{"demand", row.number()}, {"group", desk.named(group)}});
  }
  return desk.need(desk.vouched() || desk.me().is_group_member(group), action, "您不是该小组成员",
                   "you do not belong to that group");
}

}  // namespace

Decision<v1::DispatchEvent> decide(const state::View& view, const TakeDemand& command,
                                   const DecideContext& context) {
  const Desk desk(view, context);
  if (auto no = desk.check_import()) return *no;
  const auto row =
      demands().find(view, demand_key(context.county, demand_id_of(command.demand_id)));
  if (!row) return desk.unknown(command.demand_id);
  // Who was offered it and comes second may know who leads, though it is no longer theirs to see.
  const auto& offered = row->offered_group_ids();
  const bool was_offered = std::any_of(offered.begin(), offered.end(), [&](const auto& group) {
    return desk.me().is_group_member(group);
  });
  if (!was_offered && !sees(scopes_of(desk.me(), Sight::kActing), *row)) {
    return desk.unknown(command.demand_id);
  }
  if (!row->lead_group_id().empty()) {
    return refuse(kDemandAlreadyTaken,
                  {{"demand", row->number()}, {"lead", desk.named(row->lead_group_id())}});
  }
  if (auto no = desk.need_state(*row, {v1::DEMAND_STATE_ROUTED})) return *no;
  const auto group = desk.group_of_mine(command.group_id, offered_groups(*row));
  if (auto no = need_offer(desk, *row, group, "接单")) return *no;
  const auto* lead = lead_offer(*row);
  if (lead != nullptr && lead->group_id() != group) {
    return refuse(kLeadOfferedToAnother,
                  {{"demand", row->number()}, {"lead", desk.named(lead->group_id())}});
  }

  v1::DemandTaken event;
  event.set_demand_id(row->demand_id());
  event.set_lead_group_id(group);
  event.set_person_id(desk.actor_person());
  if (row->mode() == v1::ROUTING_MODE_ASSIGNED) {
    for (const auto& offer : row->offers()) {
      if (offer.group_id() == group) continue;
      auto& helper = *event.add_helpers();
      helper.set_group_id(offer.group_id());
      helper.set_state(v1::HELPER_STATE_HELPING);
    }
  }
  const CountyClocks clocks(view, context.county);
  *event.mutable_clocks() = clocks.replace(
      *row,
      clocks.counting().taken(limit_class_of(row->kind(), row->urgency()), context.effective_time),
      context);
  return settle(*row, std::move(event), context, &v1::DispatchEvent::mutable_demand_taken);
}

Decision<v1::DispatchEvent> decide(const state::View& view, const PassBackDemand& command,
                                   const DecideContext& context) {
  const Desk desk(view, context);
  if (auto no = desk.check_import()) return *no;
  const auto row = desk.find(command.demand_id);
  if (!row) return desk.unknown(command.demand_id);
  if (auto no = desk.need_state(*row, {v1::DEMAND_STATE_ROUTED})) return *no;
  const auto group = desk.group_of_mine(command.group_id, offered_groups(*row));
  if (auto no = need_offer(desk, *row, group, "退单")) return *no;
  if (row->binding()) {
    return refuse(kRoutingBinds,
                  {{"demand", row->number()}, {"count", std::to_string(row->pass_back_count())}});
  }
  const auto until = from_proto(offer_of(*row, group)->pass_back_by_time());
  if (context.effective_time > until) {
    return refuse(kPassBackTooLate, {{"demand", row->number()}, {"until", wall_time(until)}});
  }
  if (auto no = check_given("reason", command.reason)) return *no;

  v1::DemandPassedBack event;
  event.set_demand_id(row->demand_id());
  event.set_group_id(group);
  event.set_reason(command.reason);
  event.set_pass_back_count(row->pass_back_count() + 1);
  event.set_last_offer(row->offers_size() == 1);
  if (event.last_offer()) {
    const CountyClocks clocks(view, context.county);
    *event.mutable_clocks() =
        clocks.replace(*row,
                       clocks.counting().submitted(limit_class_of(row->kind(), row->urgency()),
                                                   context.effective_time),
                       context);
  }
  return settle(*row, std::move(event), context, &v1::DispatchEvent::mutable_demand_passed_back);
}

}  // namespace lianmeng::dispatch
