// What was asked for: once in the log, where the answer says, or not at all.
#pragma once

#include "simulation/audit/fact.h"
#include "simulation/audit/findings.h"
#include "simulation/wish.h"

namespace lianmeng::simulation {

// No request, no external id and no cause is answered twice.
void check_requests(const Facts& facts, Findings& findings);

// Acknowledged: exactly once, where the answer says. Refused or only validated: not at all.
void check_wish(const Wish& wish, const Facts& facts, Findings& findings);

}  // namespace lianmeng::simulation
