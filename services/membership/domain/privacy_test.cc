#include "membership/domain/privacy.h"

#include <gtest/gtest.h>

#include "membership/domain/reasons.h"
#include "membership/domain/tables.h"
#include "membership/domain/testing.h"
#include "platform/state/proto_time.h"

namespace lianmeng::membership {
namespace {

ErasePerson erase(const std::string& person) { return {person, "本人申请"}; }

RevealContact reveal(const std::string& person, std::vector<v1::ContactField> fields = {}) {
  return {person, "核实联系方式", std::move(fields)};
}

// Somebody of a village, with a telephone number and an address.
std::string make_villager(County& county, const std::string& village) {
  auto command = enter("张三", village);
  command.person.values.phone = sealed("phone");
  command.person.values.address = sealed("address");
  return county.make(command);
}

TEST(ErasePerson, NamesEveryKeyAndLeavesNoCiphertextInTheRoster) {
  County county;
  const auto village = county.make(create("北顺村", v1::ORGANISATION_KIND_VILLAGE));
  const auto person = make_villager(county, village);
  UpdatePerson update;
  update.person_id = person;
  update.values.phone = sealed("new-phone");
  county.when(update).accepted();

  v1::PersonErased wanted;
  wanted.set_county("610524");
  wanted.set_person_id(person);
  *wanted.mutable_erased_time() = state::to_proto(county.now());
  wanted.set_reason("本人申请");
  for (const auto* key : {"key-张三", "key-phone", "key-address", "key-new-phone"}) {
    wanted.add_key_ids(key);
  }
  county.by(kCoordinator).when(erase(person)).expect(wanted);

  const auto row = *roster::person(county.view(), kHeyang, PersonId(person));
  EXPECT_TRUE(roster::is_erased(row));
  EXPECT_EQ(row.SerializeAsString().find("sealed-"), std::string::npos);
  EXPECT_EQ(row.sealed_phone().key_id(), "key-new-phone");
  EXPECT_FALSE(row.has_sealed_identity_number());
  EXPECT_TRUE(row.organisation_id().empty());
  const auto erasure = erasures().first(county.view(), kErasuresLatest);
  ASSERT_TRUE(erasure.has_value());
  EXPECT_EQ(erasure->person_id(), person);
  EXPECT_EQ(erasure->key_ids_size(), 4);
  EXPECT_FALSE(county.standing(person).is_known());
}

TEST(ErasePerson, EndsEveryPostAlsoOneToCome) {
  County county;
  const auto village = county.make(create("北顺村", v1::ORGANISATION_KIND_VILLAGE));
  const auto group = county.make(create("产业组", v1::ORGANISATION_KIND_FUNCTIONAL_GROUP));
  const auto person = make_villager(county, village);
  const auto past = county.make(appoint(person, "张三", village, v1::POST_ROLE_MEMBER));
  EndPost end;
  end.post_id = past;
  end.reason = "换届";
  county.when(end).accepted();
  county.make(appoint(person, "张三", group, v1::POST_ROLE_GROUP_HEAD));
  auto to_come = appoint(person, "张三", village, v1::POST_ROLE_VILLAGE_CADRE);
  to_come.post.from = beijing("2023-08-01");
  const auto later = county.make(to_come);
  county.when(erase(person)).accepted();
  const auto event = county.event<v1::PersonErased>();
  ASSERT_EQ(event.ended_posts_size(), 2);
  EXPECT_EQ(state::from_proto(event.ended_posts(0).until_time()), county.now());
  EXPECT_EQ(event.ended_posts(1).post_id(), later);
  county.at(beijing("2023-09-01"));
  EXPECT_TRUE(county.standing(person).posts().empty());
  EXPECT_TRUE(roster::group_heads(county.view(), kHeyang, group, county.now()).empty());
  EXPECT_TRUE(
      roster::public_holders(county.view(), kHeyang, village, beijing("2023-08-02")).empty());
  // Who held the public post stays told.
  EXPECT_EQ(roster::person_name(county.view(), kHeyang, PersonId(person)), "张三");
}

TEST(ErasePerson, LeavesNobodyWhoIsInTheWayOrMayAnything) {
  County county;
  const auto village = county.make(create("北顺村", v1::ORGANISATION_KIND_VILLAGE));
  const auto person = make_villager(county, village);
  county.when(erase(person)).accepted();
  county.when(DissolveOrganisation{village, "撤并"}).accepted();
  auto command = reveal(kOfficer.str());
  county.by(PersonId(person)).when(command).refused(kPermissionDenied);
}

TEST(ErasePerson, IsOfTheOfficeAndTheCoordinators) {
  County county;
  const auto village = county.make(create("北顺村", v1::ORGANISATION_KIND_VILLAGE));
  const auto person = make_villager(county, village);
  const auto cadre = county.make(enter("李书记"));
  county.make(appoint(cadre, "李书记", village, v1::POST_ROLE_VILLAGE_CADRE));
  const auto auditor = county.make(enter("赵审计"));
  county.make(appoint(auditor, "赵审计", "o1", v1::POST_ROLE_AUDITOR));
  for (const auto& other : {cadre, auditor, person}) {
    county.by(PersonId(other)).when(erase(person)).refused(kPermissionDenied);
  }
  county.by_operator().when(erase(person)).refused(kPermissionDenied);
  // Whose posts the office alone gives, it alone erases.
  county.by(kCoordinator).when(erase(auditor)).refused(kPermissionDenied);
  county.by(kOfficer).when(erase(auditor)).accepted();
  county.by(kCoordinator).when(erase(person)).accepted();
}

TEST(ErasePerson, IsRefused) {
  County county;
  const auto person = county.make(enter("张三"));
  county.when(ErasePerson{person, ""}).refused_field("reason");
  county.when(erase("610524-p99")).refused(kPersonUnknown, {{"person", "610524-p99"}});
  county.happened_at(beijing("2023-06-02")).when(erase(person)).refused_field("effective_time");
  county.make(appoint("610502-p7", "孙教授", "o1", v1::POST_ROLE_SPECIALIST));
  county.when(erase("610502-p7")).refused(kPersonRegisteredElsewhere, {{"county", "610502"}});
  county.when(erase(kOfficer.str())).refused(kLastOfficer, {{"post", "t1"}});
  county.when(erase(person)).accepted();
  county.at(beijing("2023-07-01"))
      .when(erase(person))
      .refused(kPersonErased, {{"person", person}, {"day", "2023-06-28"}});
}

TEST(ErasePerson, TwoPostsOfOneOfficerAreNoSuccessor) {
  County county;
  EndPost end;
  const auto second = county.make(enter("李四"));
  const auto post = county.make(appoint(second, "李四", "o1", v1::POST_ROLE_COUNTY_OFFICER));
  county.when(erase(second)).accepted();
  EXPECT_EQ(county.event<v1::PersonErased>().ended_posts(0).post_id(), post);
  county.when(erase(kOfficer.str())).refused(kLastOfficer);
}

TEST(ErasePerson, LaterCommandsThatNameThePersonAreRefused) {
  County county;
  const auto person = make_villager(county, "");
  county.when(erase(person)).accepted();
  UpdatePerson update;
  update.person_id = person;
  update.values.phone = sealed("phone");
  county.when(update).refused(kPersonErased, {{"person", person}});
  county.when(appoint(person, "张三", "o1", v1::POST_ROLE_SPECIALIST)).refused(kPersonErased);
  county.when(appoint(person, "张三", "o1", v1::POST_ROLE_MEMBER)).refused(kPersonErased);
  county.when(reveal(person)).refused(kPersonErased);
}

TEST(RevealContact, IsKeptWithWhoWhomAndWhy) {
  County county;
  const auto person = make_villager(county, "");
  v1::ContactRevealed wanted;
  wanted.set_county("610524");
  wanted.set_person_id(person);
  wanted.set_by_person_id(kOfficer.str());
  wanted.set_reason("核实联系方式");
  wanted.add_fields(v1::CONTACT_FIELD_PHONE);
  county.when(reveal(person)).expect(wanted);
  wanted.clear_fields();
  wanted.add_fields(v1::CONTACT_FIELD_ADDRESS);
  county.when(reveal(person, {v1::CONTACT_FIELD_ADDRESS, v1::CONTACT_FIELD_ADDRESS}))
      .expect(wanted);
  const auto latest =
      reveals().first(county.view(), kRevealsByPerson, state::Key{}.add("610524").add(person));
  ASSERT_TRUE(latest.has_value());
  EXPECT_EQ(latest->reveal().fields(0), v1::CONTACT_FIELD_ADDRESS);
  EXPECT_EQ(state::from_proto(latest->time()), county.now());
}

TEST(RevealContact, IsOfThoseWhoSeeThePersonMasked) {
  County county;
  const auto village = county.make(create("北顺村", v1::ORGANISATION_KIND_VILLAGE));
  const auto other = county.make(create("南沟村", v1::ORGANISATION_KIND_VILLAGE));
  const auto person = make_villager(county, village);
  const auto make = [&](const std::string& name, const std::string& at, v1::PostRole role) {
    const auto id = county.make(enter(name));
    county.make(appoint(id, name, at, role));
    return PersonId(id);
  };
  const auto cadre = make("李书记", village, v1::POST_ROLE_VILLAGE_CADRE);
  const auto stranger = make("周书记", other, v1::POST_ROLE_VILLAGE_CADRE);
  const auto auditor = make("赵审计", "o1", v1::POST_ROLE_AUDITOR);
  const auto city = make("钱科长", "o1", v1::POST_ROLE_CITY_OFFICER);
  for (const auto& may : {kOfficer, kCoordinator, cadre, auditor}) {
    county.by(may).when(reveal(person)).accepted();
  }
  for (const auto& may_not : {stranger, city, PersonId(person)}) {
    county.by(may_not).when(reveal(person)).refused(kPermissionDenied);
  }
  // Nobody learns from a refusal who is there.
  county.by(stranger).when(reveal("610524-p99")).refused(kPermissionDenied);
  county.by_operator().when(reveal(person)).refused(kPermissionDenied);
}

TEST(RevealContact, IsRefused) {
  County county;
  const auto person = make_villager(county, "");
  county.when(RevealContact{person, "", {}}).refused_field("reason");
  county.when(reveal(person, {v1::CONTACT_FIELD_UNSPECIFIED})).refused_field("fields");
  county.when(reveal("610524-p99")).refused(kPersonUnknown);
  county.happened_at(beijing("2023-06-02")).when(reveal(person)).refused_field("effective_time");
  county.make(appoint("610502-p7", "孙教授", "o1", v1::POST_ROLE_SPECIALIST));
  county.when(reveal("610502-p7")).refused(kPersonRegisteredElsewhere, {{"county", "610502"}});
  const auto nobody = county.make(enter("李四"));
  county.when(reveal(nobody)).refused(kContactMissing, {{"person", nobody}});
}

}  // namespace
}  // namespace lianmeng::membership
