#include <gtest/gtest.h>

#include "membership/domain/reasons.h"
#include "membership/domain/testing.h"
#include "platform/state/proto_time.h"

namespace lianmeng::membership {
namespace {

TEST(RegisterPerson, SealsTheNameOfWhoHoldsNoPublicPost) {
  County county;
  const auto village = county.make(create("北顺村", v1::ORGANISATION_KIND_VILLAGE));
  auto command = enter("张三", village);
  command.person.values.phone = sealed("phone");
  command.person.posts.push_back(post_draft(village, v1::POST_ROLE_MEMBER));
  county.when(command).accepted();
  const auto event = county.event<v1::PersonRegistered>();
  EXPECT_EQ(event.person().person_id(), "610524-p3");
  EXPECT_TRUE(event.person().public_name().empty());
  EXPECT_EQ(event.person().sealed_name().ciphertext(), "sealed-张三");
  EXPECT_EQ(event.person().sealed_phone().ciphertext(), "sealed-phone");
  EXPECT_EQ(event.person().key_ids_size(), 2);
  EXPECT_EQ(event.posts(0).post_id(), "t3");
  EXPECT_EQ(event.ShortDebugString().find("\"张三\""), std::string::npos);
  EXPECT_EQ(roster::person_name(county.view(), kHeyang, PersonId("610524-p3")), "");
}

TEST(RegisterPerson, KeepsThePlainNameWithAPublicPost) {
  County county;
  const auto group = county.make(create("产业组", v1::ORGANISATION_KIND_FUNCTIONAL_GROUP));
  auto command = enter("姚敏成");
  command.person.posts.push_back(post_draft(group, v1::POST_ROLE_GROUP_MEMBER));
  command.person.posts.push_back(post_draft("o1", v1::POST_ROLE_SPECIALIST));
  county.when(command).accepted();
  const auto event = county.event<v1::PersonRegistered>();
  EXPECT_EQ(event.person().public_name(), "姚敏成");
  EXPECT_FALSE(event.person().has_sealed_name());
  EXPECT_EQ(event.posts(1).post_id(), "t4");
  EXPECT_TRUE(county.standing("610524-p3").is_group_member(group));
}

TEST(RegisterPerson, AVillageEntersItsOwnPeopleWithoutPosts) {
  County county;
  const auto village = county.make(create("北顺村", v1::ORGANISATION_KIND_VILLAGE));
  const auto other = county.make(create("南沟村", v1::ORGANISATION_KIND_VILLAGE));
  const auto cadre = county.make(enter("张书记", village));
  county.make(appoint(cadre, "张书记", village, v1::POST_ROLE_VILLAGE_CADRE));
  county.by(PersonId(cadre));
  county.when(enter("李四", village)).accepted();
  county.when(enter("李四", other)).refused(kPermissionDenied);
  county.when(enter("李四")).refused(kPermissionDenied);
  auto with_post = enter("李四", village);
  with_post.person.posts.push_back(post_draft(village, v1::POST_ROLE_VILLAGE_CADRE));
  county.when(with_post).refused(kPermissionDenied);
  county.happened_at(beijing("2023-01-01")).when(enter("李四", village)).refused(kPermissionDenied);
}

TEST(RegisterPerson, IsRefused) {
  County county;
  county.when(enter("")).refused_field("name");
  county.when(enter("张三", "o9")).refused(kOrganisationUnknown);
  auto command = enter("张三");
  command.person.posts = {post_draft("o1", v1::POST_ROLE_UNSPECIFIED)};
  county.when(command).refused_field("posts[0].role");
  command.person.posts = {post_draft("o1", v1::POST_ROLE_VILLAGE_CADRE)};
  county.when(command).refused(kRoleNotFitting);
  command.person.posts = {post_draft("o1", v1::POST_ROLE_AUDITOR)};
  county.by(kCoordinator).when(command).refused(kPermissionDenied);
}

TEST(UpdatePerson, ChangesWhatIsGivenAndRemembersEveryKey) {
  County county;
  const auto person = county.make(enter("张三"));
  UpdatePerson command;
  command.person_id = person;
  county.when(command).refused(kNothingChanges);
  command.values.phone = sealed("phone");
  command.name = name("张叁");
  county.when(command).accepted();
  const auto row = county.event<v1::PersonUpdated>().person();
  EXPECT_EQ(row.sealed_name().ciphertext(), "sealed-张叁");
  EXPECT_EQ(row.key_ids_size(), 3);

  command.person_id = kOfficer.str();
  command.name = name("王主任甲");
  county.when(command).accepted();
  EXPECT_EQ(county.event<v1::PersonUpdated>().person().public_name(), "王主任甲");
  EXPECT_FALSE(county.event<v1::PersonUpdated>().person().has_sealed_name());
}

TEST(UpdatePerson, IsTheirsWhoKeepTheRosterAndOnesOwn) {
  County county;
  const auto village = county.make(create("北顺村", v1::ORGANISATION_KIND_VILLAGE));
  const auto person = county.make(enter("张三", village));
  const auto other = county.make(enter("李四"));
  UpdatePerson command;
  command.person_id = person;
  command.values.phone = sealed("phone");
  county.by(PersonId(other)).when(command).refused(kPermissionDenied);
  county.by(PersonId(person)).when(command).accepted();
  command.organisation_id = "";
  county.by(PersonId(person)).when(command).refused(kPermissionDenied);
  county.by(kCoordinator).when(command).accepted();
  command.person_id = "610524-p99";
  county.when(command).refused(kPersonUnknown, {{"person", "610524-p99"}});
}

TEST(UpdatePerson, OfAnotherCountysPersonIsRefused) {
  County county;
  county.make(appoint("610502-p7", "孙教授", "o1", v1::POST_ROLE_SPECIALIST));
  UpdatePerson command;
  command.person_id = "610502-p7";
  command.values.phone = sealed("phone");
  county.when(command).refused(kPersonRegisteredElsewhere, {{"county", "610502"}});
}

}  // namespace
}  // namespace lianmeng::membership
