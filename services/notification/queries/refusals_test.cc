// Every refusal that the service's proto promises of a query, provoked; and that the same query is
// answered where it belongs. What is promised is read from the comments of the proto: a query
// without a line here fails, and so does a line without a promise.
#include <gmock/gmock.h>

#include <set>

#include "notification/queries/inbox.h"
#include "notification/queries/settings.h"
#include "notification/testing/heyang.h"
#include "platform/testing/promises.h"
#include "platform/testing/queries.h"

namespace lianmeng::notification {
namespace {

using namespace testing;
using lianmeng::testing::asked;
using lianmeng::testing::AskedQuery;
using lianmeng::testing::Promise;
using lianmeng::testing::promised_refusals;
using lianmeng::testing::Rpcs;
using lianmeng::testing::Scenario;

const Actor kOperator{Actor::Kind::kOperator, "root", {}};

Status watch(const runtime::QueryContext& context, const Actor& actor,
             const v1::WatchNoticesRequest& request, v1::WatchNoticesResponse*) {
  return check_watch(context, actor, request);
}

// Somebody who is answered, and what nobody is: the settings are for those who hold a public post,
// an inbox is its owner's.
struct Line {
  AskedQuery query;
  PersonId reader;
  Actor denied;
};

std::vector<Line> lines() {
  const std::string county = "county: '610524' ";
  const Actor farmer{Actor::Kind::kPerson, kFarmer.str(), {}};
  return {
      {asked<v1::ListRulesRequest, v1::ListRulesResponse>("ListRules", list_rules, county), kHead,
       farmer},
      {asked<v1::ListTemplatesRequest, v1::ListTemplatesResponse>("ListTemplates", list_templates,
                                                                  county),
       kHead, farmer},
      {asked<v1::PreviewTemplateRequest, v1::PreviewTemplateResponse>(
           "PreviewTemplate", preview_template, county + "template_key: 'declined.asker'"),
       kHead, farmer},
      {asked<v1::ListNoticesRequest, v1::ListNoticesResponse>("ListNotices", list_notices, county),
       kFarmer, kOperator},
      {asked<v1::WatchNoticesRequest, v1::WatchNoticesResponse>("WatchNotices", watch, county),
       kFarmer, kOperator},
      {asked<v1::CountUnreadRequest, v1::CountUnreadResponse>("CountUnread", count_unread, county),
       kFarmer, kOperator},
  };
}

// What stands in the way of an otherwise sound query of the head's; "" that it is answered.
struct Special {
  std::string query;
  std::string fields;
  std::string reason;
};

std::vector<Special> specials() {
  const std::string draft = "template_key: '' draft { trigger: TRIGGER_DEMAND_DECLINED ";
  return {
      {"ListRules", "page_token: 'Declined'", "PAGE_TOKEN_MALFORMED"},
      {"ListTemplates", "template_key: 'declined.asker'", ""},
      {"ListTemplates", "template_key: 'nobody.knows'", "TEMPLATE_UNKNOWN"},
      {"ListTemplates", "template_key: 'declined.asker' page_token: 'declined.asker'",
       "PAGE_TOKEN_MALFORMED"},
      {"PreviewTemplate", "template_key: 'nobody.knows'", "TEMPLATE_UNKNOWN"},
      {"PreviewTemplate", draft + "title_zh: '{number}' text_zh: '{score}' }",
       "TEMPLATE_VARIABLE_UNKNOWN"},
      {"PreviewTemplate", draft + "title_zh: '{number}' text_zh: '{number' }", "INVALID_FIELD"},
      {"PreviewTemplate", draft + "title_zh: '{number}' text_zh: '{reason}' }", ""},
      {"ListNotices", "unread_only: true page_token: '0.1.zz'", "PAGE_TOKEN_MALFORMED"},
  };
}

TEST(QueryRefusals, EachPromisedOneIsGivenAndTheQueryIsAnsweredWhereItBelongs) {
  Scenario scenario(notification_fold(), kHeyang);
  prepare(scenario);
  std::set<Promise> given;
  const auto refusal = [&](const AskedQuery& query, const auto& by) {
    const auto reason = query.ask(scenario, by);
    // That is the edge's, of every call.
    if (!reason.empty() && reason != "INVALID_FIELD") given.emplace(query.name(), reason);
    return reason;
  };
  const auto all = lines();
  for (const auto& [query, reader, denied] : all) {
    SCOPED_TRACE(query.name());
    EXPECT_EQ(query.ask(scenario, reader), "");
    EXPECT_EQ(refusal(query, denied), "PERMISSION_DENIED");
    EXPECT_EQ(query.ask(scenario, kOperator), "PERMISSION_DENIED");
    if (query.has("page_token")) {
      EXPECT_EQ(refusal(query.with("page_token: 'Ω'"), reader), "PAGE_TOKEN_MALFORMED");
    }
  }
  for (const auto& special : specials()) {
    SCOPED_TRACE(special.query + " " + special.fields);
    const auto line = std::find_if(
        all.begin(), all.end(), [&](const Line& one) { return one.query.name() == special.query; });
    ASSERT_NE(line, all.end());
    EXPECT_EQ(refusal(line->query.with(special.fields), kHead), special.reason);
  }
  // Who was erased has no inbox any more.
  erase(scenario, kFarmer);
  for (const auto& line : all) {
    EXPECT_EQ(line.query.ask(scenario, kFarmer), "PERMISSION_DENIED") << line.query.name();
  }
  EXPECT_THAT(given, ::testing::ContainerEq(promised_refusals(LIANMENG_PROTO, Rpcs::kQueries)));
}

}  // namespace
}  // namespace lianmeng::notification
