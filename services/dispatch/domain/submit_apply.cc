#include "dispatch/domain/submit.h"
#include "dispatch/domain/tables.h"

namespace lianmeng::dispatch {

void evolve(v1::DemandRow& row, const v1::DemandSubmitted& event, const EventMeta& meta) {
  row.set_county(meta.county.str());
  row.set_demand_id(event.demand_id());
  row.set_number(event.number());
  row.set_title(event.title());
  row.set_detail(event.detail());
  row.set_kind(event.kind());
  row.set_urgency(event.urgency());
  // Setting a field to nothing would allocate all the same.
  if (!event.industry().empty()) row.set_industry(event.industry());
  row.set_state(v1::DEMAND_STATE_SUBMITTED);
  row.set_asker_organisation_id(event.asker_organisation_id());
  row.set_asker_person_id(event.asker_person_id());
  row.set_recorder_person_id(event.recorder_person_id());
  row.set_callback_person_id(event.callback_person_id());
  row.set_village_id(event.village_id());
  row.set_township_id(event.township_id());
  if (!event.found_by_group_id().empty()) row.set_found_by_group_id(event.found_by_group_id());
  *row.mutable_submitted_time() = to_proto(meta.effective_time);
  if (!event.rule_id().empty()) {
    row.set_rule_id(event.rule_id());
    *row.mutable_rule_time() = to_proto(meta.time);
  }
  put_board(row, event.clocks());
}

void apply(state::Tx& state, const v1::DemandSubmitted& event, const EventMeta& meta) {
  const auto day = event.demand_id().substr(0, event.demand_id().find('-'));
  kDaySerials.set(state, demand_key(meta.county, day), event.serial());
  v1::DemandRow row;
  evolve(row, event, meta);
  insert_demand(state, std::move(row));
}

}  // namespace lianmeng::dispatch
