#include "notification/policies/dispatch_policy.h"

#include <gtest/gtest.h>

#include <set>

#include "notification/domain/tables.h"
#include "notification/domain/vocabulary.h"
#include "notification/policies/dispatch_words.h"
#include "notification/testing/heyang.h"
#include "platform/state/proto_time.h"

namespace lianmeng::notification {
namespace {

using namespace testing;
using lianmeng::testing::beijing;
using lianmeng::testing::Scenario;
using List = std::vector<std::string>;

// Whom the built-in rules tell of each event of dispatch. 北顺村's cadre (p6) asks; 产业组's member
// (p4) handles under its head (p3); 营销组's head is p5; p2 and p8 coordinate; p1 is the office.
class DispatchPolicy : public ::testing::Test {
 protected:
  DispatchPolicy() { prepare(scenario); }

  void given_submitted() { scenario.given_foreign("dispatch", submitted()); }
  void given_routed() {
    given_submitted();
    scenario.given_foreign("dispatch", routed());
  }
  void given_taken() {
    given_routed();
    scenario.given_foreign("dispatch", taken());
    scenario.given_foreign("dispatch", assigned());
  }

  template <class Event>
  List tells(const Event& event) {
    scenario.when_foreign("dispatch", event).accepted();
    notice = scenario.event<v1::NoticePosted>();
    return told(notice);
  }
  std::string reads(std::string_view rule) const { return text_of(scenario, notice, rule); }

