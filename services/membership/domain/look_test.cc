#include "membership/domain/look.h"

#include <gmock/gmock.h>

#include "membership/domain/reasons.h"
#include "membership/domain/tables.h"
#include "membership/domain/testing.h"

namespace lianmeng::membership {
namespace {

using ::testing::ElementsAre;

TEST(RecordLook, IsKeptApartFromThePersonsHistory) {
  County county;
  const auto person = county.make(enter("张三"));
  const auto auditor = county.make(enter("钱审计"));
  county.make(appoint(auditor, "钱审计", "o1", v1::POST_ROLE_AUDITOR));
  const auto entries = [&](std::string_view subject) {
    int found = 0;
    history().scan(county.view(), state::Key{}.add(kHeyang.str()).add(subject),
                   [&](const v1::HistoryRow& row) {
                     found += row.event().has_audit_looked();
                     return true;
                   });
    return found;
  };
  county.by(PersonId(auditor)).when(RecordLook{"GetPerson", {person}}).accepted();
  const auto event = county.event<v1::AuditLooked>();
  EXPECT_EQ(event.person_id(), auditor);
  EXPECT_EQ(event.method(), "GetPerson");
  EXPECT_THAT(event.person_ids(), ElementsAre(person));
  EXPECT_EQ(entries(kAuditLooks), 1);
  EXPECT_EQ(entries(person_subject(person)), 0);
  EXPECT_EQ(entries(person_subject(auditor)), 0);
}

TEST(RecordLook, NobodyElseLooksAsAudit) {
  County county;
  const auto person = county.make(enter("张三"));
  const auto both = county.make(enter("赵"));
  county.make(appoint(both, "赵", "o1", v1::POST_ROLE_AUDITOR));
  county.make(appoint(both, "赵", "o1", v1::POST_ROLE_COORDINATOR));
  for (const auto& who : {kOfficer, kCoordinator, PersonId(person), PersonId(both)}) {
    county.by(who).when(RecordLook{"GetPerson", {person}}).refused(kPermissionDenied);
  }
  county.by_operator().when(RecordLook{"GetPerson", {person}}).refused(kPermissionDenied);
}

}  // namespace
}  // namespace lianmeng::membership
