#include "dispatch/domain/result.h"

#include "dispatch/domain/test_county.h"

namespace lianmeng::dispatch {
namespace {

using ResultTest = DispatchTest;

RedoDemand redo() { return {.demand_id = "230628-001", .reason = "厂房又漏雨"}; }

TEST_F(ResultTest, HeadsResultIsSignedAndInAudit) {
  take();
  s.by(kHead).at(beijing("2023-06-30 10:00")).when(solved()).accepted();
  const auto event = s.event<v1::ResultSubmitted>();
  EXPECT_TRUE(event.is_signed());
  EXPECT_EQ(event.result().signed_person_id(), kHead.str());
  EXPECT_EQ(row().state(), v1::DEMAND_STATE_IN_AUDIT);
  EXPECT_EQ(clock(v1::CLOCK_KIND_RESULT), nullptr);
  EXPECT_EQ(due(v1::CLOCK_KIND_AUDIT), beijing("2023-07-03 18:00"));
  EXPECT_EQ(row().result().figures(0).value(), "50");
  EXPECT_EQ(row().result().figures(0).basis(), v1::FIGURE_BASIS_CAPACITY);
}

TEST_F(ResultTest, MembersResultWaitsForTheHeadAndTheClockRunsOn) {
  take();
  s.by(kMember).when(solved()).accepted();
  EXPECT_FALSE(s.event<v1::ResultSubmitted>().is_signed());
  EXPECT_EQ(row().state(), v1::DEMAND_STATE_AWAITING_SIGNATURE);
  EXPECT_NE(clock(v1::CLOCK_KIND_RESULT), nullptr);
  s.when(SignResult{.demand_id = kDemand}).refused(kPermissionDenied);
  s.by(kHead).when(SignResult{.demand_id = kDemand}).accepted();
  EXPECT_EQ(row().state(), v1::DEMAND_STATE_IN_AUDIT);
  EXPECT_EQ(row().result().signed_person_id(), kHead.str());
  EXPECT_EQ(row().result().submitted_person_id(), kMember.str());
  s.when(SignResult{.demand_id = kDemand}).refused(kDemandStateUnfit);
}

TEST_F(ResultTest, OnlyTheLeadSubmitsAndFieldsAreChecked) {
  route();
  s.by(kHead).when(solved()).refused(kDemandStateUnfit);
  s.when(TakeDemand{.demand_id = kDemand, .group_id = {}}).accepted();
  s.by(kCadre).when(solved()).refused(kPermissionDenied);
  auto command = solved();
  command.words = "";
  s.by(kHead).when(command).refused_field("words");
  command = solved();
  command.kind = v1::RESULT_KIND_UNSPECIFIED;
  s.when(command).refused_field("kind");
  command.kind = v1::RESULT_KIND_PLANNED;
  s.when(command).refused_field("planned_date");
  command.planned_date = "2023-02-30";
  s.when(command).refused_field("planned_date");
  command.planned_date = "2023-12-31";
  s.when(command).accepted();
  EXPECT_EQ(row().result().planned_date(), "2023-12-31");
}

TEST_F(ResultTest, DateBelongsToAPlannedResultAlone) {
  take();
  auto command = solved();
  command.planned_date = "2023-12-31";
  s.by(kHead).when(command).refused_field("planned_date");
}

TEST_F(ResultTest, CoordinatorAcceptsAndTheAskerIsAsked) {
  result();
  s.by(kHead).when(AcceptResult{.demand_id = kDemand, .note = {}}).refused(kPermissionDenied);
  s.by(kTornCoordinator).when(AcceptResult{.demand_id = kDemand, .note = {}}).refused(kOwnGroup);
  s.by(kCoordinator).when(AcceptResult{.demand_id = kDemand, .note = {}}).accepted();
  EXPECT_EQ(row().state(), v1::DEMAND_STATE_AWAITING_RATING);
  EXPECT_EQ(s.event<v1::ResultAccepted>().result_kind(), v1::RESULT_KIND_SOLVED);
  EXPECT_EQ(due(v1::CLOCK_KIND_RATE), beijing("2023-07-03 18:00"));
  s.when(AcceptResult{.demand_id = kDemand, .note = {}}).refused(kDemandStateUnfit);
}

TEST_F(ResultTest, UnratedOneIsNeverEscalated) {
  accept();
  s.advance_to(beijing("2023-08-28 09:00"));
  EXPECT_EQ(s.fired_count(), 0U);
}

TEST_F(ResultTest, SentBackItIsDueInOneWorkingDay) {
  result();
  s.by(kCoordinator)
      .when(SendBackResult{.demand_id = kDemand, .reason = ""})
      .refused_field("reason");
  s.when(SendBackResult{.demand_id = kDemand, .reason = "缺少数字"}).accepted();
  EXPECT_EQ(row().state(), v1::DEMAND_STATE_TAKEN);
  EXPECT_EQ(row().send_back_count(), 1);
  EXPECT_EQ(due(v1::CLOCK_KIND_RESULT), beijing("2023-06-29 18:00"));
  s.by(kTornCoordinator)
      .when(SendBackResult{.demand_id = kDemand, .reason = "缺少数字"})
      .refused(kOwnGroup);
  s.by(kHead).when(solved()).accepted();
}

TEST_F(ResultTest, AskerRatesAndItIsClosed) {
  accept();
  s.by(kHead).when(rating(v1::SOLVED_ANSWER_YES, 5)).refused(kPermissionDenied);
  s.by(kTownship).when(rating(v1::SOLVED_ANSWER_YES, 5)).refused(kPermissionDenied);
  s.by(kCoordinator).when(rating(v1::SOLVED_ANSWER_YES, 5)).refused(kPermissionDenied);
  s.by(kCadre).when(rating(v1::SOLVED_ANSWER_YES, 6)).refused_field("content");
  s.when(rating(v1::SOLVED_ANSWER_UNSPECIFIED, 5)).refused_field("solved");
  s.when(rating(v1::SOLVED_ANSWER_YES, 5)).accepted();
  const auto event = s.event<v1::DemandRated>();
  EXPECT_FALSE(event.review());
  EXPECT_EQ(from_proto(event.redo_by_time()), beijing("2023-07-12 18:00"));
  EXPECT_EQ(row().state(), v1::DEMAND_STATE_CLOSED);
  EXPECT_EQ(row().clocks_size(), 0);
  s.when(rating(v1::SOLVED_ANSWER_YES, 5)).refused(kDemandStateUnfit);
}

TEST_F(ResultTest, CallBackIsMarkedAndNeverByTheGroupThatHandledIt) {
  accept();
  auto command = rating(v1::SOLVED_ANSWER_PARTLY, 4);
  command.by_callback = true;
  s.by(kCadre).when(command).refused(kPermissionDenied);
  s.by(kTornCoordinator).when(command).refused(kOwnGroup);
  s.by(kOfficer).when(command).accepted();
  EXPECT_TRUE(row().rating().by_callback());
  EXPECT_EQ(row().rating().entered_person_id(), kOfficer.str());
}

TEST_F(ResultTest, NoOrAtMostTwoGoesToReview) {
  accept();
  s.by(kCadre).when(rating(v1::SOLVED_ANSWER_YES, 2)).accepted();
  EXPECT_TRUE(s.event<v1::DemandRated>().review());
  EXPECT_EQ(row().state(), v1::DEMAND_STATE_IN_REVIEW);
  s.when(ExplainRating{.demand_id = kDemand, .explanation = "已说明"}).refused(kPermissionDenied);
  s.by(kCoordinator)
      .when(ExplainRating{.demand_id = kDemand, .explanation = ""})
      .refused_field("explanation");
  s.when(ExplainRating{.demand_id = kDemand, .explanation = "政策所限，已当面说明"}).accepted();
  EXPECT_EQ(row().state(), v1::DEMAND_STATE_CLOSED);
  EXPECT_EQ(row().rating().explanation(), "政策所限，已当面说明");
  s.when(ExplainRating{.demand_id = kDemand, .explanation = "再说"}).refused(kDemandStateUnfit);
}

TEST_F(ResultTest, NoIsReviewedWhateverTheContent) {
  accept();
  s.by(kCadre).when(rating(v1::SOLVED_ANSWER_NO, 5)).accepted();
  EXPECT_EQ(row().state(), v1::DEMAND_STATE_IN_REVIEW);
  // From a review it is the coordinator's to redo.
  s.when(redo()).refused(kPermissionDenied);
  s.by(kCoordinator).when(redo()).accepted();
  EXPECT_EQ(row().state(), v1::DEMAND_STATE_TAKEN);
}

TEST_F(ResultTest, AskerHasItRedoneInHalfTheLimit) {
  close();
  s.by(kHead).when(redo()).refused(kPermissionDenied);
  s.by(kCadre).when(redo()).accepted();
  EXPECT_EQ(s.event<v1::DemandRedone>().redo_count(), 1);
  EXPECT_EQ(row().state(), v1::DEMAND_STATE_TAKEN);
  EXPECT_EQ(row().lead_group_id(), kIndustry);
  EXPECT_FALSE(row().has_result());
  EXPECT_FALSE(row().has_closed_time());
  // Half of five working days, rounded up to the half: Friday and half of Monday.
  EXPECT_EQ(due(v1::CLOCK_KIND_RESULT), beijing("2023-07-03 12:00"));
}

TEST_F(ResultTest, RedoIsPossibleForTenWorkingDays) {
  close();
  s.at(beijing("2023-07-12 18:01")).by(kCadre);
  s.when(redo()).refused(kRedoTooLate, {{"until", "2023-07-12 18:00"}});
}

TEST_F(ResultTest, RedoIsPossibleTwice) {
  close();
  for (int i = 0; i < 2; ++i) {
    s.by(kCadre).when(redo()).accepted();
    s.by(kHead).when(solved()).accepted();
    s.by(kCoordinator).when(AcceptResult{.demand_id = kDemand, .note = {}}).accepted();
    s.by(kCadre).when(rating(v1::SOLVED_ANSWER_YES, 5)).accepted();
  }
  s.when(redo()).refused(kRedoLimitReached, {{"count", "2"}});
}

TEST_F(ResultTest, AskerWithdrawsBeforeAResult) {
  take();
  const WithdrawDemand command{.demand_id = kDemand, .reason = "已自行解决"};
  s.by(kHead).when(command).refused(kPermissionDenied);
  s.by(kTownship).when(command).refused(kPermissionDenied);
  s.by(kCadre).when(WithdrawDemand{.demand_id = kDemand, .reason = ""}).refused_field("reason");
  s.when(command).accepted();
  EXPECT_EQ(row().state(), v1::DEMAND_STATE_WITHDRAWN);
  EXPECT_EQ(row().clocks_size(), 0);
}

TEST_F(ResultTest, NotAfterIt) {
  result();
  s.by(kCadre)
      .when(WithdrawDemand{.demand_id = kDemand, .reason = "已自行解决"})
      .refused(kDemandStateUnfit);
}

// A coordinator vouches for what came on paper, and still judges no case of a group of their own
// and rates nothing.
TEST_F(ResultTest, WhoImportsIsStillTheCoordinatorOfTheirPosts) {
  const auto before = beijing("2023-06-27 15:00");
  const auto by = [&](const PersonId& who) -> Scenario& { return s.by(who).happened_at(before); };
  result();
  by(kTornCoordinator).when(AcceptResult{.demand_id = kDemand, .note = {}}).refused(kOwnGroup);
  by(kTornCoordinator)
      .when(SendBackResult{.demand_id = kDemand, .reason = "缺凭证"})
      .refused(kOwnGroup);
  by(kCoordinator).when(AcceptResult{.demand_id = kDemand, .note = {}}).accepted();

  const auto bad = rating(v1::SOLVED_ANSWER_NO, 1);
  auto called = bad;
  called.by_callback = true;
  for (const auto& who : {kCoordinator, kTornCoordinator})
    by(who).when(bad).refused(kPermissionDenied);
  const Actor for_cadre{Actor::Kind::kPerson, kCoordinator.str(), kCadre.str()};
  s.by(for_cadre).happened_at(before).when(bad).refused(kPermissionDenied);
  by(kTornCoordinator).when(called).refused(kOwnGroup);
  by(kCoordinator).when(called).accepted();

  by(kTornCoordinator)
      .when(ExplainRating{.demand_id = kDemand, .explanation = "已说明"})
      .refused(kOwnGroup);
  by(kTornCoordinator)
      .when(RedoDemand{.demand_id = kDemand, .reason = "又坏了"})
      .refused(kOwnGroup);
  by(kCoordinator).when(ExplainRating{.demand_id = kDemand, .explanation = "已说明"}).accepted();
  by(kTornCoordinator)
      .when(RedoDemand{.demand_id = kDemand, .reason = "又坏了"})
      .refused(kOwnGroup);
}

TEST_F(ResultTest, ACoordinatorsImportRoutesNothingToTheirOwnGroup) {
  submit();
  s.by(kTornCoordinator)
      .happened_at(beijing("2023-06-27 15:00"))
      .when(assignment(kIndustry))
      .refused(kOwnGroup);
  s.happened_at(beijing("2023-06-27 15:00")).when(assignment(kMarketing)).accepted();
}

TEST_F(ResultTest, TheOfficeImportsTheRatingsOfOthers) {
  accept();
  s.by(Actor{Actor::Kind::kPerson, kOfficer.str(), kCadre.str()})
      .happened_at(beijing("2023-06-27 15:00"))
      .when(rating(v1::SOLVED_ANSWER_YES, 5))
      .accepted();
  EXPECT_EQ(s.event<v1::DemandRated>().rating().entered_person_id(), kCadre.str());
}

TEST_F(ResultTest, ImportedLifeEndsSilentlyWithItsFigures) {
  const Actor office{Actor::Kind::kPerson, kOfficer.str(), kCadre.str()};
  auto asked = workshop();
  asked.asker_organisation_id = kBeishun;
  const auto on = [&](const char* day) -> Scenario& {
    return s.by(office).happened_at(beijing(day));
  };
  const char* demand = "230310-001";
  on("2023-03-10 09:00").when(asked).accepted();
  auto routing = assignment(kIndustry);
  routing.demand_id = demand;
  on("2023-03-10 10:00").when(routing).accepted();
  on("2023-03-10 11:00").when(TakeDemand{.demand_id = demand, .group_id = kIndustry}).accepted();
  auto outcome = solved();
  outcome.demand_id = demand;
  on("2023-03-15 11:00").when(outcome).accepted();
  EXPECT_TRUE(s.event<v1::ResultSubmitted>().is_signed());
  on("2023-03-16 11:00").when(AcceptResult{.demand_id = demand, .note = {}}).accepted();
  auto judged = rating(v1::SOLVED_ANSWER_YES, 5);
  judged.demand_id = demand;
  on("2023-03-17 11:00").when(judged).accepted();
  EXPECT_TRUE(s.event<v1::DemandRated>().history());
  EXPECT_EQ(row(demand).state(), v1::DEMAND_STATE_CLOSED);
  EXPECT_EQ(row(demand).result().figures(0).value(), "50");
  EXPECT_EQ(from_proto(row(demand).closed_time()), beijing("2023-03-17 11:00"));
  s.advance_to(beijing("2023-12-01 09:00"));
  EXPECT_EQ(s.fired_count(), 0U);
}

}  // namespace
}  // namespace lianmeng::dispatch
