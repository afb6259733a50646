#include "notification/policies/demands.h"

#include <algorithm>
#include <string>
#include <vector>

#include "notification/domain/tables.h"
#include "notification/policies/dispatch_words.h"

namespace lianmeng::notification {
namespace {

using dispatch_v1::DispatchEvent;

struct Projector {
  state::Tx& state;
  const CountyId& county;

  v1::DemandRow row_of(const std::string& demand_id) const {
    if (auto row = demands().find(state, key_of(county, demand_id))) return std::move(*row);
    v1::DemandRow row;
    row.set_county(county.str());
    row.set_demand_id(demand_id);
    return row;
  }

  void operator()(const dispatch_v1::DemandSubmitted& e) const {
    const bool recorded = e.recorder_person_id() != e.asker_person_id();
    const bool elsewhere = e.village_id() != e.asker_organisation_id();
    if (!recorded && !elsewhere && e.found_by_group_id().empty()) return;
    v1::DemandRow row;
    row.set_county(county.str());
    row.set_demand_id(e.demand_id());
    if (recorded) row.set_recorder_person_id(e.recorder_person_id());
    if (elsewhere) row.set_village_id(e.village_id());
    row.set_found_by_group_id(e.found_by_group_id());
    demands().put(state, row);
  }
  void operator()(const dispatch_v1::DemandRouted& e) const {
    auto row = row_of(e.demand_id());
    row.clear_offered_group_ids();
    for (const auto& offer : e.offers()) {
      if (offer.role() != dispatch_v1::GROUP_ROLE_HELPER)
        row.add_offered_group_ids(offer.group_id());
    }
    demands().put(state, row);
  }
  void operator()(const dispatch_v1::DemandPassedBack& e) const {
    auto row = row_of(e.demand_id());
    auto& groups = *row.mutable_offered_group_ids();
    groups.erase(std::remove(groups.begin(), groups.end(), e.group_id()), groups.end());
    if (e.last_offer()) groups.Clear();
    demands().put(state, row);
  }
  void operator()(const dispatch_v1::ResultSubmitted& e) const {
    if (e.is_signed()) return;
    auto row = row_of(e.demand_id());
    row.set_outcome(name_of(e.result().kind()));
    demands().put(state, row);
  }
};

}  // namespace

void project_demand(state::Tx& state, const DispatchEvent& event, const EventMeta& meta) {
  const Projector on{state, meta.county};
  switch (event.event_case()) {
    case DispatchEvent::kDemandSubmitted:
      return on(event.demand_submitted());
    case DispatchEvent::kDemandRouted:
      return on(event.demand_routed());
    case DispatchEvent::kDemandPassedBack:
      return on(event.demand_passed_back());
    case DispatchEvent::kResultSubmitted:
      return on(event.result_submitted());
    default:
      return;
  }
}

Demand demand_of(const std::string& demand_id, const dispatch_v1::DemandBrief& brief,
                 const v1::DemandRow& row) {
  Demand demand;
  demand.demand_id = demand_id;
  demand.number = brief.number();
  demand.title = brief.title();
  demand.kind = name_of(brief.kind());
  demand.urgency = name_of(brief.urgency());
  demand.asker_person_id = brief.asker_person_id();
  demand.asker_organisation_id = brief.asker_organisation_id();
  demand.recorder_person_id =
      row.has_recorder_person_id() ? row.recorder_person_id() : brief.asker_person_id();
  demand.village_id = row.has_village_id() ? row.village_id() : brief.asker_organisation_id();
  demand.found_by_group_id = row.found_by_group_id();
  demand.lead_group_id = brief.lead_group_id();
  demand.handler_person_id = brief.handler_person_id();
  // Before the take a brief names those that are to lead and those that are to help alike.
  const auto& offered = row.offered_group_ids();
  if (demand.lead_group_id.empty()) {
    demand.offered_group_ids.assign(offered.begin(), offered.end());
  }
  for (const auto& group : brief.group_ids()) {
    const auto& apart = demand.offered_group_ids;
    if (std::find(apart.begin(), apart.end(), group) == apart.end()) {
      demand.helper_group_ids.push_back(group);
    }
  }
  return demand;
}

Demand demand_of(const dispatch_v1::DemandSubmitted& event) {
  Demand demand;
  demand.demand_id = event.demand_id();
  demand.number = event.number();
  demand.title = event.title();
  demand.kind = name_of(event.kind());
  demand.urgency = name_of(event.urgency());
  demand.asker_person_id = event.asker_person_id();
  demand.asker_organisation_id = event.asker_organisation_id();
  demand.recorder_person_id = event.recorder_person_id();
  demand.village_id = event.village_id();
  demand.found_by_group_id = event.found_by_group_id();
  return demand;
}

}  // namespace lianmeng::notification