  Scenario scenario{notification_fold(), kHeyang};
  v1::NoticePosted notice;
};

dispatch_v1::Clock late_clock(dispatch_v1::ClockKind kind, int level) {
  dispatch_v1::Clock clock;
  clock.set_kind(kind);
  clock.set_level(level);
  *clock.mutable_due_time() = state::to_proto(beijing("2023-07-12 18:00"));
  return clock;
}

TEST_F(DispatchPolicy, AnOrdinarySubmissionOfTheAskersOwnTellsNobody) {
  scenario.by(kCadre).when_foreign("dispatch", submitted()).ignored();
}

TEST_F(DispatchPolicy, SubmittedForSomebodyTellsThem) {
  auto e = submitted();
  e.set_recorder_person_id(kMember.str());
  scenario.by(kMember);
  EXPECT_EQ(tells(e), (List{"submitted.asker: 610524-p6"}));
  EXPECT_EQ(reads("submitted.asker"),
            "已为您登记诉求 合阳-230628-001“扶贫工厂缺设备资金”（资金，一般），2023年6月28日 14:30 "
            "前派单。");
  EXPECT_EQ(notice.demand_id(), kDemand);
  EXPECT_EQ(notice.demand_number(), "合阳-230628-001");
}

TEST_F(DispatchPolicy, SubmittedForAVillageTellsItsPosts) {
  auto e = submitted();
  e.clear_asker_person_id();
  e.set_recorder_person_id(kCoordinator.str());
  scenario.by(kCoordinator);
  EXPECT_EQ(tells(e), (List{"submitted.asker: 610524-p6"}));
}

TEST_F(DispatchPolicy, AnUrgentSubmissionIsCriticalNewsForTheCoordinators) {
  auto e = submitted();
  e.set_urgency(dispatch_v1::URGENCY_URGENT);
  scenario.by(kCadre);
  EXPECT_EQ(tells(e), (List{"submitted.coordinators: 610524-p2 610524-p8"}));
  EXPECT_EQ(
      reads("submitted.coordinators"),
      "北顺村提交了诉求 合阳-230628-001“扶贫工厂缺设备资金”（资金，特急），请在 2023年6月28日 "
      "14:30 前派单。");
  EXPECT_EQ(notice.parts(0).urgency(), v1::NOTICE_URGENCY_CRITICAL);
}

TEST_F(DispatchPolicy, WhoRecordedItHearsAsTheAskerDoes) {
  auto e = submitted();
  e.set_recorder_person_id(kMember.str());
  e.set_found_by_group_id("g1");
  scenario.given_foreign("dispatch", e);
  auto declined = about<dispatch_v1::DemandDeclined>(dispatch_v1::DEMAND_STATE_DECLINED);
  scenario.by(kCoordinator);
  EXPECT_EQ(tells(declined), (List{"declined.asker: 610524-p6 610524-p4"}));
}

TEST_F(DispatchPolicy, TalkTellsNobody) {
  given_taken();
  scenario.by(kMember)
      .when_foreign("dispatch", about<dispatch_v1::DemandCommented>({}))
      .ignored()
      .when_foreign("dispatch", about<dispatch_v1::ProgressReported>({}))
      .ignored()
      .when_foreign("dispatch", about<dispatch_v1::ContactRecorded>({}))
      .ignored();
}

TEST_F(DispatchPolicy, ADemandThatItsBriefTellsWhollyKeepsNoRow) {
  const auto has_row = [&] { return demands().has(scenario.view(), key_of(kHeyang, kDemand)); };
  given_submitted();
  EXPECT_FALSE(has_row());
  auto e = submitted();
  e.set_village_id("o3");
  scenario.given_foreign("dispatch", e);
  EXPECT_TRUE(has_row());
}

TEST_F(DispatchPolicy, WhatARuleRoutesIsToldOfWhenItIsRouted) {
  auto e = submitted();
  e.set_rule_id("r1");
  scenario.by(kCadre).when_foreign("dispatch", e).ignored();
  scenario.by_system();
  EXPECT_EQ(tells(routed()),
            (List{"routed.offered: 610524-p3 610524-p5", "routed.asker: 610524-p6"}));
}

TEST_F(DispatchPolicy, ALapsedRuleTellsTheCoordinators) {
  given_submitted();
  auto e = about<dispatch_v1::RoutingRuleLapsed>(dispatch_v1::DEMAND_STATE_SUBMITTED);
  e.set_reason("小组已撤销");
  scenario.by_system();
  EXPECT_EQ(tells(e), (List{"lapsed.coordinators: 610524-p2 610524-p8"}));
}

TEST_F(DispatchPolicy, RoutedTellsTheHeadsAndTheAsker) {
  given_submitted();
  scenario.by(kCoordinator);
  EXPECT_EQ(tells(routed()),
            (List{"routed.offered: 610524-p3 610524-p5", "routed.asker: 610524-p6"}));
  EXPECT_EQ(
      reads("routed.offered"),
      "北顺村的诉求 合阳-230628-001“扶贫工厂缺设备资金”（资金，一般）已派给产业组、营销组（抢单"
      "），请在 2023年6月29日 18:00 前接单。");
}

TEST_F(DispatchPolicy, HelpersOfAnAssignedRoutingAreToldAtTheTake) {
  given_submitted();
  auto e = routed();
  e.set_mode(dispatch_v1::ROUTING_MODE_ASSIGNED);
  e.mutable_offers(0)->set_role(dispatch_v1::GROUP_ROLE_LEAD);
  e.mutable_offers(1)->set_role(dispatch_v1::GROUP_ROLE_HELPER);
  scenario.by(kCoordinator);
  EXPECT_EQ(tells(e), (List{"routed.offered: 610524-p3", "routed.asker: 610524-p6"}));
  auto t = taken();
  t.add_helpers()->set_group_id("g2");
  t.mutable_brief()->add_group_ids("g2");
  scenario.by(kMember);
  EXPECT_EQ(tells(t),
            (List{"taken.asker: 610524-p6", "taken.lead: 610524-p3", "taken.helpers: 610524-p5"}));
}

TEST_F(DispatchPolicy, DeclinedTellsTheAsker) {
  given_submitted();
  auto e = about<dispatch_v1::DemandDeclined>(dispatch_v1::DEMAND_STATE_DECLINED);
  e.set_reason("已有同类诉求");
  scenario.by(kCoordinator);
  EXPECT_EQ(tells(e), (List{"declined.asker: 610524-p6"}));
  EXPECT_EQ(reads("declined.asker"),
            "您的诉求 合阳-230628-001“扶贫工厂缺设备资金”不予受理，原因：已有同类诉求。");
}

TEST_F(DispatchPolicy, TakenTellsTheAskerAndTheHead) {
  given_routed();
  scenario.by(kMember);
  EXPECT_EQ(tells(taken()), (List{"taken.asker: 610524-p6", "taken.lead: 610524-p3"}));
  EXPECT_EQ(reads("taken.asker"),
            "您的诉求 合阳-230628-001“扶贫工厂缺设备资金”已由产业组接单，2023年7月12日 18:00 "
            "前提交办理结果。");
}

TEST_F(DispatchPolicy, PassedBackTellsTheCoordinatorsAndTheAsker) {
  given_routed();
  auto e = about<dispatch_v1::DemandPassedBack>(dispatch_v1::DEMAND_STATE_ROUTED);
  e.set_group_id("g2");
  e.set_reason("不属于本组职责");
  e.set_pass_back_count(1);
  scenario.by(kSalesHead);
  EXPECT_EQ(tells(e), (List{"passed-back.coordinators: 610524-p2 610524-p8",
                            "passed-back.asker: 610524-p6"}));
  EXPECT_EQ(reads("passed-back.coordinators"),
            "营销组退回诉求 合阳-230628-001“扶贫工厂缺设备资金”（第 1 "
            "次退单），原因：不属于本组职责。其他小组的派单仍有效。");
  // The other offer stands: its head alone is warned of the limit.
  auto yellow = about<dispatch_v1::DemandClockYellow>(dispatch_v1::DEMAND_STATE_ROUTED);
  *yellow.mutable_clock() = late_clock(dispatch_v1::CLOCK_KIND_TAKE, 0);
  scenario.by_system();
  EXPECT_EQ(tells(yellow), (List{"yellow.holders: 610524-p3"}));
}

TEST_F(DispatchPolicy, TheLastOfferPassedBackWaitsForTheCoordinators) {
  given_routed();
  auto e = about<dispatch_v1::DemandPassedBack>(dispatch_v1::DEMAND_STATE_SUBMITTED);
  e.set_group_id("g1");
  e.set_pass_back_count(2);
  e.set_last_offer(true);
  scenario.by(kHead);
  tells(e);
  EXPECT_NE(reads("passed-back.coordinators").find("现待重新派单"), std::string::npos);
}

TEST_F(DispatchPolicy, TheHandlerIsTold) {
  given_routed();
  scenario.given_foreign("dispatch", taken());
  scenario.by(kHead);
  EXPECT_EQ(tells(assigned()), (List{"assigned.handler: 610524-p4"}));
  EXPECT_EQ(reads("assigned.handler"),
            "产业组指定您为诉求 合阳-230628-001“扶贫工厂缺设备资金”（北顺村）的经办人。说明："
            "请先上门。");
}

TEST_F(DispatchPolicy, ContactTellsNobody) {
  given_taken();
  dispatch_v1::ContactRecorded e;
  e.set_demand_id(kDemand);
  scenario.by(kMember).when_foreign("dispatch", e).ignored();
}

TEST_F(DispatchPolicy, AnInvitationTellsTheOtherGroupAndItsAnswerTheLead) {
  given_taken();
  auto e = about<dispatch_v1::HelperInvited>(dispatch_v1::DEMAND_STATE_TAKEN);
  e.mutable_brief()->add_group_ids("g2");
  e.set_group_id("g2");
  e.set_request("请协助销路");
  scenario.by(kHead);
  EXPECT_EQ(tells(e), (List{"invited.group: 610524-p5"}));

  auto answer = about<dispatch_v1::InvitationAnswered>(dispatch_v1::DEMAND_STATE_TAKEN);
  answer.set_group_id("g2");
  answer.set_accepted(true);
  answer.set_words("下周到位");
  scenario.by(kSalesHead);
  EXPECT_EQ(tells(answer), (List{"answered.handler: 610524-p4", "answered.lead: 610524-p3"}));
  EXPECT_EQ(reads("answered.lead"),
            "营销组对会办诉求 合阳-230628-001“扶贫工厂缺设备资金”的答复：同意。下周到位");
}

TEST_F(DispatchPolicy, AnIntroductionTellsHandlerHeadAndAsker) {
  given_taken();
  auto e = about<dispatch_v1::SupportIntroduced>(dispatch_v1::DEMAND_STATE_TAKEN);
  e.mutable_support()->set_introduced_by("和家楼村第一书记");
  e.mutable_support()->set_supporter("大唐援建项目");
  e.mutable_support()->set_words("落实配套资金");
  scenario.by(kCoordinator);
  EXPECT_EQ(tells(e), (List{"introduced.handler: 610524-p4", "introduced.lead: 610524-p3",
                            "introduced.asker: 610524-p6"}));
  EXPECT_EQ(reads("introduced.asker"),
            "您的诉求 合阳-230628-001“扶贫工厂缺设备资金”有人牵线：和家楼村第一书记；大唐援建项目；"
            "落实配套资金。");
}

TEST_F(DispatchPolicy, ReclassifiedTellsWhoMustActAndTheAsker) {
  given_taken();
  auto e = about<dispatch_v1::DemandReclassified>(dispatch_v1::DEMAND_STATE_TAKEN);
  e.mutable_brief()->set_urgency(dispatch_v1::URGENCY_URGENT);
  e.set_urgency(dispatch_v1::URGENCY_URGENT);
  *e.mutable_clocks() = clocks(dispatch_v1::CLOCK_KIND_RESULT, "2023-06-29 09:00");
  scenario.by(kCoordinator);
  EXPECT_EQ(tells(e),
            (List{"reclassified.holders-critical: 610524-p4", "reclassified.asker: 610524-p6"}));
  EXPECT_NE(reads("reclassified.holders-critical").find("资金、特急"), std::string::npos);
}

TEST_F(DispatchPolicy, AnUnsignedResultTellsTheHeadAndASignedOneTheCoordinators) {
  given_taken();
  auto e = about<dispatch_v1::ResultSubmitted>(dispatch_v1::DEMAND_STATE_AWAITING_SIGNATURE);
  e.mutable_result()->set_kind(dispatch_v1::RESULT_KIND_PARTLY_SOLVED);
  scenario.by(kMember);
  EXPECT_EQ(tells(e), (List{"result-unsigned.lead: 610524-p3"}));

  auto s = about<dispatch_v1::ResultSigned>(dispatch_v1::DEMAND_STATE_IN_AUDIT);
  scenario.by(kHead);
  EXPECT_EQ(tells(s), (List{"result.coordinators: 610524-p2 610524-p8"}));
  EXPECT_EQ(reads("result.coordinators"),
            "产业组提交了诉求 合阳-230628-001“扶贫工厂缺设备资金”的办理结果（部分解决），请审核。");
}

TEST_F(DispatchPolicy, AResultThatTheHeadSubmitsTellsTheCoordinators) {
  given_taken();
  auto e = about<dispatch_v1::ResultSubmitted>(dispatch_v1::DEMAND_STATE_IN_AUDIT);
  e.mutable_result()->set_kind(dispatch_v1::RESULT_KIND_SOLVED);
  e.set_is_signed(true);
  scenario.by(kHead);
  EXPECT_EQ(tells(e), (List{"result.coordinators: 610524-p2 610524-p8"}));
}

TEST_F(DispatchPolicy, AcceptedTellsAskerHandlerAndHead) {
  given_taken();
  auto e = about<dispatch_v1::ResultAccepted>(dispatch_v1::DEMAND_STATE_AWAITING_RATING);
  e.set_result_kind(dispatch_v1::RESULT_KIND_SOLVED);
  scenario.by(kCoordinator);
  EXPECT_EQ(tells(e), (List{"accepted.asker: 610524-p6", "accepted.handler: 610524-p4",
                            "accepted.lead: 610524-p3"}));
  EXPECT_NE(reads("accepted.asker").find("（已解决）"), std::string::npos);
}

TEST_F(DispatchPolicy, SentBackIsCriticalForHandlerAndHead) {
  given_taken();
  auto e = about<dispatch_v1::ResultSentBack>(dispatch_v1::DEMAND_STATE_TAKEN);
  e.set_reason("缺少数字");
  *e.mutable_clocks() = clocks(dispatch_v1::CLOCK_KIND_RESULT, "2023-07-13 18:00");
  scenario.by(kCoordinator);
  EXPECT_EQ(tells(e), (List{"sent-back.handler: 610524-p4", "sent-back.lead: 610524-p3"}));
  EXPECT_EQ(notice.parts(0).urgency(), v1::NOTICE_URGENCY_CRITICAL);
}

TEST_F(DispatchPolicy, ARatingTellsHandlerAndHead) {
  given_taken();
  auto e = about<dispatch_v1::DemandRated>(dispatch_v1::DEMAND_STATE_CLOSED);
  e.mutable_rating()->set_solved(dispatch_v1::SOLVED_ANSWER_YES);
  e.mutable_rating()->set_content(5);
  scenario.by(kCadre);
  EXPECT_EQ(tells(e), (List{"rated.handler: 610524-p4", "rated.lead: 610524-p3"}));
  EXPECT_EQ(reads("rated.lead"),
            "北顺村对诉求 合阳-230628-001“扶贫工厂缺设备资金”的评价：已解决，满意度 5。无");
}

TEST_F(DispatchPolicy, ABadRatingTellsTheCoordinatorsToo) {
  given_taken();
  auto e = about<dispatch_v1::DemandRated>(dispatch_v1::DEMAND_STATE_IN_REVIEW);
  e.mutable_rating()->set_solved(dispatch_v1::SOLVED_ANSWER_NO);
  e.mutable_rating()->set_content(1);
  e.set_review(true);
  scenario.by(kCadre);
  EXPECT_EQ(tells(e), (List{"rated.coordinators: 610524-p2 610524-p8", "rated.handler: 610524-p4",
                            "rated.lead: 610524-p3"}));
}

TEST_F(DispatchPolicy, AnExplainedRatingTellsTheAsker) {
  given_taken();
  auto e = about<dispatch_v1::RatingExplained>(dispatch_v1::DEMAND_STATE_CLOSED);
  e.set_explanation("资金下月到位");
  scenario.by(kCoordinator);
  EXPECT_EQ(tells(e), (List{"explained.asker: 610524-p6"}));
}

TEST_F(DispatchPolicy, RedoneIsCriticalForHandlerAndHead) {
  given_taken();
  auto e = about<dispatch_v1::DemandRedone>(dispatch_v1::DEMAND_STATE_TAKEN);
  e.set_reason("设备未到");
  e.set_redo_count(1);
  *e.mutable_clocks() = clocks(dispatch_v1::CLOCK_KIND_RESULT, "2023-07-20 18:00");
  scenario.by(kCadre);
  EXPECT_EQ(tells(e), (List{"redone.handler: 610524-p4", "redone.lead: 610524-p3",
                            "redone.coordinators: 610524-p2 610524-p8"}));
  EXPECT_EQ(notice.parts(0).urgency(), v1::NOTICE_URGENCY_CRITICAL);
  EXPECT_EQ(notice.parts(2).urgency(), v1::NOTICE_URGENCY_NORMAL);
}

TEST_F(DispatchPolicy, WithdrawnTellsWhoeverHasIt) {
  given_routed();
  auto e = about<dispatch_v1::DemandWithdrawn>(dispatch_v1::DEMAND_STATE_WITHDRAWN);
  e.mutable_brief()->clear_lead_group_id();
  e.mutable_brief()->clear_handler_person_id();
  e.set_reason("已自行解决");
  scenario.by(kCadre);
  EXPECT_EQ(tells(e), (List{"withdrawn.holders: 610524-p3 610524-p5"}));
}

TEST_F(DispatchPolicy, WithdrawnAfterTheTakeTellsHandlerAndHead) {
  given_taken();
  scenario.by(kCadre);
  EXPECT_EQ(tells(about<dispatch_v1::DemandWithdrawn>(dispatch_v1::DEMAND_STATE_WITHDRAWN)),
            (List{"withdrawn.holders: 610524-p4", "withdrawn.lead: 610524-p3"}));
}

TEST_F(DispatchPolicy, YellowTellsWhomTheEventNamesAndWhoMustAct) {
  given_taken();
  auto e = about<dispatch_v1::DemandClockYellow>(dispatch_v1::DEMAND_STATE_TAKEN);
  *e.mutable_clock() = late_clock(dispatch_v1::CLOCK_KIND_RESULT, 0);
  e.add_tell_person_ids(kHead.str());
  scenario.by_system();
  EXPECT_EQ(tells(e), (List{"yellow.next: 610524-p3", "yellow.holders: 610524-p4"}));
  EXPECT_EQ(reads("yellow.holders"),
            "诉求 合阳-230628-001“扶贫工厂缺设备资金”的办理时限已过七成，2023年7月12日 18:00 "
            "到期，请抓紧办理。");
}

TEST_F(DispatchPolicy, RedTellsTheNextInChargeAndTheAsker) {
  given_taken();
  auto e = about<dispatch_v1::DemandClockRed>(dispatch_v1::DEMAND_STATE_TAKEN);
  *e.mutable_clock() = late_clock(dispatch_v1::CLOCK_KIND_RESULT, 1);
  e.add_tell_person_ids(kHead.str());
  e.add_tell_person_ids(kCadre.str());
  scenario.by_system();
  EXPECT_EQ(tells(e),
            (List{"red.next: 610524-p3", "red.holders: 610524-p4", "red.asker: 610524-p6"}));
  EXPECT_EQ(notice.parts(0).urgency(), v1::NOTICE_URGENCY_CRITICAL);
  EXPECT_EQ(reads("red.asker"),
            "您的诉求 合阳-230628-001“扶贫工厂缺设备资金”的办理时限已于 2023年7月12日 18:00 "
            "到期未完成，已上报上一级责任人督促。");
}

TEST_F(DispatchPolicy, EachLevelOfEscalationTellsTheNextInChargeAndTheAsker) {
  given_taken();
  scenario.by_system();
  const std::pair<int, PersonId> levels[] = {
      {2, kCoordinator}, {3, PersonId("610524-p90")}, {4, kOfficer}};
  for (const auto& [level, next] : levels) {
    auto e = about<dispatch_v1::DemandEscalated>(dispatch_v1::DEMAND_STATE_TAKEN);
    *e.mutable_clock() = late_clock(dispatch_v1::CLOCK_KIND_RESULT, level);
    e.add_tell_person_ids(next.str());
    e.add_tell_person_ids(kCadre.str());
    EXPECT_EQ(tells(e), (List{"escalated.next: " + next.str(), "escalated.holders: 610524-p4",
                              "escalated.asker: 610524-p6"}))
        << level;
    EXPECT_EQ(reads("escalated.next"),
              "诉求 合阳-230628-001“扶贫工厂缺设备资金”的办理时限已于 2023年7月12日 18:00 "
              "到期仍未完成，现 " +
                  std::to_string(level) + " 级上报，请督促办理。");
  }
}

TEST_F(DispatchPolicy, WhatNobodyTookIsEscalatedToBeAssigned) {
  given_routed();
  auto e = about<dispatch_v1::DemandEscalated>(dispatch_v1::DEMAND_STATE_ROUTED);
  *e.mutable_clock() = late_clock(dispatch_v1::CLOCK_KIND_TAKE, 2);
  e.add_tell_person_ids(kCoordinator.str());
  e.add_tell_person_ids(kCadre.str());
  e.set_assignment_required(true);
  scenario.by_system();
  EXPECT_EQ(tells(e), (List{"escalated.next: 610524-p2", "escalated.holders: 610524-p3 610524-p5",
                            "escalated.asker: 610524-p6"}));
  EXPECT_NE(reads("escalated.next").find("无人接单，必须指派"), std::string::npos);
}

TEST_F(DispatchPolicy, AnAuditThatIsLateIsTheCoordinatorsToAct) {
  given_taken();
  auto e = about<dispatch_v1::DemandClockYellow>(dispatch_v1::DEMAND_STATE_IN_AUDIT);
  *e.mutable_clock() = late_clock(dispatch_v1::CLOCK_KIND_AUDIT, 0);
  scenario.by_system();
  EXPECT_EQ(tells(e), (List{"yellow.holders: 610524-p2 610524-p8"}));
}

TEST_F(DispatchPolicy, HistoryTellsNobody) {
  auto e = submitted();
  e.set_history(true);
  scenario.by(kOfficer).when_foreign("dispatch", e).ignored();
  auto r = routed();
  r.set_history(true);
  scenario.when_foreign("dispatch", r).ignored();
  auto t = taken();
  t.set_history(true);
  scenario.when_foreign("dispatch", t).ignored();
}

TEST_F(DispatchPolicy, SettingsTellNobody) {
  scenario.by(kOfficer)
      .when_foreign("dispatch", dispatch_v1::LimitsSet())
      .ignored()
      .when_foreign("dispatch", dispatch_v1::CalendarLayerSet())
      .ignored()
      .when_foreign("dispatch", dispatch_v1::DeadlinesResettled())
      .ignored()
      .when_foreign("dispatch", dispatch_v1::RoutingRuleSet())
      .ignored()
      .when_foreign("dispatch", dispatch_v1::RoutingRuleRemoved())
      .ignored()
      .when_foreign("dispatch", dispatch_v1::OfficeHoursSet())
      .ignored();
}

TEST_F(DispatchPolicy, APersonWithoutAPublicPostAsksByNoName) {
  auto e = submitted();
  e.clear_asker_organisation_id();
  e.set_asker_person_id(kFarmer.str());
  e.set_recorder_person_id(kFarmer.str());
  e.set_urgency(dispatch_v1::URGENCY_URGENT);
  scenario.by(kFarmer);
  EXPECT_EQ(tells(e), (List{"submitted.coordinators: 610524-p2 610524-p8"}));
  EXPECT_TRUE(reads("submitted.coordinators").starts_with("个人提交了诉求"));
}

TEST(DispatchWords, CoverEveryKindUrgencyAndResult) {
  std::set<std::string> kinds;
  for (int i = 1; i < dispatch_v1::DemandKind_ARRAYSIZE; ++i) {
    if (dispatch_v1::DemandKind_IsValid(i)) {
      kinds.insert(name_of(static_cast<dispatch_v1::DemandKind>(i)));
    }
  }
  std::set<std::string> known;
  for (const auto& word : demand_kinds()) known.emplace(word.name);
  EXPECT_EQ(kinds, known);

  std::set<std::string> urgencies;
  for (int i = 1; i < dispatch_v1::Urgency_ARRAYSIZE; ++i) {
    if (dispatch_v1::Urgency_IsValid(i)) {
      urgencies.insert(name_of(static_cast<dispatch_v1::Urgency>(i)));
    }
  }
  known.clear();
  for (const auto& word : demand_urgencies()) known.emplace(word.name);
  EXPECT_EQ(urgencies, known);
  EXPECT_EQ(name_of(dispatch_v1::URGENCY_UNSPECIFIED), "ordinary");

  for (int i = 1; i < dispatch_v1::ResultKind_ARRAYSIZE; ++i) {
    if (!dispatch_v1::ResultKind_IsValid(i)) continue;
    const auto name = name_of(static_cast<dispatch_v1::ResultKind>(i));
    EXPECT_FALSE(words_of_result(name).zh.empty()) << name;
  }
  for (int i = 1; i < dispatch_v1::ClockKind_ARRAYSIZE; ++i) {
    if (!dispatch_v1::ClockKind_IsValid(i)) continue;
    EXPECT_FALSE(words_of(static_cast<dispatch_v1::ClockKind>(i)).name.empty()) << i;
  }
}

}  // namespace
}  // namespace lianmeng::notification
