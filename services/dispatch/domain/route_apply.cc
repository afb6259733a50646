#include "dispatch/domain/tables.h"

namespace lianmeng::dispatch {

void evolve(v1::DemandRow& row, const v1::DemandRouted& event, const EventMeta&) {
  row.set_state(v1::DEMAND_STATE_ROUTED);
  row.set_mode(event.mode());
  *row.mutable_offers() = event.offers();
  row.clear_offered_group_ids();
  for (const auto& offer : event.offers()) row.add_offered_group_ids(offer.group_id());
  row.set_binding(event.binding());
  row.set_assignment_required(false);
  row.clear_rule_id();
  row.clear_rule_time();
  put_board(row, event.clocks());
}

void evolve(v1::DemandRow& row, const v1::RoutingRuleLapsed&, const EventMeta&) {
  row.clear_rule_id();
  row.clear_rule_time();
}

void evolve(v1::DemandRow& row, const v1::DemandDeclined& event, const EventMeta& meta) {
  row.set_state(v1::DEMAND_STATE_DECLINED);
  row.clear_offers();
  row.clear_rule_id();
  row.clear_rule_time();
  row.set_closing_reason(event.reason());
  *row.mutable_closed_time() = to_proto(meta.effective_time);
  put_board(row, event.clocks());
}

}  // namespace lianmeng::dispatch
