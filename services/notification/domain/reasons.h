// Why notification says no. The codes are API; the texts say what happened, to what, what to do.
#pragma once

#include <span>

#include "platform/base/reason.h"

namespace lianmeng::notification {

extern const Reason kRuleUnknown;                // {rule}
extern const Reason kRuleNotSet;                 // {rule}
extern const Reason kRuleLimitReached;           // {limit}
extern const Reason kOrganisationUnknown;        // {organisation}
extern const Reason kTemplateUnknown;            // {template}, {known}
extern const Reason kTemplateForAnotherTrigger;  // {template}, {trigger}, {trigger_en}
extern const Reason kTemplateVariableUnknown;    // {variable}, {known}
extern const Reason kTemplateLimitReached;       // {limit}
extern const Reason kNoticeUnknown;              // {notice}
extern const Reason kNoticeAlreadyRead;          // {notice}
extern const Reason kNothingUnread;              // {number}
extern const Reason kTooManyNewerUnread;         // {number}, {limit}

std::span<const Reason* const> reasons();

}  // namespace lianmeng::notification
