#include "dispatch/domain/working_time/clocks.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lianmeng::dispatch {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

Time wall(const std::string& text) {
  const minutes minute{std::stoi(text.substr(11, 2)) * 60 + std::stoi(text.substr(14, 2))};
  return at(parse_local_day(text.substr(0, 10)).value(), minute);
}

class ClocksTest : public ::testing::Test {
 protected:
  WorkingCalendar calendar_;
  Clocks clocks_{calendar_, default_limits()};
};

TEST(LimitClassOf, UrgencyOutranksTheMatter) {
  EXPECT_EQ(limit_class(DemandMatter::kFunds, true), LimitClass::kUrgent);
  EXPECT_EQ(limit_class(DemandMatter::kQuestion, false), LimitClass::kQuestion);
  EXPECT_EQ(limit_class(DemandMatter::kOrdinary, false), LimitClass::kOrdinary);
  EXPECT_EQ(limit_class(DemandMatter::kTraining, false), LimitClass::kTraining);
  EXPECT_EQ(limit_class(DemandMatter::kTechnique, false), LimitClass::kTraining);
  EXPECT_EQ(limit_class(DemandMatter::kFunds, false), LimitClass::kFunds);
  EXPECT_EQ(limit_class(DemandMatter::kProject, false), LimitClass::kFunds);
}

TEST(DefaultLimits, AreTheTableOfTheDomain) {
  const auto row = [](LimitClass c) {
    const auto& limits = default_limits().of(c);
    return to_english(limits.route) + " | " + to_english(limits.take) + " | " +
           to_english(limits.contact) + " | " + to_english(limits.result);
  };
  EXPECT_EQ(row(LimitClass::kUrgent), "30 min | 1 h | 2 h | 24 h");
  EXPECT_EQ(row(LimitClass::kQuestion), "0.5 wd | 1 wd | 1 wd | 3 wd");
  EXPECT_EQ(row(LimitClass::kOrdinary), "0.5 wd | 1 wd | 1 wd | 5 wd");
  EXPECT_EQ(row(LimitClass::kTraining), "0.5 wd | 1 wd | 2 wd | 15 wd");
  EXPECT_EQ(row(LimitClass::kFunds), "0.5 wd | 1 wd | 2 wd | 10 wd");
  EXPECT_EQ(default_limits().version, 0u);
}

TEST(LimitOverrides, ACountySetsSingleCells) {
  const auto table = with_overrides(
      std::vector<LimitOverride>{
          {LimitClass::kOrdinary, ClockKind::kResult, Limit::working_days(7)},
          {LimitClass::kOrdinary, ClockKind::kAudit, Limit::working_days(2)}},
      3);
  ASSERT_TRUE(table.has_value());
  EXPECT_EQ(table->version, 3u);
  EXPECT_EQ(table->of(LimitClass::kOrdinary, ClockKind::kResult), Limit::working_days(7));
  EXPECT_EQ(table->of(LimitClass::kQuestion, ClockKind::kResult), Limit::working_days(3));
  EXPECT_EQ(table->of(LimitClass::kUrgent, ClockKind::kAudit), Limit::working_days(2));
}

TEST(LimitOverrides, EveryCellThatCannotBeIsNamed) {
  const auto refused = with_overrides(
      std::vector<LimitOverride>{
          {LimitClass::kUrgent, ClockKind::kTake, Limit::working_days(1)},
          {LimitClass::kOrdinary, ClockKind::kResult, Limit::working_days(7)},
          {LimitClass::kFunds, ClockKind::kResult, Limit::working_days(0)},
          {LimitClass::kQuestion, ClockKind::kTake, Limit::round_the_clock(hours{3})}},
      1);
  ASSERT_FALSE(refused.has_value());
  ASSERT_EQ(refused.error().violations.size(), 3u);
  EXPECT_EQ(refused.error().violations[0].field, "[0].limit");
  EXPECT_EQ(refused.error().violations[1].field, "[2].limit");
  EXPECT_EQ(refused.error().violations[2].field, "[3].limit");
}

