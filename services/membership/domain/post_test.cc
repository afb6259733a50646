#include <gtest/gtest.h>

#include "membership/domain/reasons.h"
#include "membership/domain/testing.h"
#include "platform/state/proto_time.h"

namespace lianmeng::membership {
namespace {

using state::to_proto;

TEST(AppointPost, GivesThePostAndMakesTheNamePublic) {
  County county;
  const auto group = county.make(create("产业组", v1::ORGANISATION_KIND_FUNCTIONAL_GROUP));
  const auto person = county.make(enter("张三"));
  auto command = appoint(person, "", group, v1::POST_ROLE_GROUP_HEAD);
  command.post.title = "组长";
  command.post.duties = {"签批"};
  county.when(command).refused(kPublicNameNeeded, {{"person", person}});
  command.name = "张三";
  v1::PostAppointed wanted;
  wanted.set_public_name("张三");
  auto& post = *wanted.mutable_post();
  post.set_county("610524");
  post.set_post_id("t3");
  post.set_organisation_id(group);
  post.set_person_id(person);
  post.set_title("组长");
  post.set_role(v1::POST_ROLE_GROUP_HEAD);
  post.add_duties("签批");
  *post.mutable_from_time() = to_proto(county.now());
  county.when(command).expect(wanted);

  EXPECT_EQ(roster::person_name(county.view(), kHeyang, PersonId(person)), "张三");
  EXPECT_FALSE(roster::person(county.view(), kHeyang, PersonId(person))->has_sealed_name());
  const auto standing = county.standing(person);
  EXPECT_TRUE(standing.is_group_head(group));
  EXPECT_TRUE(standing.is_group_member(group));
  EXPECT_EQ(standing.groups(), std::vector<std::string>{group});
  EXPECT_EQ(roster::group_heads(county.view(), kHeyang, group, county.now()),
            std::vector<PersonId>{PersonId(person)});

  // The name is known now, so another post needs none.
  county.when(appoint(person, "", "o1", v1::POST_ROLE_SPECIALIST)).accepted();
  EXPECT_EQ(county.event<v1::PostAppointed>().public_name(), "张三");
}

TEST(AppointPost, OfAMemberKeepsTheNameSealed) {
  County county;
  const auto village = county.make(create("北顺村", v1::ORGANISATION_KIND_VILLAGE));
  const auto person = county.make(enter("张三"));
  county.when(appoint(person, "", village, v1::POST_ROLE_MEMBER)).accepted();
  EXPECT_TRUE(county.event<v1::PostAppointed>().public_name().empty());
  EXPECT_EQ(roster::person_name(county.view(), kHeyang, PersonId(person)), "");
}

TEST(AppointPost, TakesSomebodyRegisteredInAnotherCounty) {
  County county;
  county.when(appoint("610502-p7", "", "o1", v1::POST_ROLE_SPECIALIST)).refused(kPublicNameNeeded);
  county.when(appoint("610502-p7", "孙教授", "o1", v1::POST_ROLE_SPECIALIST)).accepted();
  EXPECT_TRUE(county.standing("610502-p7").is_known());
  EXPECT_EQ(roster::person_name(county.view(), kHeyang, PersonId("610502-p7")), "孙教授");
  // It counts no id here.
  EXPECT_EQ(county.make(enter("张三")), "610524-p3");
}

TEST(AppointPost, OfAMemberTakesNobodyWhoseNameCouldOnlyBePlainHere) {
  County county;
  const auto village = county.make(create("北顺村", v1::ORGANISATION_KIND_VILLAGE));
  const auto member = appoint("610502-p7", "孙某", village, v1::POST_ROLE_MEMBER);
  county.when(member).refused_field("post.role");
  auto unnamed = member;
  unnamed.name.clear();
  county.when(unnamed).refused_field("post.role");
  EXPECT_FALSE(county.standing("610502-p7").is_known());

  // Somebody of another county whose name a public post made public here may be one, too.
  county.when(appoint("610502-p7", "孙教授", "o1", v1::POST_ROLE_SPECIALIST)).accepted();
  county.when(member).accepted();
  EXPECT_TRUE(county.event<v1::PostAppointed>().public_name().empty());
  EXPECT_EQ(roster::person_name(county.view(), kHeyang, PersonId("610502-p7")), "孙教授");
}

TEST(AppointPost, IsInForceFromTo) {
  County county;
  const auto village = county.make(create("北顺村", v1::ORGANISATION_KIND_VILLAGE));
  const auto person = county.make(enter("张三"));
  auto command = appoint(person, "张三", village, v1::POST_ROLE_VILLAGE_CADRE);
  command.post.from = beijing("2023-07-01");
  command.post.until = beijing("2023-08-01");
  county.when(command).accepted();
  EXPECT_FALSE(county.standing(person).is_village_cadre(village));
  county.at(beijing("2023-07-01"));
  EXPECT_TRUE(county.standing(person).is_village_cadre(village));
  EXPECT_TRUE(county.standing(person).covers(village));
  county.at(beijing("2023-08-01"));
  EXPECT_FALSE(county.standing(person).is_village_cadre(village));
  // As of July it still was.
  EXPECT_TRUE(roster::standing_of(county.view(), PersonId(person), kHeyang, beijing("2023-07-15"))
                  .is_village_cadre(village));
}

TEST(AppointPost, InThePastIsOrdinaryData) {
  County county;
  const auto village = county.make(create("北顺村", v1::ORGANISATION_KIND_VILLAGE));
  const auto person = county.make(enter("张三"));
  county.happened_at(beijing("2021-03-01"))
      .when(appoint(person, "张三", village, v1::POST_ROLE_VILLAGE_CADRE))
      .accepted();
  EXPECT_TRUE(roster::standing_of(county.view(), PersonId(person), kHeyang, beijing("2021-03-01"))
                  .is_village_cadre(village));
}

TEST(AppointPost, IsRefused) {
  County county;
  const auto village = county.make(create("北顺村", v1::ORGANISATION_KIND_VILLAGE));
  const auto person = county.make(enter("张三"));
  const auto cadre = v1::POST_ROLE_VILLAGE_CADRE;
  county.when(appoint("610524-p99", "张三", village, cadre)).refused(kPersonUnknown);
  county.when(appoint("张三", "张三", village, cadre)).refused(kPersonUnknown);
  county.when(appoint(person, "张三", "o99", cadre)).refused(kOrganisationUnknown);
  county.when(appoint(person, "张三", "o1", cadre)).refused(kRoleNotFitting);
  county.when(appoint(person, "张三", village, v1::POST_ROLE_TOWNSHIP_OFFICER))
      .refused(kRoleNotFitting);
  county.when(appoint(person, "张三", village, v1::POST_ROLE_GROUP_HEAD)).refused(kRoleNotFitting);
  county.when(appoint(person, "张三", village, v1::POST_ROLE_COUNTY_OFFICER))
      .refused(kRoleNotFitting, {{"organisation", village}});
  county.when(appoint(person, "张三", village, v1::POST_ROLE_UNSPECIFIED))
      .refused_field("post.role");
  auto command = appoint(person, "张三", village, cadre);
  command.post.until = beijing("2023-01-01");
  county.when(command).refused_field("post.until_time");
  command.post.until = {};
  command.post.title = "";
  county.when(command).refused_field("post.title");

  const auto post = county.make(appoint(person, "张三", village, cadre));
  county.when(appoint(person, "张三", village, cadre)).refused(kPostExists, {{"post", post}});
}

TEST(AppointPost, AHeadAppointsMembersOfTheOwnGroup) {
  County county;
  const auto group = county.make(create("产业组", v1::ORGANISATION_KIND_FUNCTIONAL_GROUP));
  const auto other = county.make(create("培训组", v1::ORGANISATION_KIND_FUNCTIONAL_GROUP));
  const auto head = county.make(enter("张三"));
  const auto person = county.make(enter("李四"));
  county.make(appoint(head, "张三", group, v1::POST_ROLE_GROUP_HEAD));
  county.by(PersonId(head));
  const auto member = v1::POST_ROLE_GROUP_MEMBER;
  county.when(appoint(person, "李四", other, member)).refused(kPermissionDenied);
  county.when(appoint(person, "李四", group, v1::POST_ROLE_GROUP_HEAD)).refused(kPermissionDenied);
  const auto post = county.make(appoint(person, "李四", group, member));
  EXPECT_EQ(roster::group_people(county.view(), kHeyang, group, county.now()).size(), 2u);
  EndPost end;
  end.post_id = post;
  end.reason = "调离";
  county.at(beijing("2023-07-01")).when(end).accepted();
  EXPECT_EQ(roster::group_people(county.view(), kHeyang, group, county.now()).size(), 1u);
}

TEST(AppointPost, BeforeTodayIsHistoryWhichAHeadDoesNotRecord) {
  County county;
  const auto group = county.make(create("产业组", v1::ORGANISATION_KIND_FUNCTIONAL_GROUP));
  const auto head = county.make(enter("张三"));
  const auto person = county.make(enter("李四"));
  county.make(appoint(head, "张三", group, v1::POST_ROLE_GROUP_HEAD));
  county.by(PersonId(head));
  auto command = appoint(person, "李四", group, v1::POST_ROLE_GROUP_MEMBER);
  command.post.from = beijing("2023-06-27 23:59");
  county.when(command).refused(kPermissionDenied, {{"action_en", "import history"}});
  command.post.until = beijing("2023-06-27 23:59");
  command.post.from = beijing("2023-06-01");
  county.when(command).refused(kPermissionDenied, {{"action_en", "import history"}});
  command.post.until = {};
  command.post.from = beijing("2023-06-28 00:00");
  EndPost end{county.make(command), {}, "调离"};
  county.at(beijing("2023-06-29 00:00"));
  end.until = beijing("2023-06-28 12:00");
  county.when(end).refused(kPermissionDenied, {{"action_en", "import history"}});
  county.by(kCoordinator).when(end).accepted();
  // At today's very beginning it still is today.
  command.post.from = beijing("2023-06-29 00:00");
  county.by(PersonId(head));
  end.post_id = county.make(command);
  end.until = beijing("2023-06-29 00:00");
  county.when(end).accepted();
}

TEST(AppointPost, TheCountysOwnRolesAreTheOfficesAlone) {
  County county;
  const auto person = county.make(enter("张三"));
  for (const auto role : {v1::POST_ROLE_COUNTY_OFFICER, v1::POST_ROLE_COORDINATOR,
                          v1::POST_ROLE_AUDITOR, v1::POST_ROLE_CITY_OFFICER}) {
    county.by(kCoordinator).when(appoint(person, "张三", "o1", role)).refused(kPermissionDenied);
    county.by(kOfficer).when(appoint(person, "张三", "o1", role)).accepted();
  }
  EXPECT_TRUE(county.standing(person).is_auditor());
  EXPECT_TRUE(county.standing(person).is_city_officer());
}

TEST(EndPost, EndsItAndSaysWhose) {
  County county;
  const auto village = county.make(create("北顺村", v1::ORGANISATION_KIND_VILLAGE));
  const auto person = county.make(enter("张三"));
  const auto post = county.make(appoint(person, "张三", village, v1::POST_ROLE_VILLAGE_CADRE));
  EndPost command;
  command.post_id = post;
  county.at(beijing("2023-07-01")).when(command).refused_field("reason");
  command.reason = "换届";
  v1::PostEnded wanted;
  wanted.set_county("610524");
  wanted.set_post_id(post);
  *wanted.mutable_until_time() = to_proto(county.now());
  wanted.set_reason("换届");
  wanted.set_person_id(person);
  wanted.set_organisation_id(village);
  wanted.set_role(v1::POST_ROLE_VILLAGE_CADRE);
  county.when(command).expect(wanted);
  EXPECT_FALSE(county.standing(person).is_village_cadre(village));
  county.when(command).refused(kPostEnded, {{"until", "2023-07-01"}});
  command.until = beijing("2023-06-29");
  county.when(command).accepted();  // It was earlier than thought.
  command.until = beijing("2023-06-01");
  county.when(command).refused_field("until_time");
  command.post_id = "t99";
  county.when(command).refused(kPostUnknown);
}

TEST(EndPost, NeverLeavesTheOfficeEmpty) {
  County county;
  EndPost command;
  command.post_id = "t1";
  command.reason = "退休";
  county.when(command).refused(kLastOfficer);
  const auto person = county.make(enter("张三"));
  county.make(appoint(person, "张三", "o1", v1::POST_ROLE_COUNTY_OFFICER));
  county.by(kCoordinator).when(command).refused(kPermissionDenied);
  county.by(PersonId(person)).when(command).accepted();
  EXPECT_FALSE(county.standing(kOfficer.str()).is_county_officer());
  EXPECT_EQ(roster::county_officers(county.view(), kHeyang, county.now()),
            std::vector<PersonId>{PersonId(person)});
}

}  // namespace
}  // namespace lianmeng::membership
