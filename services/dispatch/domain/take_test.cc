#include "dispatch/domain/take.h"

#include "dispatch/domain/test_county.h"

namespace lianmeng::dispatch {
namespace {

using TakeDemandTest = DispatchTest;

TEST_F(TakeDemandTest, GroupTakesAndLeads) {
  submit();
  s.by(kCoordinator).when(assignment(kIndustry, {kTraining})).accepted();
  s.by(kMember).at(beijing("2023-06-28 11:00"));
  s.when(TakeDemand{.demand_id = kDemand, .group_id = {}}).accepted();
  const auto event = s.event<v1::DemandTaken>();
  EXPECT_EQ(event.lead_group_id(), kIndustry);
  EXPECT_EQ(event.person_id(), kMember.str());
  ASSERT_EQ(event.helpers_size(), 1);
  EXPECT_EQ(event.helpers(0).group_id(), kTraining);
  EXPECT_EQ(event.brief().state(), v1::DEMAND_STATE_TAKEN);
  EXPECT_EQ(due(v1::CLOCK_KIND_CONTACT), beijing("2023-06-29 18:00"));
  EXPECT_EQ(due(v1::CLOCK_KIND_RESULT), beijing("2023-07-05 18:00"));
  EXPECT_EQ(clock(v1::CLOCK_KIND_TAKE), nullptr);
}

TEST_F(TakeDemandTest, SecondGroupIsRefusedAndToldWhoLeads) {
  submit();
  s.by(kCoordinator).when(opening({kIndustry, kMarketing})).accepted();
  s.by(kHead).when(TakeDemand{.demand_id = kDemand, .group_id = {}}).accepted();
  s.by(kOtherHead)
      .when(TakeDemand{.demand_id = kDemand, .group_id = {}})
      .refused(kDemandAlreadyTaken, {{"lead", "产业小组（g1）"}});
  s.by(kThirdHead).when(TakeDemand{.demand_id = kDemand, .group_id = {}}).refused(kDemandUnknown);
}

TEST_F(TakeDemandTest, HelperMayNotTakeWhatIsAssignedToALead) {
  submit();
  s.by(kCoordinator).when(assignment(kIndustry, {kTraining})).accepted();
  s.by(kThirdHead)
      .when(TakeDemand{.demand_id = kDemand, .group_id = {}})
      .refused(kLeadOfferedToAnother, {{"lead", "产业小组（g1）"}});
}

TEST_F(TakeDemandTest, GroupThatIsNotOfferedItMayNot) {
  route();
  s.by(kOtherHead).when(TakeDemand{.demand_id = kDemand, .group_id = {}}).refused(kDemandUnknown);
  s.by(kCoordinator)
      .when(TakeDemand{.demand_id = kDemand, .group_id = kMarketing})
      .refused(kGroupNotOffered);
  s.when(TakeDemand{.demand_id = kDemand, .group_id = {}}).refused_field("group_id");
  s.when(TakeDemand{.demand_id = kDemand, .group_id = kIndustry}).refused(kPermissionDenied);
}

TEST_F(TakeDemandTest, WhatIsNotRoutedIsNotTaken) {
  submit();
  s.by(kCoordinator)
      .when(TakeDemand{.demand_id = kDemand, .group_id = kIndustry})
      .refused(kDemandStateUnfit);
}

TEST_F(TakeDemandTest, PassingBackEndsTheOwnOfferAndTheOthersStand) {
  submit();
  s.by(kCoordinator).when(opening({kIndustry, kMarketing})).accepted();
  s.by(kHead)
      .when(PassBackDemand{.demand_id = kDemand, .group_id = {}, .reason = "不属本组"})
      .accepted();
  EXPECT_FALSE(s.event<v1::DemandPassedBack>().last_offer());
  EXPECT_EQ(row().state(), v1::DEMAND_STATE_ROUTED);
  EXPECT_NE(clock(v1::CLOCK_KIND_TAKE), nullptr);
  s.by(kOtherHead).when(TakeDemand{.demand_id = kDemand, .group_id = {}}).accepted();
}

TEST_F(TakeDemandTest, LastPassBackSubmitsItAgain) {
  route();
  s.by(kHead).at(beijing("2023-06-28 15:00"));
  s.when(PassBackDemand{.demand_id = kDemand, .group_id = {}, .reason = ""})
      .refused_field("reason");
  s.when(PassBackDemand{.demand_id = kDemand, .group_id = {}, .reason = "不属本组"}).accepted();
  EXPECT_TRUE(s.event<v1::DemandPassedBack>().last_offer());
  EXPECT_EQ(row().state(), v1::DEMAND_STATE_SUBMITTED);
  // A route clock from then on: three hours left today, one tomorrow.
  EXPECT_EQ(due(v1::CLOCK_KIND_ROUTE), beijing("2023-06-29 09:00"));
  s.when(TakeDemand{.demand_id = kDemand, .group_id = {}}).refused(kDemandStateUnfit);
}

TEST_F(TakeDemandTest, PassBackIsPossibleForOneWorkingDay) {
  route();
  s.by(kHead).at(beijing("2023-06-29 18:01"));
  s.when(PassBackDemand{.demand_id = kDemand, .group_id = {}, .reason = "不属本组"})
      .refused(kPassBackTooLate, {{"until", "2023-06-29 18:00"}});
}

TEST_F(TakeDemandTest, ThirdTimeTheRulingBinds) {
  submit();
  for (int i = 0; i < 3; ++i) {
    s.by(kCoordinator).when(assignment(kIndustry)).accepted();
    EXPECT_FALSE(s.event<v1::DemandRouted>().binding());
    s.by(kHead)
        .when(PassBackDemand{.demand_id = kDemand, .group_id = {}, .reason = "不属本组"})
        .accepted();
  }
  s.by(kCoordinator).when(assignment(kIndustry)).accepted();
  EXPECT_TRUE(s.event<v1::DemandRouted>().binding());
  s.by(kHead)
      .when(PassBackDemand{.demand_id = kDemand, .group_id = {}, .reason = "不属本组"})
      .refused(kRoutingBinds, {{"count", "3"}});
  s.when(TakeDemand{.demand_id = kDemand, .group_id = {}}).accepted();
}

TEST_F(TakeDemandTest, HelperTakesAfterTheLeadPassedBack) {
  submit();
  s.by(kCoordinator).when(assignment(kIndustry, {kTraining})).accepted();
  s.by(kHead)
      .when(PassBackDemand{.demand_id = kDemand, .group_id = {}, .reason = "不属本组"})
      .accepted();
  s.by(kThirdHead).when(TakeDemand{.demand_id = kDemand, .group_id = {}}).accepted();
  EXPECT_EQ(row().lead_group_id(), kTraining);
}

TEST_F(TakeDemandTest, TakenOneIsNotPassedBack) {
  take();
  s.by(kHead)
      .when(PassBackDemand{.demand_id = kDemand, .group_id = {}, .reason = "不属本组"})
      .refused(kDemandStateUnfit);
}

}  // namespace
}  // namespace lianmeng::dispatch
