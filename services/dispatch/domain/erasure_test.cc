#include <gmock/gmock.h>

#include "dispatch/domain/reasons.h"
#include "dispatch/domain/submit.h"
#include "dispatch/domain/test_county.h"

namespace lianmeng::dispatch {
namespace {

namespace roster = membership::roster;

using ::testing::Contains;
using ::testing::Not;

// People whom membership erased: their posts end with them.
using ErasureTest = DispatchTest;

TEST_F(ErasureTest, NoCommandNamesThePersonAnyMore) {
  erase(kVillager);
  auto command = workshop();
  command.asker_person_id = kVillager.str();
  s.by(kCoordinator)
      .when(command)
      .refused(kPersonErased, {{"person", kVillager.str()}, {"day", "2023-06-28"}});
  command.asker_person_id = {};
  command.asker_organisation_id = kBeishun;
  command.callback_person_id = kVillager.str();
  s.when(command).refused(kPersonErased);
  take();
  s.by(kHead)
      .when(IntroduceSupport{.demand_id = kDemand,
                             .introduced_by = {},
                             .introduced_by_person_id = kVillager.str(),
                             .supporter = "大唐援建项目",
                             .words = "气调库配套设施",
                             .figures = {}})
      .refused(kPersonErased);
  erase(kMember);
  s.when(AssignHandler{.demand_id = kDemand, .handler_person_id = kMember.str(), .note = {}})
      .refused(kPersonErased, {{"person", kMember.str()}});
}

TEST_F(ErasureTest, ThePersonMayNothingAnyMore) {
  take();
  s.by(kHead)
      .when(AssignHandler{.demand_id = kDemand, .handler_person_id = kMember.str(), .note = {}})
      .accepted();
  erase(kMember);
  s.by(kMember)
      .when(ReportProgress{
          .demand_id = kDemand, .words = "已联系", .next_step = "下周到村", .next_step_time = {}})
      .refused(kDemandUnknown);
  s.when(workshop()).refused(kPermissionDenied);
}

TEST_F(ErasureTest, NobodyElseIsLeftUntold) {
  take();
  s.by(kHead)
      .when(AssignHandler{.demand_id = kDemand, .handler_person_id = kMember.str(), .note = {}})
      .accepted();
  erase(kMember);
  erase(kCadre);  // Who asked.
  s.advance_to(beijing("2023-06-29 18:00"));
  const auto yellow = s.fired<v1::DemandClockYellow>();
  ASSERT_FALSE(yellow.empty());
  EXPECT_THAT(yellow.front().tell_person_ids(), Contains(kHead.str()));
  s.advance_to(beijing("2023-07-10 18:00"));
  const auto levels = s.fired<v1::DemandEscalated>();
  ASSERT_FALSE(levels.empty());
  for (const auto& level : levels) {
    EXPECT_THAT(level.tell_person_ids(), Not(Contains(kMember.str())));
    EXPECT_THAT(level.tell_person_ids(), Not(Contains(kCadre.str())));
  }
}

}  // namespace
}  // namespace lianmeng::dispatch
