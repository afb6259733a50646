#include "dispatch/domain/look.h"

#include <gmock/gmock.h>

#include "dispatch/domain/desk.h"
#include "dispatch/domain/submit.h"
#include "dispatch/domain/test_commands.h"
#include "dispatch/domain/test_county.h"

namespace lianmeng::dispatch {
namespace {

using ::testing::ElementsAre;

class LookTest : public DispatchTest {
 protected:
  membership::roster::Standing who(const PersonId& person) {
    return membership::roster::standing_of(s.view(), person, CountyId("610524"), s.now());
  }
  std::vector<std::string> methods(std::string_view under) {
    std::vector<std::string> found;
    scan_history(s.view(), CountyId("610524"), under, 0, [&](const v1::HistoryRow& row) {
      if (row.event().has_audit_looked()) found.push_back(row.event().audit_looked().method());
      return true;
    });
    return found;
  }
};

TEST_F(LookTest, EachLookOfAuditIsKeptApartFromTheDemandsHistory) {
  take();
  const auto before = row();
  s.by(kAuditor).when(RecordLook{.method = "GetDemand", .demand_ids = {kDemand}}).accepted();
  const auto event = s.event<v1::AuditLooked>();
  EXPECT_EQ(event.person_id(), kAuditor.str());
  EXPECT_THAT(event.demand_ids(), ElementsAre(kDemand));
  s.when(RecordLook{.method = "CountDemands", .demand_ids = {}}).accepted();
  EXPECT_THAT(methods(kAuditLooks), ElementsAre("GetDemand", "CountDemands"));
  EXPECT_THAT(methods(kDemand), ElementsAre());
  EXPECT_EQ(row().SerializeAsString(), before.SerializeAsString());
}

// Whatever they are beside: what they see through audit alone they read, each look on record, and
// do nothing with, so that nothing is read by trying to.
TEST(AuditWithAnotherPost, DoesNothingOnWhatAuditAloneSees) {
  for (const auto& line : lines()) {
    Case county;
    (county.*line.ready)();
    county.appoint(kAuditor, kNangou, membership::v1::POST_ROLE_VILLAGE_CADRE);
    county.s.by(kAuditor).when(line.make(Case::kDemand)).refused(kPermissionDenied);
    // In a state that does not fit, too: the refusal would tell which it is.
    Case unfit;
    (unfit.*line.unfit)();
    unfit.appoint(kAuditor, kNangou, membership::v1::POST_ROLE_VILLAGE_CADRE);
    unfit.s.by(kAuditor).when(line.make(Case::kDemand)).refused(kPermissionDenied);
  }
}

TEST_F(LookTest, WhoAuditsActsOnWhatTheirOtherPostSees) {
  submit();
  s.by(kAuditor)
      .when(CommentDemand{.demand_id = kDemand, .words = "请尽快"})
      .refused(kPermissionDenied);
  appoint(kAuditor, kXinchi, membership::v1::POST_ROLE_TOWNSHIP_OFFICER);
  s.when(CommentDemand{.demand_id = kDemand, .words = "请尽快"}).accepted();
  EXPECT_TRUE(reads_contacts(s.view(), who(kAuditor), row()));
  EXPECT_FALSE(reads_contacts(s.view(), who(kAuditor), row(), Sight::kActing));
}

TEST_F(LookTest, LikelyDuplicatesAreNoLookOfAudit) {
  submit();
  appoint(kAuditor, kNangou, membership::v1::POST_ROLE_VILLAGE_CADRE);
  auto command = workshop();
  command.village_id = kBeishun;
  s.by(kAuditor);
  EXPECT_THAT(likely_duplicates(s.view(), command, s.context()), ::testing::IsEmpty());
  s.by(kCoordinator);
  EXPECT_THAT(likely_duplicates(s.view(), command, s.context()), ::testing::SizeIs(1));
}

// The chair sees the county without contact details, which audit reads.
TEST_F(LookTest, TheChairWhoAuditsLooksAsAudit) {
  EXPECT_FALSE(looks_as_audit(who(kChair)));
  appoint(kChair, kOffice, membership::v1::POST_ROLE_AUDITOR);
  EXPECT_TRUE(looks_as_audit(who(kChair)));
}

TEST_F(LookTest, NobodyElseLooksAsAudit) {
  for (const auto& person : {kCoordinator, kOfficer, kChair, kCadre, kCity, kStranger}) {
    s.by(person)
        .when(RecordLook{.method = "GetDemand", .demand_ids = {}})
        .refused(kPermissionDenied);
  }
}

}  // namespace
}  // namespace lianmeng::dispatch
