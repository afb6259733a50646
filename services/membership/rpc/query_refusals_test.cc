// Every refusal that the service's proto promises of a query, provoked; and that the same query is
// answered where it belongs. What is promised is read from the comments of the proto: a query
// without a line here fails, and so does a line without a promise.
#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "membership/domain/testing.h"
#include "membership/rpc/commands.h"
#include "membership/rpc/responses.h"
#include "platform/seal/key_store.h"
#include "platform/testing/promises.h"
#include "platform/testing/queries.h"

namespace lianmeng::membership {
namespace {

using testing::AskedQuery;

// 合阳 with a township, a village, its cadre and a villager without a public post, and a team.
struct Town : County {
  seal::MemoryKeyStore keys{seal::system_random()};
  seal::Sealer sealer{keys, seal::system_random()};
  std::string township = make(create("新池镇", v1::ORGANISATION_KIND_TOWNSHIP));
  std::string village = make(create("北顺村", v1::ORGANISATION_KIND_VILLAGE, township));
  PersonId cadre = person("李书记");
  std::string post = make(appoint(cadre.str(), "李书记", village, v1::POST_ROLE_VILLAGE_CADRE));
  PersonId villager = person("张三", village);
  std::string plain_post = make(appoint(villager.str(), "", village, v1::POST_ROLE_MEMBER));
  PersonId neighbour = person("王五", township);
  PersonId auditor = person("审计");
  std::string membership;

  // Sealed with a key that is there.
  PersonId person(const std::string& name, const std::string& organisation = {}) {
    v1::RegisterPersonRequest request;
    request.set_county(kHeyang.str());
    request.set_name(name);
    request.set_organisation_id(organisation);
    when(*CommandBinder(sealer)(request)).accepted();
    return PersonId(event<v1::PersonRegistered>().person().person_id());
  }

  Town() {
    AddMembership add;
    add.organisation_id = village;
    add.alliance_id = make(create("红色助力团", v1::ORGANISATION_KIND_TEAM));
    membership = make(add);
    make(appoint(auditor.str(), "审计", "o1", v1::POST_ROLE_AUDITOR));
  }
};

class Table : public ::testing::Test {
 protected:
  template <class Request, class Response>
  AskedQuery asked(std::string name, const std::string& fields = {}) {
    return testing::asked<Request, Response>(std::move(name), QueryAnswerer(town_.sealer),
                                             "county: '610524' " + fields);
  }
  static std::string field(const std::string& name, const std::string& value) {
    return name + ": '" + value + "'";
  }

  // Who is answered, and who is refused as having no business there.
  struct Line {
    AskedQuery query;
    PersonId reader;
    PersonId denied = PersonId("610524-p99");
  };
  std::vector<Line> lines() {
    const auto& by = town_.neighbour;  // Whoever is in the roster.
    const auto village = field("organisation_id", town_.village);
    return {
        {asked<v1::GetCountyRequest, v1::GetCountyResponse>("GetCounty"), by},
        {asked<v1::GetOrganisationRequest, v1::GetOrganisationResponse>("GetOrganisation", village),
         by},
        {asked<v1::ListOrganisationsRequest, v1::ListOrganisationsResponse>("ListOrganisations"),
         by},
        {asked<v1::GetPersonRequest, v1::GetPersonResponse>("GetPerson",
                                                            field("person_id", town_.cadre.str())),
         by},
        {asked<v1::ListPeopleRequest, v1::ListPeopleResponse>("ListPeople"), by},
        {asked<v1::ListPostsRequest, v1::ListPostsResponse>("ListPosts"), by},
        {asked<v1::GetPostRequest, v1::GetPostResponse>("GetPost", field("post_id", town_.post)),
         by},
        {asked<v1::GetMembershipRequest, v1::GetMembershipResponse>(
             "GetMembership", field("membership_id", town_.membership)),
         by},
        {asked<v1::ListMembershipsRequest, v1::ListMembershipsResponse>("ListMemberships"), by},
        {asked<v1::GetHistoryRequest, v1::GetHistoryResponse>(
             "GetHistory", field("subject", "organisations/" + town_.village)),
         by},
        {asked<v1::ListRevealsRequest, v1::ListRevealsResponse>("ListReveals"), by},
        {asked<v1::ListAuditLooksRequest, v1::ListAuditLooksResponse>("ListAuditLooks"),
         town_.auditor, kCoordinator},
        {asked<v1::WhoAmIRequest, v1::WhoAmIResponse>("WhoAmI"), by},
    };
  }