TEST_F(ClocksTest, EveryStateStartsItsOwn) {
  const auto at = wall("2024-03-11 09:00");  // A Monday.
  const auto route = clocks_.submitted(LimitClass::kOrdinary, at);
  ASSERT_EQ(route.size(), 1u);
  EXPECT_EQ(route[0].kind, ClockKind::kRoute);
  EXPECT_EQ(route[0].due, wall("2024-03-11 15:00"));

  const auto take = clocks_.routed(LimitClass::kOrdinary, at);
  ASSERT_EQ(take.size(), 1u);
  EXPECT_EQ(take[0].kind, ClockKind::kTake);
  EXPECT_EQ(take[0].due, wall("2024-03-12 18:00"));

  const auto work = clocks_.taken(LimitClass::kTraining, at);
  ASSERT_EQ(work.size(), 2u);
  EXPECT_EQ(work[0].kind, ClockKind::kContact);
  EXPECT_EQ(work[0].due, wall("2024-03-13 18:00"));
  EXPECT_EQ(work[1].kind, ClockKind::kResult);
  EXPECT_EQ(work[1].due, wall("2024-04-01 18:00"));

  EXPECT_EQ(clocks_.in_audit(at)[0].due, wall("2024-03-12 18:00"));
  EXPECT_EQ(clocks_.awaiting_rating(at)[0].due, wall("2024-03-14 18:00"));
  EXPECT_EQ(clocks_.pass_back_until(at), wall("2024-03-12 18:00"));
  EXPECT_EQ(clocks_.redo_until(at), wall("2024-03-25 18:00"));
}

TEST_F(ClocksTest, UrgentRunsThroughTheNightAndTheHoliday) {
  const auto at = wall("2024-02-11 02:00");
  EXPECT_EQ(clocks_.submitted(LimitClass::kUrgent, at)[0].due, wall("2024-02-11 02:30"));
  EXPECT_EQ(clocks_.routed(LimitClass::kUrgent, at)[0].due, wall("2024-02-11 03:00"));
  const auto work = clocks_.taken(LimitClass::kUrgent, at);
  EXPECT_EQ(work[0].due, wall("2024-02-11 04:00"));
  EXPECT_EQ(work[1].due, wall("2024-02-12 02:00"));
  EXPECT_EQ(work[0].yellow, wall("2024-02-11 03:24"));
}

TEST_F(ClocksTest, YellowIsAtSeventyPercentOfTheWorkingTime) {
  // From Monday 10:00 to Tuesday 18:00 are 14 office hours; 9.8 of them end on Tuesday at 11:48.
  const auto clock = clocks_.routed(LimitClass::kOrdinary, wall("2024-03-11 10:00"))[0];
  EXPECT_EQ(clock.yellow, wall("2024-03-12 11:48"));
  EXPECT_EQ(light(clock, wall("2024-03-12 11:47")), Light::kGreen);
  EXPECT_EQ(light(clock, wall("2024-03-12 11:48")), Light::kYellow);
  EXPECT_EQ(light(clock, wall("2024-03-12 17:59")), Light::kYellow);
  EXPECT_EQ(light(clock, wall("2024-03-12 18:00")), Light::kRed);
}

TEST_F(ClocksTest, EscalatesAtRedAndOneThreeAndFiveWorkingDaysLater) {
  // Due at the close of the last working day before Spring Festival.
  const auto clock = clocks_.routed(LimitClass::kOrdinary, wall("2024-02-08 10:00"))[0];
  ASSERT_EQ(clock.due, wall("2024-02-09 18:00"));
  EXPECT_EQ(clocks_.escalation(clock, 1), wall("2024-02-09 18:00"));
  EXPECT_EQ(clocks_.escalation(clock, 2), wall("2024-02-18 18:00"));
  EXPECT_EQ(clocks_.escalation(clock, 3), wall("2024-02-20 18:00"));
  EXPECT_EQ(clocks_.escalation(clock, 4), wall("2024-02-22 18:00"));
}

