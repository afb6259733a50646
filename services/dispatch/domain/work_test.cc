#include "dispatch/domain/work.h"

#include "dispatch/domain/test_county.h"

namespace lianmeng::dispatch {
namespace {

using WorkTest = DispatchTest;

AssignHandler handler(const PersonId& person) {
  return {.demand_id = "230628-001", .handler_person_id = person.str(), .note = {}};
}
ReportProgress progress() {
  return {.demand_id = "230628-001",
          .words = "已到村调研",
          .next_step = "联系服装企业",
          .next_step_time = beijing("2023-07-03 09:00")};
}
RecordContact contact() {
  return {.demand_id = "230628-001", .means = v1::CONTACT_MEANS_VISIT, .words = "与村两委讨论"};
}
InviteHelper invitation(const char* group) {
  return {.demand_id = "230628-001", .group_id = group, .request = "请协助培训"};
}
AnswerInvitation reply(bool accepted) {
  return {.demand_id = "230628-001",
          .group_id = {},
          .accepted = accepted,
          .words = accepted ? "" : "近期无力"};
}
IntroduceSupport support() {
  v1::Figure figure;
  figure.set_metric("援建资金");
  figure.set_value("350000");
  figure.set_unit("元");
  figure.set_qualifier(v1::QUALIFIER_EXACT);
  return {.demand_id = "230628-001",
          .introduced_by = "姚敏成",
          .introduced_by_person_id = {},
          .supporter = "大唐援建项目",
          .words = "气调库配套设施",
          .figures = {figure}};
}

TEST_F(WorkTest, HeadNamesTheHandler) {
  take();
  s.by(kMember).when(handler(kMember)).refused(kPermissionDenied);
  s.by(kHead).when(handler(kOtherHead)).refused(kHandlerNotInGroup);
  s.when(handler(kStranger)).refused(kPersonUnknown);
  s.when(handler(PersonId(""))).refused_field("handler_person_id");
  s.when(handler(kMember)).accepted();
  EXPECT_EQ(s.event<v1::HandlerAssigned>().former_handler_person_id(), "");
  EXPECT_EQ(row().handler_person_id(), kMember.str());
  s.when(handler(kMember)).refused(kHandlerAlreadyAssigned);
  s.when(handler(kHead)).accepted();
  EXPECT_EQ(s.event<v1::HandlerAssigned>().former_handler_person_id(), kMember.str());
}

TEST_F(WorkTest, NothingIsDoneBeforeTheTake) {
  route();
  s.by(kHead).when(handler(kMember)).refused(kDemandStateUnfit);
  s.when(progress()).refused(kDemandStateUnfit);
  s.when(contact()).refused(kDemandStateUnfit);
  s.when(invitation(kTraining)).refused(kDemandStateUnfit);
  s.when(support()).refused(kDemandStateUnfit);
}

TEST_F(WorkTest, ProgressSaysTheNextStepAndStopsNoClock) {
  take();
  const auto before = row();
  s.by(kMember).when(progress()).accepted();
  EXPECT_EQ(row().progress().next_step(), "联系服装企业");
  EXPECT_EQ(row().clocks_size(), before.clocks_size());
  EXPECT_EQ(row().ended_clocks_size(), before.ended_clocks_size());
  auto empty = progress();
  empty.words = "";
  s.when(empty).refused_field("words");
  s.by(kCadre).when(progress()).refused(kPermissionDenied);
}

TEST_F(WorkTest, ContactEndsItsClockAloneAndOnce) {
  take();
  s.by(kHead).when(contact()).accepted();
  EXPECT_EQ(clock(v1::CLOCK_KIND_CONTACT), nullptr);
  EXPECT_NE(clock(v1::CLOCK_KIND_RESULT), nullptr);
  EXPECT_EQ(from_proto(row().contacted_time()), s.now());
  const auto first = row().contacted_time().seconds();
  s.at(beijing("2023-06-28 16:00")).when(contact()).accepted();
  EXPECT_EQ(row().contacted_time().seconds(), first);
  auto unsaid = contact();
  unsaid.means = v1::CONTACT_MEANS_UNSPECIFIED;
  s.when(unsaid).refused_field("means");
  s.by(kCadre).when(contact()).refused(kPermissionDenied);
}

TEST_F(WorkTest, InvitedGroupSeesTheDemandAndAnswers) {
  take();
  s.by(kThirdHead).when(reply(true)).refused(kDemandUnknown);
  s.by(kMember).when(invitation(kTraining)).refused(kPermissionDenied);
  s.by(kHead).when(invitation(kIndustry)).refused(kGroupLeadsItself);
  s.when(invitation("g9")).refused(kGroupUnknown);
  s.when(invitation(kTraining)).accepted();
  s.when(invitation(kTraining)).refused(kHelperAlreadyInvited);
  s.by(kThirdHead).when(reply(true)).accepted();
  EXPECT_EQ(row().helpers(0).state(), v1::HELPER_STATE_HELPING);
  s.when(progress()).accepted();
  s.when(reply(true)).refused_field("group_id");
}

TEST_F(WorkTest, DecliningNeedsAReasonAndMayBeAskedAgain) {
  take();
  s.by(kHead).when(invitation(kTraining)).accepted();
  auto wordless = reply(false);
  wordless.words = "";
  s.by(kThirdHead).when(wordless).refused_field("words");
  s.when(reply(false)).accepted();
  s.when(progress()).refused(kDemandUnknown);
  s.by(kHead).when(invitation(kTraining)).accepted();
  EXPECT_EQ(row().helpers_size(), 1);
  s.by(kHead)
      .when(AnswerInvitation{
          .demand_id = "230628-001", .group_id = kMarketing, .accepted = true, .words = {}})
      .refused(kGroupNotInvited);
}

TEST_F(WorkTest, IntroductionKeepsTheLeadAndItsFigures) {
  take();
  s.by(kCadre).when(support()).accepted();
  ASSERT_EQ(row().supports_size(), 1);
  EXPECT_EQ(row().supports(0).introduced_by(), "姚敏成");
  EXPECT_EQ(row().supports(0).figures(0).value(), "350000");
  EXPECT_EQ(row().lead_group_id(), kIndustry);
  auto bare = support();
  bare.supporter = "";
  s.when(bare).refused_field("supporter");
  bare = support();
  bare.figures[0].clear_value();
  s.when(bare).refused_field("figures[0].value");
  bare = support();
  bare.figures[0].set_qualifier(v1::QUALIFIER_UNSPECIFIED);
  s.when(bare).refused_field("figures[0].qualifier");
  s.by(kCoordinator).when(support()).refused(kPermissionDenied);
}

TEST_F(WorkTest, WhoSeesItCommentsAndNoClockMoves) {
  take();
  const auto before = row();
  for (const auto& person : {kCadre, kTownship, kHead, kCoordinator, kOfficer, kChair}) {
    s.by(person).when(CommentDemand{.demand_id = "230628-001", .words = "请抓紧"}).accepted();
  }
  s.by(kNeighbour)
      .when(CommentDemand{.demand_id = "230628-001", .words = "请抓紧"})
      .refused(kDemandUnknown);
  s.by(kAuditor)
      .when(CommentDemand{.demand_id = "230628-001", .words = "请抓紧"})
      .refused(kPermissionDenied);
  s.by(kCadre).when(CommentDemand{.demand_id = "230628-001", .words = ""}).refused_field("words");
  EXPECT_EQ(row().SerializeAsString(), before.SerializeAsString());
}

TEST_F(WorkTest, ReclassifyingCountsLimitsAnewFromSubmission) {
  take();
  ReclassifyDemand command{.demand_id = "230628-001",
                           .kind = v1::DEMAND_KIND_TRAINING,
                           .urgency = {},
                           .reason = "实为培训需求"};
  s.at(beijing("2023-06-30 10:00")).by(kHead).when(command).refused(kPermissionDenied);
  s.by(kTornCoordinator).when(command).refused(kOwnGroup);
  s.by(kCoordinator).when(command).accepted();
  EXPECT_EQ(row().kind(), v1::DEMAND_KIND_TRAINING);
  // Fifteen working days after Wednesday 28 June.
  EXPECT_EQ(due(v1::CLOCK_KIND_RESULT), beijing("2023-07-19 18:00"));
  EXPECT_EQ(from_proto(clock(v1::CLOCK_KIND_RESULT)->first_due_time()),
            beijing("2023-07-05 18:00"));
  s.when(command).refused(kNothingToChange);
  command.kind = v1::DEMAND_KIND_FUNDS;
  command.reason = "";
  s.when(command).refused_field("reason");
}

// One working day is given for what was found wanting, and another class is no reason for more.
TEST_F(WorkTest, ReclassifyingAfterASendBackGainsNoTime) {
  const SendBackResult wanting{.demand_id = kDemand, .reason = "缺少数字"};
  const auto reclassify = [&](v1::DemandKind kind, v1::Urgency urgency) {
    s.by(kCoordinator)
        .when(ReclassifyDemand{
            .demand_id = kDemand, .kind = kind, .urgency = urgency, .reason = "核对"})
        .accepted();
  };
  result();
  s.by(kCoordinator).when(wanting).accepted();
  const auto before = clock(v1::CLOCK_KIND_RESULT)->SerializeAsString();
  EXPECT_EQ(due(v1::CLOCK_KIND_RESULT), beijing("2023-06-29 18:00"));
  reclassify(v1::DEMAND_KIND_TRAINING, {});
  EXPECT_EQ(clock(v1::CLOCK_KIND_RESULT)->SerializeAsString(), before);
  reclassify({}, v1::URGENCY_URGENT);
  EXPECT_EQ(clock(v1::CLOCK_KIND_RESULT)->SerializeAsString(), before);
  reclassify(v1::DEMAND_KIND_QUESTION, v1::URGENCY_ORDINARY);
  EXPECT_EQ(clock(v1::CLOCK_KIND_RESULT)->SerializeAsString(), before);
  // Nor while its head has still to sign it.
  s.by(kMember).when(solved()).accepted();
  reclassify(v1::DEMAND_KIND_TRAINING, {});
  EXPECT_EQ(clock(v1::CLOCK_KIND_RESULT)->SerializeAsString(), before);
}

TEST_F(WorkTest, ReclassifyingARedoGivesHalfTheNewLimitFromTheRedo) {
  const auto reclassify = [&](v1::DemandKind kind) {
    s.by(kCoordinator)
        .when(ReclassifyDemand{.demand_id = kDemand, .kind = kind, .urgency = {}, .reason = "核对"})
        .accepted();
  };
  // Sent back once before: that day was of the first time.
  result();
  s.by(kCoordinator).when(SendBackResult{.demand_id = kDemand, .reason = "缺少数字"}).accepted();
  s.by(kHead).when(solved()).accepted();
  s.by(kCoordinator).when(AcceptResult{.demand_id = kDemand, .note = {}}).accepted();
  s.by(kCadre).when(rating(v1::SOLVED_ANSWER_YES, 5)).accepted();
  s.at(beijing("2023-07-05 09:00"));
  s.by(kCadre).when(RedoDemand{.demand_id = kDemand, .reason = "厂房又漏雨"}).accepted();
  reclassify(v1::DEMAND_KIND_TRAINING);
  // Half of fifteen working days: seven and the morning of the next.
  EXPECT_EQ(due(v1::CLOCK_KIND_RESULT), beijing("2023-07-17 12:00"));
  reclassify(v1::DEMAND_KIND_QUESTION);
  EXPECT_EQ(due(v1::CLOCK_KIND_RESULT), beijing("2023-07-07 12:00"));
  // What was done again is sent back with one working day, and keeps it.
  s.by(kHead).when(solved()).accepted();
  s.by(kCoordinator).when(SendBackResult{.demand_id = kDemand, .reason = "缺少数字"}).accepted();
  EXPECT_EQ(due(v1::CLOCK_KIND_RESULT), beijing("2023-07-06 18:00"));
  reclassify(v1::DEMAND_KIND_TRAINING);
  EXPECT_EQ(due(v1::CLOCK_KIND_RESULT), beijing("2023-07-06 18:00"));
}

TEST_F(WorkTest, ReclassifiedAsUrgentItMayBeLateAtOnce) {
  take();
  s.at(beijing("2023-06-29 17:00")).by(kCoordinator);
  s
      .when(ReclassifyDemand{
          .demand_id = "230628-001", .kind = {}, .urgency = v1::URGENCY_URGENT, .reason = "滞销"})
      .accepted();
  s.advance_to(s.now());
  EXPECT_EQ(s.fired<v1::DemandClockYellow>().size(), 0U);
  EXPECT_EQ(s.fired<v1::DemandClockRed>().size(), 2U);
}

TEST_F(WorkTest, ClosedOneIsNotReclassified) {
  close();
  s.by(kCoordinator)
      .when(ReclassifyDemand{.demand_id = "230628-001",
                             .kind = v1::DEMAND_KIND_FUNDS,
                             .urgency = {},
                             .reason = "更正"})
      .refused(kDemandStateUnfit);
}

}  // namespace
}  // namespace lianmeng::dispatch
