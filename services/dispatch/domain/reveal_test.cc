#include <gmock/gmock.h>

#include "dispatch/domain/reasons.h"
#include "dispatch/domain/submit.h"
#include "dispatch/domain/test_county.h"
#include "dispatch/queries/lists.h"

namespace lianmeng::dispatch {
namespace {

namespace roster = membership::roster;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class RevealTest : public DispatchTest {
 protected:
  RevealTest() { give_phone(kCadre); }

  static RevealContact reveal(std::string reason = "核实情况") {
    return {.demand_id = kDemand, .reason = std::move(reason)};
  }
  void name_member() {
    s.by(kHead)
        .when(AssignHandler{.demand_id = kDemand, .handler_person_id = kMember.str(), .note = {}})
        .accepted();
  }
  std::vector<std::string> listed(const PersonId& caller, queries::RevealFilter filter) {
    const auto me = roster::standing_of(s.view(), caller, CountyId("610524"), s.now());
    std::vector<std::string> reasons;
    const auto page = queries::list_reveals(s.view(), me, std::move(filter), {});
    for (const auto& row : page->rows) reasons.push_back(row.reveal().reason());
    return reasons;
  }
};

TEST_F(RevealTest, TheHandlerSeesTheNumberFromTheTakeOn) {
  submit();
  s.by(kCoordinator).when(assignment(kIndustry)).accepted();
  s.by(kHead).when(reveal()).refused(kPermissionDenied);
  s.by(kHead).when(TakeDemand{.demand_id = kDemand, .group_id = {}}).accepted();
  s.when(reveal()).accepted();
  v1::ContactRevealed wanted;
  wanted.set_demand_id(kDemand);
  wanted.set_person_id(kCadre.str());
  wanted.set_by_person_id(kMember.str());
  wanted.set_reason("核实情况");
  name_member();
  s.by(kMember).when(reveal()).expect(wanted);
  // The head named somebody, who it is now.
  s.by(kHead).when(reveal()).refused(kPermissionDenied);
}

TEST_F(RevealTest, WhoCallsBackSeesItWhenTheResultWasAccepted) {
  result();
  s.by(kCoordinator).when(reveal("回访")).refused(kDemandStateUnfit);
  s.when(AcceptResult{.demand_id = kDemand, .note = {}}).accepted();
  s.by(kCoordinator).when(reveal("回访")).accepted();
  s.by(kOfficer).when(reveal("回访")).accepted();
  // Who belongs to the group that handled it does not call back.
  s.by(kTornCoordinator).when(reveal("回访")).refused(kOwnGroup);
  s.by(kHead).when(reveal()).accepted();
  s.by(kCadre).when(rating(v1::SOLVED_ANSWER_YES, 5)).accepted();
  s.by(kHead).when(reveal()).refused(kDemandStateUnfit);
  s.by(kCoordinator).when(reveal("回访")).refused(kDemandStateUnfit);
}

TEST_F(RevealTest, NobodyElseSeesIt) {
  take();
  for (const auto& other : {kMember, kChair, kAuditor, kCadre}) {
    s.by(other).when(reveal()).refused(kPermissionDenied);
  }
  for (const auto& stranger : {kNeighbour, kThirdHead}) {
    s.by(stranger).when(reveal()).refused(kDemandUnknown);
  }
}

TEST_F(RevealTest, IsRefused) {
  take();
  s.when(reveal("")).refused_field("reason");
  s.by(kOfficer).happened_at(beijing("2023-06-27")).when(reveal()).refused_field("effective_time");
  s.by(kHead)
      .when(RevealContact{.demand_id = "230628-099", .reason = "核实"})
      .refused(kDemandUnknown);
  erase(kCadre);
  s.when(reveal()).refused(kPersonErased, {{"person", kCadre.str()}});
}

TEST_F(RevealTest, WithoutANumberThereIsNothingToShow) {
  auto command = workshop();
  command.callback_person_id = kVillager.str();
  s.by(kCadre).when(command).accepted();
  s.by(kCoordinator).when(assignment(kIndustry)).accepted();
  s.by(kHead).when(TakeDemand{.demand_id = kDemand, .group_id = {}}).accepted();
  s.when(reveal()).refused(kContactMissing);
}

TEST_F(RevealTest, EveryRevealIsListedForThoseWhomItConcerns) {
  take();
  s.when(reveal("甲")).accepted();
  name_member();
  s.by(kMember).when(reveal("乙")).accepted();
  EXPECT_THAT(listed(kOfficer, {}), ElementsAre("乙", "甲"));
  EXPECT_THAT(listed(kAuditor, {kCadre.str(), kHead.str()}), ElementsAre("甲"));
  EXPECT_THAT(listed(kHead, {}), ElementsAre("甲"));
  EXPECT_THAT(listed(kHead, {"", kMember.str()}), ElementsAre("甲"));
  EXPECT_THAT(listed(kCadre, {kCadre.str(), ""}), ElementsAre("乙", "甲"));
  EXPECT_THAT(listed(kCadre, {}), IsEmpty());
  EXPECT_THAT(listed(kNeighbour, {kCadre.str(), ""}), IsEmpty());
}

}  // namespace
}  // namespace lianmeng::dispatch
