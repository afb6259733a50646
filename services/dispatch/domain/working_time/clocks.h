// The limits of a demand: which clock starts when, when it is due, yellow, red and escalated.
// Pure functions over plain values. What they settle goes into the event, so that no reader and no
// fold computes it again; a changed table or calendar touches an open demand only by a new event.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "dispatch/domain/working_time/calendar.h"
#include "platform/base/error.h"
#include "platform/base/time.h"

namespace lianmeng::dispatch {

// What a demand asks for, as far as its limits depend on it; every kind that is none of the others
// is ordinary.
enum class DemandMatter { kOrdinary, kQuestion, kTraining, kTechnique, kFunds, kProject };

// A row of the table of limits.
enum class LimitClass {
  kUrgent = 1,    // 特急: disaster, pests, unsold harvest. Round the clock.
  kQuestion = 2,  // 咨询
  kOrdinary = 3,  // 一般
  kTraining = 4,  // 培训、技术
  kFunds = 5,  // 资金、项目. The result is the plan; its milestones have dates of their own.
};
inline constexpr std::array kLimitClasses{LimitClass::kUrgent, LimitClass::kQuestion,
                                          LimitClass::kOrdinary, LimitClass::kTraining,
                                          LimitClass::kFunds};

LimitClass limit_class(DemandMatter matter, bool urgent);

// A column of it, and the limits that are the same for every class.
enum class ClockKind {
  kRoute = 1,    // 派单
  kTake = 2,     // 接单
  kContact = 3,  // 首次联系
  kResult = 4,   // 办结
  kAudit = 5,    // 审核
  kRate = 6,     // 评价: unrated until then means a call-back.
};

std::string_view name_zh(LimitClass limit_class);
std::string_view name_zh(ClockKind kind);

struct ClassLimits {
  Limit route;
  Limit take;
  Limit contact;
  Limit result;
  bool operator==(const ClassLimits&) const = default;
};

// Level 1 the group's head, 2 the coordinator, 3 the chair in turn, 4 the county's office.
inline constexpr int kEscalationLevels = 4;

// One version of a county's limits.
struct LimitTable {
  std::uint32_t version = 0;                              // 0: the defaults.
  std::array<ClassLimits, kLimitClasses.size()> classes;  // In the order of kLimitClasses.
  Limit audit;
  Limit rate;
  Limit pass_back_window;
  Limit redo_window;
  int yellow_percent = 70;
  // Working days after the due moment for each level; on a clock that runs round the clock a
  // working day is 24 hours, since every day is worked there.
  std::array<int, kEscalationLevels> escalation_days{0, 1, 3, 5};
  int redo_max = 2;
  int pass_back_max = 3;  // At this one the coordinator's ruling binds.

  const ClassLimits& of(LimitClass limit_class) const;
  const Limit& of(LimitClass limit_class, ClockKind kind) const;
  bool operator==(const LimitTable&) const = default;
};

// The table of domain.md.
const LimitTable& default_limits();

// One cell that a county sets for itself; audit and rate are the same for every class.
struct LimitOverride {
  LimitClass limit_class = LimitClass::kOrdinary;
  ClockKind kind = ClockKind::kResult;
  Limit limit;
};

// The defaults with a county's cells in them. Rejected, with a violation per cell ("[2].limit", to
// be put behind the list's name), when a limit is out of range or an urgent one does not run round
// the clock.
Result<LimitTable> with_overrides(std::span<const LimitOverride> overrides, std::uint32_t version);

// A clock as an event records it.
struct Clock {
  ClockKind kind = ClockKind::kRoute;
  Time start;
  Limit limit;
  Time due;     // Red from this moment on: what is done before it is in time.
  Time yellow;  // From this moment on; never after `due`.
  // How long it has stood still, counted as it runs; part of `due` and of a `yellow` to come.
  Duration stood_still{0};
  bool operator==(const Clock&) const = default;
};

// Borrows both; made for one decision.
class Clocks {
 public:
  Clocks(const WorkingCalendar& calendar, const LimitTable& table)
      : calendar_(calendar), table_(table) {}

  // --- What starts a clock; each returns the clocks that now run, the others have ended. ---
  // Submitted, objected to with success, or passed back by the last one: from that moment.
  std::vector<Clock> submitted(LimitClass limit_class, Time at) const;
  std::vector<Clock> routed(LimitClass limit_class, Time at) const;
  // Contact and result.
  std::vector<Clock> taken(LimitClass limit_class, Time at) const;
  // Only the result, with half the limit.
  std::vector<Clock> redone(LimitClass limit_class, Time at) const;
  std::vector<Clock> in_audit(Time at) const;
  std::vector<Clock> awaiting_rating(Time at) const;
  // Sent back, or its answer came: the clock that stood still since `stopped` runs on with what was
  // left of it then; a limit in days ends at close of business again. What was over stays over.
  Clock resumed(const Clock& clock, Time stopped, Time at) const;
  // Another class: the clocks that run get its limits, counted from submission, so that changing
  // the class gains no time; what they stood still stays theirs. Clocks without a class (audit,
  // rate) stay. `redo` halves the result, and then `submitted` is when it was asked to be redone.
  std::vector<Clock> reclassified(std::span<const Clock> running, LimitClass limit_class,
                                  Time submitted, bool redo) const;
  // The calendar is another (a year was published, office hours changed): the same start and limit,
  // settled anew. A clock that is over at `now` stays, since its escalation has been told, and so
  // does one that the new calendar would put in the past: nobody is late by a notice.
  Clock resettled(const Clock& clock, Time now) const;

  Clock start(ClockKind kind, const Limit& limit, Time at) const;

  // --- What follows from one. ---
  // When level 1 to 4 is told.
  Time escalation(const Clock& clock, int level) const;
  // Time left, counted as the clock runs; negative when over.
  Duration left(const Clock& clock, Time now) const;

  // --- Windows: the last moment at which it may be done. ---
  Time pass_back_until(Time offered) const;
  Time redo_until(Time closed) const;

 private:
  Time moved(const Clock& clock, Time moment) const;
  Clock settled(const Clock& clock, Time now) const;

  const WorkingCalendar& calendar_;
  const LimitTable& table_;
};

enum class Light { kGreen = 1, kYellow = 2, kRed = 3 };
Light light(const Clock& clock, Time now);

// The clock that is due first, of two at one moment the earlier step. Empty when none runs.
std::optional<Clock> most_pressing(std::span<const Clock> running);

}  // namespace lianmeng::dispatch