TEST_F(ClocksTest, AnUrgentOneEscalatesRoundTheClockToo) {
  const auto clock = clocks_.routed(LimitClass::kUrgent, wall("2024-02-10 23:00"))[0];
  EXPECT_EQ(clocks_.escalation(clock, 1), wall("2024-02-11 00:00"));
  EXPECT_EQ(clocks_.escalation(clock, 2), wall("2024-02-12 00:00"));
  EXPECT_EQ(clocks_.escalation(clock, 3), wall("2024-02-14 00:00"));
  EXPECT_EQ(clocks_.escalation(clock, 4), wall("2024-02-16 00:00"));
}

TEST_F(ClocksTest, ARedoHasHalfTheLimit) {
  const auto at = wall("2024-03-11 09:00");
  EXPECT_EQ(clocks_.redone(LimitClass::kUrgent, at)[0].due, wall("2024-03-11 21:00"));
  EXPECT_EQ(clocks_.redone(LimitClass::kQuestion, at)[0].due, wall("2024-03-13 12:00"));
  EXPECT_EQ(clocks_.redone(LimitClass::kFunds, at)[0].due, wall("2024-03-18 18:00"));
  EXPECT_EQ(Limit::working_days(5).half(), Limit::half_working_days(5));
  EXPECT_EQ(Limit::half_working_days(1).half(), Limit::half_working_days(1));
}

TEST_F(ClocksTest, ReclassifyingCountsFromSubmissionAndGainsNoTime) {
  const auto submitted = wall("2024-03-11 09:00");
  const auto running = clocks_.taken(LimitClass::kOrdinary, wall("2024-03-13 09:00"));
  const auto changed = clocks_.reclassified(running, LimitClass::kTraining, submitted, false);
  ASSERT_EQ(changed.size(), 2u);
  EXPECT_EQ(changed[0].due, wall("2024-03-13 18:00"));
  EXPECT_EQ(changed[1].due, wall("2024-04-01 18:00"));
  const auto redo = clocks_.reclassified(running, LimitClass::kTraining, submitted, true);
  EXPECT_EQ(redo[1].limit, Limit::half_working_days(15));
  const auto audit = clocks_.in_audit(submitted);
  EXPECT_EQ(clocks_.reclassified(audit, LimitClass::kTraining, submitted, false), audit);
}

TEST_F(ClocksTest, AResumedClockHasWhatWasLeft) {
  // Monday to Monday (5 wd); the result came on Wednesday 10:00, was sent back on Friday 10:00: two
  // working days in audit.
  const auto clock = clocks_.taken(LimitClass::kOrdinary, wall("2024-03-11 09:00"))[1];
  ASSERT_EQ(clock.due, wall("2024-03-18 18:00"));
  const auto resumed = clocks_.resumed(clock, wall("2024-03-13 10:00"), wall("2024-03-15 10:00"));
  EXPECT_EQ(resumed.due, wall("2024-03-20 18:00"));
  EXPECT_EQ(resumed.stood_still, hours{16});
  EXPECT_EQ(clocks_.left(resumed, wall("2024-03-15 10:00")),
            clocks_.left(clock, wall("2024-03-13 10:00")));
  // A part of a day more is given to the close of business.
  EXPECT_EQ(clocks_.resumed(clock, wall("2024-03-13 10:00"), wall("2024-03-13 11:00")).due,
            wall("2024-03-19 18:00"));
}

TEST_F(ClocksTest, AClockThatWasOverStaysOver) {
  const auto clock = clocks_.routed(LimitClass::kOrdinary, wall("2024-03-11 09:00"))[0];
  EXPECT_EQ(clocks_.resumed(clock, wall("2024-03-13 10:00"), wall("2024-03-15 10:00")), clock);
}

