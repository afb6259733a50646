#include "dispatch/domain/working_time/calendar.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <functional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace lianmeng::dispatch {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

LocalDay day(const char* text) {
  const auto parsed = parse_local_day(text);
  if (!parsed) throw std::invalid_argument(parsed.error().message_en);
  return *parsed;
}

// "2024-02-09 17:00" on the wall in China.
Time wall(const std::string& text) {
  const minutes minute{std::stoi(text.substr(11, 2)) * 60 + std::stoi(text.substr(14, 2))};
  return at(day(text.substr(0, 10).c_str()), minute);
}

std::string to_wall(Time time) {
  const auto on = local_day(time);
  const auto minute = std::chrono::duration_cast<minutes>(time - at(on, minutes{0})).count();
  char text[8];
  std::snprintf(text, sizeof text, " %02d:%02d", static_cast<int>(minute / 60),
                static_cast<int>(minute % 60));
  return to_string(on) + text;
}

TEST(ShanghaiTime, IsEightHoursAheadAllYear) {
  EXPECT_EQ(to_rfc3339(wall("2024-01-01 00:00")), "2023-12-31T16:00:00.000Z");
  EXPECT_EQ(to_rfc3339(wall("2024-07-01 08:00")), "2024-07-01T00:00:00.000Z");
  EXPECT_EQ(to_string(local_day(*parse_rfc3339("2024-06-30T15:59:59.999Z"))), "2024-06-30");
  EXPECT_EQ(to_string(local_day(*parse_rfc3339("2024-06-30T16:00:00.000Z"))), "2024-07-01");
}

TEST(LocalDayText, WhatIsNoDayIsRefused) {
  for (const char* text : {"", "2024-2-10", "2024-02-30", "2024-13-01", "2024/02/10", "2024-02-10 ",
                           "-024-02-10", "2024-0a-10"})
    EXPECT_FALSE(parse_local_day(text).has_value()) << text;
  EXPECT_TRUE(parse_local_day("2024-02-29").has_value());
}

TEST(StateCouncilCalendar, DaysOffAndMakeUpDaysAreAsPublished) {
  const WorkingCalendar calendar;
  const auto working = [&](const char* text) { return calendar.is_working_day(day(text)); };
  // Spring Festival 2024: eight days from the tenth, with the Sundays around it worked.
  EXPECT_TRUE(working("2024-02-04"));
  EXPECT_TRUE(working("2024-02-09"));
  for (const char* text : {"2024-02-10", "2024-02-12", "2024-02-16", "2024-02-17"})
    EXPECT_FALSE(working(text)) << text;
  EXPECT_TRUE(working("2024-02-18"));
  // National Day 2024.
  EXPECT_TRUE(working("2024-09-29"));
  EXPECT_FALSE(working("2024-10-07"));
  EXPECT_TRUE(working("2024-10-12"));
  EXPECT_FALSE(working("2024-10-13"));
  // Others of the four years.
  EXPECT_TRUE(working("2023-04-24"));
  EXPECT_TRUE(working("2023-04-23"));
  EXPECT_FALSE(working("2025-02-04"));
  EXPECT_TRUE(working("2026-02-14"));
  EXPECT_FALSE(working("2026-02-23"));
}

TEST(StateCouncilCalendar, EveryNoticePassesItsOwnCheckAndMovesOnlyWhatItMust) {
  for (const auto& year : state_council_years()) {
    EXPECT_TRUE(check(year).has_value()) << year.year;
    EXPECT_FALSE(year.source.empty());
    for (const auto& made_up : year.working_days)
      EXPECT_GE(std::chrono::weekday{made_up}.iso_encoding(), 6u) << to_string(made_up);
  }
}

TEST(StateCouncilCalendar, WorkedDaysOfAYearComeToTheStatutoryNumber) {
  // 365 or 366 days, less the weekends and the 11 (13 from 2025) statutory holidays: what shifting
  // days about must leave unchanged. 2023-01-01 was a Sunday whose day in lieu was 2 January.
  const WorkingCalendar calendar;
  const auto worked = [&](int year) {
    int count = 0;
    for (LocalDay d{std::chrono::year{year} / 1 / 1};
         d < LocalDay{std::chrono::year{year + 1} / 1 / 1}; d += days{1})
      count += calendar.is_working_day(d);
    return count;
  };
  EXPECT_EQ(worked(2023), 249);
  EXPECT_EQ(worked(2024), 251);
  EXPECT_EQ(worked(2025), 248);
  EXPECT_EQ(worked(2026), 248);
}

