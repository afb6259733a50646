// 接单 and 退单: a group takes what it is offered, or passes it back.
#pragma once

#include <string>

#include "lianmeng/dispatch/v1/dispatch_events.pb.h"
#include "platform/base/decision.h"
#include "platform/state/view.h"

namespace lianmeng::dispatch {

// A group takes a routed demand and leads it; helpers that the routing named help from then on.
struct TakeDemand {
  std::string demand_id;
  std::string group_id;  // Empty: the one offered group that the caller belongs to.
};

// Within a working day: the offer ends, the others stand. With the last one the demand is submitted
// again; after the third time the routing binds.
struct PassBackDemand {
  std::string demand_id;
  std::string group_id;  // Empty: as above.
  std::string reason;
};

Decision<v1::DispatchEvent> decide(const state::View& view, const TakeDemand& command,
                                   const DecideContext& context);
Decision<v1::DispatchEvent> decide(const state::View& view, const PassBackDemand& command,
                                   const DecideContext& context);

}  // namespace lianmeng::dispatch