TEST_F(ClocksTest, AYellowThatWasShownStays) {
  const auto clock = clocks_.routed(LimitClass::kOrdinary, wall("2024-03-11 10:00"))[0];
  const auto stopped = wall("2024-03-12 16:00");
  EXPECT_EQ(clocks_.resumed(clock, stopped, wall("2024-03-13 16:00")).yellow, clock.yellow);
  EXPECT_GT(clocks_.resumed(clock, wall("2024-03-12 09:00"), wall("2024-03-13 09:00")).yellow,
            clock.yellow);
}

TEST(Resettling, PublicationOfAYearMovesOpenClocksOnly) {
  const WorkingCalendar before;
  CalendarYear notice{CalendarLevel::kStateCouncil, 2031, {}, {}, "示例"};
  for (auto d = parse_local_day("2031-10-01").value(); d <= parse_local_day("2031-10-07").value();
       d += std::chrono::days{1})
    notice.days_off.push_back(d);
  const WorkingCalendar after(std::vector{notice}, OfficeHours::standard());
  const auto clock =
      Clocks(before, default_limits()).taken(LimitClass::kQuestion, wall("2031-09-29 10:00"))[1];
  ASSERT_EQ(clock.due, wall("2031-10-02 18:00"));
  const Clocks clocks(after, default_limits());
  EXPECT_EQ(clocks.resettled(clock, wall("2031-09-30 09:00")).due, wall("2031-10-09 18:00"));
  EXPECT_EQ(clocks.resettled(clock, wall("2031-10-02 18:00")), clock);
}

TEST(Resettling, NobodyIsLateByANotice) {
  // The notice makes a Saturday worked, which puts the due moment before the notice itself.
  const WorkingCalendar before;
  const CalendarYear notice{
      CalendarLevel::kStateCouncil, 2031, {}, {parse_local_day("2031-03-08").value()}, "示例"};
  const WorkingCalendar after(std::vector{notice}, OfficeHours::standard());
  const auto clock =
      Clocks(before, default_limits()).routed(LimitClass::kOrdinary, wall("2031-03-07 10:00"))[0];
  ASSERT_EQ(clock.due, wall("2031-03-10 18:00"));
  const Clocks clocks(after, default_limits());
  EXPECT_EQ(clocks.resettled(clock, wall("2031-03-09 10:00")), clock);
  EXPECT_EQ(clocks.resettled(clock, wall("2031-03-07 11:00")).due, wall("2031-03-08 18:00"));
}

TEST(Resettling, KeepsWhatTheClockStoodStill) {
  const WorkingCalendar calendar;
  const Clocks clocks(calendar, default_limits());
  const auto clock = clocks.taken(LimitClass::kOrdinary, wall("2024-03-11 09:00"))[1];
  const auto resumed = clocks.resumed(clock, wall("2024-03-13 10:00"), wall("2024-03-15 10:00"));
  EXPECT_EQ(clocks.resettled(resumed, wall("2024-03-15 11:00")), resumed);
}

TEST_F(ClocksTest, WhatIsLeftIsCountedAsTheClockRuns) {
  const auto clock = clocks_.routed(LimitClass::kOrdinary, wall("2024-03-08 10:00"))[0];
  EXPECT_EQ(clocks_.left(clock, wall("2024-03-08 17:00")), hours{9});
  EXPECT_EQ(clocks_.left(clock, wall("2024-03-12 09:00")), -hours{1});
  const auto urgent = clocks_.routed(LimitClass::kUrgent, wall("2024-03-09 22:00"))[0];
  EXPECT_EQ(clocks_.left(urgent, wall("2024-03-09 22:30")), minutes{30});
}

TEST_F(ClocksTest, TheMostPressingIsDueFirst) {
  EXPECT_FALSE(most_pressing({}).has_value());
  const auto running = clocks_.taken(LimitClass::kOrdinary, wall("2024-03-11 09:00"));
  EXPECT_EQ(most_pressing(running)->kind, ClockKind::kContact);
}

}  // namespace
}  // namespace lianmeng::dispatch
