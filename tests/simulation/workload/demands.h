// A demand's life, as people drive it: submitted, routed, raced for, worked on, audited, rated and
// done again.
#pragma once

#include "simulation/workload/world.h"

namespace lianmeng::simulation {

void submit_demand(World& world, County& county);
// The next thing that somebody would do with one of the demands. It looks into a host's state to
// choose what is likely to be right.
void work_on_demand(World& world, County& county);
// By anybody, at any moment: refused, mostly.
void act_at_random(World& world, County& county);

}  // namespace lianmeng::simulation
