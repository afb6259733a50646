#include <string>
#include <vector>

#include "membership/rpc/testing.h"

namespace lianmeng::membership {
namespace {

TEST_F(Edge, HistoryNamesPlaceActorAndFactWithoutSealedValues) {
  const auto id = run<v1::RegisterPersonResponse>(villager("")).person().person_id();
  v1::GetHistoryRequest request;
  request.set_county(kCounty);
  request.set_subject("people/" + id);
  const auto history = ask<v1::GetHistoryResponse>(request);
  ASSERT_EQ(history->entries_size(), 1);
  const auto& entry = history->entries(0);
  EXPECT_EQ(entry.place(), "membership/7/2");
  EXPECT_EQ(entry.actor(), "person:610524-p1");
  EXPECT_EQ(entry.type(), "PersonRegistered");
  EXPECT_FALSE(entry.event().person_registered().person().has_sealed_phone());
  for (const auto& wrong : {"", "o5", "people/", "looks", "looks/1", "people/p1/2", "things/o5"}) {
    request.set_subject(wrong);
    const auto refused = ask<v1::GetHistoryResponse>(request);
    ASSERT_FALSE(refused.has_value()) << wrong;
    EXPECT_EQ(refused.error().reason, "INVALID_FIELD");
    EXPECT_NE(refused.error().message_zh.find(wrong), std::string::npos);
  }
}

TEST_F(Edge, ListsHideWhatTheirReaderMayNotSee) {
  const auto village = organisation("北顺村", v1::ORGANISATION_KIND_VILLAGE);
  const auto other = organisation("南沟村", v1::ORGANISATION_KIND_VILLAGE);
  const auto stranger = cadre(other);
  const auto id = run<v1::RegisterPersonResponse>(villager(village)).person().person_id();
  v1::AppointPostRequest appoint;
  appoint.set_county(kCounty);
  appoint.set_person_id(id);
  appoint.mutable_post()->set_organisation_id(village);
  appoint.mutable_post()->set_title("村民代表");
  appoint.mutable_post()->set_role(v1::POST_ROLE_MEMBER);
  run<v1::AppointPostResponse>(appoint);

  const auto counts = [&](const PersonId& caller) {
    scenario_.by(caller);
    v1::ListPeopleRequest people;
    people.set_county(kCounty);
    v1::ListPostsRequest posts;
    posts.set_county(kCounty);
    posts.set_organisation_id(village);
    v1::GetHistoryRequest history;
    history.set_county(kCounty);
    history.set_subject("people/" + id);
    return std::vector<int>{ask<v1::ListPeopleResponse>(people)->people_size(),
                            ask<v1::ListPostsResponse>(posts)->posts_size(),
                            ask<v1::GetHistoryResponse>(history)->entries_size()};
  };
  EXPECT_EQ(counts(kOfficer), (std::vector<int>{3, 1, 2}));
  EXPECT_EQ(counts(PersonId(stranger)), (std::vector<int>{2, 0, 0}));
}

}  // namespace
}  // namespace lianmeng::membership
