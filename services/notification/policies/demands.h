// The projection of dispatch: of each demand what a notice says and whom it concerns (table 0x40).
#pragma once

#include "lianmeng/dispatch/v1/dispatch_events.pb.h"
#include "platform/base/decision.h"
#include "platform/state/view.h"

namespace lianmeng::notification {

// Folds one event of dispatch; reads and writes nothing but the projection.
void project_demand(state::Tx& state, const dispatch::v1::DispatchEvent& event,
                    const EventMeta& meta);

}  // namespace lianmeng::notification
