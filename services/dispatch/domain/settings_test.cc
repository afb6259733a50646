#include "dispatch/domain/settings.h"

#include "dispatch/domain/test_county.h"

namespace lianmeng::dispatch {
namespace {

using SettingsTest = DispatchTest;

v1::LimitSetting setting(v1::LimitClass limit_class, v1::ClockKind kind, v1::LimitUnit unit,
                         int amount) {
  v1::LimitSetting out;
  out.set_limit_class(limit_class);
  out.set_clock_kind(kind);
  out.mutable_limit()->set_unit(unit);
  out.mutable_limit()->set_amount(amount);
  return out;
}

SetLimits ten_days() {
  return {.settings = {setting(v1::LIMIT_CLASS_ORDINARY, v1::CLOCK_KIND_RESULT,
                               v1::LIMIT_UNIT_HALF_WORKING_DAYS, 20)}};
}

SetCalendarYear fair(const char* date) {
  v1::CalendarYear year;
  year.set_layer(v1::CALENDAR_LAYER_COUNTY);
  year.set_year(2023);
  year.set_source("合政办〔2023〕1号");
  auto& day = *year.add_days();
  day.set_date(date);
  day.set_kind(v1::DAY_KIND_DAY_OFF);
  day.set_name("葡萄节");
  return {.calendar = year};
}

SetOfficeHours summer() {
  SetOfficeHours command;
  for (const auto& [from, to] : {std::pair{480, 720}, std::pair{900, 1140}}) {
    v1::OfficeSpan span;
    span.set_from_minute(from);
    span.set_to_minute(to);
    command.spans.push_back(span);
  }
  return command;
}

TEST_F(SettingsTest, LimitsHoldForClocksThatStartFromThenOn) {
  take();
  const auto before = due(v1::CLOCK_KIND_RESULT);
  s.by(kOfficer).when(ten_days()).accepted();
  EXPECT_EQ(s.event<v1::LimitsSet>().version(), 1U);
  EXPECT_EQ(due(v1::CLOCK_KIND_RESULT), before);
  s.by(kCadre).when(WithdrawDemand{.demand_id = kDemand, .reason = "重提"}).accepted();

  s.by(kCadre).when(workshop()).accepted();
  const std::string second = s.event<v1::DemandSubmitted>().demand_id();
  auto routing = assignment(kIndustry);
  routing.demand_id = second;
  s.by(kCoordinator).when(routing).accepted();
  s.by(kHead).when(TakeDemand{.demand_id = second, .group_id = {}}).accepted();
  const auto taken = row(second.c_str());
  EXPECT_EQ(from_proto(taken.clocks(1).due_time()), beijing("2023-07-12 18:00"));
}

TEST_F(SettingsTest, NoLimitsMeansTheDefaultsAgain) {
  s.by(kOfficer).when(SetLimits{}).refused(kNothingToChange);
  s.when(ten_days()).accepted();
  s.when(ten_days()).refused(kNothingToChange);
  s.when(SetLimits{}).accepted();
  EXPECT_EQ(s.event<v1::LimitsSet>().version(), 2U);
  EXPECT_EQ(limits_in_force(s.view(), CountyId("610524")).size(), 22U);
}

TEST_F(SettingsTest, LimitsAreChecked) {
  s.by(kCoordinator).when(ten_days()).refused(kPermissionDenied);
  s.by(kOfficer);
  auto command = ten_days();
  command.settings[0].mutable_limit()->set_amount(0);
  s.when(command).refused_field("settings[0].limit");
  command = ten_days();
  command.settings[0].mutable_limit()->set_unit(v1::LIMIT_UNIT_UNSPECIFIED);
  s.when(command).refused_field("settings[0].limit.unit");
  command = ten_days();
  command.settings[0].set_limit_class(v1::LIMIT_CLASS_UNSPECIFIED);
  s.when(command).refused_field("settings[0].limit_class");
  command = ten_days();
  command.settings.push_back(command.settings[0]);
  s.when(command).refused_field("settings[1]");
  s.when(SetLimits{.settings = {setting(v1::LIMIT_CLASS_ORDINARY, v1::CLOCK_KIND_AUDIT,
                                        v1::LIMIT_UNIT_HALF_WORKING_DAYS, 4)}})
      .refused_field("settings[0].limit_class");
}

TEST_F(SettingsTest, PublishedDayOffMovesOpenDeadlinesByEvent) {
  take();  // Result due on Wednesday 5 July.
  s.by(kCadre).when(workshop()).accepted();
  s.by(kOfficer).when(fair("2023-07-04")).accepted();
  EXPECT_EQ(due(v1::CLOCK_KIND_RESULT), beijing("2023-07-05 18:00"));
  s.advance_to(s.now());
  std::size_t moved = 0;
  for (const auto& batch : s.fired<v1::DeadlinesResettled>()) {
    moved += static_cast<std::size_t>(batch.demands_size());
  }
  EXPECT_EQ(moved, 1U);
  EXPECT_TRUE(s.fired<v1::DeadlinesResettled>().back().finished());
  EXPECT_EQ(due(v1::CLOCK_KIND_RESULT), beijing("2023-07-06 18:00"));
  EXPECT_EQ(from_proto(clock(v1::CLOCK_KIND_RESULT)->first_due_time()),
            beijing("2023-07-05 18:00"));
  // It stands in the demand's own history.
  int parts = 0;
  scan_history(s.view(), CountyId("610524"), kDemand, 0, [&](const auto& entry) {
    if (entry.event().has_deadlines_resettled()) ++parts;
    return true;
  });
  EXPECT_EQ(parts, 1);
  // And it is red a day later.
  s.advance_to(beijing("2023-07-05 18:00"));
  for (const auto& red : s.fired<v1::DemandClockRed>()) {
    EXPECT_NE(red.clock().kind(), v1::CLOCK_KIND_RESULT);
  }
}

TEST_F(SettingsTest, ManyDemandsAreSettledInBoundedBatches) {
  for (int i = 0; i < kResettleBatch + 20; ++i) {
    s.by(kCadre).when(workshop()).accepted();
  }
  s.by(kOfficer).when(fair("2023-06-28")).accepted();
  s.advance_to(s.now());
  const auto batches = s.fired<v1::DeadlinesResettled>();
  int moved = 0;
  for (const auto& batch : batches) {
    EXPECT_LE(batch.demands_size(), kResettleBatch);
    moved += batch.demands_size();
  }
  EXPECT_EQ(moved, kResettleBatch + 20);
  EXPECT_TRUE(batches.back().finished());
  EXPECT_EQ(due(v1::CLOCK_KIND_ROUTE), beijing("2023-06-29 12:00"));
}

TEST_F(SettingsTest, WhatIsOverStaysOver) {
  take();
  s.advance_to(beijing("2023-07-05 18:00"));
  s.by(kOfficer).when(fair("2023-07-04")).accepted();
  s.advance_to(s.now());
  EXPECT_EQ(due(v1::CLOCK_KIND_RESULT), beijing("2023-07-05 18:00"));
}

TEST_F(SettingsTest, OfficeHoursMoveOpenDeadlinesToo) {
  take();
  s.by(kOfficer).when(summer()).accepted();
  s.advance_to(s.now());
  EXPECT_EQ(due(v1::CLOCK_KIND_RESULT), beijing("2023-07-05 19:00"));
  s.when(summer()).refused(kNothingToChange);
  auto wrong = summer();
  wrong.spans[1].set_from_minute(700);
  s.when(wrong).refused_field("spans[1]");
  s.when(SetOfficeHours{}).refused_field("spans");
  s.by(kCoordinator).when(summer()).refused(kPermissionDenied);
}

TEST_F(SettingsTest, CalendarIsChecked) {
  s.by(kCoordinator).when(fair("2023-07-04")).refused(kPermissionDenied);
  s.by(kOfficer).when(fair("2024-07-04")).refused_field("calendar.days[0]");
  auto several = fair("2023-07-04");
  auto& worked = *several.calendar.add_days();
  worked.set_date("2023-07-08");
  worked.set_kind(v1::DAY_KIND_WORKING_DAY);
  *several.calendar.add_days() = several.calendar.days(0);
  s.when(several).refused_field("calendar.days[2]");
  several.calendar.mutable_days()->RemoveLast();
  several.calendar.mutable_days(1)->set_date("2022-07-08");
  s.when(several).refused_field("calendar.days[1]");
  s.when(fair("2023-02-30")).refused_field("calendar.days[0].date");
  auto command = fair("2023-07-04");
  command.calendar.set_layer(v1::CALENDAR_LAYER_UNSPECIFIED);
  s.when(command).refused_field("calendar.layer");
  s.when(fair("2023-07-04")).accepted();
  s.when(fair("2023-07-04")).refused(kNothingToChange);
}

TEST_F(SettingsTest, DueInAYearWithoutANoticeIsProvisional) {
  s.at(beijing("2030-03-05 09:00"));
  s.by(kCadre).when(workshop()).accepted();
  EXPECT_TRUE(s.event<v1::DemandSubmitted>().clocks().running(0).provisional());
  v1::CalendarYear year;
  year.set_layer(v1::CALENDAR_LAYER_STATE_COUNCIL);
  year.set_year(2030);
  s.by(kOfficer).when(SetCalendarYear{.calendar = year}).accepted();
  s.advance_to(s.now());
  EXPECT_FALSE(row("300305-001").clocks(0).provisional());
}

TEST_F(SettingsTest, RulesAreKeptInOrderChangedAndRemoved) {
  v1::RoutingRule rule;
  rule.set_name("一般诉求");
  rule.set_lead_group_id(kIndustry);
  s.by(kCadre).when(SetRoutingRule{.rule = rule}).refused(kPermissionDenied);
  s.by(kCoordinator).when(SetRoutingRule{.rule = rule}).accepted();
  EXPECT_EQ(s.event<v1::RoutingRuleSet>().rule().rule_id(), "r1");
  rule.set_rule_id("r1");
  rule.set_mode(v1::ROUTING_MODE_ASSIGNED);
  s.when(SetRoutingRule{.rule = rule}).refused(kNothingToChange);
  rule.set_lead_group_id("g9");
  s.when(SetRoutingRule{.rule = rule}).refused(kGroupUnknown);
  rule.set_lead_group_id("");
  s.when(SetRoutingRule{.rule = rule}).refused_field("rule.lead_group_id");
  rule.set_lead_group_id(kMarketing);
  s.when(SetRoutingRule{.rule = rule}).accepted();
  rule.set_rule_id("r7");
  s.when(SetRoutingRule{.rule = rule}).refused(kRuleUnknown);
  rule.set_rule_id("");
  rule.set_name("");
  s.when(SetRoutingRule{.rule = rule}).refused_field("rule.name");
  rule.set_name("村里的");
  rule.add_place_ids("o99");
  s.when(SetRoutingRule{.rule = rule}).refused(kOrganisationUnknown);
  rule.clear_place_ids();
  for (const char* group : {kTraining, kTraining}) rule.add_group_ids(group);
  s.when(SetRoutingRule{.rule = rule}).refused_field("rule.group_ids[1]");
  rule.clear_group_ids();
  rule.add_industries("服装");
  rule.add_industries(" ");
  s.when(SetRoutingRule{.rule = rule}).refused_field("rule.industries[1]");
  rule.clear_industries();
  s.when(RemoveRoutingRule{.rule_id = "r7"}).refused(kRuleUnknown);
  s.when(RemoveRoutingRule{.rule_id = "r1"}).accepted();
  s.when(RemoveRoutingRule{.rule_id = "r1"}).refused(kRuleUnknown);
  // A number is never given twice.
  rule.clear_place_ids();
  s.when(SetRoutingRule{.rule = rule}).accepted();
  EXPECT_EQ(s.event<v1::RoutingRuleSet>().rule().rule_id(), "r2");
}

}  // namespace
}  // namespace lianmeng::dispatch
