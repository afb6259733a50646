#include <gmock/gmock.h>

#include <set>

#include "membership/domain/reasons.h"
#include "membership/fold.h"
#include "membership/projection/roster.h"
#include "membership/queries/queries.h"
#include "membership/rpc/commands.h"
#include "membership/rpc/responses.h"
#include "platform/seal/key_store.h"
#include "platform/state/proto_time.h"
#include "platform/testing/scenario.h"

namespace lianmeng::membership {
namespace {

using testing::beijing;
using ::testing::HasSubstr;
using testing::Scenario;

constexpr const char* kCounty = "610524";
const PersonId kOfficer("610524-p1");

// What comes in as a request and goes out as a response, without gRPC between.
class Edge : public ::testing::Test {
 protected:
  Edge() {
    scenario_.at(beijing("2023-06-01 09:00")).by_operator();
    v1::CreateCountyRequest request;
    request.set_county(kCounty);
    request.set_request_id("create");
    request.set_name("合阳县");
    request.set_short_name("合阳");
    request.set_code("610524");
    request.set_office_name("县委组织部");
    auto& officer = *request.add_people();
    officer.set_name("王主任");
    officer.set_phone("13812341234");
    auto& post = *officer.add_posts();
    post.set_title("主任");
    post.set_role(v1::POST_ROLE_COUNTY_OFFICER);
    const auto created = run<v1::CreateCountyResponse>(request);
    EXPECT_EQ(created.county().office_organisation_id(), "o1");
    scenario_.by(kOfficer).at(beijing("2023-06-28 09:00"));
  }

  template <class Response, class Request>
  Response run(const Request& request) {
    const auto decide = bind_(request);
    EXPECT_TRUE(decide.has_value());
    scenario_.when(*decide).accepted();
    runtime::Accepted accepted;
    accepted.place = {"membership", 7, 1};
    accepted.time = scenario_.now();
    accepted.subject = membership_fold().subject(scenario_.last());
    Response response;
    fill_.in(CountyId(request.county()))(scenario_.view(), accepted, scenario_.context().actor,
                                         &response);
    return response;
  }

  template <class Response, class Request>
  Result<Response> ask(const Request& request) {
    runtime::QueryContext context;
    context.view = &scenario_.view();
    context.now = scenario_.now();
    context.applied = {"membership", 7, 12};
    Response response;
    if (auto status = answer_(context, scenario_.context().actor, request, &response); !status) {
      return fail(status.error());
    }
    return response;
  }

  std::string organisation(const std::string& name, v1::OrganisationKind kind,
                           const std::string& parent = {}) {
    v1::CreateOrganisationRequest request;
    request.set_county(kCounty);
    request.set_name(name);
    request.set_kind(kind);
    request.set_parent_id(parent);
    return run<v1::CreateOrganisationResponse>(request).organisation().organisation_id();
  }

  v1::RegisterPersonRequest villager(const std::string& village) {
    v1::RegisterPersonRequest request;
    request.set_county(kCounty);
    request.set_request_id("register");
    request.set_name("张三");
    request.set_phone("13912345678");
    request.set_identity_number("610524199001011234");
    request.set_address("北顺村二组");
    request.set_organisation_id(village);
    return request;
  }

  std::string cadre(const std::string& village) {
    v1::RegisterPersonRequest request;
    request.set_county(kCounty);
    request.set_name("李书记");
    auto& post = *request.add_posts();
    post.set_organisation_id(village);
    post.set_title("书记");
    post.set_role(v1::POST_ROLE_VILLAGE_CADRE);
    return run<v1::RegisterPersonResponse>(request).person().person_id();
  }

  Result<v1::GetPersonResponse> person_as(const PersonId& caller, const std::string& person) {
    scenario_.by(caller);
    v1::GetPersonRequest request;
    request.set_county(kCounty);
    request.set_person_id(person);
    return ask<v1::GetPersonResponse>(request);
  }

