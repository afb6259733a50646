// A demand's clocks: what an event makes of all of them, and what a timer makes of one.
#pragma once

#include "lianmeng/dispatch/v1/dispatch_events.pb.h"
#include "simulation/audit/demand_life.h"
#include "simulation/audit/fact.h"
#include "simulation/audit/findings.h"

namespace lianmeng::simulation {

// The board that an event carries. A clock that ran goes on or is ended, and no light changes.
void take_board(const Fact& fact, const dispatch::v1::ClockBoard& board, DemandLife& life,
                Findings& findings);
// A timer's step of one clock: yellow, red, then level by level, each when it is due.
void tick(const Fact& fact, const dispatch::v1::Clock& clock, DemandLife& life, Findings& findings);

}  // namespace lianmeng::simulation
