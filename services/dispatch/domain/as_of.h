// A demand as it was at a time, from its own history (platform/state/as_of.h).
#pragma once

#include <string_view>

#include "dispatch/domain/tables.h"
#include "platform/base/error.h"
#include "platform/state/as_of.h"

namespace lianmeng::dispatch {

// Requires that the demand is there now. NOTHING_THEN when it was not yet. Reads each event of the
// demand once.
Result<v1::DemandRow> demand_as_of(const state::View& view, const CountyId& county,
                                   std::string_view demand_id, const state::AsOf& as_of);

}  // namespace lianmeng::dispatch
