// Working time of one county: which days are worked, which hours, and what a limit comes to.
// Pure: everything is handed in, nothing is read from a clock.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/error.h"
#include "platform/base/time.h"

namespace lianmeng::dispatch {

// A day on the county's wall calendar.
using LocalDay = std::chrono::local_days;

// Asia/Shanghai as a constant, since a fold must not depend on the machine's time zone tables.
// China has kept UTC+8 without daylight saving since September 1991; the summers of 1986 to 1991
// had +9 and come out an hour early here, and no demand is as old as that.
inline constexpr std::chrono::hours kShanghaiOffset{8};

LocalDay local_day(Time time);
// The time at which `minute` of that day begins.
Time at(LocalDay day, std::chrono::minutes minute);
// "2024-02-10"; the error names what was given.
std::string to_string(LocalDay day);
Result<LocalDay> parse_local_day(std::string_view text);

// The hours in which a county's offices are open, as minutes of the day, in order, apart.
struct OfficeHours {
  struct Span {
    std::chrono::minutes from;
    std::chrono::minutes to;
    auto operator<=>(const Span&) const = default;
  };
  std::vector<Span> spans;

  // 08:00–12:00 and 14:00–18:00, eight hours with the long noon of county offices. A county sets
  // its own, and others for summer when it has such.
  static OfficeHours standard();

  // What one working day holds.
  std::chrono::minutes length() const;
  std::chrono::minutes opens() const { return spans.front().from; }
  std::chrono::minutes closes() const { return spans.back().to; }
  bool operator==(const OfficeHours&) const = default;
};

// Who published a calendar; a later level overrides an earlier one day by day.
enum class CalendarLevel { kStateCouncil = 1, kProvince = 2, kCounty = 3 };

// What one level says of one year. Days that it does not name follow the level above, and at last
// the week: Monday to Friday are worked.
struct CalendarYear {
  CalendarLevel level = CalendarLevel::kCounty;
  int year = 0;
  std::vector<LocalDay> days_off;
  std::vector<LocalDay> working_days;  // 调休: worked though the week or a level above says no.
  std::string source;                  // The notice, e.g. 国办发明电〔2023〕7号.
};

// The State Council's notices that are built in: 2023 to 2026.
std::span<const CalendarYear> state_council_years();

// Rejected with a violation per field when a county or the operator gives what cannot be meant.
Status check(const OfficeHours& hours);
//
// What a violation calls a day, which stands in one of two lists here and in one in a request; the
// whole list when it is too long.
using DayField = std::function<std::string(bool worked, std::optional<std::size_t> at)>;
std::string own_field(bool worked, std::optional<std::size_t> at);  // "days_off[2]"
Status check(const CalendarYear& year, const DayField& field = own_field);

// How much time somebody has.
struct Limit {
  enum class Unit {
    kClockMinutes,     // Round the clock, every day: 特急.
    kOfficeMinutes,    // Runs through office hours.
    kHalfWorkingDays,  // 0.5 wd each; see WorkingCalendar::due.
    kCalendarDays,     // 自然日.
  };
  Unit unit = Unit::kHalfWorkingDays;
  std::int32_t amount = 0;

  static constexpr Limit round_the_clock(std::chrono::minutes time) {
    return {Unit::kClockMinutes, static_cast<std::int32_t>(time.count())};
  }
  static constexpr Limit office_time(std::chrono::minutes time) {
    return {Unit::kOfficeMinutes, static_cast<std::int32_t>(time.count())};
  }
  static constexpr Limit working_days(std::int32_t days) {
    return {Unit::kHalfWorkingDays, days * 2};
  }
  static constexpr Limit half_working_days(std::int32_t halves) {
    return {Unit::kHalfWorkingDays, halves};
  }
  static constexpr Limit calendar_days(std::int32_t days) { return {Unit::kCalendarDays, days}; }

