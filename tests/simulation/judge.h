// What must hold when the faults have stopped, of any run of the services' simulation: everything
// is answered and answered alike again, the log passes the auditor, and the state is the fold of
// the log on every host, after a restart and after a rebuild. Failures are told to GoogleTest.
#pragma once

#include <cstdint>

#include "platform/testing/sim_cluster.h"
#include "simulation/workload/wishes.h"

namespace lianmeng::simulation {

// The partition of each service in which all of it happens: Heyang's.
extern const int kPartition;

// A cluster of all services' partitions kPartition.
testing::SimClusterOptions all_services(int hosts);

struct Outcome {
  std::uint64_t digest = 0;    // Of all records, in their order.
  testing::Happened seen;      // How often each type of event, as "dispatch DemandTaken".
  testing::Happened happened;  // What the cluster tells.
};

// Ends the faults, waits until all is answered, then so long again, and judges. The outcome is
// added to.
void heal_and_judge(testing::SimCluster& cluster, Wishes& wishes, Duration then, Outcome& outcome);

}  // namespace lianmeng::simulation