struct DueExample {
  const char* why;
  const char* start;
  Limit limit;
  const char* due;
};

TEST(Due, Examples) {
  const WorkingCalendar calendar;
  const std::vector<DueExample> examples{
      {"a day skips the day of the act", "2024-03-11 09:00", Limit::working_days(1),
       "2024-03-12 18:00"},
      {"before opening it is the same day", "2024-03-11 06:00", Limit::working_days(1),
       "2024-03-12 18:00"},
      {"after close of business too", "2024-03-11 22:15", Limit::working_days(1),
       "2024-03-12 18:00"},
      {"over a weekend", "2024-03-08 09:00", Limit::working_days(1), "2024-03-11 18:00"},
      {"an act on a Saturday", "2024-06-15 10:00", Limit::working_days(1), "2024-06-17 18:00"},
      {"an act on a worked Sunday", "2024-02-18 10:00", Limit::working_days(1), "2024-02-19 18:00"},
      {"over Spring Festival", "2024-02-08 10:00", Limit::working_days(3), "2024-02-19 18:00"},
      {"an act in Spring Festival", "2024-02-12 10:00", Limit::working_days(1), "2024-02-18 18:00"},
      {"over National Day with its make-up Sunday", "2024-09-27 15:00", Limit::working_days(5),
       "2024-10-10 18:00"},
      {"into a make-up Saturday", "2024-10-11 09:00", Limit::working_days(1), "2024-10-12 18:00"},
      {"half a day in the morning", "2024-03-11 08:00", Limit::half_working_days(1),
       "2024-03-11 12:00"},
      {"half a day over noon", "2024-03-11 09:30", Limit::half_working_days(1), "2024-03-11 15:30"},
      {"half a day over night", "2024-03-11 17:00", Limit::half_working_days(1),
       "2024-03-12 11:00"},
      {"half a day from a Saturday", "2024-03-09 11:00", Limit::half_working_days(1),
       "2024-03-11 12:00"},
      {"half a day over Spring Festival", "2024-02-09 17:00", Limit::half_working_days(1),
       "2024-02-18 11:00"},
      {"a day and a half", "2024-03-11 09:30", Limit::half_working_days(3), "2024-03-13 12:00"},
      {"hours run through office hours", "2024-03-08 17:00", Limit::office_time(hours{2}),
       "2024-03-11 09:00"},
      {"hours from the noon break", "2024-03-11 13:00", Limit::office_time(hours{2}),
       "2024-03-11 16:00"},
      {"hours that end with the morning", "2024-03-11 10:00", Limit::office_time(hours{2}),
       "2024-03-11 12:00"},
      {"urgent runs round the clock", "2024-02-10 03:00", Limit::round_the_clock(hours{24}),
       "2024-02-11 03:00"},
      {"urgent does not wait for the office", "2024-03-11 23:50",
       Limit::round_the_clock(minutes{30}), "2024-03-12 00:20"},
      {"calendar days move off a day without work", "2024-01-30 10:00", Limit::calendar_days(12),
       "2024-02-18 18:00"},
      {"calendar days", "2024-03-11 10:00", Limit::calendar_days(180), "2024-09-09 18:00"},
  };
  for (const auto& example : examples)
    EXPECT_EQ(to_wall(calendar.due(wall(example.start), example.limit)), example.due)
        << example.why << ": " << example.start << " + " << to_english(example.limit);
}

TEST(Layers, TheNearestLevelThatNamesADayDecides) {
  const CalendarYear province{
      CalendarLevel::kProvince, 2025, {day("2025-03-31"), day("2025-04-01")}, {}, "省通知"};
  const CalendarYear county{CalendarLevel::kCounty,
                            2025,
                            {day("2025-05-12")},
                            {day("2025-04-01"), day("2025-10-04")},
                            "县通知"};
  const WorkingCalendar calendar(std::vector{county, province}, OfficeHours::standard());
  EXPECT_FALSE(calendar.is_working_day(day("2025-03-31")));  // The province says off.
  EXPECT_TRUE(calendar.is_working_day(day("2025-04-01")));   // The county overrides it,
  EXPECT_TRUE(calendar.is_working_day(day("2025-10-04")));   // and the State Council,
  EXPECT_FALSE(calendar.is_working_day(day("2025-05-12")));  // and the week.
  EXPECT_FALSE(calendar.is_working_day(day("2025-10-01")));  // What nobody overrides stands.
}

