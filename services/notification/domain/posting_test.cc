#include "notification/domain/posting.h"

#include <gtest/gtest.h>

#include <set>

#include "notification/domain/inbox.h"
#include "notification/domain/rule.h"
#include "notification/testing/heyang.h"
#include "platform/state/proto_time.h"

namespace lianmeng::notification {
namespace {

using namespace testing;
using lianmeng::testing::beijing;
using lianmeng::testing::Scenario;
using List = std::vector<std::string>;

class Posting : public ::testing::Test {
 protected:
  Posting() { prepare(scenario); }

  static v1::RuleSet rule(const char* id, v1::AudienceRole role) {
    v1::RuleSet event;
    event.set_version(1);
    auto* made = event.mutable_rule();
    made->set_rule_id(id);
    made->set_trigger(v1::TRIGGER_DEMAND_DECLINED);
    made->mutable_audience()->set_role(role);
    made->add_channels(v1::CHANNEL_INBOX);
    made->set_urgency(v1::NOTICE_URGENCY_NORMAL);
    made->set_template_key("declined.asker");
    return event;
  }
  static v1::RuleSet organisation_rule(const char* id, const char* organisation,
                                       bool with_below = false, const char* role = "") {
    auto event = rule(id, v1::AUDIENCE_ROLE_ORGANISATION);
    event.mutable_rule()->mutable_audience()->set_organisation_id(organisation);
    event.mutable_rule()->mutable_audience()->set_post_role(role);
    event.mutable_rule()->mutable_audience()->set_with_below(with_below);
    return event;
  }
  Scenario& decline() {
    scenario.by(kCoordinator).given_foreign("dispatch", asked);
    if (offered) scenario.given_foreign("dispatch", routed());
    auto e = about<dispatch_v1::DemandDeclined>(dispatch_v1::DEMAND_STATE_DECLINED);
    e.mutable_brief()->set_asker_organisation_id(asked.asker_organisation_id());
    e.mutable_brief()->set_asker_person_id(asked.asker_person_id());
    e.set_reason("重复");
    return scenario.when_foreign("dispatch", e);
  }
  // 产业组 found it, so that all of the group see it.
  void found_by_the_group() { asked.set_found_by_group_id("g1"); }
  List declined_tells() { return told(decline().accepted().event<v1::NoticePosted>()); }
  std::uint64_t unread(const std::string& person) const {
    return count_unread(scenario.view(), inbox_of(scenario.view(), kHeyang, person));
  }

