// The table in which the domain describes a demand's life, told again: a row for each event, from
// which states it may come and what it makes of the demand.
#pragma once

#include "lianmeng/dispatch/v1/dispatch_events.pb.h"
#include "simulation/audit/demand_life.h"
#include "simulation/audit/fact.h"
#include "simulation/audit/findings.h"
#include "simulation/audit/membership.h"

namespace lianmeng::simulation {

// Tells the event to the demand that it is of, which has been submitted. Null when that is not
// there, or the event is no row.
const DemandLife* step(const Fact& fact, const dispatch::v1::DispatchEvent& event,
                       const Appointed& appointed, DemandLives& demands, Findings& findings);

}  // namespace lianmeng::simulation