TEST(Layers, ACorrectedNoticeReplacesTheYearOfItsLevel) {
  const CalendarYear first{CalendarLevel::kCounty, 2025, {day("2025-05-12")}, {}, "县通知"};
  const CalendarYear second{CalendarLevel::kCounty, 2025, {day("2025-05-13")}, {}, "县更正通知"};
  const CalendarYear council{CalendarLevel::kStateCouncil, 2025, {day("2025-10-01")}, {}, "更正"};
  const WorkingCalendar calendar(std::vector{first, second, council}, OfficeHours::standard());
  EXPECT_TRUE(calendar.is_working_day(day("2025-05-12")));
  EXPECT_FALSE(calendar.is_working_day(day("2025-05-13")));
  EXPECT_TRUE(calendar.is_working_day(day("2025-10-02")));
  EXPECT_FALSE(calendar.is_working_day(day("2024-10-02")));
}

TEST(ProvisionalYear, HasWeekendsOnlyUntilItsNoticeIsRecorded) {
  const WorkingCalendar before;
  ASSERT_TRUE(before.provisional(2031));
  EXPECT_FALSE(before.provisional(2024));
  EXPECT_TRUE(before.provisional(wall("2031-01-01 00:00")));
  const auto start = wall("2031-09-30 10:00");  // A Tuesday.
  EXPECT_EQ(to_wall(before.due(start, Limit::working_days(3))), "2031-10-03 18:00");

  CalendarYear notice{CalendarLevel::kStateCouncil, 2031, {}, {}, "示例"};
  for (auto d = day("2031-10-01"); d <= day("2031-10-07"); d += days{1})
    notice.days_off.push_back(d);
  const WorkingCalendar after(std::vector{notice}, OfficeHours::standard());
  EXPECT_FALSE(after.provisional(2031));
  EXPECT_EQ(to_wall(after.due(start, Limit::working_days(3))), "2031-10-10 18:00");
}

TEST(ProvisionalYear, StaysProvisionalWhenOnlyTheCountyHasSpoken) {
  const CalendarYear county{CalendarLevel::kCounty, 2031, {day("2031-05-12")}, {}, "县通知"};
  const WorkingCalendar calendar(std::vector{county}, OfficeHours::standard());
  EXPECT_TRUE(calendar.provisional(2031));
  EXPECT_FALSE(calendar.is_working_day(day("2031-05-12")));
}

TEST(OfficeHoursOfACounty, AreData) {
  const OfficeHours summer{
      {{minutes{8 * 60 + 30}, minutes{12 * 60}}, {minutes{15 * 60}, minutes{18 * 60 + 30}}}};
  ASSERT_TRUE(check(summer).has_value());
  EXPECT_EQ(summer.length(), hours{7});
  const WorkingCalendar calendar({}, summer);
  EXPECT_EQ(to_wall(calendar.due(wall("2024-07-01 11:00"), Limit::half_working_days(1))),
            "2024-07-01 17:30");
  EXPECT_EQ(to_wall(calendar.due(wall("2024-07-01 11:00"), Limit::working_days(1))),
            "2024-07-02 18:30");
}

TEST(Checks, NameTheFieldTheLimitAndWhatWasGiven) {
  const auto refused =
      check(OfficeHours{{{minutes{600}, minutes{720}}, {minutes{700}, minutes{900}}}});
  ASSERT_FALSE(refused.has_value());
  ASSERT_EQ(refused.error().violations.size(), 1u);
  EXPECT_EQ(refused.error().violations[0].field, "spans[1]");
  EXPECT_FALSE(check(OfficeHours{}).has_value());
  EXPECT_FALSE(check(OfficeHours{{{minutes{0}, minutes{1441}}}}).has_value());

  CalendarYear year{CalendarLevel::kCounty,
                    2025,
                    {day("2025-05-12"), day("2024-05-12")},
                    {day("2025-05-12")},
                    ""};
  const auto wrong = check(year);
  ASSERT_FALSE(wrong.has_value());
  ASSERT_EQ(wrong.error().violations.size(), 2u);
  EXPECT_EQ(wrong.error().violations[0].field, "days_off[1]");
  EXPECT_NE(wrong.error().violations[0].description_zh.find("2024-05-12"), std::string::npos);
  EXPECT_EQ(wrong.error().violations[1].field, "working_days[0]");

  EXPECT_FALSE(check(Limit::working_days(0), "limit").has_value());
  EXPECT_FALSE(check(Limit::working_days(501), "limit").has_value());
  EXPECT_TRUE(check(Limit::working_days(500), "limit").has_value());
}

