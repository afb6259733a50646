// 点单: a demand is placed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lianmeng/dispatch/v1/dispatch_events.pb.h"
#include "platform/base/decision.h"
#include "platform/state/view.h"

namespace lianmeng::dispatch {

// Asked by an organisation (a village, a township, an enterprise) through somebody who acts for it,
// or by a person; recorded by themselves, by their village, by a group that found it (主动调研) or
// by the alliance's office (代录).
struct SubmitDemand {
  std::string title;
  std::string detail;
  v1::DemandKind kind = v1::DEMAND_KIND_UNSPECIFIED;
  v1::Urgency urgency = v1::URGENCY_UNSPECIFIED;
  std::string industry;
  std::string asker_organisation_id;  // Empty: the one that the caller acts for, or none.
  std::string asker_person_id;        // Empty: the caller.
  std::string callback_person_id;     // Empty: who asks.
  std::string village_id;             // Empty: where the asker is.
  std::string found_by_group_id;
};

Decision<v1::DispatchEvent> decide(const state::View& view, const SubmitDemand& command,
                                   const DecideContext& context);
void apply(state::Tx& state, const v1::DemandSubmitted& event, const EventMeta& meta);

// Open demands of the same village and kind whose titles resemble this one, the likeliest first; at
// most five, of the latest 200 that the village has; without the demand that is validated itself.
// Cheap enough for every keystroke.
std::vector<v1::DemandRow> likely_duplicates(const state::View& view, const SubmitDemand& command,
                                             const DecideContext& context,
                                             std::string_view own_demand_id = {});

}  // namespace lianmeng::dispatch
