// The smallest services that use all of the runtime: a tally of bounded sums with reminders,
// and a mirror that follows it. What the runtime's tests and simulation run.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "lianmeng/testing/v1/testing_events.pb.h"
#include "platform/runtime/command.h"
#include "platform/runtime/fold.h"

namespace lianmeng::testing {

inline constexpr std::int64_t kTallyCeiling = 1'000;
extern const Reason kOutOfBounds;  // OUT_OF_BOUNDS: {name}, {sum}

const runtime::Fold& tally_fold();
// A tally whose fold is none: it counts reminders that nobody sent, one more with every so many
// events that it has applied since it was made. So two replicas, or one before and after a restart,
// differ in rows that no decision reads.
std::unique_ptr<runtime::Fold> wavering_tally_fold(int every);
// Projects every Added; answers even amounts with Mirrored, those divisible by 3 with Nothing, and
// ignores the others.
const runtime::Fold& mirror_fold();

// The sum whose reminders fit into no record.
inline constexpr std::string_view kVast = "vast";

// Refused over the ceiling and below zero, so that what was refused may be right a moment later and
// the other way round. Every fifth unit of the sum sets a reminder one second later.
runtime::DecideFn add(std::string name, std::int64_t amount);
std::int64_t tally_of(const state::View& view, const CountyId& county, const std::string& name);
// The mirror's own events, and its projection.
std::int64_t mirrored_of(const state::View& view, const CountyId& county, const std::string& name);
std::int64_t projected_of(const state::View& view, const CountyId& county, const std::string& name);

}  // namespace lianmeng::testing
