// Who may do what in notification.
#pragma once

#include <optional>

#include "platform/base/decision.h"
#include "platform/base/reason.h"
#include "platform/state/view.h"

namespace lianmeng::notification {

// Rules and templates are set by the county's office.
std::optional<Refusal> refuse_unless_county_office(const state::View& view, const CountyId& county,
                                                   const Actor& actor, Time at);
// They are read by whoever holds a public post in the county.
std::optional<Refusal> refuse_unless_post_holder(const state::View& view, const CountyId& county,
                                                 const Actor& actor, Time at);
// An inbox is its owner's alone, and closed when its owner was erased.
std::optional<Refusal> refuse_unless_owner(const state::View& view, const CountyId& county,
                                           const Actor& actor);

}  // namespace lianmeng::notification