TEST(LimitText, SaysItsUnit) {
  EXPECT_EQ(to_chinese(Limit::round_the_clock(minutes{30})), "30 分钟");
  EXPECT_EQ(to_chinese(Limit::round_the_clock(hours{24})), "24 小时");
  EXPECT_EQ(to_chinese(Limit::half_working_days(1)), "0.5 个工作日");
  EXPECT_EQ(to_chinese(Limit::working_days(3)), "3 个工作日");
  EXPECT_EQ(to_english(Limit::half_working_days(15)), "7.5 wd");
}

TEST(WorkingTimeBetween, CountsOfficeHoursOnly) {
  const WorkingCalendar calendar;
  const auto between = [&](const char* from, const char* to) {
    return calendar.working_time_between(wall(from), wall(to));
  };
  EXPECT_EQ(between("2024-03-08 17:00", "2024-03-11 09:00"), hours{2});
  EXPECT_EQ(between("2024-02-09 18:00", "2024-02-18 08:00"), hours{0});
  EXPECT_EQ(between("2024-03-11 11:00", "2024-03-11 15:00"), hours{2});
  EXPECT_EQ(between("2024-03-11 15:00", "2024-03-11 11:00"), -hours{2});
  EXPECT_EQ(between("2024-01-01 00:00", "2025-01-01 00:00"), hours{251 * 8});
}

TEST(FractionPoint, IsMeasuredAsTheLimitRuns) {
  const WorkingCalendar calendar;
  // Ten office hours from Monday 08:00: seven of them are over on Monday at 17:00.
  EXPECT_EQ(to_wall(calendar.fraction_point(wall("2024-03-11 08:00"), wall("2024-03-12 10:00"), 70,
                                            Running::kOfficeHours)),
            "2024-03-11 17:00");
  EXPECT_EQ(to_wall(calendar.fraction_point(wall("2024-02-10 00:00"), wall("2024-02-10 10:00"), 70,
                                            Running::kRoundTheClock)),
            "2024-02-10 07:00");
}

// --- Properties over any calendar, hours, start and limit. ---

// Of the whole range from the first try on; RapidCheck starts with the low end alone.
int in_range(int from, int end) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(from, end));
}

rc::Gen<OfficeHours> any_hours() {
  return rc::gen::map(rc::gen::container<std::vector<int>>(4, rc::gen::inRange(0, 96)),
                      [](std::vector<int> quarters) {
                        std::sort(quarters.begin(), quarters.end());
                        OfficeHours hours;
                        for (std::size_t i = 0; i + 1 < quarters.size(); i += 2) {
                          const minutes from{quarters[i] * 15};
                          const minutes to{quarters[i + 1] * 15};
                          const bool apart = hours.spans.empty() || hours.spans.back().to < from;
                          if (from < to && apart) hours.spans.push_back({from, to});
                        }
                        return hours.spans.empty() ? OfficeHours::standard() : hours;
                      });
}

CalendarYear any_year(CalendarLevel level, int year) {
  const LocalDay first{std::chrono::year{year} / 1 / 1};
  const auto chosen = *rc::gen::container<std::set<int>>(rc::gen::inRange(0, 365));
  CalendarYear result{level, year, {}, {}, ""};
  for (const int offset : chosen) {
    auto& list = *rc::gen::arbitrary<bool>() ? result.days_off : result.working_days;
    if (list.size() < 60) list.push_back(first + days{offset});
  }
  return result;
}

WorkingCalendar any_calendar() {
  std::vector<CalendarYear> years;
  for (const auto level :
       {CalendarLevel::kStateCouncil, CalendarLevel::kProvince, CalendarLevel::kCounty})
    if (*rc::gen::arbitrary<bool>()) years.push_back(any_year(level, in_range(2023, 2028)));
  return WorkingCalendar(years, *any_hours());
}

Time any_time() {
  const auto from = wall("2023-01-01 00:00");
  return from + minutes{in_range(0, 5 * 366 * 24 * 60)} + Duration{in_range(0, 60000)};
}

Limit any_limit(bool round_the_clock_too = true) {
  switch (in_range(round_the_clock_too ? 0 : 1, 4)) {
    case 0:
      return Limit::round_the_clock(minutes{in_range(1, 10000)});
    case 1:
      return Limit::office_time(minutes{in_range(1, 10000)});
    case 2:
      return Limit::half_working_days(in_range(1, 60));
    default:
      return Limit::calendar_days(in_range(1, 200));
  }
}

bool in_office_hours(const WorkingCalendar& calendar, Time time) {
  return calendar.next_working_moment(time) == time;
}

