// What the officer sets: routing rules, calendar, office hours, limits, notices' rules and texts.
#pragma once

#include "simulation/workload/world.h"

namespace lianmeng::simulation {

void change_settings(World& world, County& county);

}  // namespace lianmeng::simulation
