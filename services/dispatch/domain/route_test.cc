#include "dispatch/domain/route.h"

#include "dispatch/domain/test_county.h"

namespace lianmeng::dispatch {
namespace {

using RouteDemandTest = DispatchTest;

v1::RoutingRule rule_for_villages() {
  v1::RoutingRule rule;
  rule.set_name("新池镇的一般诉求");
  rule.add_kinds(v1::DEMAND_KIND_ORDINARY);
  rule.add_place_ids(kXinchi);
  rule.set_lead_group_id(kIndustry);
  return rule;
}

TEST_F(RouteDemandTest, CoordinatorAssignsALeadAndHelpers) {
  submit();
  s.by(kCoordinator).at(beijing("2023-06-28 10:00"));
  s.when(assignment(kIndustry, {kTraining})).accepted();
  const auto event = s.event<v1::DemandRouted>();
  ASSERT_EQ(event.offers_size(), 2);
  EXPECT_EQ(event.offers(0).group_id(), kIndustry);
  EXPECT_EQ(event.offers(0).role(), v1::GROUP_ROLE_LEAD);
  EXPECT_EQ(event.offers(1).role(), v1::GROUP_ROLE_HELPER);
  EXPECT_EQ(from_proto(event.offers(0).pass_back_by_time()), beijing("2023-06-29 18:00"));
  EXPECT_EQ(event.brief().state(), v1::DEMAND_STATE_ROUTED);
  EXPECT_EQ(event.brief().number(), "合阳-230628-001");
  EXPECT_FALSE(event.binding());
  EXPECT_EQ(row().state(), v1::DEMAND_STATE_ROUTED);
  EXPECT_EQ(clock(v1::CLOCK_KIND_ROUTE), nullptr);
  EXPECT_EQ(due(v1::CLOCK_KIND_TAKE), beijing("2023-06-29 18:00"));
}

TEST_F(RouteDemandTest, NumberWithTheCountysNameIsUnderstood) {
  submit();
  auto command = assignment(kIndustry);
  command.demand_id = "合阳-230628-001";
  s.by(kCoordinator).when(command).accepted();
}

TEST_F(RouteDemandTest, OpenRoutingNamesNoLeadAndSeveralGroups) {
  submit();
  s.by(kCoordinator).when(opening({kIndustry})).refused_field("group_ids");
  auto command = opening({kIndustry, kMarketing});
  command.lead_group_id = kTraining;
  s.when(command).refused_field("lead_group_id");
  s.when(opening({kIndustry, kIndustry})).refused_field("group_ids[1]");
  s.when(opening({kIndustry, kMarketing})).accepted();
  EXPECT_EQ(s.event<v1::DemandRouted>().offers(1).role(), v1::GROUP_ROLE_CONTENDER);
}

TEST_F(RouteDemandTest, OnlyACoordinatorOutsideTheGroupsMay) {
  submit();
  s.by(kCadre).when(assignment(kIndustry)).refused(kPermissionDenied);
  s.by(kOfficer).when(assignment(kIndustry)).refused(kPermissionDenied);
  s.by(kTornCoordinator).when(assignment(kIndustry)).refused(kOwnGroup);
  s.when(assignment(kMarketing, {kIndustry})).refused(kOwnGroup);
  s.when(assignment(kMarketing)).accepted();
}

TEST_F(RouteDemandTest, UnknownDemandAndWhatIsNotSeenLookAlike) {
  submit();
  s.by(kCoordinator);
  auto command = assignment(kIndustry);
  command.demand_id = "230628-777";
  s.when(command).refused(kDemandUnknown, {{"demand", "230628-777"}});
  s.by(kNeighbour).when(assignment(kIndustry)).refused(kDemandUnknown);
}

TEST_F(RouteDemandTest, GroupMustBeAFunctionalGroup) {
  submit();
  s.by(kCoordinator).when(assignment(kBeishun)).refused(kGroupUnknown);
  s.when(assignment("g9")).refused(kGroupUnknown, {{"group", "g9"}});
  s.when(assignment("")).refused_field("lead_group_id");
}

TEST_F(RouteDemandTest, RoutedOneIsNotRoutedAnewWhileItIsInTime) {
  route();
  s.by(kCoordinator).when(assignment(kMarketing)).refused(kDemandStateUnfit);
}

TEST_F(RouteDemandTest, RuleRoutesAtOnce) {
  s.by(kOfficer).when(SetRoutingRule{.rule = rule_for_villages()}).accepted();
  s.by(kCadre).when(workshop()).accepted();
  EXPECT_EQ(s.event<v1::DemandSubmitted>().rule_id(), "r1");
  s.advance_to(s.now());
  ASSERT_EQ(s.fired<v1::DemandRouted>().size(), 1U);
  const auto event = s.fired<v1::DemandRouted>().front();
  EXPECT_EQ(event.rule_id(), "r1");
  EXPECT_EQ(event.offers(0).group_id(), kIndustry);
  EXPECT_EQ(row().state(), v1::DEMAND_STATE_ROUTED);
}

TEST_F(RouteDemandTest, RuleThatDoesNotMatchLeavesItToTheCoordinator) {
  auto rule = rule_for_villages();
  rule.clear_kinds();
  rule.add_kinds(v1::DEMAND_KIND_FUNDS);
  s.by(kOfficer).when(SetRoutingRule{.rule = rule}).accepted();
  submit();
  EXPECT_EQ(row().rule_id(), "");
}

TEST_F(RouteDemandTest, RuleOfLowestPriorityNumberWins) {
  auto later = rule_for_villages();
  later.set_priority(2);
  auto first = rule_for_villages();
  first.set_priority(1);
  first.set_lead_group_id(kMarketing);
  first.add_industries("服装");
  s.by(kOfficer).when(SetRoutingRule{.rule = later}).accepted();
  s.when(SetRoutingRule{.rule = first}).accepted();
  s.by(kCadre).when(workshop()).accepted();
  EXPECT_EQ(s.event<v1::DemandSubmitted>().rule_id(), "r2");
}

TEST_F(RouteDemandTest, RuleWhoseGroupIsNoMoreLapses) {
  s.by(kOfficer).when(SetRoutingRule{.rule = rule_for_villages()}).accepted();
  s.by(kCadre).when(workshop()).accepted();
  membership::v1::OrganisationDissolved gone;
  gone.set_county("610524");
  gone.set_organisation_id(kIndustry);
  *gone.mutable_dissolved_time() = to_proto(s.now());
  s.given_foreign("membership", gone);
  s.advance_to(s.now());
  ASSERT_EQ(s.fired<v1::RoutingRuleLapsed>().size(), 1U);
  EXPECT_EQ(row().state(), v1::DEMAND_STATE_SUBMITTED);
  s.by(kCoordinator).when(assignment(kMarketing)).accepted();
}

TEST_F(RouteDemandTest, RemovedRuleLapses) {
  s.by(kOfficer).when(SetRoutingRule{.rule = rule_for_villages()}).accepted();
  s.by(kCadre).when(workshop()).accepted();
  s.by(kOfficer).when(RemoveRoutingRule{.rule_id = "r1"}).accepted();
  s.advance_to(s.now());
  EXPECT_EQ(s.fired<v1::RoutingRuleLapsed>().size(), 1U);
}

TEST_F(RouteDemandTest, CoordinatorDeclinesWithAReason) {
  submit();
  s.by(kCoordinator)
      .when(DeclineDemand{.demand_id = kDemand, .reason = ""})
      .refused_field("reason");
  s.by(kHead).when(DeclineDemand{.demand_id = kDemand, .reason = "重复"}).refused(kDemandUnknown);
  s.by(kCadre)
      .when(DeclineDemand{.demand_id = kDemand, .reason = "重复"})
      .refused(kPermissionDenied);
  s.by(kCoordinator).when(DeclineDemand{.demand_id = kDemand, .reason = "重复"}).accepted();
  EXPECT_EQ(row().state(), v1::DEMAND_STATE_DECLINED);
  EXPECT_EQ(row().closing_reason(), "重复");
  EXPECT_EQ(row().clocks_size(), 0);
  s.when(assignment(kIndustry)).refused(kDemandStateUnfit);
}

TEST_F(RouteDemandTest, RoutedOneIsDeclinedButATakenOneIsNot) {
  take();
  s.by(kCoordinator)
      .when(DeclineDemand{.demand_id = kDemand, .reason = "重复"})
      .refused(kDemandStateUnfit);
}

}  // namespace
}  // namespace lianmeng::dispatch
