// The clocks of demands in one county: its limits, calendars and office hours, as they stand, and
// what a decision writes into its event. The counting itself is in working_time/.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "dispatch/domain/tables.h"
#include "dispatch/domain/working_time/clocks.h"

namespace lianmeng::dispatch {

LimitClass limit_class_of(v1::DemandKind kind, v1::Urgency urgency);
v1::Limit to_proto(const Limit& limit);
Limit from_proto(const v1::Limit& limit);
Clock from_proto(const v1::Clock& clock);
CalendarYear from_proto(const v1::CalendarYear& year);
OfficeHours office_hours_from(const google::protobuf::RepeatedPtrField<v1::OfficeSpan>& spans);

// Lifetime: for one decision; what counting() gives borrows from it.
class CountyClocks {
 public:
  CountyClocks(const state::View& view, const CountyId& county);

  const WorkingCalendar& calendar() const { return calendar_ ? *calendar_ : standard_calendar(); }
  const LimitTable& limits() const { return limits_ ? *limits_ : default_limits(); }
  Clocks counting() const { return {calendar(), limits()}; }

  // --- Boards for events. An import's moments that are over by `context.now` pass in silence. ---
  // All that run end; these start.
  v1::ClockBoard replace(const v1::DemandRow& row, const std::vector<Clock>& started,
                         const DecideContext& context) const;
  // Those of these kinds end; the others run on.
  v1::ClockBoard end(const v1::DemandRow& row, const std::set<v1::ClockKind>& kinds,
                     const DecideContext& context) const;
  // Another class: the limits of what runs are counted anew from submission; half the result's from
  // the redo. The working day of a result sent back is of no class: it runs on as it is.
  v1::ClockBoard reclassify(const v1::DemandRow& row, LimitClass limit_class,
                            const DecideContext& context) const;
  // The calendar or the office hours changed; nothing when no deadline of the demand moved.
  std::optional<v1::ClockBoard> resettle(const v1::DemandRow& row, Time now) const;

  // The clock a step further: yellow, red (level 1), level 2, 3, 4.
  v1::Clock advance(const v1::Clock& clock) const;

 private:
  static const WorkingCalendar& standard_calendar();
  v1::Clock make(const Clock& clock, const DecideContext& context) const;
  void set_next(v1::Clock& clock) const;

  std::optional<WorkingCalendar> calendar_;  // Empty: the built-in one.
  std::optional<LimitTable> limits_;         // Empty: the defaults.
};

}  // namespace lianmeng::dispatch
