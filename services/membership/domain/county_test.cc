#include <gtest/gtest.h>

#include "membership/domain/reasons.h"
#include "membership/domain/tables.h"
#include "membership/domain/testing.h"
#include "platform/state/proto_time.h"

namespace lianmeng::membership {
namespace {

TEST(CreateCounty, MakesTheCountyItsOfficeAndItsFirstPeopleInOneEvent) {
  Scenario scenario(membership_fold(), kHeyang);
  scenario.at(beijing("2023-06-01")).by_operator().when(create_heyang()).accepted();

  const auto event = scenario.event<v1::CountyCreated>();
  EXPECT_EQ(event.county().name(), "合阳县");
  EXPECT_EQ(event.county().office_organisation_id(), "o1");
  ASSERT_EQ(event.people_size(), 2);
  EXPECT_EQ(event.people(1).person_id(), "610524-p2");
  EXPECT_EQ(event.people(0).public_name(), "王主任");
  EXPECT_FALSE(event.people(0).has_sealed_name());
  EXPECT_EQ(event.people(0).key_ids(0), "key-phone");
  ASSERT_EQ(event.posts_size(), 2);
  EXPECT_EQ(event.posts(1).post_id(), "t2");
  EXPECT_EQ(event.posts(1).organisation_id(), "o1");

  const auto officer = roster::standing_of(scenario.view(), kOfficer, kHeyang, scenario.now());
  EXPECT_TRUE(officer.is_county_officer());
  EXPECT_FALSE(officer.is_coordinator());
  EXPECT_EQ(roster::coordinators(scenario.view(), kHeyang, scenario.now()),
            std::vector<PersonId>{kCoordinator});
}

TEST(CreateCounty, IsTheOperatorsAlone) {
  County county;
  county.in(CountyId("610525")).when(create_heyang()).refused(kPermissionDenied);
  county.by_system().when(create_heyang()).refused(kPermissionDenied);
}

TEST(CreateCounty, IsRefusedWhenTheCountyExists) {
  County county;
  county.by_operator().when(create_heyang()).refused(kCountyExists, {{"name", "合阳县"}});
}

TEST(CreateCounty, ChecksItsFields) {
  Scenario scenario(membership_fold(), kHeyang);
  scenario.by_operator();
  auto command = create_heyang();
  command.code = "61052";
  scenario.when(command).refused_field("code");
  command = create_heyang();
  command.short_name = " ";
  scenario.when(command).refused_field("short_name");
  command = create_heyang();
  command.people.front().posts.clear();
  scenario.when(command).refused_field("people");
  command = create_heyang();
  command.people[1].name.plain = " ";
  scenario.when(command).refused_field("people[1].name");
  command = create_heyang();
  command.people[1].posts[0].role = v1::POST_ROLE_GROUP_HEAD;
  scenario.when(command).refused(kRoleNotFitting);
  scenario.in(CountyId("合阳")).when(create_heyang()).refused_field("county");
}

TEST(CreateCounty, TellsNothingOfOtherCountiesOfThePartition) {
  County county;
  county.in(CountyId("610525")).by(kOfficer);
  EXPECT_FALSE(
      roster::standing_of(county.view(), kOfficer, CountyId("610525"), county.now()).is_known());
  county.when(create("北顺村", v1::ORGANISATION_KIND_VILLAGE)).refused(kCountyUnknown);
}

TEST(UpdateCounty, ChangesWhatIsGiven) {
  County county;
  UpdateCounty command;
  command.name = "合阳市";
  command.code = "610582";
  county.when(command).accepted();
  const auto row = *roster::county(county.view(), kHeyang);
  EXPECT_EQ(row.name(), "合阳市");
  EXPECT_EQ(row.short_name(), "合阳");
  EXPECT_EQ(row.code(), "610582");
  county.when(command).refused(kNothingChanges);
  command.code = "x";
  county.when(command).refused_field("code");
  county.by(kCoordinator).when(command).refused(kPermissionDenied);
}

TEST(Operator, SeesAndDoesNothingElse) {
  County county;
  county.by_operator();
  county.when(create("北顺村", v1::ORGANISATION_KIND_VILLAGE)).refused(kPermissionDenied);
  county.when(enter("张三")).refused(kPermissionDenied);
  UpdateCounty update;
  update.name = "甲县";
  county.when(update).refused(kPermissionDenied);
}

TEST(History, HoldsEveryEventOfEveryThingItIsAbout) {
  County county;
  const auto village = county.make(create("北顺村", v1::ORGANISATION_KIND_VILLAGE));
  const auto person = county.make(enter("张三", village));
  county.make(appoint(person, "张三", village, v1::POST_ROLE_VILLAGE_CADRE));
  const auto events = [&](const std::string& subject) {
    std::vector<v1::MembershipEvent::EventCase> cases;
    history().scan(county.view(), state::Key{}.add(kHeyang.str()).add(subject),
                   [&](const v1::HistoryRow& row) {
                     cases.push_back(row.event().event_case());
                     return true;
                   });
    return cases;
  };
  using enum v1::MembershipEvent::EventCase;
  EXPECT_EQ(events("organisations/" + village),
            (std::vector{kOrganisationCreated, kPostAppointed}));
  EXPECT_EQ(events("people/" + person), (std::vector{kPersonRegistered, kPostAppointed}));
  EXPECT_EQ(events("counties/610524"), (std::vector{kCountyCreated}));
}

}  // namespace
}  // namespace lianmeng::membership
