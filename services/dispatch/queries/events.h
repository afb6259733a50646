// Events as somebody sees them: whether at all, without what they may not see, and in one sentence.
#pragma once

#include <string>

#include "dispatch/domain/tables.h"
#include "membership/projection/roster.h"

namespace lianmeng::dispatch::queries {

// Of a demand that the person sees otherwise than as audit; the county's settings are everybody's
// in its roster.
bool sees_event(const state::View& view, const membership::roster::Standing& me,
                const std::string& demand_id, const v1::DispatchEvent& event);

// Takes out who asks, for whom the demand is only offered to.
void mask_asker(v1::DispatchEvent& event);

// One sentence in Chinese.
std::string summary_zh(const state::View& view, const CountyId& county,
                       const v1::DispatchEvent& event);

// 接单，还剩3小时20分钟（工作时间）.
std::string due_zh(v1::ClockKind kind, Duration left, bool round_the_clock);

}  // namespace lianmeng::dispatch::queries
