// 派单: a submitted demand is offered to groups, by the coordinator or by a rule, or declined.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lianmeng/dispatch/v1/dispatch_events.pb.h"
#include "platform/base/decision.h"
#include "platform/state/view.h"

namespace lianmeng::dispatch {

class Desk;

struct RouteDemand {
  std::string demand_id;
  v1::RoutingMode mode = v1::ROUTING_MODE_UNSPECIFIED;  // Unspecified: assigned.
  std::string lead_group_id;
  std::vector<std::string> group_ids;  // Assigned: helpers; open: those that may take it.
  std::string note;
};

struct DeclineDemand {
  std::string demand_id;
  std::string reason;
};

Decision<v1::DispatchEvent> decide(const state::View& view, const RouteDemand& command,
                                   const DecideContext& context);
Decision<v1::DispatchEvent> decide(const state::View& view, const DeclineDemand& command,
                                   const DecideContext& context);

// That the mode has the groups that it needs, in being and each once. A refusal names their fields
// behind `prefix`.
std::optional<Refusal> check_groups(const Desk& desk, v1::RoutingMode mode,
                                    const std::string& lead_group_id,
                                    const std::vector<std::string>& group_ids,
                                    std::string_view prefix = "");

// The rule that routes a demand with these traits; "" when none does.
std::string matching_rule_id(const state::View& view, const CountyId& county,
                             const v1::DemandSubmitted& demand);
// The turn of the rule that the demand was submitted under: routed, or left to the coordinator when
// the rule is gone or one of its groups is no more.
v1::DispatchEvent route_by_rule(const state::View& view, const v1::DemandRow& row,
                                const DecideContext& context);

}  // namespace lianmeng::dispatch
