#include <string>
#include <vector>

#include "membership/rpc/testing.h"

namespace lianmeng::membership {
namespace {

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

}  // namespace
}  // namespace lianmeng::membership