  Scenario scenario{notification_fold(), kHeyang};
  dispatch_v1::DemandSubmitted asked = submitted();
  bool offered = false;  // To 产业组 and 营销组.
};

TEST_F(Posting, OfAnOrganisationsDemandThoseHearWhoSpeakForIt) {
  int posts = 0;
  const auto appoint = [&](const char* person, membership_v1::PostRole role) {
    membership_v1::PostAppointed event;
    auto& post = *event.mutable_post();
    post.set_county(kHeyang.str());
    post.set_post_id("t" + std::to_string(900 + ++posts));
    post.set_person_id(person);
    post.set_organisation_id("o2");
    post.set_role(role);
    *post.mutable_from_time() = state::to_proto(scenario.now());
    event.set_public_name("某");
    scenario.by(kOfficer).given_foreign("membership", event);
  };
  // Who works at the village for something else may not see its demands, nor hear of them.
  appoint("610524-p900", membership_v1::POST_ROLE_SPECIALIST);
  appoint("610524-p901", membership_v1::POST_ROLE_AUDITOR);
  appoint("610524-p902", membership_v1::POST_ROLE_CITY_OFFICER);
  EXPECT_EQ(declined_tells(), (List{"declined.asker: 610524-p6"}));
  appoint("610524-p903", membership_v1::POST_ROLE_REPRESENTATIVE);
  EXPECT_EQ(declined_tells(), (List{"declined.asker: 610524-p6 610524-p903"}));
}

TEST_F(Posting, TellsNobodyWhoWasErased) {
  asked.clear_asker_organisation_id();
  asked.set_asker_person_id(kFarmer.str());
  EXPECT_EQ(declined_tells(), (List{"declined.asker: 610524-p7 610524-p6"}));
  erase(scenario, kFarmer);
  EXPECT_EQ(declined_tells(), (List{"declined.asker: 610524-p6"})) << "the cadre who recorded it";
}

// The cadre p6 asks for 北顺村, somebody else records it, 产业组 (g1) leads and p4 handles.
class PostingOfWhatOneSees : public Posting {
 protected:
  // Whom the acceptance of its result tells, as it then stands.
  List accepted_tells(const dispatch_v1::DemandSubmitted& e) {
    scenario.by(kCoordinator).given_foreign("dispatch", e);
    auto accepted = about<dispatch_v1::ResultAccepted>(dispatch_v1::DEMAND_STATE_AWAITING_RATING);
    accepted.mutable_brief()->set_asker_person_id(e.asker_person_id());
    accepted.mutable_brief()->set_asker_organisation_id(e.asker_organisation_id());
    scenario.when_foreign("dispatch", accepted).accepted();
    return told(scenario.event<v1::NoticePosted>());
  }
};

TEST_F(PostingOfWhatOneSees, ACadreWhosePostEndedHearsNoMoreOfTheVillagesDemand) {
  EXPECT_EQ(accepted_tells(asked), (List{"accepted.asker: 610524-p6", "accepted.handler: 610524-p4",
                                         "accepted.lead: 610524-p3"}));
  end_post(scenario, "t6");
  EXPECT_EQ(accepted_tells(asked),
            (List{"accepted.handler: 610524-p4", "accepted.lead: 610524-p3"}));
}

TEST_F(PostingOfWhatOneSees, WhoAsksForThemselvesHearsForEver) {
  asked.clear_asker_organisation_id();
  end_post(scenario, "t6");
  EXPECT_EQ(accepted_tells(asked).front(), "accepted.asker: 610524-p6");
}

TEST_F(PostingOfWhatOneSees, WhoRecordedItHearsWhileTheySeeIt) {
  auto recorded = asked;
  recorded.set_recorder_person_id(kCoordinator2.str());
  EXPECT_EQ(accepted_tells(recorded).front(), "accepted.asker: 610524-p6 610524-p8");
  end_post(scenario, "t8");
  EXPECT_EQ(accepted_tells(recorded).front(), "accepted.asker: 610524-p6");

  // Of the group that found it, or recorded as a member of another.
  recorded.set_recorder_person_id(kSalesHead.str());
  EXPECT_EQ(accepted_tells(recorded).front(), "accepted.asker: 610524-p6");
  recorded.set_found_by_group_id("g2");
  EXPECT_EQ(accepted_tells(recorded).front(), "accepted.asker: 610524-p6 610524-p5");
  end_post(scenario, "t5");
  EXPECT_EQ(accepted_tells(recorded).front(), "accepted.asker: 610524-p6");
}

TEST_F(PostingOfWhatOneSees, TheTownshipAboveHearsOfItsVillages) {
  auto recorded = asked;
  recorded.set_recorder_person_id("610524-p900");
  const auto appoint = [&](const char* post_id, const char* organisation) {
    membership_v1::PostAppointed event;
    auto& post = *event.mutable_post();
    post.set_county(kHeyang.str());
    post.set_post_id(post_id);
    post.set_person_id("610524-p900");
    post.set_organisation_id(organisation);
    post.set_role(membership_v1::POST_ROLE_TOWNSHIP_OFFICER);
    *post.mutable_from_time() = state::to_proto(scenario.now());
    event.set_public_name("某");
    scenario.by(kOfficer).given_foreign("membership", event);
  };
  appoint("t900", "o9");
  EXPECT_EQ(accepted_tells(recorded).front(), "accepted.asker: 610524-p6");
  appoint("t901", "o3");
  EXPECT_EQ(accepted_tells(recorded).front(), "accepted.asker: 610524-p6 610524-p900");
}

TEST_F(PostingOfWhatOneSees, WhoLeftTheGroupHandlesItNoMoreAndItsHeadHears) {
  end_post(scenario, "t4");
  EXPECT_EQ(accepted_tells(asked),
            (List{"accepted.asker: 610524-p6", "accepted.handler: 610524-p3"}));
}

TEST_F(PostingOfWhatOneSees, AnOrganisationsRuleTellsThoseOfItWhoSeeIt) {
  auto made = organisation_rule("a.group", "g2");
  made.mutable_rule()->set_trigger(v1::TRIGGER_RESULT_ACCEPTED);
  made.mutable_rule()->set_template_key("accepted.asker");
  scenario.given(made);
  EXPECT_EQ(accepted_tells(asked).size(), 3U);
  asked.set_found_by_group_id("g2");
  EXPECT_EQ(accepted_tells(asked).back(), "a.group: 610524-p5");
}

TEST_F(Posting, WhoIsOnlyOfferedItIsNotToldWhichPersonAsks) {
  auto e = submitted();
  const auto asker_is = [&](auto& event) {
    event.clear_asker_organisation_id();
    event.set_asker_person_id(kCadre.str());
  };
  asker_is(e);
  scenario.by(kCadre).given_foreign("dispatch", e);
  auto offered = routed();
  asker_is(*offered.mutable_brief());
  scenario.by(kCoordinator).when_foreign("dispatch", offered).accepted();
  auto text = text_of(scenario, scenario.event<v1::NoticePosted>(), "routed.offered");
  EXPECT_TRUE(text.starts_with("个人的诉求")) << text;

  auto gone = about<dispatch_v1::DemandWithdrawn>(dispatch_v1::DEMAND_STATE_WITHDRAWN);
  asker_is(*gone.mutable_brief());
  gone.mutable_brief()->clear_lead_group_id();
  gone.mutable_brief()->clear_handler_person_id();
  scenario.by(kCadre).when_foreign("dispatch", gone).accepted();
  text = text_of(scenario, scenario.event<v1::NoticePosted>(), "withdrawn.holders");
  EXPECT_TRUE(text.starts_with("个人撤回了诉求")) << text;

  // Who leads it sees who asks.
  auto handled = assigned();
  asker_is(*handled.mutable_brief());
  scenario.by(kHead).when_foreign("dispatch", handled).accepted();
  text = text_of(scenario, scenario.event<v1::NoticePosted>(), "assigned.handler");
  EXPECT_NE(text.find("（己）"), std::string::npos) << text;
}

TEST_F(Posting, TellsEachPersonOnceByTheFirstRule) {
  scenario.given(rule("z.holders", v1::AUDIENCE_ROLE_ASKER),
                 rule("z.office", v1::AUDIENCE_ROLE_COUNTY_OFFICE));
  EXPECT_EQ(declined_tells(), (List{"declined.asker: 610524-p6", "z.office: 610524-p1"}));
  EXPECT_EQ(unread(kCadre.str()), 1U);
  EXPECT_EQ(unread(kOfficer.str()), 1U);
}

TEST_F(Posting, WhoDidItIsNotTold) {
  scenario.given(rule("z.coordinators", v1::AUDIENCE_ROLE_COORDINATORS));
  EXPECT_EQ(declined_tells(), (List{"declined.asker: 610524-p6", "z.coordinators: 610524-p8"}));
}

TEST_F(Posting, NoRuleNoNotice) {
  auto quiet = rule("declined.asker", v1::AUDIENCE_ROLE_ASKER);
  quiet.mutable_rule()->set_disabled(true);
  scenario.given(quiet);
  decline().nothing();
}

TEST_F(Posting, AConditionThatIsNotMetTellsNobody) {
  for (const auto* kind : {"funds", "training"}) {
    auto made = rule((std::string("k.") + kind).c_str(), v1::AUDIENCE_ROLE_COUNTY_OFFICE);
    made.mutable_rule()->mutable_condition()->add_kinds(kind);
    made.mutable_rule()->mutable_condition()->add_urgencies("ordinary");
    scenario.given(made);
  }
  auto critical = rule("a.critical", v1::AUDIENCE_ROLE_COUNTY_OFFICE);
  critical.mutable_rule()->mutable_condition()->add_urgencies("urgent");
  auto grouped = rule("a.group", v1::AUDIENCE_ROLE_COUNTY_OFFICE);
  grouped.mutable_rule()->mutable_condition()->add_group_ids("g1");
  auto levelled = rule("a.level", v1::AUDIENCE_ROLE_COUNTY_OFFICE);
  levelled.mutable_rule()->mutable_condition()->add_levels(2);
  auto poor = rule("a.poor", v1::AUDIENCE_ROLE_COUNTY_OFFICE);
  poor.mutable_rule()->mutable_condition()->set_poorly_rated(true);
  scenario.given(critical, grouped, levelled, poor);
  EXPECT_EQ(declined_tells(), (List{"declined.asker: 610524-p6", "k.funds: 610524-p1"}));
}

TEST_F(Posting, AnOrganisationIsToldByItsPosts) {
  // A villager asks; 产业组 and 营销组 are offered it until it is declined. Another villager of
  // 北顺村 may not see it.
  asked.clear_asker_organisation_id();
  asked.set_asker_person_id("610524-p900");
  asked.set_recorder_person_id("610524-p900");
  scenario.given(organisation_rule("a.group", "g1"),
                 organisation_rule("b.heads", "g2", false, "group_head"),
                 organisation_rule("c.township", "o3", true, "village_cadre"),
                 organisation_rule("d.villagers", "o2", false, "member"));
  offered = true;
  EXPECT_EQ(declined_tells(), (List{"declined.asker: 610524-p900", "a.group: 610524-p4 610524-p3",
                                    "b.heads: 610524-p5", "c.township: 610524-p6"}));
}

TEST_F(Posting, WhoLeftIsNotTold) {
  scenario.given(organisation_rule("a.village", "o2"), organisation_rule("b.group", "g2"));
  end_post(scenario, "t6");
  asked.clear_asker_organisation_id();
  asked.set_asker_person_id(kFarmer.str());
  asked.set_recorder_person_id(kFarmer.str());
  asked.set_found_by_group_id("g2");
  EXPECT_EQ(declined_tells(), (List{"declined.asker: 610524-p7", "b.group: 610524-p5"}));
}

TEST_F(Posting, PhoneNumbersInFreeTextAreMasked) {
  auto e = about<dispatch_v1::DemandDeclined>(dispatch_v1::DEMAND_STATE_DECLINED);
  e.set_reason("请致电13891234567");
  scenario.by(kCoordinator).given_foreign("dispatch", submitted());
  scenario.when_foreign("dispatch", e).accepted();
  EXPECT_EQ(text_of(scenario, scenario.event<v1::NoticePosted>(), "declined.asker"),
            "您的诉求 合阳-230628-001“扶贫工厂缺设备资金”不予受理，原因：请致电138****4567。");
}

TEST_F(Posting, NumbersCountWithinTheCounty) {
  declined_tells();
  EXPECT_EQ(scenario.event<v1::NoticePosted>().posting_number(), 1);
  declined_tells();
  EXPECT_EQ(scenario.event<v1::NoticePosted>().posting_number(), 2);
}

TEST_F(Posting, TooManyAreReachedInBoundedBatchesEachOnce) {
  found_by_the_group();
  add_members(scenario, 450);
  scenario.given(organisation_rule("a.heads", "g1", false, "group_head"),
                 organisation_rule("b.group", "g1"), organisation_rule("c.all", "g1"));
  EXPECT_EQ(declined_tells(),
            (List{"declined.asker: 610524-p6", "a.heads: 610524-p3", "b.group: ", "c.all: "}));
  const auto posted = scenario.event<v1::NoticePosted>();
  EXPECT_EQ(posted.parts(2).mailing_sources_size(), 1);

  scenario.advance_to(scenario.now() + std::chrono::minutes(1));

  std::multiset<std::string> reached;
  int finished = 0;
  for (const auto& step : scenario.fired<v1::MailingAdvanced>()) {
    EXPECT_LE(step.person_ids_size(), kMailingStep);
    reached.insert(step.person_ids().begin(), step.person_ids().end());
    finished += step.finished() ? 1 : 0;
  }
  EXPECT_EQ(finished, 2) << "both mailings end";
  EXPECT_EQ(reached.size(), 451U) << "450 and the member there was";
  EXPECT_EQ(std::set<std::string>(reached.begin(), reached.end()).size(), reached.size())
      << "nobody hears twice";
  EXPECT_FALSE(reached.contains(kHead.str())) << "was told at once";
  EXPECT_EQ(unread("610524-p100"), 1U);
  EXPECT_FALSE(notification_fold().next_timer(scenario.view()));
}

TEST_F(Posting, EachStepOfAMailingMovesItsTimer) {
  add_members(scenario, 450);
  scenario.given(organisation_rule("a.group", "g1"));
  declined_tells();
  auto due = notification_fold().next_timer(scenario.view())->due;
  EXPECT_EQ(due, scenario.now());
  const auto step = [](const state::View& view, const DecideContext& context) {
    return runtime::RawDecision(notification_fold().fire_timer(view, context));
  };
  for (int i = 0; i < 2; ++i) {
    scenario.by_system().when(step).accepted();
    EXPECT_FALSE(scenario.event<v1::MailingAdvanced>().finished());
    const auto next = notification_fold().next_timer(scenario.view());
    ASSERT_TRUE(next);
    EXPECT_GT(next->due, due);
    due = next->due;
  }
}

TEST_F(Posting, AsManyAsTheLimitAreToldAtOnce) {
  found_by_the_group();
  // With the head, the member there was and the asker: 200.
  add_members(scenario, static_cast<int>(kRecipientsMax) - 3);
  scenario.given(organisation_rule("a.group", "g1"));
  declined_tells();
  const auto posted = scenario.event<v1::NoticePosted>();
  EXPECT_EQ(posted.parts(1).person_ids_size(), static_cast<int>(kRecipientsMax) - 1);
  EXPECT_EQ(posted.parts(1).mailing_sources_size(), 0);
  EXPECT_FALSE(notification_fold().next_timer(scenario.view()));
}

TEST_F(Posting, AMailingReachesThoseAloneWhoSeeItWhenTheirStepComes) {
  found_by_the_group();
  add_members(scenario, 250);
  scenario.given(organisation_rule("a.group", "g1"), organisation_rule("b.others", "g2"));
  add_members(scenario, 250, 400, "g2");
  EXPECT_EQ(declined_tells(), (List{"declined.asker: 610524-p6", "a.group: ", "b.others: "}));
  end_post(scenario, "t100");
  scenario.advance_to(scenario.now() + std::chrono::minutes(1));
  EXPECT_EQ(unread("610524-p101"), 1U);
  EXPECT_EQ(unread("610524-p100"), 0U) << "left the group before the step";
  EXPECT_EQ(unread("610524-p400"), 0U) << "a group that is not told of it";
}

TEST_F(Posting, OneMoreThanTheLimitAreReachedByAMailing) {
  found_by_the_group();
  add_members(scenario, static_cast<int>(kRecipientsMax) - 2);
  scenario.given(organisation_rule("a.group", "g1"));
  declined_tells();
  const auto posted = scenario.event<v1::NoticePosted>();
  EXPECT_EQ(posted.parts(1).person_ids_size(), 0);
  EXPECT_EQ(posted.parts(1).mailing_sources_size(), 1);

  scenario.advance_to(scenario.now() + std::chrono::minutes(1));
  EXPECT_EQ(unread(kHead.str()), 1U);
}

}  // namespace
}  // namespace lianmeng::notification
