// What audit and discipline are shown is kept: each look is an event of its own.
#pragma once

#include <string>
#include <vector>

#include "dispatch/domain/tables.h"
#include "membership/projection/roster.h"
#include "platform/base/decision.h"

namespace lianmeng::dispatch {

// Sees the county as audit and by no other post, so that looking is on record.
bool looks_as_audit(const membership::roster::Standing& person);

struct RecordLook {
  std::string method;  // GetDemand.
  std::vector<std::string> demand_ids;
};
Decision<v1::DispatchEvent> decide(const state::View& view, const RecordLook& command,
                                   const DecideContext& context);

}  // namespace lianmeng::dispatch
