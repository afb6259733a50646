#include <algorithm>

#include "dispatch/domain/tables.h"

namespace lianmeng::dispatch {

void evolve(v1::DemandRow& row, const v1::DemandTaken& event, const EventMeta&) {
  row.set_state(v1::DEMAND_STATE_TAKEN);
  row.set_lead_group_id(event.lead_group_id());
  row.clear_offers();
  *row.mutable_helpers() = event.helpers();
  row.set_assignment_required(false);
  put_board(row, event.clocks());
}

void evolve(v1::DemandRow& row, const v1::DemandPassedBack& event, const EventMeta&) {
  auto& offers = *row.mutable_offers();
  offers.erase(std::remove_if(offers.begin(), offers.end(),
                              [&](const auto& o) { return o.group_id() == event.group_id(); }),
               offers.end());
  row.set_pass_back_count(event.pass_back_count());
  if (event.last_offer()) row.set_state(v1::DEMAND_STATE_SUBMITTED);
  if (event.has_clocks()) put_board(row, event.clocks());
}

}  // namespace lianmeng::dispatch
