// What changes in the roster while others work by it: posts, groups, organisations, alliances.
#pragma once

#include "simulation/workload/world.h"

namespace lianmeng::simulation {

void change_roster(World& world, County& county);

}  // namespace lianmeng::simulation
