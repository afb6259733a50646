// 逾期上报: what a demand's clocks say when nobody acts. Red is level 1, to the group's head; then
// the coordinator after 1 working day, the chair in turn after 3, the county's office after 5. Each
// tells the next in charge and the asker.
#pragma once

#include "lianmeng/dispatch/v1/dispatch_events.pb.h"
#include "platform/base/decision.h"
#include "platform/state/view.h"

namespace lianmeng::dispatch {

// The step of the demand's clock that is due first: yellow, red, or a level. Requires one that is.
v1::DispatchEvent advance_clock(const state::View& view, const v1::DemandRow& row,
                                const DecideContext& context);

}  // namespace lianmeng::dispatch
