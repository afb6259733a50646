#include <string>
#include <utility>
#include <vector>

#include "membership/projection/roster.h"
#include "membership/rpc/testing.h"

namespace lianmeng::membership {
namespace {

TEST_F(Edge, ShowsPersonalValuesToThoseWhoMaySeeThem) {
  const auto village = organisation("北顺村", v1::ORGANISATION_KIND_VILLAGE);
  const auto other = organisation("南沟村", v1::ORGANISATION_KIND_VILLAGE);
  const auto own_cadre = cadre(village);
  const auto other_cadre = cadre(other);
  const auto reply = run<v1::RegisterPersonResponse>(villager(village)).person();
  EXPECT_EQ(reply.name(), "张三");
  EXPECT_EQ(reply.phone(), "139****5678");
  EXPECT_EQ(reply.identity_number(), "****1234");
  EXPECT_EQ(reply.organisation_name(), "北顺村");
  const auto id = reply.person_id();

  EXPECT_EQ(person_as(PersonId(own_cadre), id)->person().phone(), "139****5678");
  EXPECT_EQ(person_as(PersonId(id), id)->person().phone(), "13912345678");
  EXPECT_EQ(person_as(PersonId(other_cadre), id).error().reason, "PERSON_UNKNOWN");
  const auto officer = person_as(PersonId(other_cadre), kOfficer.str());
  EXPECT_EQ(officer->person().name(), "王主任");
  EXPECT_EQ(officer->person().phone(), "");
  ASSERT_EQ(officer->person().posts_size(), 1);
  EXPECT_EQ(officer->person().posts(0).organisation_name(), "县委组织部");
}

TEST_F(Edge, ShowsThatAValueWasErased) {
  const auto id = run<v1::RegisterPersonResponse>(villager("")).person().person_id();
  const auto keys = roster::person(scenario_.view(), CountyId(kCounty), PersonId(id))->key_ids();
  ASSERT_TRUE(keys_.erase(std::vector<std::string>{keys.begin(), keys.end()}).has_value());
  const auto person = person_as(kOfficer, id);
  ASSERT_TRUE(person.has_value());
  EXPECT_TRUE(person->person().erased());
  EXPECT_EQ(person->person().name(), "已删除");
  EXPECT_EQ(person->person().phone(), "已删除");
}

TEST_F(Edge, WhoWasErasedReadsAsErasedThoughTheKeysAreStillThere) {
  const auto id = run<v1::RegisterPersonResponse>(villager("")).person().person_id();
  v1::ErasePersonRequest request;
  request.set_county(kCounty);
  request.set_person_id(id);
  request.set_reason("本人申请");
  const auto reply = run<v1::ErasePersonResponse>(request).person();
  for (const auto& person : {reply, person_as(kOfficer, id)->person()}) {
    EXPECT_TRUE(person.erased());
    EXPECT_EQ(person.name(), "已删除");
    EXPECT_EQ(person.phone(), "已删除");
    EXPECT_EQ(person.identity_number(), "已删除");
    EXPECT_EQ(person.address(), "已删除");
  }
  v1::ListPeopleRequest list;
  list.set_county(kCounty);
  EXPECT_EQ(ask<v1::ListPeopleResponse>(list)->people(1).phone(), "已删除");
  EXPECT_EQ(person_as(PersonId(id), id).error().reason, "PERMISSION_DENIED");
  v1::GetHistoryRequest history;
  history.set_county(kCounty);
  history.set_subject("people/" + id);
  scenario_.by(kOfficer);
  const auto entries = ask<v1::GetHistoryResponse>(history);
  ASSERT_EQ(entries->entries_size(), 2);
  EXPECT_EQ(entries->entries(1).type(), "PersonErased");
  EXPECT_EQ(entries->entries(1).event().person_erased().key_ids_size(), 0);
}

TEST_F(Edge, AnErasedPersonHasNoValueThatNeverWas) {
  v1::RegisterPersonRequest request;
  request.set_county(kCounty);
  request.set_name("张三");
  const auto id = run<v1::RegisterPersonResponse>(request).person().person_id();
  v1::ErasePersonRequest erase;
  erase.set_county(kCounty);
  erase.set_person_id(id);
  erase.set_reason("本人申请");
  EXPECT_EQ(run<v1::ErasePersonResponse>(erase).person().phone(), "");
}

// With a page of two, so that each list goes on inside its index.
TEST_F(Edge, PeopleOfAnOrganisationAreListedAndNobodyElse) {
  const auto village = organisation("北顺村", v1::ORGANISATION_KIND_VILLAGE);
  const auto other = organisation("南沟村", v1::ORGANISATION_KIND_VILLAGE);
  std::vector<std::string> here;
  std::vector<std::string> there;
  for (int i = 0; i < 3; ++i) {
    for (const auto& [place, ids] : {std::pair(village, &here), std::pair(other, &there)}) {
      auto request = villager(place);
      request.clear_request_id();
      ids->push_back(run<v1::RegisterPersonResponse>(request).person().person_id());
    }
  }
  scenario_.by(kOfficer);
  const auto listed = [&](const std::string& organisation) {
    std::vector<std::string> ids;
    v1::ListPeopleRequest request;
    request.set_county(kCounty);
    request.set_organisation_id(organisation);
    request.set_page_size(2);
    do {
      const auto page = ask<v1::ListPeopleResponse>(request);
      EXPECT_LE(page->people_size(), 2);
      for (const auto& person : page->people()) ids.push_back(person.person_id());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return ids;
  };
  EXPECT_EQ(listed(village), here);
  EXPECT_EQ(listed(other), there);
  EXPECT_EQ(listed("g99"), std::vector<std::string>());
  EXPECT_GE(listed("").size(), here.size() + there.size());
}

TEST_F(Edge, TellsTheCallerWhoTheyAre) {
  v1::WhoAmIRequest request;
  request.set_county(kCounty);
  const auto me = ask<v1::WhoAmIResponse>(request);
  EXPECT_EQ(me->person().name(), "王主任");
  EXPECT_EQ(me->person().phone(), "13812341234");
  ASSERT_EQ(me->capabilities_size(), 2);
  EXPECT_EQ(me->capabilities(1), v1::CAPABILITY_COUNTY_OFFICE);
  scenario_.by(PersonId("610524-p99"));
  EXPECT_EQ(ask<v1::WhoAmIResponse>(request).error().reason, "PERMISSION_DENIED");
  scenario_.by_operator();
  EXPECT_EQ(ask<v1::WhoAmIResponse>(request).error().reason, "PERMISSION_DENIED");
}

TEST(Masks, KeepLittle) {
  EXPECT_EQ(mask_phone("13812341234"), "138****1234");
  EXPECT_EQ(mask_phone("110"), "****");
  EXPECT_EQ(mask_phone(""), "");
  EXPECT_EQ(mask_identity_number("610524199001011234"), "****1234");
}

}  // namespace
}  // namespace lianmeng::membership
