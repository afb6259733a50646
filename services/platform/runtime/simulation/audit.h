// Judges by the log alone; what is wrong is told to GoogleTest.
#pragma once

#include <vector>

#include "platform/log/log.h"
#include "platform/runtime/simulation/workload.h"
#include "platform/testing/sim_cluster.h"

namespace lianmeng::testing {

// The valid records, found with nothing but the rule of the chain.
std::vector<log::Record> valid_records(const std::vector<log::Record>& records);

// Of a cluster that has come to rest: everything is answered, and as the log has it; reminders and
// policies came once each; and every replica's state is the fold of the log.
void audit(SimCluster& cluster, const Workload& workload);

}  // namespace lianmeng::testing
