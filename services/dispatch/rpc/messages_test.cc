// Requests in, answers out, over the state that scenarios make; without gRPC.
#include <gmock/gmock.h>

#include "dispatch/domain/test_county.h"
#include "dispatch/queries/events.h"
#include "dispatch/rpc/commands.h"
#include "dispatch/rpc/responses.h"
#include "platform/seal/key_store.h"

namespace lianmeng::dispatch {
namespace {

namespace roster = membership::roster;
using ::testing::HasSubstr;

Actor person(const PersonId& id) { return {Actor::Kind::kPerson, id.str(), {}}; }

class MessagesTest : public DispatchTest {
 protected:
  template <class Request>
  Scenario& call(const Request& request) {
    auto decide = bind(request);
    EXPECT_TRUE(decide.has_value());
    return s.when(*decide);
  }
  runtime::QueryContext asked() const { return {&s.view(), s.now(), Place{"dispatch", 7, 1'000}}; }
  runtime::Accepted accepted(std::string subject) const {
    runtime::Accepted out;
    out.place = {"dispatch", 7, 1'000};
    out.time = s.now();
    out.subject = std::move(subject);
    return out;
  }
  template <class Response, class Request>
  Response ask(const PersonId& who, Request request) {
    request.set_county("610524");
    Response response;
    const auto status = answer(asked(), person(who), request, &response);
    EXPECT_TRUE(status.has_value()) << (status ? "" : status.error().message_en);
    return response;
  }
  template <class Response, class Request>
  std::string refusal(const PersonId& who, Request request) {
    request.set_county("610524");
    Response response;
    const auto status = answer(asked(), person(who), request, &response);
    return status ? "" : status.error().reason;
  }
};

TEST_F(MessagesTest, RequestsBecomeCommandsAndTheReplySaysWhatIsDue) {
  v1::SubmitDemandRequest submit;
  submit.set_county("610524");
  submit.set_title("气调库缺配套设施");
  submit.set_kind(v1::DEMAND_KIND_FUNDS);
  s.by(kCadre);
  call(submit).accepted();
  v1::SubmitDemandResponse response;
  fill_demand_reply(CountyId("610524"), s.view(), accepted("demands/230628-001"), person(kCadre),
                    response.mutable_demand(), response.mutable_next_due());
  EXPECT_EQ(response.demand().number(), "合阳-230628-001");
  EXPECT_EQ(response.demand().asker_organisation_name(), "北顺村");
  EXPECT_EQ(response.demand().township_name(), "新池镇");
  EXPECT_EQ(response.demand().asker_person_name(), "某p3");
  ASSERT_EQ(response.next_due_size(), 1);
  EXPECT_EQ(response.next_due(0).kind(), v1::CLOCK_KIND_ROUTE);
  EXPECT_EQ(response.next_due(0).remaining_minutes(), 240);
  EXPECT_EQ(response.next_due(0).text_zh(), "派单，还剩4小时（工作时间）");

  v1::RouteDemandRequest route;
  route.set_county("610524");
  route.set_demand_id("合阳-230628-001");
  route.set_lead_group_id(kIndustry);
  route.add_group_ids(kTraining);
  s.by(kCoordinator);
  call(route).accepted();
  v1::TakeDemandRequest take;
  take.set_demand_id(kDemand);
  s.by(kHead);
  call(take).accepted();
  v1::ReportProgressRequest report;
  report.set_demand_id(kDemand);
  report.set_words("已联系大唐");
  report.mutable_next_step_time()->set_seconds(1'688'000'000);
  call(report).accepted();
  v1::SubmitResultRequest result;
  result.set_demand_id(kDemand);
  result.set_kind(v1::RESULT_KIND_SOLVED);
  result.set_words("申请到援建项目");
  auto& figure = *result.add_figures();
  figure.set_metric("援建资金");
  figure.set_value("350000");
  figure.set_unit("元");
  figure.set_qualifier(v1::QUALIFIER_EXACT);
  call(result).accepted();

  v1::GetDemandRequest get;
  get.set_demand_id("合阳-230628-001");
  const auto got = ask<v1::GetDemandResponse>(kCadre, get);
  EXPECT_EQ(got.demand().lead_group_name(), "产业小组");
  EXPECT_EQ(got.demand().result().figures(0).value(), "350000");
  EXPECT_EQ(got.next_due(0).kind(), v1::CLOCK_KIND_AUDIT);
}

TEST_F(MessagesTest, WhoLeftTheGroupIsNotShownAsTheHandler) {
  name_handler();
  v1::GetDemandRequest get;
  get.set_demand_id(kDemand);
  EXPECT_EQ(ask<v1::GetDemandResponse>(kHead, get).demand().handler_person_id(), kMember.str());
  const auto named = s.now();
  s.at(named + std::chrono::hours{1});
  end_posts(kMember, kIndustry);
  const auto left = ask<v1::GetDemandResponse>(kHead, get).demand();
  EXPECT_EQ(left.handler_person_id(), "");
  EXPECT_EQ(left.handler_person_name(), "");
  const auto list = ask<v1::ListDemandsResponse>(kHead, v1::ListDemandsRequest());
  EXPECT_EQ(list.demands(0).handler_person_id(), "");
  EXPECT_EQ(refusal<v1::GetDemandResponse>(kMember, get), "DEMAND_UNKNOWN");
  v1::GetDemandHistoryRequest history;
  history.set_demand_id(kDemand);
  EXPECT_EQ(refusal<v1::GetDemandHistoryResponse>(kMember, history), "DEMAND_UNKNOWN");
  // As it was, they handled it; and so they did when it is closed.
  get.mutable_as_of_recorded_time()->CopyFrom(to_proto(named));
  EXPECT_EQ(ask<v1::GetDemandResponse>(kHead, get).demand().handler_person_id(), kMember.str());
  get.clear_as_of_recorded_time();
  s.by(kHead).when(solved()).accepted();
  s.by(kCoordinator).when(AcceptResult{.demand_id = kDemand, .note = {}}).accepted();
  s.by(kCadre).when(rating(v1::SOLVED_ANSWER_YES, 5)).accepted();
  EXPECT_EQ(ask<v1::GetDemandResponse>(kHead, get).demand().handler_person_id(), kMember.str());
}

TEST_F(MessagesTest, ADemandIsReadAsItWas) {
  const auto start = s.now();
  route();
  s.at(start + std::chrono::hours{1});
  s.by(kHead).when(TakeDemand{.demand_id = kDemand, .group_id = {}}).accepted();
  v1::GetDemandRequest get;
  get.set_demand_id(kDemand);
  EXPECT_EQ(ask<v1::GetDemandResponse>(kCadre, get).demand().state(), v1::DEMAND_STATE_TAKEN);
  *get.mutable_as_of_recorded_time() = to_proto(start);
  const auto then = ask<v1::GetDemandResponse>(kCadre, get);
  EXPECT_EQ(then.demand().state(), v1::DEMAND_STATE_ROUTED);
  EXPECT_EQ(then.demand().lead_group_id(), "");
  // What was due then, and how much was left of it.
  ASSERT_EQ(then.next_due_size(), 1);
  EXPECT_EQ(then.next_due(0).kind(), v1::CLOCK_KIND_TAKE);
  EXPECT_GT(then.next_due(0).remaining_minutes(), 0);
  // The group that leads today sees today's view of who asks in it.
  EXPECT_EQ(ask<v1::GetDemandResponse>(kHead, get).demand().asker_person_id(), kCadre.str());
  *get.mutable_as_of_recorded_time() = to_proto(start - Duration{1});
  EXPECT_EQ(refusal<v1::GetDemandResponse>(kCadre, get), "NOTHING_THEN");
  // Who does not see the demand learns nothing of it.
  EXPECT_EQ(refusal<v1::GetDemandResponse>(kNeighbour, get), "DEMAND_UNKNOWN");
}

TEST_F(MessagesTest, ValidatedSubmissionShowsLikelyDuplicates) {
  submit();
  v1::SubmitDemandRequest request;
  request.set_county("610524");
  request.set_title("扩大社区服装厂，壮大集体经济");
  request.set_kind(v1::DEMAND_KIND_ORDINARY);
  call(request).accepted();  // Validation sees it as if it were stored.
  v1::SubmitDemandResponse response;
  fill_duplicates(request, s.view(), accepted("demands/230628-002"), person(kCadre), &response);
  ASSERT_EQ(response.likely_duplicates_size(), 1);
  EXPECT_EQ(response.likely_duplicates(0).demand_id(), kDemand);
}

TEST_F(MessagesTest, WhatAuditIsShownGoesOnRecordAndOthersLookFreely) {
  take();
  const auto look = [&](const PersonId& who) {
    v1::GetDemandRequest get;
    get.set_demand_id(kDemand);
    return record_look(asked(), person(who), "610524", "GetDemand",
                       shown(ask<v1::GetDemandResponse>(who, get)));
  };
  for (const auto& who : {kCadre, kHead, kCoordinator, kOfficer, kChair, kTownship}) {
    EXPECT_FALSE(look(who).has_value());
  }
  const auto record = look(kAuditor);
  ASSERT_TRUE(record.has_value());
  s.by(kAuditor).when(*record).accepted();
  for (const auto& who : {kOfficer, kAuditor}) {
    const auto looks = ask<v1::ListAuditLooksResponse>(who, v1::ListAuditLooksRequest());
    ASSERT_EQ(looks.looks_size(), 1);
    EXPECT_EQ(looks.looks(0).person_id(), kAuditor.str());
    EXPECT_EQ(looks.looks(0).person_name(), "某p12");
    EXPECT_EQ(looks.looks(0).method(), "GetDemand");
    EXPECT_EQ(looks.looks(0).demand_ids(0), kDemand);
  }
  for (const auto& who : {kCoordinator, kChair, kCadre, kStranger}) {
    EXPECT_EQ(refusal<v1::ListAuditLooksResponse>(who, v1::ListAuditLooksRequest()),
              "PERMISSION_DENIED");
  }
}

TEST_F(MessagesTest, ReplyToWhoSeesItNoLongerNamesItAndTellsNoMore) {
  route();
  s.by(kHead).when(PassBackDemand{.demand_id = kDemand, .group_id = {}, .reason = "不属本组"});
  s.accepted();
  const auto reply = [&](const PersonId& who, bool repeated) {
    auto told = accepted("demands/230628-001");
    told.repeated = repeated;
    v1::PassBackDemandResponse response;
    fill_demand_reply(CountyId("610524"), s.view(), told, person(who), response.mutable_demand(),
                      response.mutable_next_due());
    return response;
  };
  EXPECT_EQ(reply(kHead, false).demand().number(), "合阳-230628-001");
  EXPECT_EQ(reply(kHead, false).demand().state(), v1::DEMAND_STATE_SUBMITTED);
  EXPECT_EQ(reply(kHead, false).demand().title(), "");
  EXPECT_EQ(reply(kHead, false).next_due_size(), 0);
  EXPECT_NE(reply(kCadre, true).demand().title(), "");
  EXPECT_EQ(reply(kNeighbour, true).demand().title(), "");
}

// An external id is known to the whole county: whoever repeats it is shown what they may see.
TEST_F(MessagesTest, ARepeatTellsNothingOfADemandToWhoDidNotDoItAndDoesNotSeeIt) {
  route();
  auto told = accepted("demands/230628-001");
  told.repeated = true;
  s.by(kHead).when(PassBackDemand{.demand_id = kDemand, .group_id = {}, .reason = "不属本组"});
  s.accepted();
  scan_history(s.view(), CountyId("610524"), kDemand, 0, [&](const v1::HistoryRow& entry) {
    told.place.sequence = entry.sequence();
    return true;
  });
  const auto reply = [&](const Actor& who) {
    v1::Demand demand;
    google::protobuf::RepeatedPtrField<v1::Due> due;
    fill_demand_reply(CountyId("610524"), s.view(), told, who, &demand, &due);
    return demand;
  };
  EXPECT_EQ(reply(person(kHead)).number(), "合阳-230628-001");
  EXPECT_EQ(reply(person(kHead)).title(), "");
  EXPECT_NE(reply(person(kCadre)).title(), "");
  EXPECT_EQ(reply(person(kOtherHead)).ByteSizeLong(), 0U);
  EXPECT_EQ(reply(person(kStranger)).ByteSizeLong(), 0U);
  EXPECT_EQ(reply(Actor{Actor::Kind::kCountySystem, "610524-s1", {}}).ByteSizeLong(), 0U);
  // What audit sees is a look, which this is not.
  EXPECT_EQ(reply(person(kAuditor)).ByteSizeLong(), 0U);
}

TEST_F(MessagesTest, ARepeatReadsWhatTheCountySetFromItsRosterAlone) {
  auto told = accepted("settings/limits");
  told.repeated = true;
  const auto reads = [&](const Actor& who) {
    return reads_settings(CountyId("610524"), s.view(), told, who);
  };
  EXPECT_TRUE(reads(person(kOfficer)));
  EXPECT_TRUE(reads(person(kVillager)));
  EXPECT_FALSE(reads(person(kStranger)));
  EXPECT_FALSE(reads(Actor{Actor::Kind::kCountySystem, "610524-s1", {}}));
  erase(kOfficer);
  EXPECT_FALSE(reads(person(kOfficer)));
}

// The chair sees it without contact details, and audit reads those where each look is on record.
TEST_F(MessagesTest, WhatACommandAnswersIsNoLookOfAudit) {
  auto command = workshop();
  command.detail = "电话13891234567";
  s.by(kCadre).when(command).accepted();
  appoint(kChair, kOffice, membership::v1::POST_ROLE_AUDITOR);
  v1::Demand demand;
  google::protobuf::RepeatedPtrField<v1::Due> due;
  fill_demand_reply(CountyId("610524"), s.view(), accepted("demands/230628-001"), person(kChair),
                    &demand, &due);
  EXPECT_EQ(demand.detail(), "电话138****4567");
  v1::GetDemandRequest get;
  get.set_demand_id(kDemand);
  EXPECT_EQ(ask<v1::GetDemandResponse>(kChair, get).demand().detail(), "电话13891234567");
}

TEST_F(MessagesTest, NumbersInTextsAreMaskedInListsAndReadOnlyByWhoContacts) {
  auto command = workshop();
  command.title = "修路，电话13891234567";
  command.detail = "卡号4111 1111 1111 1111";
  s.by(kCadre).when(command).accepted();
  s.by(kCoordinator).when(assignment(kIndustry)).accepted();
  v1::GetDemandRequest get;
  get.set_demand_id(kDemand);
  const auto detail = [&](const PersonId& who) {
    return ask<v1::GetDemandResponse>(who, get).demand().detail();
  };
  const std::string whole = command.detail;
  const std::string masked = "卡号**** **** **** 1111";
  for (const auto& who : {kCadre, kCoordinator, kOfficer, kAuditor}) EXPECT_EQ(detail(who), whole);
  // Offered, it is read without contact details; taken, by the lead until it names a handler.
  for (const auto& who : {kHead, kMember, kTownship, kChair}) EXPECT_EQ(detail(who), masked);
  s.by(kHead).when(TakeDemand{.demand_id = kDemand, .group_id = {}}).accepted();
  for (const auto& who : {kHead, kMember}) EXPECT_EQ(detail(who), whole);
  s.when(AssignHandler{.demand_id = kDemand, .handler_person_id = kMember.str(), .note = {}})
      .accepted();
  EXPECT_EQ(detail(kHead), masked);
  EXPECT_EQ(detail(kMember), whole);

  v1::GetDemandHistoryRequest history;
  history.set_demand_id(kDemand);
  const auto told = [&](const PersonId& who) {
    return ask<v1::GetDemandHistoryResponse>(who, history).events(0);
  };
  EXPECT_EQ(told(kMember).event().demand_submitted().detail(), whole);
  EXPECT_EQ(told(kChair).event().demand_submitted().detail(), masked);
  EXPECT_EQ(told(kChair).title(), "修路，电话138****4567");
  EXPECT_EQ(told(kChair).summary_zh(), "点单：修路，电话138****4567（一般诉求）");

  for (const auto& who : {kCadre, kCoordinator, kOfficer, kAuditor, kMember}) {
    const auto list = ask<v1::ListDemandsResponse>(who, v1::ListDemandsRequest());
    EXPECT_EQ(list.demands(0).detail(), masked);
    EXPECT_EQ(list.demands(0).title(), "修路，电话138****4567");
  }
  const auto todos = ask<v1::ListTodosResponse>(kMember, v1::ListTodosRequest());
  EXPECT_EQ(todos.todos(0).title(), "修路，电话138****4567");
}

TEST_F(MessagesTest, WhoIsOfferedItSeesNobodyWhoAsks) {
  route();
  v1::GetDemandRequest get;
  get.set_demand_id(kDemand);
  auto got = ask<v1::GetDemandResponse>(kHead, get);
  EXPECT_EQ(got.demand().asker_person_id(), "");
  EXPECT_EQ(got.demand().callback_person_id(), "");
  EXPECT_EQ(got.demand().asker_organisation_name(), "北顺村");
  EXPECT_EQ(refusal<v1::GetDemandResponse>(kNeighbour, get), "DEMAND_UNKNOWN");
  EXPECT_EQ(refusal<v1::GetDemandResponse>(kStranger, get), "PERMISSION_DENIED");

  v1::GetDemandHistoryRequest history;
  history.set_demand_id(kDemand);
  const auto events = ask<v1::GetDemandHistoryResponse>(kHead, history);
  ASSERT_EQ(events.events_size(), 2);
  EXPECT_EQ(events.events(0).actor(), "");
  EXPECT_EQ(events.events(0).event().demand_submitted().asker_person_id(), "");
  EXPECT_EQ(events.events(1).actor(), "person:610524-p1");
}

TEST_F(MessagesTest, HistoryIsTheEventsInOrderAndInPages) {
  take();
  v1::GetDemandHistoryRequest request;
  request.set_demand_id(kDemand);
  request.set_page_size(2);
  auto page = ask<v1::GetDemandHistoryResponse>(kCadre, request);
  ASSERT_EQ(page.events_size(), 2);
  EXPECT_EQ(page.events(0).type(), "lianmeng.dispatch.v1.DemandSubmitted");
  EXPECT_EQ(page.events(0).actor_name(), "某p3");
  EXPECT_EQ(page.events(0).number(), "合阳-230628-001");
  EXPECT_THAT(page.events(0).place(), HasSubstr("dispatch/7/"));
  EXPECT_THAT(page.events(0).summary_zh(), HasSubstr("点单"));
  ASSERT_FALSE(page.next_page_token().empty());
  request.set_page_token(page.next_page_token());
  page = ask<v1::GetDemandHistoryResponse>(kCadre, request);
  ASSERT_EQ(page.events_size(), 1);
  EXPECT_EQ(page.events(0).type(), "lianmeng.dispatch.v1.DemandTaken");
  EXPECT_TRUE(page.next_page_token().empty());
  request.set_page_token("x");
  EXPECT_EQ(refusal<v1::GetDemandHistoryResponse>(kCadre, request), "PAGE_TOKEN_MALFORMED");
}

TEST_F(MessagesTest, ListsCountsAndTodosAnswer) {
  submit();
  v1::ListDemandsRequest list;
  list.add_states(v1::DEMAND_STATE_SUBMITTED);
  EXPECT_EQ(ask<v1::ListDemandsResponse>(kCadre, list).demands(0).demand_id(), kDemand);
  list.set_order(v1::DEMAND_ORDER_DUE);
  EXPECT_EQ(refusal<v1::ListDemandsResponse>(kCadre, list), "INVALID_FIELD");
  const auto count = ask<v1::CountDemandsResponse>(kCadre, v1::CountDemandsRequest());
  EXPECT_EQ(count.count(), 1);
  EXPECT_TRUE(count.exact());
  const auto todos = ask<v1::ListTodosResponse>(kCoordinator, v1::ListTodosRequest());
  ASSERT_EQ(todos.todos_size(), 1);
  EXPECT_EQ(todos.todos(0).kind(), v1::TODO_KIND_ROUTE);
  EXPECT_EQ(todos.todos(0).due().kind(), v1::CLOCK_KIND_ROUTE);
}

TEST_F(MessagesTest, SettingsAreSetAndRead) {
  v1::SetLimitsRequest limits;
  limits.set_county("610524");
  auto& setting = *limits.add_settings();
  setting.set_limit_class(v1::LIMIT_CLASS_QUESTION);
  setting.set_clock_kind(v1::CLOCK_KIND_RESULT);
  setting.mutable_limit()->set_unit(v1::LIMIT_UNIT_HALF_WORKING_DAYS);
  setting.mutable_limit()->set_amount(4);
  s.by(kOfficer);
  call(limits).accepted();
  v1::SetLimitsResponse set;
  fill_settings(limits, s.view(), &set);
  EXPECT_EQ(set.limits_size(), 22);
  EXPECT_EQ(ask<v1::GetLimitsResponse>(kCadre, v1::GetLimitsRequest()).version(), 1U);

  v1::GetCalendarRequest calendar;
  calendar.set_year(2023);
  const auto known = ask<v1::GetCalendarResponse>(kCadre, calendar);
  EXPECT_FALSE(known.provisional());
  EXPECT_EQ(known.layers_size(), 1);
  EXPECT_EQ(known.office_hours(0).from_minute(), 480);
  calendar.set_year(2040);
  EXPECT_TRUE(ask<v1::GetCalendarResponse>(kCadre, calendar).provisional());

  v1::SetRoutingRuleRequest rule;
  rule.set_county("610524");
  rule.mutable_rule()->set_name("一般诉求");
  rule.mutable_rule()->set_lead_group_id(kIndustry);
  call(rule).accepted();
  v1::SetRoutingRuleResponse made;
  fill_rule(rule, s.view(), accepted("routing-rules/r1"), &made);
  EXPECT_EQ(made.rule().rule_id(), "r1");
  EXPECT_EQ(ask<v1::ListRoutingRulesResponse>(kCadre, v1::ListRoutingRulesRequest()).rules_size(),
            1);
}

TEST_F(MessagesTest, ARevealOpensTheNumberOfWhoIsToBeAsked) {
  seal::MemoryKeyStore keys(seal::system_random());
  seal::Sealer sealer(keys, seal::system_random());
  const auto sealed = sealer.seal("p", roster::kSealedPhone, "13912345678").value();
  membership::v1::PersonUpdated known;
  *known.mutable_person() = *roster::person(s.view(), CountyId("610524"), kCadre);
  auto& value = *known.mutable_person()->mutable_sealed_phone();
  value.set_key_id(sealed.key_id);
  value.set_nonce(sealed.nonce);
  value.set_ciphertext(sealed.ciphertext);
  s.given_foreign("membership", known);
  take();
  v1::RevealContactRequest request;
  request.set_county("610524");
  request.set_demand_id("合阳-230628-001");
  request.set_reason("核实情况");
  call(request).accepted();
  const auto shown = [&](const runtime::Accepted& how, seal::Sealer& with,
                         const PersonId& to = kHead) {
    v1::RevealContactResponse response;
    const auto status = fill_contact(request, s.view(), how, person(to), with, &response);
    return status ? response.contact().phone() : status.error().reason;
  };
  auto how = accepted("demands/230628-001");
  EXPECT_EQ(shown(how, sealer), "13912345678");
  how.validated = true;
  EXPECT_EQ(shown(how, sealer), "");
  how.validated = false;
  seal::MemoryKeyStore others(seal::system_random());
  seal::Sealer stranger(others, seal::system_random());
  EXPECT_EQ(shown(how, stranger), "SEAL_KEY_UNKNOWN");

  const auto reveals = ask<v1::ListRevealsResponse>(kHead, v1::ListRevealsRequest());
  ASSERT_EQ(reveals.reveals_size(), 1);
  EXPECT_EQ(reveals.reveals(0).demand_id(), kDemand);
  EXPECT_EQ(reveals.reveals(0).by_person_id(), kHead.str());
  EXPECT_EQ(reveals.reveals(0).reason(), "核实情况");
  // Whoever may not know who asks is not told by the history either.
  auto event = std::make_shared<v1::DispatchEvent>();
  *event->mutable_contact_revealed() = s.event<v1::ContactRevealed>();
  EXPECT_EQ(event->contact_revealed().person_id(), kCadre.str());
  queries::mask_asker(*event);
  EXPECT_EQ(event->contact_revealed().person_id(), "");

  // A repeat shows it again, to the same person alone, while they may still see it.
  how.repeated = true;
  how.place = parse_place(reveals.reveals(0).place()).value();
  EXPECT_EQ(shown(how, sealer), "13912345678");
  EXPECT_EQ(shown(how, sealer, kMember), "PERMISSION_DENIED");
  s.when(AssignHandler{.demand_id = kDemand, .handler_person_id = kMember.str(), .note = {}})
      .accepted();
  EXPECT_EQ(shown(how, sealer), "PERMISSION_DENIED");
  EXPECT_EQ(shown(how, sealer, kMember), "PERMISSION_DENIED");
  how.repeated = false;

  ASSERT_TRUE(keys.erase(std::vector{sealed.key_id}));
  EXPECT_EQ(shown(how, sealer), "已删除");
}

TEST_F(MessagesTest, WatchersAreToldWhatTheyMaySee) {
  route();
  runtime::WatchedEvent watched;
  auto event = std::make_shared<v1::DispatchEvent>();
  *event->mutable_demand_routed() = s.event<v1::DemandRouted>();
  watched.event = event;
  watched.meta.county = CountyId("610524");
  watched.meta.time = watched.meta.effective_time = s.now();
  watched.meta.actor = person(kCoordinator);
  watched.place = {"dispatch", 7, 12};
  watched.view = &s.view();
  v1::WatchDemandsRequest request;
  request.set_county("610524");
  v1::WatchDemandsResponse response;
  EXPECT_TRUE(convert(watched, person(kCadre), request, &response));
  EXPECT_EQ(response.event().place(), "dispatch/7/12");
  EXPECT_EQ(response.event().title(), "壮大集体经济，扩大社区服装厂");
  EXPECT_EQ(response.event().event().demand_routed().brief().asker_person_id(), kCadre.str());
  response.Clear();
  EXPECT_TRUE(convert(watched, person(kHead), request, &response));
  EXPECT_EQ(response.event().event().demand_routed().brief().asker_person_id(), "");
  EXPECT_FALSE(convert(watched, person(kNeighbour), request, &response));
  // Audit watches nothing but what is theirs otherwise.
  EXPECT_FALSE(convert(watched, person(kAuditor), request, &response));
  appoint(kAuditor, kXinchi, membership::v1::POST_ROLE_TOWNSHIP_OFFICER);
  EXPECT_TRUE(convert(watched, person(kAuditor), request, &response));
  request.set_demand_id("230628-777");
  EXPECT_FALSE(convert(watched, person(kCadre), request, &response));
}

}  // namespace
}  // namespace lianmeng::dispatch
