#include "dispatch/queries/list_page.h"

#include <gmock/gmock.h>

#include "dispatch/domain/test_county.h"
#include "dispatch/queries/events.h"

namespace lianmeng::dispatch::queries {
namespace {

namespace roster = membership::roster;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ListsTest : public DispatchTest {
 protected:
  roster::Standing who(const PersonId& person) {
    return roster::standing_of(s.view(), person, CountyId("610524"), s.now());
  }
  std::vector<std::string> ids(const PersonId& person, const DemandFilter& filter = {},
                               Order order = Order::kUnspecified) {
    const auto page = list_page(s.view(), who(person), filter, order, {});
    EXPECT_TRUE(page.has_value());
    std::vector<std::string> out;
    for (const auto& row : page->rows) out.push_back(row.demand_id());
    return out;
  }
  std::uint64_t count(const PersonId& person, const DemandFilter& filter = {}) {
    const auto found = count_demands(s.view(), who(person), filter);
    EXPECT_TRUE(found.has_value());
    EXPECT_TRUE(found->exact);
    return found->value;
  }
  std::vector<TodoKind> todos(const PersonId& person) {
    const auto page = list_todos(s.view(), who(person), {});
    EXPECT_TRUE(page.has_value());
    std::vector<TodoKind> out;
    for (const auto& todo : page->todos) out.push_back(todo.kind);
    return out;
  }
  // 230628-002 of 南沟社区, of another kind.
  void submit_other() {
    auto command = workshop();
    command.title = "葡萄白粉病防治";
    command.kind = v1::DEMAND_KIND_TECHNIQUE;
    command.industry = "葡萄";
    s.at(beijing("2023-06-28 09:30")).by(kNeighbour).when(command).accepted();
  }
};

TEST_F(ListsTest, EachSeesWhatIsTheirsTheLatestFirst) {
  route();
  submit_other();
  EXPECT_THAT(ids(kCoordinator), ElementsAre("230628-002", "230628-001"));
  EXPECT_THAT(ids(kOfficer), ElementsAre("230628-002", "230628-001"));
  EXPECT_THAT(ids(kChair), ElementsAre("230628-002", "230628-001"));
  EXPECT_THAT(ids(kTownship), ElementsAre("230628-002", "230628-001"));
  EXPECT_THAT(ids(kCadre), ElementsAre("230628-001"));
  EXPECT_THAT(ids(kNeighbour), ElementsAre("230628-002"));
  EXPECT_THAT(ids(kMember), ElementsAre("230628-001"));
  EXPECT_THAT(ids(kOtherHead), IsEmpty());
  EXPECT_THAT(ids(kVillager), IsEmpty());
  EXPECT_FALSE(list_page(s.view(), who(kStranger), {}, Order::kUnspecified, {}).has_value());
}

TEST_F(ListsTest, CountsSeeNoMoreThanLists) {
  route();
  submit_other();
  EXPECT_EQ(count(kCoordinator), 2U);
  EXPECT_EQ(count(kCadre), 1U);
  EXPECT_EQ(count(kOtherHead), 0U);
  DemandFilter filter;
  filter.states = {v1::DEMAND_STATE_ROUTED};
  EXPECT_EQ(count(kCoordinator, filter), 1U);
  EXPECT_EQ(count(kNeighbour, filter), 0U);
  filter.kinds = {v1::DEMAND_KIND_TECHNIQUE};
  EXPECT_EQ(count(kCoordinator, filter), 0U);
}

TEST_F(ListsTest, NumberInATitleIsNotFoundOutBySearchingForIt) {
  auto command = workshop();
  command.title = "修路，电话13891234567";
  s.by(kCadre).when(command).accepted();
  DemandFilter filter;
  filter.text = "13891234567";
  EXPECT_THAT(ids(kCadre, filter), IsEmpty());
  EXPECT_EQ(count(kCoordinator, filter), 0U);
  filter.text = "138****4567";
  EXPECT_THAT(ids(kChair, filter), ElementsAre(kDemand));
}

TEST_F(ListsTest, CityIsToldTotalsAndNothingThatSinglesOut) {
  route();
  submit_other();
  EXPECT_EQ(count(kCity), 2U);
  EXPECT_THAT(ids(kCity), IsEmpty());
  DemandFilter filter;
  filter.states = {v1::DEMAND_STATE_ROUTED};
  filter.place_id = kXinchi;
  EXPECT_EQ(count(kCity, filter), 1U);
  using F = DemandFilter;
  const std::vector<std::function<void(F&)>> narrow{
      [](F& f) { f.text = "服装厂"; }, [](F& f) { f.asker_person_id = kCadre.str(); },
      [](F& f) { f.asker_organisation_id = kBeishun; },
      [](F& f) { f.handler_person_id = kMember.str(); }};
  for (const auto& set : narrow) {
    filter = {};
    set(filter);
    const auto refused = count_demands(s.view(), who(kCity), filter);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().reason, "PERMISSION_DENIED");
    EXPECT_TRUE(count_demands(s.view(), who(kCoordinator), filter).has_value());
  }
}

TEST_F(ListsTest, EveryFilterNarrows) {
  take();
  submit_other();
  const auto with = [&](auto set) {
    DemandFilter filter;
    set(filter);
    const auto listed = ids(kCoordinator, filter);
    EXPECT_EQ(count(kCoordinator, filter), listed.size());
    return listed;
  };
  using F = DemandFilter;
  EXPECT_THAT(with([](F& f) { f.states = {v1::DEMAND_STATE_TAKEN}; }), ElementsAre(kDemand));
  EXPECT_THAT(with([](F& f) {
                f.states = {v1::DEMAND_STATE_TAKEN, v1::DEMAND_STATE_SUBMITTED};
              }),
              ElementsAre("230628-002", kDemand));
  EXPECT_THAT(with([](F& f) { f.kinds = {v1::DEMAND_KIND_TECHNIQUE}; }), ElementsAre("230628-002"));
  EXPECT_THAT(with([](F& f) { f.group_id = kIndustry; }), ElementsAre(kDemand));
  EXPECT_THAT(with([](F& f) { f.group_id = kMarketing; }), IsEmpty());
  EXPECT_THAT(with([](F& f) { f.asker_organisation_id = kBeishun; }), ElementsAre(kDemand));
  EXPECT_THAT(with([](F& f) { f.asker_person_id = kNeighbour.str(); }), ElementsAre("230628-002"));
  EXPECT_THAT(with([](F& f) { f.place_id = kBeishun; }), ElementsAre(kDemand));
  EXPECT_THAT(with([](F& f) { f.place_id = kXinchi; }), ElementsAre("230628-002", kDemand));
  EXPECT_THAT(with([](F& f) { f.industry = "葡萄"; }), ElementsAre("230628-002"));
  EXPECT_THAT(with([](F& f) { f.text = "服装厂"; }), ElementsAre(kDemand));
  EXPECT_THAT(with([](F& f) { f.text = "服装厂 北顺"; }), ElementsAre(kDemand));
  EXPECT_THAT(with([](F& f) { f.text = "服装厂 南沟"; }), IsEmpty());
  EXPECT_THAT(with([](F& f) { f.urgency = v1::URGENCY_URGENT; }), IsEmpty());
  EXPECT_THAT(with([](F& f) { f.handler_person_id = kMember.str(); }), IsEmpty());
}

TEST_F(ListsTest, FilterOfAnotherReachesNothingBeyondTheOwnScope) {
  route();
  submit_other();
  DemandFilter filter;
  filter.asker_organisation_id = kNangou;
  EXPECT_THAT(ids(kCadre, filter), IsEmpty());
  EXPECT_EQ(count(kCadre, filter), 0U);
  filter = {};
  filter.group_id = kIndustry;
  EXPECT_THAT(ids(kNeighbour, filter), IsEmpty());
}

// A demand stays where it was asked when its village moves, and whoever sees the county finds it
// there: by the village, and by the township that it was asked under.
TEST_F(ListsTest, DemandsOfAVillageAreListedByItWhateverTownshipItCameTo) {
  constexpr const char* kMill = "o7";       // An enterprise of 北顺村.
  constexpr const char* kChengguan = "o6";  // 城关镇.
  const auto founded = [&](const char* id, const char* name, membership::v1::OrganisationKind kind,
                           const char* parent) {
    membership::v1::OrganisationCreated event;
    auto& row = *event.mutable_organisation();
    row.set_county("610524");
    row.set_organisation_id(id);
    row.set_name(name);
    row.set_kind(kind);
    row.set_parent_id(parent);
    s.given_foreign("membership", event);
  };
  const auto moved = [&](const char* id, const char* from, const char* to) {
    membership::v1::OrganisationMoved event;
    event.set_county("610524");
    event.set_organisation_id(id);
    event.set_parent_id(to);
    event.set_former_parent_id(from);
    s.given_foreign("membership", event);
  };
  founded(kChengguan, "城关镇", membership::v1::ORGANISATION_KIND_TOWNSHIP, "");
  founded(kMill, "北顺面粉厂", membership::v1::ORGANISATION_KIND_ENTERPRISE, kBeishun);
  auto of_the_mill = workshop();
  of_the_mill.asker_organisation_id = kMill;
  const auto ask = [&] {
    s.at(s.now() + std::chrono::minutes(1)).by(kCadre).when(workshop()).accepted();
    s.at(s.now() + std::chrono::minutes(1)).by(kCoordinator).when(of_the_mill).accepted();
  };
  ask();  // 001 and 002 in 新池镇.
  moved(kBeishun, kXinchi, "");
  ask();  // 003 and 004 in no township.
  moved(kBeishun, "", kChengguan);
  ask();  // 005 and 006 in 城关镇.

  DemandFilter of_village;
  of_village.place_id = kBeishun;
  DemandFilter of_xinchi;
  of_xinchi.place_id = kXinchi;
  for (const auto& reader : {kOfficer, kCoordinator, kChair, kAuditor}) {
    EXPECT_THAT(ids(reader, of_village), ElementsAre("230628-006", "230628-005", "230628-004",
                                                     "230628-003", "230628-002", "230628-001"));
    EXPECT_EQ(count(reader, of_village), 6U);
    EXPECT_THAT(ids(reader, of_xinchi), ElementsAre("230628-002", "230628-001"));
    EXPECT_EQ(count(reader, of_xinchi), 2U);
  }
  EXPECT_EQ(count(kCity, of_village), 6U);
  // Others list what they may see of it.
  EXPECT_THAT(ids(kCadre, of_village), ElementsAre("230628-005", "230628-003", "230628-001"));
  EXPECT_EQ(count(kCadre, of_village), 3U);
  EXPECT_THAT(ids(kTownship, of_village), ElementsAre("230628-002", "230628-001"));
  EXPECT_EQ(count(kTownship, of_village), 2U);
}

TEST_F(ListsTest, LateOnesAreInTheOrderOfDue) {
  submit();
  submit_other();  // Both to be routed in half a day; the second half an hour later.
  s.advance_to(beijing("2023-06-28 15:00"));
  DemandFilter filter;
  filter.lights = {v1::LIGHT_YELLOW, v1::LIGHT_RED};
  EXPECT_THAT(ids(kCoordinator, filter), ElementsAre("230628-001", "230628-002"));
  EXPECT_THAT(ids(kCoordinator, filter, Order::kSubmittedDown),
              ElementsAre("230628-002", "230628-001"));
  EXPECT_EQ(count(kCoordinator, filter), 2U);
  filter.lights = {v1::LIGHT_RED};
  EXPECT_THAT(ids(kCoordinator, filter), ElementsAre("230628-001"));
  filter.lights = {v1::LIGHT_GREEN};
  EXPECT_FALSE(list_page(s.view(), who(kCoordinator), filter, Order::kDue, {}).has_value());
}

// What waits for the second page may turn red before it is asked for.
TEST_F(ListsTest, LateOneThatTurnsRedBetweenTwoPagesIsListed) {
  for (const char* time : {"2023-06-28 09:00", "2023-06-28 09:30", "2023-06-28 10:00"}) {
    s.at(beijing(time));
    submit();
  }
  s.advance_to(beijing("2023-06-28 15:00"));  // The first is red, the others are yellow.
  DemandFilter filter;
  filter.lights = {v1::LIGHT_YELLOW, v1::LIGHT_RED};
  for (const auto order : {Order::kDue, Order::kSubmittedDown}) {
    SCOPED_TRACE(static_cast<int>(order));
    std::vector<std::string> seen;
    state::PageRequest page;
    page.page_size = 1;
    do {
      const auto got = list_page(s.view(), who(kCoordinator), filter, order, page);
      ASSERT_TRUE(got.has_value());
      for (const auto& row : got->rows) seen.push_back(row.demand_id());
      page.page_token = got->next_page_token;
      s.advance_to(s.now() + std::chrono::minutes(30));
    } while (!page.page_token.empty());
    EXPECT_THAT(seen, ::testing::UnorderedElementsAre("230628-001", "230628-002", "230628-003"));
  }
}

TEST_F(ListsTest, PagesAreStableWhileOthersWrite) {
  for (int i = 0; i < 5; ++i) submit();
  state::PageRequest page;
  page.page_size = 2;
  std::vector<std::string> seen;
  for (int i = 0; i < 10; ++i) {
    const auto got = list_page(s.view(), who(kCadre), {}, Order::kUnspecified, page);
    ASSERT_TRUE(got.has_value());
    for (const auto& row : got->rows) seen.push_back(row.demand_id());
    page.page_token = got->next_page_token;
    if (page.page_token.empty()) break;
    s.at(s.now() + std::chrono::minutes(1));
    submit();
  }
  EXPECT_THAT(seen,
              ElementsAre("230628-001", "230628-002", "230628-003", "230628-004", "230628-005"));
  page.page_token = "7.abc";
  EXPECT_FALSE(list_page(s.view(), who(kCadre), {}, Order::kUnspecified, page).has_value());
}

TEST_F(ListsTest, TodosFollowTheDemandFromHandToHand) {
  submit();
  EXPECT_THAT(todos(kCoordinator), ElementsAre(TodoKind::kRoute));
  EXPECT_THAT(todos(kCadre), IsEmpty());
  s.by(kCoordinator).when(assignment(kIndustry)).accepted();
  EXPECT_THAT(todos(kCoordinator), IsEmpty());
  EXPECT_THAT(todos(kHead), ElementsAre(TodoKind::kTake));
  EXPECT_THAT(todos(kMember), ElementsAre(TodoKind::kTake));
  s.by(kHead).when(TakeDemand{.demand_id = kDemand, .group_id = {}}).accepted();
  EXPECT_THAT(todos(kHead), ElementsAre(TodoKind::kAssignHandler));
  s.when(AssignHandler{.demand_id = kDemand, .handler_person_id = kMember.str(), .note = {}})
      .accepted();
  EXPECT_THAT(todos(kHead), IsEmpty());
  EXPECT_THAT(todos(kMember), ElementsAre(TodoKind::kHandle));
  s.when(InviteHelper{.demand_id = kDemand, .group_id = kTraining, .request = "请协助"}).accepted();
  EXPECT_THAT(todos(kThirdHead), ElementsAre(TodoKind::kAnswerInvitation));
  s.by(kMember).when(solved()).accepted();
  EXPECT_THAT(todos(kHead), ElementsAre(TodoKind::kSign));
  s.by(kHead).when(SignResult{.demand_id = kDemand}).accepted();
  EXPECT_THAT(todos(kCoordinator), ElementsAre(TodoKind::kAudit));
  EXPECT_THAT(todos(kTornCoordinator), IsEmpty());
  s.by(kCoordinator).when(AcceptResult{.demand_id = kDemand, .note = {}}).accepted();
  EXPECT_THAT(todos(kCadre), ElementsAre(TodoKind::kRate));
  EXPECT_THAT(todos(kTownship), IsEmpty());
  s.by(kCadre).when(rating(v1::SOLVED_ANSWER_NO, 1)).accepted();
  EXPECT_THAT(todos(kCoordinator), ElementsAre(TodoKind::kReview));
  s.by(kCoordinator).when(ExplainRating{.demand_id = kDemand, .explanation = "已说明"}).accepted();
  EXPECT_THAT(todos(kCoordinator), IsEmpty());
}

TEST_F(ListsTest, WhatNobodyTookIsTheCoordinatorsToAssign) {
  route();
  s.advance_to(beijing("2023-06-30 18:00"));
  EXPECT_THAT(todos(kCoordinator), ElementsAre(TodoKind::kAssign));
  EXPECT_THAT(todos(kTornCoordinator), ElementsAre(TodoKind::kTake));
}

// Another class may give it time again; that nobody took it stays.
TEST_F(ListsTest, WhatMustBeAssignedStaysSoInAnotherClass) {
  route();
  s.advance_to(beijing("2023-06-30 18:00"));
  s.by(kCoordinator)
      .when(ReclassifyDemand{kDemand, v1::DEMAND_KIND_TRAINING, {}, "应为培训"})
      .accepted();
  ASSERT_TRUE(row().assignment_required());
  EXPECT_NE(row().light(), v1::LIGHT_RED);
  EXPECT_THAT(todos(kCoordinator), ElementsAre(TodoKind::kAssign));
  s.when(assignment(kMarketing)).accepted();
  EXPECT_THAT(todos(kCoordinator), IsEmpty());
}

TEST_F(ListsTest, NobodyHasTheSameToRateTwice) {
  // Of somebody of the village who is its cadre, and once more so for another purpose.
  appoint(kCadre, kBeishun, membership::v1::POST_ROLE_TOWNSHIP_OFFICER);
  appoint(kCadre, kBeishun, membership::v1::POST_ROLE_REPRESENTATIVE);
  auto own = workshop();
  own.asker_person_id = kCadre.str();
  own.village_id = kBeishun;
  s.by(kCadre).when(own).accepted();
  ASSERT_EQ(row().asker_organisation_id(), "");
  s.by(kCoordinator).when(assignment(kIndustry)).accepted();
  s.by(kHead).when(TakeDemand{.demand_id = kDemand, .group_id = {}}).accepted();
  s.when(solved()).accepted();
  s.by(kCoordinator).when(AcceptResult{.demand_id = kDemand, .note = {}}).accepted();
  EXPECT_THAT(todos(kCadre), ElementsAre(TodoKind::kRate));
  // Who loses the posts rates their own all the same.
  end_posts(kCadre, kBeishun);
  EXPECT_THAT(todos(kCadre), ElementsAre(TodoKind::kRate));
}

TEST_F(ListsTest, AnInvitationWaitsForItsAnswerWhileTheResultWaitsForTheHead) {
  take();
  s.by(kHead)
      .when(InviteHelper{.demand_id = kDemand, .group_id = kTraining, .request = "请协助"})
      .accepted();
  s.by(kMember).when(solved()).accepted();
  ASSERT_EQ(row().state(), v1::DEMAND_STATE_AWAITING_SIGNATURE);
  EXPECT_THAT(todos(kThirdHead), ElementsAre(TodoKind::kAnswerInvitation));
  EXPECT_THAT(todos(kHead), ElementsAre(TodoKind::kSign));
  EXPECT_THAT(todos(kMember), IsEmpty());
  s.by(kThirdHead)
      .when(AnswerInvitation{
          .demand_id = kDemand, .group_id = kTraining, .accepted = true, .words = {}})
      .accepted();
  EXPECT_THAT(todos(kThirdHead), IsEmpty());
}

TEST_F(ListsTest, TodosHavePages) {
  submit();
  submit();
  submit();
  state::PageRequest page;
  page.page_size = 2;
  auto got = list_todos(s.view(), who(kCoordinator), page);
  ASSERT_TRUE(got.has_value());
  EXPECT_EQ(got->todos.size(), 2U);
  page.page_token = got->next_page_token;
  got = list_todos(s.view(), who(kCoordinator), page);
  ASSERT_TRUE(got.has_value());
  EXPECT_EQ(got->todos.size(), 1U);
}

TEST_F(ListsTest, RoutingRulesHavePagesInTheOrderInWhichTheyAreAsked) {
  for (const int priority : {7, 3, 3, -2, 7}) {
    SetRoutingRule command;
    command.rule.set_name(std::string("第") + std::to_string(priority) + "级");
    command.rule.set_priority(priority);
    command.rule.set_lead_group_id(kIndustry);
    s.by(kOfficer).when(command).accepted();
  }
  const auto pages = [&](int size) {
    std::vector<std::vector<std::string>> out;
    state::PageRequest page;
    page.page_size = size;
    do {
      const auto got = list_routing_rules(s.view(), CountyId("610524"), page);
      EXPECT_TRUE(got.has_value());
      if (!got) break;
      auto& ids = out.emplace_back();
      for (const auto& rule : got->rows) ids.push_back(rule.rule_id());
      page.page_token = got->next_page_token;
    } while (!page.page_token.empty() && out.size() < 10);
    return out;
  };
  EXPECT_THAT(pages(2),
              ElementsAre(ElementsAre("r4", "r2"), ElementsAre("r3", "r1"), ElementsAre("r5")));
  EXPECT_THAT(pages(50), ElementsAre(ElementsAre("r4", "r2", "r3", "r1", "r5")));
  EXPECT_THAT(pages(5), ElementsAre(ElementsAre("r4", "r2", "r3", "r1", "r5")))
      << "no empty page behind a full one";
}

// The rule that the page ended with may be gone by the next one.
TEST_F(ListsTest, APageOfRoutingRulesGoesOnBehindOneThatWasRemoved) {
  for (int i = 0; i < 3; ++i) {
    SetRoutingRule command;
    command.rule.set_name("一般诉求" + std::to_string(i));
    command.rule.set_lead_group_id(kIndustry);
    s.by(kOfficer).when(command).accepted();
  }
  state::PageRequest page;
  page.page_size = 2;
  const auto first = list_routing_rules(s.view(), CountyId("610524"), page);
  ASSERT_TRUE(first.has_value());
  ASSERT_EQ(first->rows.back().rule_id(), "r2");
  s.when(RemoveRoutingRule{"r2"}).accepted();
  page.page_token = first->next_page_token;
  const auto second = list_routing_rules(s.view(), CountyId("610524"), page);
  ASSERT_TRUE(second.has_value());
  ASSERT_EQ(second->rows.size(), 1U);
  EXPECT_EQ(second->rows[0].rule_id(), "r3");
  EXPECT_EQ(second->next_page_token, "");
}

TEST_F(ListsTest, GroupThatIsOnlyOfferedItDoesNotSeeWhoAsks) {
  route();
  EXPECT_FALSE(sees_asker(who(kHead), row()));
  EXPECT_TRUE(sees_asker(who(kCadre), row()));
  EXPECT_TRUE(sees_asker(who(kCoordinator), row()));
  v1::DispatchEvent event;
  *event.mutable_demand_routed() = s.event<v1::DemandRouted>();
  EXPECT_EQ(event.demand_routed().brief().asker_person_id(), kCadre.str());
  mask_asker(event);
  EXPECT_EQ(event.demand_routed().brief().asker_person_id(), "");
  EXPECT_EQ(event.demand_routed().offers_size(), 1);
  s.by(kHead).when(TakeDemand{.demand_id = kDemand, .group_id = {}}).accepted();
  EXPECT_TRUE(sees_asker(who(kHead), row()));
}

TEST_F(ListsTest, EventsAreSaidInOneSentence) {
  route();
  v1::DispatchEvent event;
  *event.mutable_demand_routed() = s.event<v1::DemandRouted>();
  EXPECT_EQ(summary_zh(s.view(), CountyId("610524"), event), "指派：产业小组（牵头）");
  EXPECT_EQ(due_zh(v1::CLOCK_KIND_TAKE, std::chrono::minutes(200), false),
            "接单，还剩3小时20分钟（工作时间）");
  EXPECT_EQ(due_zh(v1::CLOCK_KIND_TAKE, -std::chrono::minutes(60), true), "接单，已逾期1小时");
}

}  // namespace
}  // namespace lianmeng::dispatch::queries
