// Membership's log: ids are given once, posts end once, and an erased person is gone.
#pragma once

#include <set>
#include <vector>

#include "simulation/audit/fact.h"
#include "simulation/audit/findings.h"

namespace lianmeng::simulation {

// Who was ever appointed where: (county, organisation ' ' person).
using Appointed = std::set<Named>;

Appointed check_membership(const std::vector<Fact>& facts, Findings& findings);

}  // namespace lianmeng::simulation
