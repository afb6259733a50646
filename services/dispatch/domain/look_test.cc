#include "dispatch/domain/look.h"

#include <gmock/gmock.h>

#include "dispatch/domain/test_county.h"

namespace lianmeng::dispatch {
namespace {

using ::testing::ElementsAre;

class LookTest : public DispatchTest {
 protected:
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

TEST_F(LookTest, NobodyElseLooksAsAudit) {
  for (const auto& person : {kCoordinator, kOfficer, kChair, kCadre, kCity, kStranger}) {
    s.by(person)
        .when(RecordLook{.method = "GetDemand", .demand_ids = {}})
        .refused(kPermissionDenied);
  }
}

}  // namespace
}  // namespace lianmeng::dispatch