  seal::MemoryKeyStore keys_{seal::system_random()};
  seal::Sealer sealer_{keys_, seal::system_random()};
  const CommandBinder bind_{sealer_};
  const ReplyFiller fill_{sealer_};
  const RevealFiller reveal_{sealer_};
  const QueryAnswerer answer_{sealer_};
  Scenario scenario_{membership_fold(), CountyId(kCounty)};
};

TEST_F(Edge, NoPersonalValueReachesTheEventInPlainText) {
  const auto village = organisation("北顺村", v1::ORGANISATION_KIND_VILLAGE);
  run<v1::RegisterPersonResponse>(villager(village));
  const auto bytes = scenario_.last().SerializeAsString();
  for (const std::string value : {"张三", "13912345678", "610524199001011234", "北顺村二组"}) {
    EXPECT_EQ(bytes.find(value), std::string::npos) << value;
  }
  // One key for one person.
  EXPECT_EQ(scenario_.event<v1::PersonRegistered>().person().key_ids_size(), 1);
}

TEST_F(Edge, ARetrySealsUnderTheSameKey) {
  const auto request = villager("");
  ASSERT_TRUE(bind_(request).has_value());
  const auto before = keys_.list()->size();
  ASSERT_TRUE(bind_(request).has_value());
  EXPECT_EQ(keys_.list()->size(), before);
}

TEST_F(Edge, ValidatingMakesNoKey) {
  auto request = villager("");
  request.set_validate_only(true);
  const auto before = keys_.list()->size();
  ASSERT_TRUE(bind_(request).has_value());
  EXPECT_EQ(keys_.list()->size(), before);
}

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

TEST_F(Edge, WhatAuditIsShownOfPeopleGoesOnRecord) {
  const auto village = organisation("北顺村", v1::ORGANISATION_KIND_VILLAGE);
  const auto id = run<v1::RegisterPersonResponse>(villager(village)).person().person_id();
  v1::AppointPostRequest appoint;
  appoint.set_county(kCounty);
  appoint.set_person_id(id);
  appoint.mutable_post()->set_organisation_id(village);
  appoint.mutable_post()->set_title("社员");
  appoint.mutable_post()->set_role(v1::POST_ROLE_MEMBER);
  run<v1::AppointPostResponse>(appoint);
  v1::RegisterPersonRequest request;
  request.set_county(kCounty);
  request.set_name("钱审计");
  auto& post = *request.add_posts();
  post.set_organisation_id("o1");
  post.set_title("审计");
  post.set_role(v1::POST_ROLE_AUDITOR);
  const PersonId auditor(run<v1::RegisterPersonResponse>(request).person().person_id());

  using Ids = std::vector<std::string>;
  // Whom the answer of a query names on record.
  const auto looks_at = [&](const PersonId& caller, auto query, auto response) -> Ids {
    query.set_county(kCounty);
    scenario_.by(caller);
    response = *ask<decltype(response)>(query);
    runtime::QueryContext context;
    context.view = &scenario_.view();
    context.now = scenario_.now();
    const auto look =
        record_look(context, scenario_.context().actor, kCounty, "Method", shown(response));
    if (!look) return {};
    scenario_.when(*look).accepted();
    const auto ids = scenario_.event<v1::AuditLooked>().person_ids();
    return {ids.begin(), ids.end()};
  };
  v1::GetPersonRequest person;
  person.set_person_id(id);
  v1::GetPersonRequest self;
  self.set_person_id(auditor.str());
  v1::GetHistoryRequest history;
  history.set_subject("organisations/" + village);
  v1::GetPostRequest of_member;
  of_member.set_post_id("t2");
  v1::GetPostRequest of_officer;
  of_officer.set_post_id("t1");
  v1::ListPostsRequest posts;
  posts.set_organisation_id(village);
  EXPECT_EQ(looks_at(auditor, person, v1::GetPersonResponse()), Ids{id});
  EXPECT_EQ(looks_at(auditor, v1::ListPeopleRequest(), v1::ListPeopleResponse()),
            (Ids{kOfficer.str(), id}));
  EXPECT_EQ(looks_at(auditor, history, v1::GetHistoryResponse()), Ids{id});
  EXPECT_EQ(looks_at(auditor, of_member, v1::GetPostResponse()), Ids{id});
  EXPECT_EQ(looks_at(auditor, posts, v1::ListPostsResponse()), Ids{id});
  // What everybody in the roster sees, and oneself.
  EXPECT_EQ(looks_at(auditor, self, v1::GetPersonResponse()), Ids{});
  EXPECT_EQ(looks_at(auditor, of_officer, v1::GetPostResponse()), Ids{});
  EXPECT_EQ(looks_at(kOfficer, person, v1::GetPersonResponse()), Ids{});

  v1::ListAuditLooksRequest looks;
  looks.set_county(kCounty);
  looks.set_page_size(2);
  for (const auto& reader : {kOfficer, auditor}) {
    scenario_.by(reader);
    const auto page = ask<v1::ListAuditLooksResponse>(looks);
    ASSERT_EQ(page->looks_size(), 2);
    EXPECT_EQ(page->looks(0).person_name(), "钱审计");
    EXPECT_EQ(page->looks(0).person_ids(0), id);
    EXPECT_NE(page->next_page_token(), "");
  }
  scenario_.by(PersonId(id));
  EXPECT_EQ(ask<v1::ListAuditLooksResponse>(looks).error().reason, "PERMISSION_DENIED");
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

TEST_F(Edge, RevealsWhatWasAskedForAndKeepsIt) {
  const auto village = organisation("北顺村", v1::ORGANISATION_KIND_VILLAGE);
  const auto own_cadre = PersonId(cadre(village));
  const auto id = run<v1::RegisterPersonResponse>(villager(village)).person().person_id();
  const auto reveal = [&](const PersonId& by, const std::string& reason, bool address) {
    v1::RevealContactRequest request;
    request.set_county(kCounty);
    request.set_person_id(id);
    request.set_reason(reason);
    if (address) request.add_fields(v1::CONTACT_FIELD_ADDRESS);
    scenario_.by(by);
    const auto decide = bind_(request);
    scenario_.when(*decide).accepted();
    runtime::Accepted accepted;
    v1::RevealContactResponse response;
    EXPECT_TRUE(reveal_.of(request)(scenario_.view(), accepted, {}, &response));
    return response.contact();
  };
  const auto phone = reveal(own_cadre, "通知领取物资", false);
  EXPECT_EQ(phone.name(), "张三");
  EXPECT_EQ(phone.phone(), "13912345678");
  EXPECT_EQ(phone.address(), "");
  const auto address = reveal(kOfficer, "入户核查", true);
  EXPECT_EQ(address.phone(), "");
  EXPECT_EQ(address.address(), "北顺村二组");

  const auto reasons = [&](const PersonId& caller, const std::string& whose,
                           const std::string& by) {
    scenario_.by(caller);
    v1::ListRevealsRequest request;
    request.set_county(kCounty);
    request.set_person_id(whose);
    request.set_by_person_id(by);
    std::vector<std::string> found;
    const auto page = ask<v1::ListRevealsResponse>(request);
    for (const auto& row : page->reveals()) {
      EXPECT_EQ(row.person_id(), id);
      found.push_back(row.by_person_name() + row.reason());
    }
    return found;
  };
  using All = std::vector<std::string>;
  const All both{"王主任入户核查", "李书记通知领取物资"};
  EXPECT_EQ(reasons(kOfficer, "", ""), both);
  EXPECT_EQ(reasons(kOfficer, id, ""), both);
  EXPECT_EQ(reasons(kOfficer, id, own_cadre.str()), All{both[1]});
  EXPECT_EQ(reasons(own_cadre, "", ""), All{both[1]});
  EXPECT_EQ(reasons(own_cadre, id, ""), All{both[1]});
  EXPECT_EQ(reasons(own_cadre, "", kOfficer.str()), All{both[1]});
  EXPECT_EQ(reasons(PersonId(id), id, ""), both);
  EXPECT_EQ(reasons(PersonId(id), "", ""), All{});

  v1::ListRevealsRequest paged;
  paged.set_county(kCounty);
  paged.set_page_size(1);
  scenario_.by(kOfficer);
  const auto first = ask<v1::ListRevealsResponse>(paged);
  EXPECT_EQ(first->reveals_size(), 1);
  paged.set_page_token(first->next_page_token());
  EXPECT_EQ(ask<v1::ListRevealsResponse>(paged)->reveals(0).reason(), "通知领取物资");
}

TEST_F(Edge, ARepeatedRevealIsShownToTheSamePersonWhileTheyMaySeeIt) {
  const auto village = organisation("北顺村", v1::ORGANISATION_KIND_VILLAGE);
  const PersonId own_cadre(cadre(village));
  v1::RevealContactRequest request;
  request.set_county(kCounty);
  request.set_person_id(run<v1::RegisterPersonResponse>(villager(village)).person().person_id());
  request.set_reason("通知领取物资");
  scenario_.by(own_cadre).when(*bind_(request)).accepted();
  v1::ListRevealsRequest listed;
  listed.set_county(kCounty);
  runtime::Accepted accepted;
  accepted.repeated = true;
  accepted.place = parse_place(ask<v1::ListRevealsResponse>(listed)->reveals(0).place()).value();
  const auto shown = [&](const PersonId& to) {
    accepted.time = scenario_.now();
    v1::RevealContactResponse response;
    const auto status = reveal_.of(request)(scenario_.view(), accepted,
                                            {Actor::Kind::kPerson, to.str(), {}}, &response);
    return status ? response.contact().phone() : status.error().reason;
  };
  EXPECT_EQ(shown(own_cadre), "13912345678");
  EXPECT_EQ(shown(kOfficer), "PERMISSION_DENIED");
  v1::EndPostRequest end;
  end.set_county(kCounty);
  end.set_post_id("t2");
  end.set_reason("调离");
  scenario_.by(kOfficer).at(beijing("2023-06-29"));
  run<v1::EndPostResponse>(end);
  EXPECT_EQ(shown(own_cadre), "PERMISSION_DENIED");
}

TEST_F(Edge, AValidatedRevealOpensNothing) {
  const auto id = run<v1::RegisterPersonResponse>(villager("")).person().person_id();
  v1::RevealContactRequest request;
  request.set_county(kCounty);
  request.set_person_id(id);
  runtime::Accepted accepted;
  accepted.validated = true;
  v1::RevealContactResponse response;
  ASSERT_TRUE(reveal_.of(request)(scenario_.view(), accepted, {}, &response));
  EXPECT_FALSE(response.has_contact());
}

TEST_F(Edge, ARevealThatCannotBeOpenedSaysWhy) {
  const auto id = run<v1::RegisterPersonResponse>(villager("")).person().person_id();
  seal::MemoryKeyStore other(seal::system_random());
  seal::Sealer stranger(other, seal::system_random());
  v1::RevealContactRequest request;
  request.set_county(kCounty);
  request.set_person_id(id);
  v1::RevealContactResponse response;
  const auto status = RevealFiller(stranger).of(request)(scenario_.view(), {}, {}, &response);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().reason, "SEAL_KEY_UNKNOWN");
  EXPECT_THAT(status.error().message_zh, HasSubstr("请联系运维恢复"));
}

// A key store whose disk has failed.
class FailingKeys final : public seal::KeyStore {
 public:
  Result<std::vector<std::string>> get_or_create_all(std::span<const std::string>) override {
    return fail(why);
  }
  Result<std::optional<std::string>> find(std::string_view) override { return fail(why); }
  Result<seal::FoundKey> get(std::string_view) override { return fail(why); }
  Status erase(std::span<const std::string>) override { return fail(why); }
  Result<std::vector<Entry>> list() override { return fail(why); }

