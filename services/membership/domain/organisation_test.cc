#include <gtest/gtest.h>

#include "membership/domain/reasons.h"
#include "membership/domain/testing.h"
#include "platform/state/proto_time.h"

namespace lianmeng::membership {
namespace {

using state::to_proto;

TEST(CreateOrganisation, GivesShortIdsGroupsTheirOwn) {
  County county;
  auto command = create("红色助力团", v1::ORGANISATION_KIND_TEAM);
  command.industries = {"樱桃", "红提"};
  v1::OrganisationCreated wanted;
  auto& row = *wanted.mutable_organisation();
  row.set_county("610524");
  row.set_organisation_id("o2");
  row.set_name("红色助力团");
  row.set_kind(v1::ORGANISATION_KIND_TEAM);
  row.add_industries("樱桃");
  row.add_industries("红提");
  *row.mutable_created_time() = to_proto(county.now());
  county.when(command).expect(wanted);

  EXPECT_EQ(county.make(create("头雁组", v1::ORGANISATION_KIND_FUNCTIONAL_GROUP, "o2")), "g1");
  EXPECT_EQ(county.make(create("产业组", v1::ORGANISATION_KIND_FUNCTIONAL_GROUP, "o2")), "g2");
  EXPECT_EQ(county.make(create("新池镇", v1::ORGANISATION_KIND_TOWNSHIP)), "o3");
  EXPECT_EQ(roster::groups(county.view(), kHeyang).size(), 2u);
}

TEST(CreateOrganisation, IsRefused) {
  County county;
  const auto village = v1::ORGANISATION_KIND_VILLAGE;
  county.when(create("", village)).refused_field("name");
  county.when(create("村", v1::ORGANISATION_KIND_UNSPECIFIED)).refused_field("kind");
  county.when(create("村", village, "o9")).refused(kOrganisationUnknown, {{"organisation", "o9"}});
  county.when(create(" ", village)).refused_field("name");
  county.make(create("北顺村", village));
  county.when(create("北顺村", village)).refused(kOrganisationExists, {{"organisation", "o2"}});
  county.when(create("北顺村", village, "o1")).accepted();  // Another parent.
  auto many = create("甲", village);
  many.industries = {"樱桃", " "};
  county.when(many).refused_field("industries[1]");
  auto follows = create("乙", village);
  follows.follows_organisation_id = "o77";
  county.when(follows).refused(kOrganisationUnknown);

  const auto cadre = county.make(enter("张三"));
  county.make(appoint(cadre, "张三", "o2", v1::POST_ROLE_VILLAGE_CADRE));
  county.by(PersonId(cadre)).when(create("丙", village)).refused(kPermissionDenied);
}

TEST(CreateOrganisation, KeepsTheTreeShallow) {
  County county;
  std::string parent;
  for (int level = 0; level < kDepthMax; ++level) {
    parent = county.make(create("层", v1::ORGANISATION_KIND_OTHER, parent));
  }
  county.when(create("层", v1::ORGANISATION_KIND_OTHER, parent)).refused(kOrganisationTooDeep);
  const auto apart = county.make(create("别处", v1::ORGANISATION_KIND_OTHER));
  MoveOrganisation move;
  move.organisation_id = "o2";
  move.parent_id = apart;
  county.when(move).refused(kOrganisationTooDeep);
}

TEST(UpdateOrganisation, ChangesWhatIsGiven) {
  County county;
  const auto village = county.make(create("北顺村", v1::ORGANISATION_KIND_VILLAGE));
  county.make(create("南沟社区", v1::ORGANISATION_KIND_COMMUNITY));
  UpdateOrganisation command;
  command.organisation_id = village;
  county.when(command).refused(kNothingChanges);
  command.industries = {"樱桃"};
  county.when(command).accepted();
  auto row = county.event<v1::OrganisationUpdated>().organisation();
  EXPECT_EQ(row.name(), "北顺村");
  EXPECT_EQ(row.industries(0), "樱桃");
  command.name = "南沟社区";
  county.when(command).refused(kOrganisationExists);
  command.organisation_id = "o55";
  county.when(command).refused(kOrganisationUnknown);
}

TEST(MoveOrganisation, MovesWithAllBelowIt) {
  County county;
  const auto town = county.make(create("新池镇", v1::ORGANISATION_KIND_TOWNSHIP));
  const auto village = county.make(create("北顺村", v1::ORGANISATION_KIND_VILLAGE));
  const auto officer = county.make(enter("赵镇长"));
  county.make(appoint(officer, "赵镇长", town, v1::POST_ROLE_TOWNSHIP_OFFICER));
  EXPECT_FALSE(county.standing(officer).is_township_officer(village));
  EXPECT_FALSE(county.standing(officer).covers(village));

  MoveOrganisation move;
  move.organisation_id = village;
  move.parent_id = town;
  county.when(move).accepted();
  EXPECT_TRUE(county.standing(officer).is_township_officer(village));
  EXPECT_TRUE(county.standing(officer).covers(town));
  EXPECT_FALSE(county.standing(officer).covers(village));  // A village speaks for itself.
  EXPECT_TRUE(county.standing(officer).is_at(town));
  EXPECT_FALSE(county.standing(officer).is_at(village));
  county.when(move).refused(kNothingChanges);
  move.organisation_id = town;
  move.parent_id = village;
  county.when(move).refused(kOrganisationCircle);
  move.parent_id = town;
  county.when(move).refused(kOrganisationCircle);
}

TEST(DissolveOrganisation, OnlyWhenNothingHangsOnIt) {
  County county;
  const auto team = county.make(create("助力团", v1::ORGANISATION_KIND_TEAM));
  const auto group = county.make(create("产业组", v1::ORGANISATION_KIND_FUNCTIONAL_GROUP, team));
  const auto person = county.make(enter("张三"));
  const auto post = county.make(appoint(person, "张三", group, v1::POST_ROLE_GROUP_HEAD));
  DissolveOrganisation command;
  command.organisation_id = team;
  county.when(command).refused_field("reason");
  command.reason = "机构调整";
  county.when(command).refused(kOrganisationInUse);
  command.organisation_id = group;
  county.when(command).refused(kOrganisationInUse);
  EndPost end;
  end.post_id = post;
  end.reason = "调离";
  county.when(end).accepted();
  county.when(command).accepted();
  county.when(command).refused(kOrganisationDissolved);
  EXPECT_TRUE(roster::groups(county.view(), kHeyang).empty());
  EXPECT_EQ(roster::organisation_name(county.view(), kHeyang, group), "产业组");

  AddMembership add;
  add.organisation_id = "o1";
  add.alliance_id = team;
  const auto membership = county.make(add);
  command.organisation_id = team;
  county.when(command).refused(kOrganisationInUse);
  EndMembership leave;
  leave.membership_id = membership;
  leave.reason = "退出";
  county.at(beijing("2023-07-01")).when(leave).accepted();
  county.when(command).accepted();
  command.organisation_id = "o1";
  county.when(command).refused(kOrganisationInUse);
}

TEST(Membership, GivesTheChairFromTo) {
  County county;
  const auto alliance = county.make(create("党建联盟", v1::ORGANISATION_KIND_ALLIANCE));
  const auto firm = county.make(create("果业公司", v1::ORGANISATION_KIND_ENTERPRISE));
  const auto person = county.make(enter("钱经理"));
  county.make(appoint(person, "钱经理", firm, v1::POST_ROLE_REPRESENTATIVE));
  EXPECT_FALSE(county.standing(person).is_chair_in_turn());

  AddMembership add;
  add.organisation_id = firm;
  add.alliance_id = alliance;
  add.role = v1::MEMBERSHIP_ROLE_CHAIR_IN_TURN;
  add.until = beijing("2023-10-01");
  const auto membership = county.make(add);
  EXPECT_EQ(membership, "m1");
  EXPECT_TRUE(county.standing(person).is_chair_in_turn());
  EXPECT_EQ(roster::chair_people(county.view(), kHeyang, county.now()),
            std::vector<PersonId>{PersonId(person)});
  county.when(add).refused(kMembershipExists, {{"membership", "m1"}});
  add.role = v1::MEMBERSHIP_ROLE_MEMBER;
  county.when(add).accepted();

  county.at(beijing("2023-10-01"));
  EXPECT_FALSE(county.standing(person).is_chair_in_turn());
  add.role = v1::MEMBERSHIP_ROLE_CHAIR_IN_TURN;
  add.until = {};
  county.when(add).accepted();
  EXPECT_TRUE(county.standing(person).is_chair_in_turn());
}

TEST(Membership, IsRefused) {
  County county;
  const auto team = county.make(create("助力团", v1::ORGANISATION_KIND_TEAM));
  const auto village = county.make(create("北顺村", v1::ORGANISATION_KIND_VILLAGE));
  AddMembership add;
  add.organisation_id = team;
  add.alliance_id = village;
  county.when(add).refused_field("alliance_id");
  add.alliance_id = team;
  county.when(add).refused_field("alliance_id");
  add.organisation_id = village;
  add.until = beijing("2023-01-01");
  county.when(add).refused_field("until_time");
  add.until = {};
  add.organisation_id = "o99";
  county.when(add).refused(kOrganisationUnknown);
  county.by_system().when(add).refused(kPermissionDenied);

  county.by(kOfficer);
  EndMembership end;
  end.membership_id = "m9";
  end.reason = "退出";
  county.when(end).refused(kMembershipUnknown);
  add.organisation_id = village;
  end.membership_id = county.make(add);
  end.until = beijing("2023-06-27");
  county.when(end).refused_field("until_time");
  end.until = {};
  county.at(beijing("2023-07-01")).when(end).accepted();
  county.when(end).refused(kMembershipEnded, {{"until", "2023-07-01"}});
}

}  // namespace
}  // namespace lianmeng::membership
