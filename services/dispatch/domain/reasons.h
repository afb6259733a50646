// What dispatch refuses, beside the reasons that every service shares.
#pragma once

#include <span>

#include "platform/base/reason.h"

namespace lianmeng::dispatch {

extern const Reason kDemandUnknown;         // {demand}
extern const Reason kDemandStateUnfit;      // {demand}, {state}, {state_en}, {needed}, {needed_en}
extern const Reason kDemandAlreadyTaken;    // {demand}, {lead}
extern const Reason kGroupUnknown;          // {group}
extern const Reason kGroupNotOffered;       // {demand}, {group}
extern const Reason kLeadOfferedToAnother;  // {demand}, {lead}
extern const Reason kPassBackTooLate;       // {demand}, {until}
extern const Reason kRoutingBinds;          // {demand}, {count}
extern const Reason kAssignmentRequired;    // {demand}
extern const Reason kOwnGroup;              // {demand}, {group}
extern const Reason kHandlerNotInGroup;     // {person}, {group}
extern const Reason kHandlerAlreadyAssigned;  // {demand}, {person}
extern const Reason kHelperAlreadyInvited;    // {demand}, {group}
extern const Reason kGroupLeadsItself;        // {demand}, {group}
extern const Reason kGroupNotInvited;         // {demand}, {group}
extern const Reason kNothingToChange;         // {what}, {what_en}
extern const Reason kRedoTooLate;             // {demand}, {until}
extern const Reason kRedoLimitReached;        // {demand}, {count}
extern const Reason kOrganisationUnknown;     // {organisation}
extern const Reason kPersonUnknown;           // {person}
extern const Reason kPersonErased;            // {person}, {day}
extern const Reason kContactMissing;          // {demand}
extern const Reason kCountyUnknown;           // {county}
extern const Reason kRuleUnknown;             // {rule}
extern const Reason kRuleLimitReached;        // {limit}

std::span<const Reason* const> reasons();

}  // namespace lianmeng::dispatch
