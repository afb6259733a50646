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
    scenario.by(kCoordinator).given_foreign("dispatch", submitted());
    auto e = about<dispatch_v1::DemandDeclined>(dispatch_v1::DEMAND_STATE_DECLINED);
    e.set_reason("重复");
    return scenario.when_foreign("dispatch", e);
  }
  List declined_tells() { return told(decline().accepted().event<v1::NoticePosted>()); }
  std::uint64_t unread(const std::string& person) const {
    return count_unread(scenario.view(), inbox_of(scenario.view(), kHeyang, person));
  }

  Scenario scenario{notification_fold(), kHeyang};
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
  auto asked = submitted();
  asked.clear_asker_organisation_id();
  asked.set_asker_person_id(kFarmer.str());
  const auto decline_it = [&]() -> Scenario& {
    scenario.by(kCoordinator).given_foreign("dispatch", asked);
    auto e = about<dispatch_v1::DemandDeclined>(dispatch_v1::DEMAND_STATE_DECLINED);
    e.mutable_brief()->clear_asker_organisation_id();
    e.mutable_brief()->set_asker_person_id(kFarmer.str());
    e.set_reason("重复");
    return scenario.when_foreign("dispatch", e);
  };
  const auto tells = [&] { return told(decline_it().accepted().event<v1::NoticePosted>()); };
  EXPECT_EQ(tells(), (List{"declined.asker: 610524-p7 610524-p6"}));
  erase(scenario, kFarmer);
  EXPECT_EQ(tells(), (List{"declined.asker: 610524-p6"})) << "the cadre who recorded it";
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
  scenario.given(organisation_rule("a.group", "g1"),
                 organisation_rule("b.heads", "g2", false, "group_head"),
                 organisation_rule("c.township", "o3", true, "member"));
  EXPECT_EQ(declined_tells(), (List{"declined.asker: 610524-p6", "a.group: 610524-p4 610524-p3",
                                    "b.heads: 610524-p5", "c.township: 610524-p7"}));
}

TEST_F(Posting, WhoLeftIsNotTold) {
  membership_v1::PostEnded ended;
  ended.set_county(kHeyang.str());
  ended.set_post_id("t6");
  ended.set_person_id(kCadre.str());
  ended.set_organisation_id("o2");
  ended.set_role(membership_v1::POST_ROLE_VILLAGE_CADRE);
  ended.mutable_until_time()->set_seconds(0);
  scenario.given(organisation_rule("a.village", "o2"), organisation_rule("b.group", "g2"));
  scenario.given_foreign("membership", ended);
  auto e = submitted();
  e.set_asker_person_id(kFarmer.str());
  e.set_recorder_person_id(kFarmer.str());
  scenario.by(kCoordinator).given_foreign("dispatch", e);
  auto declined = about<dispatch_v1::DemandDeclined>(dispatch_v1::DEMAND_STATE_DECLINED);
  declined.mutable_brief()->set_asker_person_id(kFarmer.str());
  scenario.when_foreign("dispatch", declined).accepted();
  EXPECT_EQ(told(scenario.event<v1::NoticePosted>()),
            (List{"declined.asker: 610524-p7", "b.group: 610524-p5"}));
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
  // With the head, the member there was and the asker: 200.
  add_members(scenario, static_cast<int>(kRecipientsMax) - 3);
  scenario.given(organisation_rule("a.group", "g1"));
  declined_tells();
  const auto posted = scenario.event<v1::NoticePosted>();
  EXPECT_EQ(posted.parts(1).person_ids_size(), static_cast<int>(kRecipientsMax) - 1);
  EXPECT_EQ(posted.parts(1).mailing_sources_size(), 0);
  EXPECT_FALSE(notification_fold().next_timer(scenario.view()));
}

TEST_F(Posting, OneMoreThanTheLimitAreReachedByAMailing) {
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
