#include <optional>
#include <string>
#include <vector>

#include "membership/queries/queries.h"
#include "membership/rpc/testing.h"
#include "platform/state/proto_time.h"

namespace lianmeng::membership {
namespace {

TEST_F(Edge, ThingsAreReadAsTheyWere) {
  const auto township = organisation("新池镇", v1::ORGANISATION_KIND_TOWNSHIP);
  const auto village = organisation("北顺村", v1::ORGANISATION_KIND_VILLAGE);
  const auto before = scenario_.now();
  const auto person = cadre(village);
  scenario_.at(beijing("2023-08-01 09:00"));
  v1::MoveOrganisationRequest move;
  move.set_county(kCounty);
  move.set_organisation_id(village);
  move.set_parent_id(township);
  run<v1::MoveOrganisationResponse>(move);
  // Ended in July, entered in August.
  v1::EndPostRequest end;
  end.set_county(kCounty);
  end.set_post_id("t2");
  end.set_reason("换届");
  scenario_.happened_at(beijing("2023-07-15 09:00"));
  run<v1::EndPostResponse>(end);

  v1::GetOrganisationRequest get;
  get.set_county(kCounty);
  get.set_organisation_id(village);
  EXPECT_EQ(ask<v1::GetOrganisationResponse>(get)->ancestors_size(), 1);
  *get.mutable_as_of_recorded_time() = state::to_proto(before);
  EXPECT_EQ(ask<v1::GetOrganisationResponse>(get)->ancestors_size(), 0);
  EXPECT_EQ(ask<v1::GetOrganisationResponse>(get)->organisation().parent_id(), "");
  *get.mutable_as_of_recorded_time() = state::to_proto(scenario_.now());
  ASSERT_EQ(ask<v1::GetOrganisationResponse>(get)->ancestors_size(), 1);
  EXPECT_EQ(ask<v1::GetOrganisationResponse>(get)->ancestors(0).name(), "新池镇");
  *get.mutable_as_of_recorded_time() = state::to_proto(before - Duration{1});
  EXPECT_EQ(ask<v1::GetOrganisationResponse>(get).error().reason, "NOTHING_THEN");
  get.set_organisation_id("o99");
  EXPECT_EQ(ask<v1::GetOrganisationResponse>(get).error().reason, "ORGANISATION_UNKNOWN");

  v1::GetPostRequest post;
  post.set_county(kCounty);
  post.set_post_id("t2");
  EXPECT_FALSE(ask<v1::GetPostResponse>(post)->post().in_force());
  EXPECT_EQ(ask<v1::GetPostResponse>(post)->post().post().person_id(), person);
  EXPECT_EQ(ask<v1::GetPostResponse>(post)->post().person_name(), "李书记");
  *post.mutable_as_of_recorded_time() = state::to_proto(beijing("2023-07-20"));
  EXPECT_TRUE(ask<v1::GetPostResponse>(post)->post().in_force());
  post.clear_as_of_recorded_time();
  *post.mutable_as_of_effective_time() = state::to_proto(beijing("2023-07-20"));
  EXPECT_FALSE(ask<v1::GetPostResponse>(post)->post().in_force());
  post.set_post_id("t99");
  EXPECT_EQ(ask<v1::GetPostResponse>(post).error().reason, "POST_UNKNOWN");

  const auto alliance = organisation("联盟", v1::ORGANISATION_KIND_ALLIANCE);
  v1::AddMembershipRequest add;
  add.set_county(kCounty);
  add.set_organisation_id(village);
  add.set_alliance_id(alliance);
  scenario_.happened_at(beijing("2022-05-01"));
  const auto membership = run<v1::AddMembershipResponse>(add).membership();
  v1::GetMembershipRequest member;
  member.set_county(kCounty);
  member.set_membership_id(membership.membership().membership_id());
  *member.mutable_as_of_effective_time() = state::to_proto(beijing("2022-06-01"));
  EXPECT_TRUE(ask<v1::GetMembershipResponse>(member)->membership().in_force());
  *member.mutable_as_of_recorded_time() = state::to_proto(before);
  EXPECT_EQ(ask<v1::GetMembershipResponse>(member).error().reason, "NOTHING_THEN");
  member.set_membership_id("m99");
  EXPECT_EQ(ask<v1::GetMembershipResponse>(member).error().reason, "MEMBERSHIP_UNKNOWN");
  v1::ListMembershipsRequest list;
  list.set_county(kCounty);
  *list.mutable_in_force_at() = state::to_proto(beijing("2022-04-01"));
  EXPECT_EQ(ask<v1::ListMembershipsResponse>(list)->memberships_size(), 0);
  *list.mutable_in_force_at() = state::to_proto(beijing("2022-06-01"));
  EXPECT_EQ(ask<v1::ListMembershipsResponse>(list)->memberships_size(), 1);
}

TEST_F(Edge, APersonIsReadAsTheyWereByWhoSeesThemToday) {
  const auto village = organisation("北顺村", v1::ORGANISATION_KIND_VILLAGE);
  const auto own_cadre = cadre(village);
  const auto id = run<v1::RegisterPersonResponse>(villager(village)).person().person_id();
  const auto then = scenario_.now();
  const auto read = [&](const PersonId& caller, std::optional<Time> recorded) {
    v1::GetPersonRequest request;
    request.set_county(kCounty);
    request.set_person_id(id);
    if (recorded) *request.mutable_as_of_recorded_time() = state::to_proto(*recorded);
    scenario_.by(caller);
    return ask<v1::GetPersonResponse>(request);
  };
  scenario_.at(beijing("2023-07-01"));
  v1::UpdatePersonRequest update;
  update.set_county(kCounty);
  update.set_person_id(id);
  update.set_phone("13700000009");
  scenario_.by(kOfficer);
  run<v1::UpdatePersonResponse>(update);
  EXPECT_EQ(read(kOfficer, {})->person().phone(), "137****0009");
  EXPECT_EQ(read(kOfficer, then)->person().phone(), "139****5678");
  EXPECT_EQ(read(kOfficer, then)->person().organisation_name(), "北顺村");
  EXPECT_EQ(read(PersonId(id), then)->person().phone(), "13912345678");
  EXPECT_EQ(read(PersonId(own_cadre), then)->person().name(), "张三");
  EXPECT_EQ(read(kOfficer, then - Duration{1}).error().reason, "NOTHING_THEN");

  // A public post makes the name public: then it was not, and today it is no secret.
  v1::AppointPostRequest appoint;
  appoint.set_county(kCounty);
  appoint.set_person_id(id);
  appoint.set_name("张三");
  appoint.mutable_post()->set_organisation_id(village);
  appoint.mutable_post()->set_title("主任");
  appoint.mutable_post()->set_role(v1::POST_ROLE_VILLAGE_CADRE);
  scenario_.by(kOfficer).at(beijing("2023-08-01"));
  run<v1::AppointPostResponse>(appoint);
  const auto before = read(PersonId(own_cadre), then)->person();
  EXPECT_EQ(before.name(), "张三");
  EXPECT_FALSE(before.name_is_public());
  EXPECT_EQ(before.phone(), "");
  EXPECT_EQ(before.posts_size(), 0);
  EXPECT_EQ(read(PersonId(own_cadre), scenario_.now())->person().posts_size(), 1);

  v1::ErasePersonRequest erase;
  erase.set_county(kCounty);
  erase.set_person_id(id);
  erase.set_reason("本人申请");
  scenario_.by(kOfficer).at(beijing("2023-09-01"));
  run<v1::ErasePersonResponse>(erase);
  ASSERT_FALSE(keys_.list()->empty()) << "the keys are still there";
  for (const auto time : {then, beijing("2023-07-02"), beijing("2023-08-02"), scenario_.now()}) {
    const auto person = read(kOfficer, time)->person();
    EXPECT_TRUE(person.erased());
    EXPECT_EQ(person.phone(), "已删除");
    EXPECT_EQ(person.identity_number(), "已删除");
    EXPECT_EQ(person.address(), "已删除");
    EXPECT_EQ(person.organisation_id(), "");
  }
}

TEST_F(Edge, WhoHeldWhichPostOnADay) {
  const auto village = organisation("北顺村", v1::ORGANISATION_KIND_VILLAGE);
  const auto first = cadre(village);
  scenario_.at(beijing("2023-07-01"));
  v1::EndPostRequest end;
  end.set_county(kCounty);
  end.set_post_id("t2");
  end.set_reason("换届");
  scenario_.by(kOfficer);
  // It had ended in June; that was written down in July.
  scenario_.happened_at(beijing("2023-06-29"));
  run<v1::EndPostResponse>(end);
  const auto second = cadre(village);
  const auto held = [&](std::optional<Time> recorded, std::optional<Time> effective,
                        bool in_force = true) {
    v1::ListPostsRequest request;
    request.set_county(kCounty);
    request.set_organisation_id(village);
    request.set_in_force(in_force);
    if (recorded) *request.mutable_as_of_recorded_time() = state::to_proto(*recorded);
    if (effective) *request.mutable_as_of_effective_time() = state::to_proto(*effective);
    std::vector<std::string> people;
    const auto answer = ask<v1::ListPostsResponse>(request);
    for (const auto& entry : answer->posts()) {
      EXPECT_EQ(entry.in_force(), in_force || !entry.post().has_until_time());
      people.push_back(entry.post().person_id());
    }
    return people;
  };
  using People = std::vector<std::string>;
  const auto on_30_june = beijing("2023-06-30");
  EXPECT_EQ(held({}, {}), People{second});
  EXPECT_EQ(held({}, {}, false), (People{first, second}));
  EXPECT_EQ(held(on_30_june, {}), People{first}) << "as it was known that day";
  EXPECT_EQ(held({}, on_30_june), People{}) << "as it is known now";
  EXPECT_EQ(held({}, beijing("2023-06-28 10:00")), People{first});
  EXPECT_EQ(held(beijing("2023-06-27"), {}), People{});
  EXPECT_EQ(held(on_30_june, {}, false), People{first});
}

TEST_F(Edge, WhoBelongedToAnAllianceOnADay) {
  const auto alliance = organisation("联盟", v1::ORGANISATION_KIND_ALLIANCE);
  v1::AddMembershipRequest add;
  add.set_county(kCounty);
  add.set_alliance_id(alliance);
  add.set_organisation_id(organisation("大唐", v1::ORGANISATION_KIND_ENTERPRISE));
  run<v1::AddMembershipResponse>(add);
  scenario_.at(beijing("2023-07-01"));
  v1::EndMembershipRequest end;
  end.set_county(kCounty);
  end.set_membership_id("m1");
  end.set_reason("退出");
  scenario_.happened_at(beijing("2023-06-29"));
  run<v1::EndMembershipResponse>(end);
  const auto count = [&](std::optional<Time> recorded, std::optional<Time> effective) {
    v1::ListMembershipsRequest request;
    request.set_county(kCounty);
    request.set_alliance_id(alliance);
    request.set_in_force(true);
    if (recorded) *request.mutable_as_of_recorded_time() = state::to_proto(*recorded);
    if (effective) *request.mutable_as_of_effective_time() = state::to_proto(*effective);
    return ask<v1::ListMembershipsResponse>(request)->memberships_size();
  };
  const auto on_30_june = beijing("2023-06-30");
  EXPECT_EQ(count({}, {}), 0);
  EXPECT_EQ(count(on_30_june, {}), 1);
  EXPECT_EQ(count({}, on_30_june), 0);
  EXPECT_EQ(count(on_30_june, on_30_june), 1);
  EXPECT_EQ(count({}, beijing("2023-06-28 10:00")), 1);
  EXPECT_EQ(count(beijing("2023-06-27"), {}), 0);
}

TEST_F(Edge, WhichOrganisationsThereWereOnADay) {
  const auto town = organisation("新池镇", v1::ORGANISATION_KIND_TOWNSHIP);
  const auto other = organisation("路井镇", v1::ORGANISATION_KIND_TOWNSHIP);
  const auto moved = organisation("北顺村", v1::ORGANISATION_KIND_VILLAGE, town);
  const auto merged = organisation("西村", v1::ORGANISATION_KIND_VILLAGE, town);
  scenario_.at(beijing("2023-07-10"));
  const auto later = organisation("新社区", v1::ORGANISATION_KIND_VILLAGE, town);
  v1::UpdateOrganisationRequest rename;
  rename.set_county(kCounty);
  rename.set_organisation_id(moved);
  rename.set_name("北顺新村");
  run<v1::UpdateOrganisationResponse>(rename);
  v1::MoveOrganisationRequest move;
  move.set_county(kCounty);
  move.set_organisation_id(moved);
  move.set_parent_id(other);
  run<v1::MoveOrganisationResponse>(move);
  // Merged on the 1st, written down on the 10th.
  v1::DissolveOrganisationRequest dissolve;
  dissolve.set_county(kCounty);
  dissolve.set_organisation_id(merged);
  dissolve.set_reason("合并");
  scenario_.happened_at(beijing("2023-07-01"));
  run<v1::DissolveOrganisationResponse>(dissolve);

  using Ids = std::vector<std::string>;
  v1::ListOrganisationsRequest request;
  const auto start = [&](std::optional<Time> recorded, std::optional<Time> effective) {
    request.Clear();
    request.set_county(kCounty);
    if (recorded) *request.mutable_as_of_recorded_time() = state::to_proto(*recorded);
    if (effective) *request.mutable_as_of_effective_time() = state::to_proto(*effective);
  };
  const auto list = [&] {
    Ids ids;
    const auto answer = ask<v1::ListOrganisationsResponse>(request);
    for (const auto& row : answer->organisations()) ids.push_back(row.organisation_id());
    return ids;
  };
  const auto below = [&](const std::string& parent) {
    request.set_parent_id(parent);
    return list();
  };
  start({}, {});
  EXPECT_EQ(below(town), Ids{later});
  EXPECT_EQ(below(other), Ids{moved});
  const auto on_2_july = beijing("2023-07-02");
  start(on_2_july, {});
  EXPECT_EQ(below(town), (Ids{moved, merged})) << "as it was known that day";
  EXPECT_EQ(below(other), Ids{});
  start({}, on_2_july);
  EXPECT_EQ(below(town), Ids{moved}) << "as it is known now";
  request.set_include_dissolved(true);
  EXPECT_EQ(list(), (Ids{moved, merged}));
  // Found by the name that it had, not by today's.
  start(on_2_july, {});
  request.set_text("北顺新村");
  EXPECT_EQ(list(), Ids{});
  request.set_text("北顺村");
  EXPECT_EQ(list(), Ids{moved});
  request.set_kind(v1::ORGANISATION_KIND_TOWNSHIP);
  EXPECT_EQ(list(), Ids{});
  // A time behind everything is today, page by page.
  start(scenario_.now(), {});
  request.set_page_size(2);
  auto today = list();
  while (today.size() < 5) {
    request.set_page_token(ask<v1::ListOrganisationsResponse>(request)->next_page_token());
    ASSERT_FALSE(request.page_token().empty());
    for (auto& id : list()) today.push_back(std::move(id));
  }
  start({}, {});
  EXPECT_EQ(today, list());
  start(beijing("2020-01-01"), {});
  EXPECT_EQ(list(), Ids{});
  request.set_order(v1::ORGANISATION_ORDER_NAME);
  EXPECT_EQ(ask<v1::ListOrganisationsResponse>(request).error().reason, "INVALID_FIELD");
}

// Each row as it was costs its history: one call looks at a bounded number, and goes on by its
// token.
TEST_F(Edge, AListAsOfATimeGoesOnFromPageToPage) {
  const auto village = organisation("北顺村", v1::ORGANISATION_KIND_VILLAGE);
  const int people = queries::kAsOfScanBudget + 10;
  for (int i = 0; i < people; ++i) {
    v1::PersonRegistered event;
    event.mutable_person()->set_county(kCounty);
    event.mutable_person()->set_person_id("610524-p" + std::to_string(100 + i));
    event.mutable_person()->set_public_name("某");
    auto& post = *event.add_posts();
    post.set_county(kCounty);
    post.set_post_id("t" + std::to_string(100 + i));
    post.set_person_id(event.person().person_id());
    post.set_organisation_id(village);
    post.set_role(v1::POST_ROLE_SPECIALIST);
    *post.mutable_from_time() = state::to_proto(scenario_.now());
    scenario_.given(event);
  }
  v1::ListPostsRequest request;
  request.set_county(kCounty);
  request.set_organisation_id(village);
  request.set_page_size(1'000);
  *request.mutable_as_of_recorded_time() = state::to_proto(scenario_.now() - Duration{1});
  const auto none = ask<v1::ListPostsResponse>(request);
  EXPECT_EQ(none->posts_size(), 0);
  EXPECT_NE(none->next_page_token(), "") << "it looked at no more than its budget";
  request.set_page_token(none->next_page_token());
  EXPECT_EQ(ask<v1::ListPostsResponse>(request)->next_page_token(), "");
  request.clear_page_token();
  *request.mutable_as_of_recorded_time() = state::to_proto(scenario_.now());
  int listed = 0;
  do {
    const auto page = ask<v1::ListPostsResponse>(request);
    listed += page->posts_size();
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(listed, people);
}

}  // namespace
}  // namespace lianmeng::membership