void holds(const char* what, const std::function<void()>& property) {
  EXPECT_TRUE(rc::check(what, property));
}

TEST(DueProperties, NeverInThePast) {
  holds("due > start", [] {
    const auto calendar = any_calendar();
    const auto start = any_time();
    RC_ASSERT(calendar.due(start, any_limit()) > start);
  });
}

TEST(DueProperties, AlwaysInOfficeHoursUnlessRoundTheClock) {
  holds("due is in office hours", [] {
    const auto calendar = any_calendar();
    const auto limit = any_limit(false);
    RC_ASSERT(in_office_hours(calendar, calendar.due(any_time(), limit)));
  });
}

TEST(DueProperties, ALaterStartIsNeverDueEarlier) {
  holds("monotone in start", [] {
    const auto calendar = any_calendar();
    const auto limit = any_limit();
    const auto start = any_time();
    const auto later = start + minutes{in_range(0, 5 * 24 * 60)};
    RC_ASSERT(calendar.due(start, limit) <= calendar.due(later, limit));
  });
}

TEST(DueProperties, ALongerLimitIsDueLater) {
  holds("monotone in limit", [] {
    const auto calendar = any_calendar();
    const auto start = any_time();
    const auto limit = any_limit();
    auto longer = limit;
    longer.amount += 1;
    const auto due = calendar.due(start, limit);
    const auto due_longer = calendar.due(start, longer);
    if (limit.unit == Limit::Unit::kCalendarDays)
      RC_ASSERT(due <= due_longer);
    else
      RC_ASSERT(due < due_longer);
  });
}

TEST(DueProperties, OfficeTimeTakesExactlyThatLong) {
  holds("working_time_between inverts add_office_time", [] {
    const auto calendar = any_calendar();
    const auto start = any_time();
    const auto amount = minutes{in_range(0, 10000)};
    RC_ASSERT(calendar.working_time_between(start, calendar.add_office_time(start, amount)) ==
              amount);
  });
}

// Far moments are reckoned, not walked to; what comes out is what a walk comes to.
TEST(DueProperties, WhatIsReckonedIsWhatAWalkFromDayToDayComesTo) {
  holds("days and time are those of a walk", [] {
    const auto calendar = any_calendar();
    const auto from = any_time();
    const auto to = from + minutes{in_range(0, 3 * 366 * 24 * 60)};
    Duration time{0};
    std::vector<LocalDay> worked;
    for (auto day = local_day(from); day <= local_day(to); day += days{1}) {
      if (!calendar.is_working_day(day)) continue;
      if (day > local_day(from)) worked.push_back(day);
      for (const auto& span : calendar.hours().spans) {
        const auto begin = std::max(from, at(day, span.from));
        const auto end = std::min(to, at(day, span.to));
        if (end > begin) time += end - begin;
      }
    }
    RC_ASSERT(calendar.working_time_between(from, to) == time);
    RC_ASSERT(calendar.working_time_between(to, from) == -time);
    if (worked.empty()) return;
    const auto count = static_cast<std::int64_t>(worked.size());
    RC_ASSERT(calendar.add_working_days(from, count) ==
              at(worked.back(), calendar.hours().closes()));
  });
}

TEST(OfficeHoursOfACounty, OfAMinuteADayMakeTheLongestLimitMillenniaLong) {
  const WorkingCalendar calendar({}, OfficeHours{{{minutes{600}, minutes{601}}}});
  const auto most = Limit::office_time(minutes{2 * 366 * 24 * 60});
  ASSERT_TRUE(check(most, "limit").has_value());
  const auto start = wall("2024-07-01 09:00");
  const auto due = calendar.due(start, most);
  EXPECT_EQ(calendar.working_time_between(start, due), minutes{most.amount});
  EXPECT_EQ(to_wall(due).substr(0, 4), "6064");
}

TEST(FractionPointProperties, LiesBetweenStartAndDueAndGrows) {
  holds("start <= 30 % <= 70 % <= due", [] {
    const auto calendar = any_calendar();
    const auto start = any_time();
    const auto limit = any_limit();
    const auto due = calendar.due(start, limit);
    const auto early = calendar.fraction_point(start, due, 30, running_of(limit));
    const auto yellow = calendar.fraction_point(start, due, 70, running_of(limit));
    RC_ASSERT(start <= early);
    RC_ASSERT(early <= yellow);
    RC_ASSERT(yellow <= due);
  });
}

}  // namespace
}  // namespace lianmeng::dispatch