  Error why = make_error(ErrorKind::kUnavailable, "SEAL_FILE_FAILED",
                         "/srv/lianmeng/keys/keys: cannot write: Input/output error");
};

TEST_F(Edge, AKeyStoreThatFailsIsToldInBothLanguagesAndWithoutItsPaths) {
  const auto id = run<v1::RegisterPersonResponse>(villager("")).person().person_id();
  FailingKeys keys;
  std::vector<std::string> told;
  seal::Sealer sealer(keys, seal::system_random(),
                      [&](const std::string& text) { told.push_back(text); });
  std::vector<Error> errors;

  const CommandBinder bind(sealer);
  v1::ExecuteCommandsRequest batch;
  *batch.add_commands()->mutable_register_person() = villager("");
  errors.push_back(bind.prepare(batch).error());
  errors.push_back(bind(villager("")).error());
  for (const auto& error : errors) EXPECT_THAT(error.message_zh, HasSubstr("未办理"));

  v1::RevealContactRequest request;
  request.set_county(kCounty);
  request.set_person_id(id);
  v1::RevealContactResponse response;
  const auto revealed = RevealFiller(sealer).of(request)(scenario_.view(), {}, {}, &response);
  errors.push_back(revealed.error());
  v1::GetPersonRequest get;
  get.set_county(kCounty);
  get.set_person_id(id);
  runtime::QueryContext context;
  context.view = &scenario_.view();
  context.now = scenario_.now();
  context.applied = {"membership", 7, 12};
  v1::GetPersonResponse person;
  const Actor self{Actor::Kind::kPerson, id, {}};
  errors.push_back(QueryAnswerer(sealer)(context, self, get, &person).error());

  for (const auto& error : errors) {
    EXPECT_EQ(error.kind, ErrorKind::kUnavailable);
    EXPECT_EQ(error.reason, "SEAL_FILE_FAILED");
    EXPECT_THAT(error.message_zh, HasSubstr("密钥库暂时无法使用"));
    EXPECT_THAT(error.message_zh, HasSubstr("请稍后重试"));
    EXPECT_THAT(error.message_en, HasSubstr("key store cannot be used now"));
    EXPECT_THAT(error.message_zh + error.message_en, ::testing::Not(HasSubstr("/")));
  }
  // Operators are told which file, once for sealing and once for opening.
  ASSERT_EQ(told.size(), 2u);
  for (const auto& text : told)
    EXPECT_THAT(text, HasSubstr("/srv/lianmeng/keys/keys: cannot write"));
}

TEST_F(Edge, ABatchMakesItsKeysTogether) {
  v1::ExecuteCommandsRequest batch;
  for (int i = 0; i < 3; ++i) {
    auto& request = *batch.add_commands()->mutable_register_person();
    request = villager("");
    request.set_request_id("batch-" + std::to_string(i));
  }
  batch.mutable_commands(2)->mutable_register_person()->set_validate_only(true);
  const auto before = keys_.list()->size();
  ASSERT_TRUE(bind_.prepare(batch));
  EXPECT_EQ(keys_.list()->size(), before + 2);
  ASSERT_TRUE(bind_(batch.commands(0).register_person()));
  EXPECT_EQ(keys_.list()->size(), before + 2);
}

TEST_F(Edge, UpdatesWhatIsGivenAlone) {
  const auto id = run<v1::RegisterPersonResponse>(villager("")).person().person_id();
  v1::UpdatePersonRequest request;
  request.set_county(kCounty);
  request.set_person_id(id);
  request.set_phone("13700001111");
  const auto person = run<v1::UpdatePersonResponse>(request).person();
  EXPECT_EQ(person.phone(), "137****1111");
  EXPECT_EQ(person.name(), "张三");
  request.set_phone("  ");
  EXPECT_EQ(bind_(request).error().reason, "INVALID_FIELD");
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

TEST_F(Edge, ListsOrganisationsInTheirDeclaredOrders) {
  const auto town = organisation("新池镇", v1::ORGANISATION_KIND_TOWNSHIP);
  for (int i = 0; i < 11; ++i) {
    organisation("村" + std::to_string(i), v1::ORGANISATION_KIND_VILLAGE, town);
  }
  v1::ListOrganisationsRequest request;
  request.set_county(kCounty);
  request.set_kind(v1::ORGANISATION_KIND_VILLAGE);
  request.set_page_size(8);
  std::vector<std::string> ids;
  do {
    const auto page = ask<v1::ListOrganisationsResponse>(request);
    ASSERT_TRUE(page.has_value());
    for (const auto& row : page->organisations()) ids.push_back(row.organisation_id());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  ASSERT_EQ(ids.size(), 11u);
  EXPECT_EQ(ids.front(), "o3");
  EXPECT_EQ(ids.back(), "o13");  // By number: not o10 before o3.

  request.clear_kind();
  request.set_parent_id("");
  EXPECT_EQ(ask<v1::ListOrganisationsResponse>(request)->organisations_size(), 2);
  request.clear_parent_id();
  request.set_text("村1");
  EXPECT_EQ(ask<v1::ListOrganisationsResponse>(request)->organisations_size(), 2);
  request.clear_text();
  request.set_order(v1::ORGANISATION_ORDER_NAME);
  EXPECT_EQ(ask<v1::ListOrganisationsResponse>(request)->organisations(0).name(), "县委组织部");
  request.set_kind(v1::ORGANISATION_KIND_VILLAGE);
  EXPECT_EQ(ask<v1::ListOrganisationsResponse>(request).error().reason, "INVALID_FIELD");
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

TEST_F(Edge, ChecksTimes) {
  v1::EndPostRequest request;
  request.set_county(kCounty);
  request.mutable_until_time()->set_seconds(1'000'000'000'000'000);
  EXPECT_EQ(bind_(request).error().reason, "INVALID_FIELD");
}

TEST(Masks, KeepLittle) {
  EXPECT_EQ(mask_phone("13812341234"), "138****1234");
  EXPECT_EQ(mask_phone("110"), "****");
  EXPECT_EQ(mask_phone(""), "");
  EXPECT_EQ(mask_identity_number("610524199001011234"), "****1234");
}

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

TEST_F(Edge, MembershipsAreListedByAllianceOrganisationAndRole) {
  const auto first = organisation("果业联盟", v1::ORGANISATION_KIND_ALLIANCE);
  const auto second = organisation("羊业联盟", v1::ORGANISATION_KIND_ALLIANCE);
  std::vector<std::string> members;
  for (const auto* name : {"大唐", "秦牧", "雨润"}) {
    members.push_back(organisation(name, v1::ORGANISATION_KIND_ENTERPRISE));
  }
  struct Joined {
    std::string alliance, organisation;
    v1::MembershipRole role;
    std::string id;
  };
  std::vector<Joined> all;
  for (const auto& alliance : {first, second}) {
    for (const auto& member : members) {
      for (const auto role : {v1::MEMBERSHIP_ROLE_MEMBER, v1::MEMBERSHIP_ROLE_FOUNDER}) {
        v1::AddMembershipRequest add;
        add.set_county(kCounty);
        add.set_alliance_id(alliance);
        add.set_organisation_id(member);
        add.set_role(role);
        const auto id =
            run<v1::AddMembershipResponse>(add).membership().membership().membership_id();
        all.push_back({alliance, member, role, id});
      }
    }
  }
  const auto expect_listed = [&](const std::string& alliance, const std::string& organisation,
                                 v1::MembershipRole role) {
    std::set<std::string> wanted;
    for (const auto& one : all) {
      if ((alliance.empty() || one.alliance == alliance) &&
          (organisation.empty() || one.organisation == organisation) &&
          (role == v1::MEMBERSHIP_ROLE_UNSPECIFIED || one.role == role)) {
        wanted.insert(one.id);
      }
    }
    std::vector<std::string> ids;
    v1::ListMembershipsRequest request;
    request.set_county(kCounty);
    request.set_alliance_id(alliance);
    request.set_organisation_id(organisation);
    request.set_role(role);
    request.set_page_size(2);
    do {
      const auto page = ask<v1::ListMembershipsResponse>(request);
      EXPECT_LE(page->memberships_size(), 2);
      for (const auto& one : page->memberships()) ids.push_back(one.membership().membership_id());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()), wanted)
        << alliance << '/' << organisation << '/' << role;
    EXPECT_EQ(ids.size(), wanted.size());
  };
  for (const auto& alliance : {std::string(), first, second}) {
    for (const auto& organisation : {std::string(), members[0], members[2]}) {
      for (const auto role : {v1::MEMBERSHIP_ROLE_UNSPECIFIED, v1::MEMBERSHIP_ROLE_MEMBER,
                              v1::MEMBERSHIP_ROLE_FOUNDER, v1::MEMBERSHIP_ROLE_CHAIR_IN_TURN}) {
        expect_listed(alliance, organisation, role);
      }
    }
  }
}

}  // namespace
}  // namespace lianmeng::membership
