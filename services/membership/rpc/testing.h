// What comes in as a request and goes out as a response, without gRPC between: what the tests of
// this folder begin with.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "membership/domain/testing.h"
#include "membership/fold.h"
#include "membership/rpc/commands.h"
#include "membership/rpc/responses.h"
#include "platform/seal/key_store.h"
#include "platform/testing/scenario.h"

namespace lianmeng::membership {

inline constexpr const char* kCounty = "610524";

// A county with an officer of its office, who acts until another is named.
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

}  // namespace lianmeng::membership
