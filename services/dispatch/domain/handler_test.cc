// The handler is who was named and still belongs to the leading group: an end hands the work on.
#include <gmock/gmock.h>

#include "dispatch/domain/desk.h"
#include "dispatch/domain/test_county.h"
#include "dispatch/queries/list_page.h"

namespace lianmeng::dispatch {
namespace {

namespace roster = membership::roster;
using queries::TodoKind;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class FormerHandlerTest : public DispatchTest {
 protected:
  FormerHandlerTest() { give_phone(kCadre); }

  // A member who was named, and left the group.
  void leave() {
    name_handler();
    end_posts(kMember, kIndustry);
  }
  roster::Standing who(const PersonId& person) {
    return roster::standing_of(s.view(), person, CountyId("610524"), s.now());
  }
  std::vector<std::string> listed(const PersonId& person, queries::DemandFilter filter = {}) {
    const auto page =
        queries::list_page(s.view(), who(person), filter, queries::Order::kUnspecified, {});
    const auto count = queries::count_demands(s.view(), who(person), filter);
    EXPECT_TRUE(page.has_value() && count.has_value());
    std::vector<std::string> ids;
    for (const auto& row : page->rows) ids.push_back(row.demand_id());
    EXPECT_EQ(count->value, ids.size());
    EXPECT_TRUE(count->exact);
    return ids;
  }
  std::vector<TodoKind> todos(const PersonId& person) {
    const auto page = queries::list_todos(s.view(), who(person), {});
    EXPECT_TRUE(page.has_value());
    std::vector<TodoKind> kinds;
    for (const auto& todo : page->todos) kinds.push_back(todo.kind);
    return kinds;
  }
  static AssignHandler naming(const PersonId& person) {
    return {.demand_id = kDemand, .handler_person_id = person.str(), .note = {}};
  }
  static RecordContact contact() {
    return {.demand_id = kDemand, .means = v1::CONTACT_MEANS_PHONE, .words = "已联系"};
  }
  static RevealContact reveal() { return {.demand_id = kDemand, .reason = "核实"}; }
};

TEST_F(FormerHandlerTest, SeesTheDemandNoMoreAndDoesNothingOnIt) {
  name_handler();
  EXPECT_THAT(listed(kMember), ElementsAre(kDemand));
  s.by(kMember).when(reveal()).accepted();
  end_posts(kMember, kIndustry);
  s.when(reveal()).refused(kDemandUnknown);
  s.when(contact()).refused(kDemandUnknown);
  s.when(solved()).refused(kDemandUnknown);
  s.when(InviteHelper{.demand_id = kDemand, .group_id = kTraining, .request = "请协助"})
      .refused(kDemandUnknown);
  s.when(CommentDemand{.demand_id = kDemand, .words = "在办"}).refused(kDemandUnknown);
  EXPECT_FALSE(sees(scopes_of(who(kMember)), row()));
  EXPECT_FALSE(sees_asker(who(kMember), row()));
  EXPECT_FALSE(reads_contacts(s.view(), who(kMember), row()));
  EXPECT_THAT(listed(kMember), IsEmpty());
  queries::DemandFilter filter;
  filter.handler_person_id = kMember.str();
  EXPECT_THAT(listed(kMember, filter), IsEmpty());
  filter = {};
  filter.states = {v1::DEMAND_STATE_TAKEN};
  EXPECT_THAT(listed(kMember, filter), IsEmpty());
  EXPECT_THAT(todos(kMember), IsEmpty());
}

// In another group that helps, they see what helpers see and do what helpers do.
TEST_F(FormerHandlerTest, WhoSeesItOtherwiseIsNotTheHandler) {
  leave();
  appoint(kMember, kMarketing, membership::v1::POST_ROLE_GROUP_MEMBER);
  s.by(kHead).when(InviteHelper{kDemand, kMarketing, "请协助"}).accepted();
  s.by(kMember).when(reveal()).refused(kPermissionDenied);
  s.when(contact()).refused(kPermissionDenied);
  s.when(solved()).refused(kPermissionDenied);
  s.when(InviteHelper{kDemand, kTraining, "请培训"}).refused(kPermissionDenied);
  EXPECT_FALSE(reads_contacts(s.view(), who(kMember), row()));
  EXPECT_THAT(todos(kMember), ElementsAre(TodoKind::kAnswerInvitation));
}

TEST_F(FormerHandlerTest, LeavesTheDemandToTheHead) {
  leave();
  EXPECT_EQ(handler_of(s.view(), row(), s.now()), "");
  EXPECT_THAT(todos(kHead), ElementsAre(TodoKind::kAssignHandler));
  // As while none is named: the head sees the number, and the group the texts.
  EXPECT_TRUE(reads_contacts(s.view(), who(kHead), row()));
  s.by(kHead).when(reveal()).accepted();
  s.when(naming(kMember)).refused(kHandlerNotInGroup);
  s.when(naming(kHead)).accepted();
  EXPECT_EQ(s.event<v1::HandlerAssigned>().former_handler_person_id(), kMember.str());
  EXPECT_EQ(handler_of(s.view(), row(), s.now()), kHead.str());
  EXPECT_THAT(todos(kHead), ElementsAre(TodoKind::kHandle));
}

TEST_F(FormerHandlerTest, IsFoundByThoseWhoHandTheWorkOn) {
  leave();
  queries::DemandFilter filter;
  filter.handler_person_id = kMember.str();
  EXPECT_THAT(listed(kHead, filter), ElementsAre(kDemand));
  EXPECT_THAT(listed(kOfficer, filter), ElementsAre(kDemand));
}

TEST_F(FormerHandlerTest, IsNotInChargeOfItsClocks) {
  leave();
  s.advance_to(beijing("2023-06-29 18:00"));
  ASSERT_EQ(s.fired<v1::DemandClockYellow>().size(), 1U);
  EXPECT_THAT(s.fired<v1::DemandClockYellow>().front().tell_person_ids(), ElementsAre(kHead.str()));
}

// "Not on cases of a group that the same person belongs to" is about today; what somebody handled
// stays theirs, and nobody judges their own work.
TEST_F(FormerHandlerTest, JudgesNothingThatTheyHandled) {
  name_handler();
  s.by(kMember).when(solved()).accepted();
  s.by(kHead).when(SignResult{.demand_id = kDemand}).accepted();
  end_posts(kMember, kIndustry);
  appoint(kMember, kOffice, membership::v1::POST_ROLE_COORDINATOR);
  EXPECT_THAT(todos(kMember), IsEmpty());
  s.by(kMember).when(AcceptResult{.demand_id = kDemand, .note = {}}).refused(kOwnGroup);
  s.when(SendBackResult{.demand_id = kDemand, .reason = "缺凭证"}).refused(kOwnGroup);
  s.by(kCoordinator).when(AcceptResult{.demand_id = kDemand, .note = {}}).accepted();
  auto called = rating(v1::SOLVED_ANSWER_YES, 5);
  called.by_callback = true;
  s.by(kMember).when(called).refused(kOwnGroup);
  s.when(reveal()).refused(kOwnGroup);
  s.by(kCadre).when(rating(v1::SOLVED_ANSWER_NO, 1)).accepted();
  s.by(kMember).when(ExplainRating{kDemand, "已说明"}).refused(kOwnGroup);
  s.when(RedoDemand{kDemand, "又坏了"}).refused(kOwnGroup);
}

// Nor who signed its result, though another was the handler.
TEST_F(FormerHandlerTest, WhoSignedAResultDoesNotAuditIt) {
  result();
  end_posts(kHead, kIndustry);
  appoint(kHead, kOffice, membership::v1::POST_ROLE_COORDINATOR);
  s.by(kHead).when(AcceptResult{.demand_id = kDemand, .note = {}}).refused(kOwnGroup);
  EXPECT_THAT(todos(kHead), IsEmpty());
}

// Whoever left without having had a hand in it is a coordinator like the others.
TEST_F(FormerHandlerTest, OthersOfTheGroupMayJudgeOnceTheyLeft) {
  result();
  end_posts(kMember, kIndustry);
  appoint(kMember, kOffice, membership::v1::POST_ROLE_COORDINATOR);
  EXPECT_THAT(todos(kMember), ElementsAre(TodoKind::kAudit));
  s.by(kMember).when(AcceptResult{.demand_id = kDemand, .note = {}}).accepted();
}

TEST_F(FormerHandlerTest, KeepsTheirOwnCases) {
  leave();
  auto own = workshop();
  own.asker_person_id = kMember.str();
  s.by(kMember).when(own).accepted();
  EXPECT_THAT(listed(kMember), ElementsAre("230628-002"));
}

TEST_F(FormerHandlerTest, WhoComesBackIsTheHandlerAgain) {
  leave();
  appoint(kMember, kIndustry, membership::v1::POST_ROLE_GROUP_MEMBER);
  EXPECT_EQ(handler_of(s.view(), row(), s.now()), kMember.str());
  s.by(kMember).when(reveal()).accepted();
}

}  // namespace
}  // namespace lianmeng::dispatch
