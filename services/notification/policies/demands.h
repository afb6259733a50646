// The projection of dispatch: what a notice needs of a demand and no event's brief says (table
// 0x40).
#pragma once

#include "lianmeng/dispatch/v1/dispatch_events.pb.h"
#include "notification/domain/audience.h"
#include "platform/base/decision.h"
#include "platform/state/view.h"

namespace lianmeng::notification {

// Folds one event of dispatch; reads and writes nothing but the projection.
void project_demand(state::Tx& state, const dispatch::v1::DispatchEvent& event,
                    const EventMeta& meta);

// The demand as an event's brief and its row have it; a demand without a row is as its brief says.
Demand demand_of(const std::string& demand_id, const dispatch::v1::DemandBrief& brief,
                 const v1::DemandRow& row);
// As it was submitted: nothing else is needed.
Demand demand_of(const dispatch::v1::DemandSubmitted& event);

}  // namespace lianmeng::notification
