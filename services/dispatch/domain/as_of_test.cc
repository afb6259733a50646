#include "dispatch/domain/as_of.h"

#include "dispatch/domain/test_county.h"

namespace lianmeng::dispatch {
namespace {

class DemandAsOf : public DispatchTest {
 protected:
  Result<v1::DemandRow> as_of(std::optional<Time> recorded, std::optional<Time> effective,
                              const char* demand = kDemand) const {
    return demand_as_of(s.view(), CountyId("610524"), demand, {recorded, effective});
  }
  v1::DemandState state(std::optional<Time> recorded, std::optional<Time> effective,
                        const char* demand = kDemand) const {
    const auto row = as_of(recorded, effective, demand);
    EXPECT_TRUE(row.has_value());
    return row ? row->state() : v1::DEMAND_STATE_UNSPECIFIED;
  }
};

TEST_F(DemandAsOf, IsWhatTheLogSaidAtEachStep) {
  const auto start = s.now();
  submit();
  const auto submitted = row();
  s.at(start + std::chrono::minutes{10}).by(kCoordinator).when(assignment(kIndustry)).accepted();
  const auto routed = row();
  s.at(start + std::chrono::minutes{20});
  s.by(kHead).when(TakeDemand{.demand_id = kDemand, .group_id = {}}).accepted();
  const auto taken = row();
  const auto expect = [&](Duration in, const v1::DemandRow& wanted) {
    for (const auto& one : {as_of(start + in, {}), as_of({}, start + in)}) {
      ASSERT_TRUE(one.has_value());
      EXPECT_EQ(one->SerializeAsString(), wanted.SerializeAsString());
    }
  };
  expect(Duration{0}, submitted);
  expect(std::chrono::minutes{10} - Duration{1}, submitted);
  expect(std::chrono::minutes{10}, routed);
  expect(std::chrono::minutes{20} - Duration{1}, routed);
  expect(std::chrono::minutes{20}, taken);
  expect(std::chrono::hours{24 * 365}, taken);
}

// Every kind of event that touches a row: what the history gives is what the fold has.
TEST_F(DemandAsOf, OfNowIsTheRowItself) {
  close();
  s.by(kCadre).when(RedoDemand{.demand_id = kDemand, .reason = "又坏了"}).accepted();
  s.by(kHead).when(InviteHelper{.demand_id = kDemand, .group_id = kTraining, .request = "请培训"});
  s.accepted();
  s.by(kThirdHead)
      .when(AnswerInvitation{
          .demand_id = kDemand, .group_id = kTraining, .accepted = true, .words = {}})
      .accepted();
  s.by(kHead).when(CommentDemand{.demand_id = kDemand, .words = "已联系"}).accepted();
  s.advance_to(s.now() + std::chrono::hours{24 * 30});
  EXPECT_GT(s.fired_count(), 0U);
  // A calendar that changes settles the deadlines anew, a part of a batch for each demand.
  v1::CalendarYear year;
  year.set_layer(v1::CALENDAR_LAYER_COUNTY);
  year.set_year(2023);
  auto& day = *year.add_days();
  day.set_date("2023-12-15");
  day.set_kind(v1::DAY_KIND_DAY_OFF);
  s.by(kOfficer).when(SetCalendarYear{.calendar = year}).accepted();
  s.advance_to(s.now() + std::chrono::hours{1});
  const auto then = as_of(s.now(), s.now());
  ASSERT_TRUE(then.has_value());
  EXPECT_EQ(then->DebugString(), row().DebugString());
}

TEST_F(DemandAsOf, AnImportHappenedBeforeItWasRecorded) {
  const auto imported = s.now();
  const char* demand = "230310-001";
  auto asked = workshop();
  asked.asker_organisation_id = kBeishun;
  s.by(kOfficer).happened_at(beijing("2023-03-10 09:00")).when(asked).accepted();
  auto routing = assignment(kIndustry);
  routing.demand_id = demand;
  s.by(kOfficer).happened_at(beijing("2023-03-11 09:00")).when(routing).accepted();
  const auto later = imported + std::chrono::hours{1};
  s.at(later);
  s.by(kOfficer).happened_at(beijing("2023-03-13 09:00"));
  s.when(TakeDemand{.demand_id = demand, .group_id = kIndustry}).accepted();

  // What was the case on 12 March, as it is known now; the system knew nothing of it then.
  EXPECT_EQ(state({}, beijing("2023-03-12 09:00"), demand), v1::DEMAND_STATE_ROUTED);
  EXPECT_EQ(state({}, beijing("2023-03-10 09:00"), demand), v1::DEMAND_STATE_SUBMITTED);
  EXPECT_EQ(state({}, beijing("2023-03-14 00:00"), demand), v1::DEMAND_STATE_TAKEN);
  const auto unknown = as_of(beijing("2023-03-12 09:00"), {}, demand);
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().reason, "NOTHING_THEN");
  EXPECT_EQ(unknown.error().kind, ErrorKind::kNotFound);
  // What was known between the two imports, of now and of 14 March.
  EXPECT_EQ(state(imported, {}, demand), v1::DEMAND_STATE_ROUTED);
  EXPECT_EQ(state(imported, beijing("2023-03-14 00:00"), demand), v1::DEMAND_STATE_ROUTED);
  EXPECT_EQ(state(later, beijing("2023-03-14 00:00"), demand), v1::DEMAND_STATE_TAKEN);
}

TEST_F(DemandAsOf, BeforeItsFirstEventThereIsNothing) {
  submit();
  const auto before = s.now() - Duration{1};
  for (const auto& nothing : {as_of(before, {}), as_of({}, before), as_of(before, s.now())}) {
    ASSERT_FALSE(nothing.has_value());
    EXPECT_EQ(nothing.error().reason, "NOTHING_THEN");
    EXPECT_NE(nothing.error().message_zh.find("诉求 230628-001"), std::string::npos);
    EXPECT_NE(nothing.error().message_en.find("Ask of a later time"), std::string::npos);
  }
}

}  // namespace
}  // namespace lianmeng::dispatch
