#include "dispatch/domain/submit.h"

#include "dispatch/domain/test_county.h"

namespace lianmeng::dispatch {
namespace {

using SubmitDemandTest = DispatchTest;

TEST_F(SubmitDemandTest, CadreAsksForTheVillageAndGetsANumberThatCanBeSaid) {
  s.by(kCadre).when(workshop()).accepted();
  const auto event = s.event<v1::DemandSubmitted>();
  EXPECT_EQ(event.demand_id(), "230628-001");
  EXPECT_EQ(event.number(), "合阳-230628-001");
  EXPECT_EQ(event.asker_organisation_id(), kBeishun);
  EXPECT_EQ(event.asker_person_id(), kCadre.str());
  EXPECT_EQ(event.recorder_person_id(), kCadre.str());
  EXPECT_EQ(event.village_id(), kBeishun);
  EXPECT_EQ(event.township_id(), kXinchi);
  EXPECT_EQ(event.urgency(), v1::URGENCY_ORDINARY);
  EXPECT_FALSE(event.history());
  EXPECT_EQ(row().state(), v1::DEMAND_STATE_SUBMITTED);
}

TEST_F(SubmitDemandTest, NumbersCountEachDayFromOne) {
  submit();
  s.when(workshop()).accepted();
  EXPECT_EQ(s.event<v1::DemandSubmitted>().demand_id(), "230628-002");
  s.at(beijing("2023-06-29 00:30")).when(workshop()).accepted();
  EXPECT_EQ(s.event<v1::DemandSubmitted>().demand_id(), "230629-001");
}

TEST_F(SubmitDemandTest, StartsTheRouteClockOfItsClass) {
  submit();  // Wednesday 9:00; half a working day of eight hours is four.
  EXPECT_EQ(due(v1::CLOCK_KIND_ROUTE), beijing("2023-06-28 15:00"));
  EXPECT_EQ(clock(v1::CLOCK_KIND_ROUTE)->light(), v1::LIGHT_GREEN);
}

TEST_F(SubmitDemandTest, UrgentOneRunsRoundTheClock) {
  auto command = workshop();
  command.urgency = v1::URGENCY_URGENT;
  s.at(beijing("2023-07-01 23:50")).by(kCadre).when(command).accepted();
  const auto clocks = s.event<v1::DemandSubmitted>().clocks();
  ASSERT_EQ(clocks.running_size(), 1);
  EXPECT_EQ(from_proto(clocks.running(0).due_time()), beijing("2023-07-02 00:20"));
}

TEST_F(SubmitDemandTest, CadreRecordsForAVillagerOfTheVillage) {
  auto command = workshop();
  command.asker_person_id = kVillager.str();
  s.by(kCadre).when(command).accepted();
  const auto event = s.event<v1::DemandSubmitted>();
  EXPECT_EQ(event.asker_organisation_id(), "");
  EXPECT_EQ(event.asker_person_id(), kVillager.str());
  EXPECT_EQ(event.recorder_person_id(), kCadre.str());
  EXPECT_EQ(event.callback_person_id(), kVillager.str());
  EXPECT_EQ(event.village_id(), kBeishun);
}

TEST_F(SubmitDemandTest, CadreOfAnotherVillageMayNotRecordForThatVillager) {
  auto command = workshop();
  command.asker_person_id = kVillager.str();
  s.by(kNeighbour).when(command).refused(kPermissionDenied);
}

TEST_F(SubmitDemandTest, VillagerAsksForThemselves) {
  s.by(kVillager).when(workshop()).accepted();
  EXPECT_EQ(s.event<v1::DemandSubmitted>().asker_person_id(), kVillager.str());
  EXPECT_EQ(s.event<v1::DemandSubmitted>().asker_organisation_id(), "");
}

TEST_F(SubmitDemandTest, TownshipAsksForItselfAndNeverForAVillage) {
  s.by(kTownship).when(workshop()).accepted();
  EXPECT_EQ(s.event<v1::DemandSubmitted>().asker_organisation_id(), kXinchi);
  EXPECT_EQ(s.event<v1::DemandSubmitted>().township_id(), kXinchi);
  auto command = workshop();
  command.asker_organisation_id = kBeishun;
  s.when(command).refused(kPermissionDenied);
  command.asker_organisation_id = {};
  command.asker_person_id = kVillager.str();
  s.when(command).refused(kPermissionDenied);
}

TEST_F(SubmitDemandTest, WhoOnlyLooksOnAsksForNothing) {
  s.by(kAuditor).when(workshop()).refused(kPermissionDenied);
  s.by(kCity).when(workshop()).refused(kPermissionDenied);
}

TEST_F(SubmitDemandTest, VillageMayNotAskForAnotherOne) {
  auto command = workshop();
  command.asker_organisation_id = kNangou;
  s.by(kCadre).when(command).refused(kPermissionDenied);
}

TEST_F(SubmitDemandTest, GroupRaisesWhatItFoundInAVillage) {
  auto command = workshop();
  command.asker_organisation_id = kBeishun;
  command.found_by_group_id = kIndustry;
  s.by(kMember).when(command).accepted();
  EXPECT_EQ(s.event<v1::DemandSubmitted>().found_by_group_id(), kIndustry);
  s.by(kOtherHead).when(command).refused(kPermissionDenied);
}

TEST_F(SubmitDemandTest, CoordinatorRecordsForAVillage) {
  auto command = workshop();
  command.asker_organisation_id = kBeishun;
  s.by(kCoordinator).when(command).accepted();
  EXPECT_EQ(s.event<v1::DemandSubmitted>().asker_person_id(), kCadre.str());
  EXPECT_EQ(s.event<v1::DemandSubmitted>().recorder_person_id(), kCoordinator.str());
}

TEST_F(SubmitDemandTest, StrangerAndOperatorAreRefused) {
  s.by(kStranger).when(workshop()).refused(kPermissionDenied);
  s.by_operator().when(workshop()).refused(kPermissionDenied);
}

TEST_F(SubmitDemandTest, FieldsAreCheckedAndNamed) {
  auto command = workshop();
  command.title = "  ";
  s.by(kCadre).when(command).refused_field("title");
  command = workshop();
  command.kind = v1::DEMAND_KIND_UNSPECIFIED;
  s.when(command).refused_field("kind");
  command = workshop();
  command.village_id = kXinchi;
  s.when(command).refused_field("village_id");
  command = workshop();
  command.asker_organisation_id = "o99";
  s.when(command).refused(kOrganisationUnknown, {{"organisation", "o99"}});
  command = workshop();
  command.asker_person_id = kStranger.str();
  s.when(command).refused(kPersonUnknown);
}

TEST_F(SubmitDemandTest, UnknownCountyIsSaidSo) {
  s.in(CountyId("440229")).by(kCadre).when(workshop()).refused(kCountyUnknown);
}

TEST_F(SubmitDemandTest, OnlyTheOfficeAndCoordinatorsImport) {
  s.by(kCadre).happened_at(beijing("2023-04-20 09:00")).when(workshop()).refused(kPermissionDenied);
  auto command = workshop();
  command.asker_organisation_id = kBeishun;
  s.by(Actor{Actor::Kind::kPerson, kOfficer.str(), kCadre.str()})
      .happened_at(beijing("2023-04-20 09:00"))
      .when(command)
      .accepted();
  const auto event = s.event<v1::DemandSubmitted>();
  EXPECT_EQ(event.demand_id(), "230420-001");
  EXPECT_TRUE(event.history());
  EXPECT_EQ(event.asker_person_id(), kCadre.str());
}

TEST_F(SubmitDemandTest, ImportOnBehalfOfACadreAsksForTheVillageOfThatDay) {
  s.by(Actor{Actor::Kind::kPerson, kCoordinator.str(), kCadre.str()})
      .happened_at(beijing("2023-04-20 09:00"))
      .when(workshop())
      .accepted();
  EXPECT_EQ(s.event<v1::DemandSubmitted>().asker_organisation_id(), kBeishun);
  EXPECT_EQ(s.event<v1::DemandSubmitted>().asker_person_id(), kCadre.str());
}

TEST_F(SubmitDemandTest, WhatWasOverWhenImportedFiresNoTimer) {
  auto command = workshop();
  command.asker_organisation_id = kBeishun;
  s.by(kOfficer).happened_at(beijing("2023-04-20 09:00")).when(command).accepted();
  EXPECT_EQ(dispatch_fold().next_timer(s.view()), std::nullopt);
  s.advance_to(beijing("2023-07-28 09:00"));
  EXPECT_EQ(s.fired_count(), 0U);
  EXPECT_EQ(row("230420-001").light(), v1::LIGHT_RED);
}

TEST_F(SubmitDemandTest, ImportThatIsStillRunningKeepsItsTimers) {
  auto command = workshop();
  command.asker_organisation_id = kBeishun;
  s.by(kOfficer).happened_at(beijing("2023-06-28 08:30")).when(command).accepted();
  s.advance_to(beijing("2023-06-28 18:00"));
  EXPECT_EQ(s.fired<v1::DemandClockYellow>().size(), 1U);
  EXPECT_EQ(s.fired<v1::DemandClockRed>().size(), 1U);
}

TEST_F(SubmitDemandTest, LikelyDuplicatesAreOpenOnesOfTheVillageAndKindWithALikeTitle) {
  submit();
  auto command = workshop();
  command.title = "扩大社区服装厂，壮大村集体经济";
  s.by(kCadre);
  auto found = likely_duplicates(s.view(), command, s.context());
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().demand_id(), kDemand);
  command.title = "葡萄白粉病怎么防";
  EXPECT_TRUE(likely_duplicates(s.view(), command, s.context()).empty());
  command = workshop();
  command.kind = v1::DEMAND_KIND_FUNDS;
  EXPECT_TRUE(likely_duplicates(s.view(), command, s.context()).empty());
  s.by(kNeighbour);
  EXPECT_TRUE(likely_duplicates(s.view(), workshop(), s.context()).empty());
  s.by(kCadre).when(WithdrawDemand{.demand_id = kDemand, .reason = "已自行解决"}).accepted();
  EXPECT_TRUE(likely_duplicates(s.view(), workshop(), s.context()).empty());
}

// What a submission costs the store, since keys decide the speed.
TEST_F(SubmitDemandTest, WritesFewKeys) {
  submit();  // Warms the counters.
  v1::DispatchEvent event;
  s.by(kCadre);
  const auto decision = decide(s.view(), workshop(), s.context());
  state::Layer layer(s.view());
  EventMeta meta;
  meta.county = CountyId("610524");
  meta.time = meta.effective_time = s.now();
  meta.sequence = 1'000;
  dispatch_fold().apply(layer, std::get<v1::DispatchEvent>(decision), meta);
  EXPECT_LE(layer.changes().size(), 10U);

  v1::DispatchEvent comment;
  comment.mutable_demand_commented()->set_demand_id(kDemand);
  state::Layer other(s.view());
  dispatch_fold().apply(other, comment, meta);
  EXPECT_LE(other.changes().size(), 4U);
}

// Counts what is asked of another view.
struct CountingView final : state::View {
  explicit CountingView(const state::View& view) : below(view) {}
  bool get(std::string_view key, std::string* value) const override {
    ++gets;
    return below.get(key, value);
  }
  std::unique_ptr<state::Cursor> cursor() const override {
    ++cursors;
    return below.cursor();
  }
  const state::View& below;
  mutable int gets = 0;
  mutable int cursors = 0;
};

TEST_F(SubmitDemandTest, ReadsFewKeysAndOpensNoCursor) {
  submit();
  s.by(kCadre);
  const CountingView submitting(s.view());
  ASSERT_TRUE(
      std::holds_alternative<v1::DispatchEvent>(decide(submitting, workshop(), s.context())));
  EXPECT_LE(submitting.gets, 8);
  EXPECT_EQ(submitting.cursors, 0);

  const CountingView commenting(s.view());
  ASSERT_TRUE(std::holds_alternative<v1::DispatchEvent>(
      decide(commenting, CommentDemand{.demand_id = kDemand, .words = "已联系"}, s.context())));
  EXPECT_LE(commenting.gets, 2);
  EXPECT_EQ(commenting.cursors, 0);
}

}  // namespace
}  // namespace lianmeng::dispatch
