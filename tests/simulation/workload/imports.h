// History from paper: what happened long ago, written down on behalf of those who acted.
#pragma once

#include "simulation/workload/world.h"

namespace lianmeng::simulation {

// A demand's story is begun, and goes on as each line is answered; or a line is sent a second time,
// which must change nothing.
void import_history(World& world, County& county);

}  // namespace lianmeng::simulation
