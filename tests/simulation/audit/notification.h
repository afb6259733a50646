// Notification's log: who was told of what, once, and what they read of it.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "simulation/audit/dispatch.h"
#include "simulation/audit/fact.h"
#include "simulation/audit/findings.h"

namespace lianmeng::simulation {

struct InboxLife {
  std::int64_t last = 0;
  std::set<std::int64_t> unread;
};

using Inboxes = std::map<Named, InboxLife>;

// `causes` are dispatch's facts, which `dispatch` has read.
Inboxes check_notification(const std::vector<Fact>& facts, const std::vector<Fact>& causes,
                           const DispatchAudit& dispatch, Findings& findings);

}  // namespace lianmeng::simulation