  // What stands in the way of an otherwise sound query; "" that it is answered.
  struct Special {
    std::string query;
    PersonId by;
    std::string fields;
    std::string reason;
  };
  std::vector<Special> specials() const {
    const auto& by = town_.neighbour;
    const std::string recorded = "as_of_recorded_time { seconds: 1 }";
    const std::string effective = "as_of_effective_time { seconds: 1 }";
    const auto villager = field("person_id", town_.villager.str());
    const auto plain_post = field("post_id", town_.plain_post);
    return {
        {"GetOrganisation", by, "organisation_id: 'o99'", "ORGANISATION_UNKNOWN"},
        {"GetOrganisation", by, recorded, "NOTHING_THEN"},
        {"GetOrganisation", by, effective, "NOTHING_THEN"},
        {"GetPerson", by, "person_id: '610524-p99'", "PERSON_UNKNOWN"},
        {"GetPerson", by, villager, "PERSON_UNKNOWN"},
        {"GetPerson", by, villager + recorded, "PERSON_UNKNOWN"},
        {"GetPerson", town_.villager, villager, ""},
        {"GetPerson", town_.cadre, villager, ""},
        {"GetPerson", by, recorded, "NOTHING_THEN"},
        {"GetPerson", by, effective, "NOTHING_THEN"},
        {"GetPost", by, "post_id: 't99'", "POST_UNKNOWN"},
        // Who holds no public post is nothing to everybody.
        {"GetPost", by, plain_post, "POST_UNKNOWN"},
        {"GetPost", town_.cadre, plain_post, ""},
        {"GetPost", by, recorded, "NOTHING_THEN"},
        {"GetPost", by, effective, "NOTHING_THEN"},
        {"GetMembership", by, "membership_id: 'm99'", "MEMBERSHIP_UNKNOWN"},
        {"GetMembership", by, recorded, "NOTHING_THEN"},
        {"GetMembership", by, effective, "NOTHING_THEN"},
        {"ListOrganisations", by, "order: ORGANISATION_ORDER_NAME kind: ORGANISATION_KIND_VILLAGE",
         "INVALID_FIELD"},
        {"ListOrganisations", by, "order: ORGANISATION_ORDER_NAME " + recorded, "INVALID_FIELD"},
        {"ListOrganisations", by, recorded, ""},
        {"GetHistory", by, "subject: 'o5'", "INVALID_FIELD"},
        {"ListAuditLooks", kOfficer, "", ""},
    };
  }

  Town town_;
};

TEST_F(Table, EachPromisedRefusalOfAQueryIsGivenAndItIsAnsweredWhereItBelongs) {
  std::set<testing::Promise> given;
  const auto refusal = [&](const AskedQuery& query, const PersonId& by) {
    const auto reason = query.ask(town_, by);
    // That is the edge's, of every call.
    if (!reason.empty() && reason != "INVALID_FIELD") given.emplace(query.name(), reason);
    return reason;
  };
  const auto all = lines();
  for (const auto& [query, reader, denied] : all) {
    SCOPED_TRACE(query.name());
    EXPECT_EQ(query.ask(town_, reader), "");
    EXPECT_EQ(refusal(query, denied), "PERMISSION_DENIED");
    EXPECT_EQ(refusal(query.with("county: '999999'"), reader), "COUNTY_UNKNOWN");
    for (const auto kind : {Actor::Kind::kOperator, Actor::Kind::kCountySystem}) {
      EXPECT_EQ(query.ask(town_, Actor{kind, "root", {}}), "PERMISSION_DENIED");
    }
    if (query.has("page_token")) {
      EXPECT_EQ(refusal(query.with("page_token: 'nonsense'"), reader), "PAGE_TOKEN_MALFORMED");
    }
  }
  for (const auto& special : specials()) {
    SCOPED_TRACE(special.query + " " + special.fields + " by " + special.by.str());
    const auto line = std::find_if(
        all.begin(), all.end(), [&](const Line& one) { return one.query.name() == special.query; });
    ASSERT_NE(line, all.end());
    EXPECT_EQ(refusal(line->query.with(special.fields), special.by), special.reason);
  }
  EXPECT_THAT(given, ::testing::ContainerEq(
                         testing::promised_refusals(LIANMENG_PROTO, testing::Rpcs::kQueries)));
}

}  // namespace
}  // namespace lianmeng::membership
