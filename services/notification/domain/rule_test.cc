#include "notification/domain/rule.h"

#include <gtest/gtest.h>

#include <set>

#include "notification/domain/builtin.h"
#include "notification/domain/reasons.h"
#include "notification/domain/template.h"
#include "notification/domain/vocabulary.h"
#include "notification/testing/heyang.h"

namespace lianmeng::notification {
namespace {

using namespace testing;
using lianmeng::testing::Scenario;

class Rules : public ::testing::Test {
 protected:
  Rules() { prepare(scenario); }

  // A rule of the county's own: the county office hears of every decline.
  static v1::RuleSpec rule() {
    v1::RuleSpec made;
    made.set_rule_id("declined.office");
    made.set_trigger(v1::TRIGGER_DEMAND_DECLINED);
    made.mutable_audience()->set_role(v1::AUDIENCE_ROLE_COUNTY_OFFICE);
    made.set_template_key("declined.asker");
    return made;
  }
  // As it is recorded: defaults settled.
  static v1::RuleSet set(v1::RuleSpec made, int version) {
    v1::RuleSet event;
    made.clear_channels();
    made.add_channels(v1::CHANNEL_INBOX);
    if (made.urgency() == v1::NOTICE_URGENCY_UNSPECIFIED) {
      made.set_urgency(v1::NOTICE_URGENCY_NORMAL);
    }
    *event.mutable_rule() = std::move(made);
    event.set_version(version);
    return event;
  }
  static v1::RuleReset reset(const char* id) {
    v1::RuleReset event;
    event.set_rule_id(id);
    return event;
  }
  std::vector<std::string> in_force(v1::Trigger trigger) const {
    std::vector<std::string> ids;
    const RulesInForce found(scenario.view(), kHeyang, trigger);
    for (const auto* rule : found.rules()) ids.push_back(rule->rule_id());
    return ids;
  }

