#include "dispatch/domain/escalation.h"

#include <gmock/gmock.h>

#include "dispatch/domain/test_county.h"

namespace lianmeng::dispatch {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;
using EscalationTest = DispatchTest;

TEST_F(EscalationTest, YellowTellsWhoIsInChargeAtSeventyPercent) {
  submit();  // Wednesday 9:00, due at 15:00: 168 of 240 minutes are over at 11:48.
  s.advance_to(beijing("2023-06-28 11:47"));
  EXPECT_EQ(s.fired_count(), 0U);
  s.advance_to(beijing("2023-06-28 11:48"));
  ASSERT_EQ(s.fired<v1::DemandClockYellow>().size(), 1U);
  const auto event = s.fired<v1::DemandClockYellow>().front();
  EXPECT_THAT(event.tell_person_ids(), ElementsAre(kCoordinator.str(), kTornCoordinator.str()));
  EXPECT_EQ(event.clock().light(), v1::LIGHT_YELLOW);
  EXPECT_EQ(row().light(), v1::LIGHT_YELLOW);
  EXPECT_EQ(from_proto(*row().mutable_timer_time()), beijing("2023-06-28 15:00"));
}

TEST_F(EscalationTest, TakeGoesUpAllFourLevelsAndTellsTheAskerEachTime) {
  route();  // Wednesday; to be taken by Thursday 18:00.
  s.advance_to(beijing("2023-06-29 18:00"));
  ASSERT_EQ(s.fired<v1::DemandClockRed>().size(), 1U);
  const auto red = s.fired<v1::DemandClockRed>().front();
  EXPECT_EQ(red.clock().level(), 1);
  EXPECT_THAT(red.tell_person_ids(), ElementsAre(kHead.str(), kCadre.str()));

  s.advance_to(beijing("2023-06-30 18:00"));  // +1
  ASSERT_EQ(s.fired<v1::DemandEscalated>().size(), 1U);
  auto event = s.fired<v1::DemandEscalated>().front();
  EXPECT_EQ(event.clock().level(), 2);
  EXPECT_TRUE(event.assignment_required());
  EXPECT_THAT(event.tell_person_ids(),
              ElementsAre(kCoordinator.str(), kTornCoordinator.str(), kCadre.str()));

  s.advance_to(beijing("2023-07-04 18:00"));  // +3
  ASSERT_EQ(s.fired<v1::DemandEscalated>().size(), 1U);
  event = s.fired<v1::DemandEscalated>().front();
  EXPECT_EQ(event.clock().level(), 3);
  EXPECT_THAT(event.tell_person_ids(), ElementsAre(kChair.str(), kCadre.str()));

  s.advance_to(beijing("2023-07-06 18:00"));  // +5
  ASSERT_EQ(s.fired<v1::DemandEscalated>().size(), 1U);
  event = s.fired<v1::DemandEscalated>().front();
  EXPECT_EQ(event.clock().level(), 4);
  EXPECT_THAT(event.tell_person_ids(), ElementsAre(kOfficer.str(), kCadre.str()));

  s.advance_to(beijing("2023-09-01 18:00"));
  EXPECT_EQ(s.fired_count(), 0U);
  EXPECT_EQ(row().light(), v1::LIGHT_RED);
}

TEST_F(EscalationTest, LevelWithoutAHolderGoesToTheNext) {
  route();
  membership::v1::MembershipEnded ended;
  ended.set_county("610524");
  ended.set_membership_id("m1");
  *ended.mutable_until_time() = to_proto(beijing("2023-06-28 09:00"));
  s.given_foreign("membership", ended);
  s.advance_to(beijing("2023-07-04 18:00"));
  const auto events = s.fired<v1::DemandEscalated>();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_THAT(events[1].tell_person_ids(), ElementsAre(kOfficer.str(), kCadre.str()));
}

TEST_F(EscalationTest, WhatNobodyTookMustBeAssigned) {
  submit();
  s.by(kCoordinator).when(opening({kIndustry, kMarketing})).accepted();
  s.advance_to(beijing("2023-06-30 18:00"));
  EXPECT_TRUE(row().assignment_required());
  s.by(kCoordinator).when(opening({kIndustry, kMarketing})).refused(kAssignmentRequired);
  s.when(assignment(kMarketing)).accepted();
  EXPECT_FALSE(row().assignment_required());
  EXPECT_EQ(row().light(), v1::LIGHT_GREEN);
  s.by(kOtherHead).when(TakeDemand{.demand_id = kDemand, .group_id = {}}).accepted();
}

TEST_F(EscalationTest, WhatNobodyRoutedMustBeAssignedToo) {
  submit();
  s.advance_to(beijing("2023-06-29 18:00"));
  EXPECT_TRUE(row().assignment_required());
  s.by(kCoordinator).when(opening({kIndustry, kMarketing})).refused(kAssignmentRequired);
}

TEST_F(EscalationTest, HandlerIsToldFirstThenTheHead) {
  take();
  s.by(kHead)
      .when(AssignHandler{.demand_id = kDemand, .handler_person_id = kMember.str(), .note = {}})
      .accepted();
  s.when(RecordContact{.demand_id = kDemand, .means = v1::CONTACT_MEANS_PHONE, .words = "已联系"})
      .accepted();
  s.advance_to(beijing("2023-07-05 18:00"));
  ASSERT_EQ(s.fired<v1::DemandClockYellow>().size(), 1U);
  EXPECT_THAT(s.fired<v1::DemandClockYellow>().front().tell_person_ids(),
              ElementsAre(kMember.str()));
  ASSERT_EQ(s.fired<v1::DemandClockRed>().size(), 1U);
  EXPECT_THAT(s.fired<v1::DemandClockRed>().front().tell_person_ids(),
              ElementsAre(kHead.str(), kCadre.str()));
}

TEST_F(EscalationTest, ContactAndResultRunApart) {
  take();
  s.advance_to(beijing("2023-06-29 18:00"));
  ASSERT_EQ(s.fired<v1::DemandClockRed>().size(), 1U);
  EXPECT_EQ(s.fired<v1::DemandClockRed>().front().clock().kind(), v1::CLOCK_KIND_CONTACT);
  EXPECT_EQ(row().light(), v1::LIGHT_RED);
  s.by(kHead)
      .when(
          RecordContact{.demand_id = kDemand, .means = v1::CONTACT_MEANS_PHONE, .words = "已联系"})
      .accepted();
  EXPECT_EQ(row().light(), v1::LIGHT_GREEN);
}

TEST_F(EscalationTest, CommentsAndReportsResetNothing) {
  take();
  s.advance_to(beijing("2023-07-05 18:00"));
  const auto before = *clock(v1::CLOCK_KIND_RESULT);
  EXPECT_EQ(before.level(), 1);
  s.by(kHead).when(CommentDemand{.demand_id = kDemand, .words = "在办"}).accepted();
  s.when(
       ReportProgress{.demand_id = kDemand, .words = "在办", .next_step = {}, .next_step_time = {}})
      .accepted();
  EXPECT_EQ(clock(v1::CLOCK_KIND_RESULT)->SerializeAsString(), before.SerializeAsString());
}

TEST_F(EscalationTest, UrgentOneIsEscalatedByTheClock) {
  auto command = workshop();
  command.urgency = v1::URGENCY_URGENT;
  s.at(beijing("2023-07-01 22:00")).by(kCadre).when(command).accepted();  // A Saturday.
  s.advance_to(beijing("2023-07-01 22:30"));
  EXPECT_EQ(s.fired<v1::DemandClockRed>().size(), 1U);
  s.advance_to(beijing("2023-07-02 22:30"));
  EXPECT_EQ(s.fired<v1::DemandEscalated>().size(), 1U);
}

}  // namespace
}  // namespace lianmeng::dispatch
