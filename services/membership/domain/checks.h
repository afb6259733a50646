// What every decision of membership asks first: is the county there, may the caller, are the fields
// in their limits.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "membership/projection/roster.h"
#include "platform/base/decision.h"
#include "platform/base/reason.h"
#include "platform/state/view.h"

namespace lianmeng::membership {

using Event = v1::MembershipEvent;
using Refused = std::optional<Refusal>;

inline constexpr int kDepthMax = 12;  // Levels of organisations.

// A field that must be given. How long, how many and which characters is declared in the protos and
// was checked at the edge (platform/limits).
Refused check_given(const std::string& field, std::string_view text);
// Each of these.
Refused check_words(const std::string& field, const std::vector<std::string>& words);
// `until` lies behind `from`.
Refused check_period(const std::string& field, Time from, const std::optional<Time>& until);
// Not before it began; at that very moment it never was in force, which undoes a mistake.
Refused check_end(const std::string& field, Time from, Time until);

// Of a rule and the act that it forbids, both in both languages.
Refusal deny(std::string_view action_zh, std::string_view action_en, std::string_view why_zh,
             std::string_view why_en);

Refused check_county(const state::View& view, const CountyId& county);

// The county's office and its coordinators keep the roster. Only they and the operator, who creates
// the county, may say when something happened.
bool keeps_roster(const roster::Standing& standing);
Refused check_keeps_roster(const state::View& view, const DecideContext& context,
                           std::string_view action_zh, std::string_view action_en);
Refused check_import(const roster::Standing& standing, const DecideContext& context);
// A date before today (Asia/Shanghai) in a field of a command is history, too.
Refused check_import_of(const roster::Standing& standing, const DecideContext& context,
                        const std::optional<Time>& date);
// What happens now and at no other time takes no effective_time.
Refused check_now(const DecideContext& context);

// An organisation that is there and not dissolved; `into` gets it.
Refused check_organisation(const state::View& view, const CountyId& county,
                           const std::string& organisation_id, v1::Organisation* into = nullptr);

// Of a person whose record says so; a command that names them.
Refusal erased(const v1::PersonRecord& person);

// "2023-06-28", Asia/Shanghai: for texts.
std::string day_text(Time time);

}  // namespace lianmeng::membership