  Scenario scenario{notification_fold(), kHeyang};
};

using List = std::vector<std::string>;

TEST_F(Rules, CountyOfficeAddsOneOfItsOwn) {
  scenario.by(kOfficer).when(SetRule{rule()}).expect(set(rule(), 1));
  EXPECT_EQ(in_force(v1::TRIGGER_DEMAND_DECLINED), (List{"declined.asker", "declined.office"}));
}

TEST_F(Rules, EachChangeIsAVersion) {
  auto changed = rule();
  changed.set_urgency(v1::NOTICE_URGENCY_CRITICAL);
  scenario.by(kOfficer)
      .when(SetRule{rule()})
      .expect(set(rule(), 1))
      .when(SetRule{changed})
      .expect(set(changed, 2));
}

TEST_F(Rules, OneThatChangesItsTriggerLeavesTheOther) {
  auto changed = rule();
  changed.set_trigger(v1::TRIGGER_DEMAND_ROUTED);
  changed.set_template_key("routed.asker");
  scenario.by(kOfficer)
      .when(SetRule{rule()})
      .expect(set(rule(), 1))
      .when(SetRule{changed})
      .expect(set(changed, 2));
  EXPECT_EQ(in_force(v1::TRIGGER_DEMAND_DECLINED), (List{"declined.asker"}));
  EXPECT_EQ(in_force(v1::TRIGGER_DEMAND_ROUTED).back(), "declined.office");
}

TEST_F(Rules, CriticalOnesAreAskedFirst) {
  auto critical = rule();
  critical.set_urgency(v1::NOTICE_URGENCY_CRITICAL);
  scenario.given(set(critical, 1));
  EXPECT_EQ(in_force(v1::TRIGGER_DEMAND_DECLINED), (List{"declined.office", "declined.asker"}));
}

TEST_F(Rules, OneOfABuiltInIdStandsInItsPlaceUntilReset) {
  auto quiet = *find_builtin_rule("declined.asker");
  quiet.set_disabled(true);
  scenario.by(kOfficer).when(SetRule{quiet}).expect(set(quiet, 1));
  EXPECT_TRUE(in_force(v1::TRIGGER_DEMAND_DECLINED).empty());

  scenario.when(ResetRule{"declined.asker"}).expect(reset("declined.asker"));
  EXPECT_EQ(in_force(v1::TRIGGER_DEMAND_DECLINED), (List{"declined.asker"}));

  scenario.when(SetRule{quiet}).expect(set(quiet, 2));
}

TEST_F(Rules, TheTriggerOfABuiltInRuleNeedNotBeSaid) {
  auto quiet = *find_builtin_rule("declined.asker");
  quiet.clear_trigger();
  scenario.by(kOfficer).when(SetRule{quiet}).expect(set(*find_builtin_rule("declined.asker"), 1));
}

TEST_F(Rules, OnlyTheCountyOfficeSetsThem) {
  for (const auto& person : {kCoordinator, kHead, kCadre, kFarmer, PersonId("610524-p99")}) {
    scenario.by(person)
        .when(SetRule{rule()})
        .refused(kPermissionDenied)
        .when(ResetRule{"declined.office"})
        .refused(kPermissionDenied);
  }
  scenario.by_operator().when(SetRule{rule()}).refused(kPermissionDenied);
  scenario.by_system().when(SetRule{rule()}).refused(kPermissionDenied);
}

TEST_F(Rules, ResetNeedsOneThatIsSet) {
  scenario.by(kOfficer)
      .when(ResetRule{"declined.asker"})
      .refused(kRuleNotSet, {{"rule", "declined.asker"}})
      .when(ResetRule{"declined.office"})
      .refused(kRuleUnknown, {{"rule", "declined.office"}})
      .when(ResetRule{""})
      .refused_field("rule_id");
}

TEST_F(Rules, TheIdIsShortAndPlain) {
  auto wrong = rule();
  for (const auto* id : {"", "X", "9", "a b", "规则"}) {
    wrong.set_rule_id(id);
    scenario.by(kOfficer).when(SetRule{wrong}).refused_field("rule.rule_id");
  }
}

TEST_F(Rules, TheTriggerMustBeOne) {
  auto wrong = rule();
  wrong.clear_trigger();
  scenario.by(kOfficer).when(SetRule{wrong}).refused_field("rule.trigger");
  wrong.set_rule_id("routed.asker");
  wrong.set_trigger(v1::TRIGGER_DEMAND_DECLINED);
  scenario.when(SetRule{wrong}).refused_field("rule.trigger");
}

TEST_F(Rules, ConditionsSpeakOfWhatThereIs) {
  auto wrong = rule();
  wrong.mutable_condition()->add_kinds("cash");
  scenario.by(kOfficer).when(SetRule{wrong}).refused_field("rule.condition.kinds");
  wrong = rule();
  wrong.mutable_condition()->add_urgencies("soon");
  scenario.when(SetRule{wrong}).refused_field("rule.condition.urgencies");
  wrong = rule();
  wrong.mutable_condition()->add_levels(5);
  scenario.when(SetRule{wrong}).refused_field("rule.condition.levels");
  wrong = rule();
  wrong.mutable_condition()->add_group_ids("g9");
  scenario.when(SetRule{wrong}).refused(kOrganisationUnknown, {{"organisation", "g9"}});

  auto right = rule();
  right.mutable_condition()->add_kinds("funds");
  right.mutable_condition()->add_urgencies("urgent");
  right.mutable_condition()->add_levels(4);
  right.mutable_condition()->add_group_ids("g1");
  scenario.when(SetRule{right}).expect(set(right, 1));
}

TEST_F(Rules, TheAudienceMustFitTheTrigger) {
  auto wrong = rule();
  wrong.clear_audience();
  scenario.by(kOfficer).when(SetRule{wrong}).refused_field("rule.audience.role");
  wrong.mutable_audience()->set_role(v1::AUDIENCE_ROLE_NEXT_IN_CHARGE);
  scenario.when(SetRule{wrong}).refused_field("rule.audience.role");
  wrong.mutable_audience()->set_role(v1::AUDIENCE_ROLE_CONCERNED_HEADS);
  scenario.when(SetRule{wrong}).refused_field("rule.audience.role");
  wrong.mutable_audience()->set_role(v1::AUDIENCE_ROLE_ASKER);
  wrong.mutable_audience()->set_organisation_id("o2");
  scenario.when(SetRule{wrong}).refused_field("rule.audience");
}

TEST_F(Rules, AnOrganisationInItMustBeThere) {
  auto made = rule();
  made.mutable_audience()->set_role(v1::AUDIENCE_ROLE_ORGANISATION);
  scenario.by(kOfficer).when(SetRule{made}).refused(kOrganisationUnknown);
  made.mutable_audience()->set_organisation_id("o9");
  scenario.when(SetRule{made}).refused(kOrganisationUnknown, {{"organisation", "o9"}});
  made.mutable_audience()->set_organisation_id("o2");
  made.mutable_audience()->set_post_role("king");
  scenario.when(SetRule{made}).refused_field("rule.audience.post_role");
  made.mutable_audience()->set_post_role("village_cadre");
  scenario.when(SetRule{made}).expect(set(made, 1));
}

TEST_F(Rules, TheInboxIsTheOnlyChannel) {
  auto made = rule();
  made.add_channels(v1::CHANNEL_UNSPECIFIED);
  scenario.by(kOfficer).when(SetRule{made}).refused_field("rule.channels");
  made = rule();
  made.set_urgency(static_cast<v1::NoticeUrgency>(9));
  scenario.when(SetRule{made}).refused_field("rule.urgency");
}

TEST_F(Rules, TheTemplateIsOfTheSameTrigger) {
  auto made = rule();
  made.set_template_key("nowhere");
  scenario.by(kOfficer)
      .when(SetRule{made})
      .refused(kTemplateUnknown, {{"template", "nowhere"}, {"known", "declined.asker"}});
  made.set_template_key("routed.asker");
  scenario.when(SetRule{made})
      .refused(kTemplateForAnotherTrigger, {{"template", "routed.asker"}, {"trigger", "派单"}});
}

TEST_F(Rules, ACountyHasABoundedNumberOfItsOwn) {
  auto made = rule();
  for (std::uint64_t i = 0; i < kOwnRulesMax; ++i) {
    made.set_rule_id("own" + std::to_string(i));
    scenario.given(set(made, 1));
  }
  made.set_rule_id("one-more");
  scenario.by(kOfficer).when(SetRule{made}).refused(kRuleLimitReached, {{"limit", "200"}});
  made.set_rule_id("own7");
  scenario.when(SetRule{made}).expect(set(made, 2));
}

TEST(BuiltinRules, NameTemplatesOfTheirTriggerAndAudiencesThatFit) {
  std::set<std::string> ids;
  for (const auto& rule : builtin_rules()) {
    EXPECT_TRUE(ids.insert(rule.rule_id()).second) << rule.rule_id();
    const auto* words = find_builtin_template(rule.template_key());
    ASSERT_NE(words, nullptr) << rule.rule_id();
    EXPECT_EQ(words->trigger, rule.trigger()) << rule.rule_id();
    const auto* trigger = find_trigger(rule.trigger());
    ASSERT_NE(trigger, nullptr) << rule.rule_id();
    if (rule.audience().role() == v1::AUDIENCE_ROLE_NEXT_IN_CHARGE) {
      EXPECT_TRUE(trigger->names_next) << rule.rule_id();
    }
    if (rule.audience().role() == v1::AUDIENCE_ROLE_CONCERNED_HEADS) {
      EXPECT_TRUE(trigger->names_groups) << rule.rule_id();
    }
  }
}

TEST(BuiltinRules, EveryTriggerTellsSomebody) {
  std::set<int> told;
  for (const auto& rule : builtin_rules()) told.insert(rule.trigger());
  for (const auto& info : triggers()) EXPECT_TRUE(told.contains(info.trigger)) << info.en;
  EXPECT_EQ(triggers().size(), static_cast<std::size_t>(v1::Trigger_ARRAYSIZE - 1));
}

}  // namespace
}  // namespace lianmeng::notification
