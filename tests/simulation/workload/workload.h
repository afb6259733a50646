// What the people of a few counties do with all services: they set up their county, submit, route,
// take and race for demands, work on them, import history and read their notices.
#pragma once

#include <cstdint>

#include "platform/testing/sim_cluster.h"
#include "simulation/workload/wishes.h"
#include "simulation/workload/world.h"

namespace lianmeng::simulation {

// Threads: one. Lifetime: borrows the cluster, and outlives the run of its scheduler.
class Workload {
 public:
  Workload(testing::SimCluster& cluster, int partition, std::uint64_t seed);

  // Creates the counties and, as each step is answered, what lies in them.
  void set_up(int counties);
  bool is_set_up() const;
  // One thing, or a few that belong together; nothing while no county is ready.
  void act();

  // All that was asked for, here and there.
  Wishes& wishes() { return world_.wishes; }

 private:
  World world_;
};

}  // namespace lianmeng::simulation