  // Half of it, rounded up in favour of whoever does the work.
  constexpr Limit half() const { return {unit, amount / 2 + amount % 2}; }
  constexpr bool runs_round_the_clock() const { return unit == Unit::kClockMinutes; }
  bool operator==(const Limit&) const = default;
};

// At most two years in any unit; at least 1. `field` is the path that the violation names.
Status check(const Limit& limit, std::string_view field);
// "2 小时", "0.5 个工作日" / "2 h", "0.5 wd".
std::string to_chinese(const Limit& limit);
std::string to_english(const Limit& limit);

// How time is counted between two moments.
enum class Running { kRoundTheClock, kOfficeHours };
constexpr Running running_of(const Limit& limit) {
  return limit.runs_round_the_clock() ? Running::kRoundTheClock : Running::kOfficeHours;
}

// The calendar of one county, merged from its layers. A value: cheap to move, safe to share once
// made. Making one costs some 3 µs, so make it once for a decision.
class WorkingCalendar {
 public:
  // The built-in State Council years alone, standard hours.
  WorkingCalendar();
  // On top of the built-in years. A year given here replaces the built-in one of its level, and of
  // two for the same level and year the later counts, so a corrected notice is simply added. Every
  // part has passed check().
  WorkingCalendar(std::span<const CalendarYear> years, OfficeHours hours);

  const OfficeHours& hours() const { return hours_; }
  bool is_working_day(LocalDay day) const;
  // True when the State Council's notice for that year is not known: then only weekends (and what
  // the province and the county said) are off, and dues in it are settled anew on publication.
  bool provisional(int year) const;
  bool provisional(Time time) const;

  // The next moment at or after `time` within office hours; both ends of a span belong to it.
  Time next_working_moment(Time time) const;
  // The close of business on the day of the next working moment.
  Time close_of_business(Time time) const;

  // When a limit that starts now is over. Never before `start`, and in office hours unless the
  // limit runs round the clock. Grows with start, and with the amount within one unit.
  //   kClockMinutes     start + amount.
  //   kOfficeMinutes    that much office time later; outside office hours it starts to run at the
  //                     next opening.
  //   kHalfWorkingDays  whole days: the day of the act is skipped (worked or not) and the n-th
  //                     working day after it ends at close of business. A half that remains counts
  //                     as half of a day's office time from there (0.5 wd alone: from the act), so
  //                     that 1 wd < 1.5 wd < 2 wd whenever the act was.
  //   kCalendarDays     the n-th day after the act, moved off a day without work, close of
  //   business.
  Time due(Time start, const Limit& limit) const;

  // The close of the n-th working day after the day of `time`; n >= 1.
  Time add_working_days(Time time, std::int64_t count) const;
  // The moment when that much office time has passed since `time`.
  Time add_office_time(Time time, Duration amount) const;

  // Office time between two moments; negative when `to` is before `from`.
  Duration working_time_between(Time from, Time to) const;
  // The same for either way of counting.
  Duration time_between(Time from, Time to, Running running) const;
  // The moment by which `percent` of the time from start to due is used up: yellow at 70.
  Time fraction_point(Time start, Time due, int percent, Running running) const;

 private:
  struct Override {
    LocalDay day;
    CalendarLevel level;
    bool working;
  };

  Time close_of(LocalDay day) const { return at(day, hours_.closes()); }
  LocalDay next_working_day(LocalDay day) const;  // That day itself when it is worked.
  LocalDay working_day_after(LocalDay day, std::int64_t count) const;  // The n-th; n >= 1.
  // Working days from a day in the past on and before this one: differences alone mean something.
  std::int64_t working_days_before(LocalDay day) const;

  std::vector<Override> overrides_;  // One for each day named by any level, by day.
  // How many more working days than weekdays the first so many of them make.
  std::vector<std::int64_t> gained_;
  std::vector<int> published_;  // Years with a State Council notice, ascending.
  OfficeHours hours_;
};

}  // namespace lianmeng::dispatch
