// Every refusal that the service's proto promises of a query, provoked; and that the same query is
// answered where it belongs. What is promised is read from the comments of the proto: a query
// without a line here fails, and so does a line without a promise.
#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "dispatch/domain/test_county.h"
#include "dispatch/rpc/responses.h"
#include "platform/testing/promises.h"
#include "platform/testing/queries.h"

namespace lianmeng::dispatch {
namespace {

using testing::AskedQuery;

struct Case : DispatchTest {
  void TestBody() override {}
  using DispatchTest::s;
  using DispatchTest::take;
};

template <class Request, class Response>
AskedQuery asked(std::string name, const std::string& fields = {}) {
  return testing::asked<Request, Response>(
      std::move(name),
      [](const runtime::QueryContext& context, const Actor& actor, const Request& request,
         Response* response) {
        if constexpr (requires { check_watch(context, actor, request); }) {
          return check_watch(context, actor, request);
        } else {
          return answer(context, actor, request, response);
        }
      },
      "county: '610524' " + fields);
}

// Who is answered, and who is refused as having no business there.
struct Line {
  AskedQuery query;
  PersonId reader;
  PersonId denied = kStranger;
};

std::vector<Line> lines() {
  const std::string demand = "demand_id: '230628-001'";
  return {
      {asked<v1::GetDemandRequest, v1::GetDemandResponse>("GetDemand", demand), kCadre},
      {asked<v1::ListDemandsRequest, v1::ListDemandsResponse>("ListDemands"), kCadre},
      {asked<v1::CountDemandsRequest, v1::CountDemandsResponse>("CountDemands"), kCity},
      {asked<v1::ListTodosRequest, v1::ListTodosResponse>("ListTodos"), kHead},
      {asked<v1::GetDemandHistoryRequest, v1::GetDemandHistoryResponse>("GetDemandHistory", demand),
       kHead},
      {asked<v1::ListRevealsRequest, v1::ListRevealsResponse>("ListReveals"), kVillager},
      {asked<v1::WatchDemandsRequest, v1::WatchDemandsResponse>("WatchDemands", demand), kCadre},
      {asked<v1::GetLimitsRequest, v1::GetLimitsResponse>("GetLimits"), kVillager},
      {asked<v1::GetCalendarRequest, v1::GetCalendarResponse>("GetCalendar", "year: 2023"),
       kVillager},
      {asked<v1::ListRoutingRulesRequest, v1::ListRoutingRulesResponse>("ListRoutingRules"),
       kVillager},
      {asked<v1::ListAuditLooksRequest, v1::ListAuditLooksResponse>("ListAuditLooks"), kOfficer,
       kCoordinator},
  };
}

// What stands in the way of an otherwise sound query; "" that it is answered.
struct Special {
  std::string query;
  PersonId by;
  std::string fields;
  std::string reason;
};

std::vector<Special> specials() {
  return {
      {"GetDemand", kCadre, "demand_id: '230628-999'", "DEMAND_UNKNOWN"},
      {"GetDemand", kNeighbour, "", "DEMAND_UNKNOWN"},
      {"GetDemand", kCity, "", "DEMAND_UNKNOWN"},
      {"GetDemand", kCadre, "as_of_recorded_time { seconds: 1 }", "NOTHING_THEN"},
      {"GetDemand", kCadre, "as_of_effective_time { seconds: 1 }", "NOTHING_THEN"},
      {"GetDemandHistory", kCadre, "demand_id: '230628-999'", "DEMAND_UNKNOWN"},
      {"GetDemandHistory", kNeighbour, "", "DEMAND_UNKNOWN"},
      {"WatchDemands", kCadre, "demand_id: '230628-999'", "DEMAND_UNKNOWN"},
      {"WatchDemands", kNeighbour, "", "DEMAND_UNKNOWN"},
      // Each look of audit's goes on record; a stream has no end.
      {"WatchDemands", kAuditor, "", "PERMISSION_DENIED"},
      {"WatchDemands", kAuditor, "demand_id: ''", ""},
      // A count by these would tell of a case.
      {"CountDemands", kCity, "text: '服装'", "PERMISSION_DENIED"},
      {"CountDemands", kCity, "asker_person_id: '610524-p8'", "PERMISSION_DENIED"},
      {"CountDemands", kCity, "asker_organisation_id: 'o3'", "PERMISSION_DENIED"},
      {"CountDemands", kCity, "handler_person_id: '610524-p5'", "PERMISSION_DENIED"},
      {"ListDemands", kCity, "", ""},
      {"ListDemands", kCadre, "order: DEMAND_ORDER_DUE", "INVALID_FIELD"},
      {"ListDemands", kCadre, "order: DEMAND_ORDER_DUE lights: [LIGHT_GREEN, LIGHT_RED]",
       "INVALID_FIELD"},
      {"ListDemands", kCadre, "order: DEMAND_ORDER_DUE lights: [LIGHT_RED]", ""},
      {"ListDemands", kCadre, "page_token: '1.r1'", "PAGE_TOKEN_MALFORMED"},
      {"ListRoutingRules", kCadre, "page_token: '.r1'", "PAGE_TOKEN_MALFORMED"},
      {"ListRoutingRules", kCadre, "page_token: '1.'", "PAGE_TOKEN_MALFORMED"},
      {"ListRoutingRules", kCadre, "page_token: '99999999999.r1'", "PAGE_TOKEN_MALFORMED"},
      {"ListAuditLooks", kAuditor, "", ""},
  };
}

TEST(QueryRefusals, EachPromisedOneIsGivenAndTheQueryIsAnsweredWhereItBelongs) {
  Case c;
  c.take();
  std::set<testing::Promise> given;
  const auto refusal = [&](const AskedQuery& query, const PersonId& by) {
    const auto reason = query.ask(c.s, by);
    // That is the edge's, of every call.
    if (!reason.empty() && reason != "INVALID_FIELD") given.emplace(query.name(), reason);
    return reason;
  };
  const auto all = lines();
  for (const auto& [query, reader, denied] : all) {
    SCOPED_TRACE(query.name());
    EXPECT_EQ(query.ask(c.s, reader), "");
    EXPECT_EQ(refusal(query, denied), "PERMISSION_DENIED");
    EXPECT_EQ(query.with("county: '999999'").ask(c.s, reader), "PERMISSION_DENIED");
    for (const auto kind : {Actor::Kind::kOperator, Actor::Kind::kCountySystem}) {
      EXPECT_EQ(query.ask(c.s, Actor{kind, "root", {}}), "PERMISSION_DENIED");
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
}  // namespace lianmeng::dispatch
