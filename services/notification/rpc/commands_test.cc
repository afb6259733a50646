#include "notification/rpc/commands.h"

#include <gtest/gtest.h>

#include "notification/testing/heyang.h"

namespace lianmeng::notification {
namespace {

using namespace testing;
using lianmeng::testing::Scenario;

// What comes in as a request and goes out as a response, without gRPC between.
class Commands : public ::testing::Test {
 protected:
  Commands() { prepare(scenario); }

  template <class Response, class Request>
  Response run(Request request) {
    request.set_county(kHeyang.str());
    const auto decide = bind(request);
    EXPECT_TRUE(decide.has_value());
    scenario.when(*decide).accepted();
    return answer<Response>();
  }
  // Of the event that was accepted last.
  template <class Response>
  Response answer() const {
    const auto answered = answer_to<Response>(scenario.context().actor);
    EXPECT_TRUE(answered.has_value());
    return *answered;
  }
  // Of the same, to whoever repeats it.
  template <class Response>
  Result<Response> answer_to(const Actor& actor) const {
    runtime::Accepted accepted;
    accepted.time = scenario.now();
    accepted.subject = notification_fold().subject(scenario.last());
    Response response;
    if (auto status = fill(scenario.view(), kHeyang, accepted, actor, &response); !status) {
      return fail(status.error());
    }
    return response;
  }
  static v1::SetRuleRequest quiet_rule() {
    v1::SetRuleRequest request;
    auto* rule = request.mutable_rule();
    rule->set_rule_id("declined.asker");
    rule->mutable_audience()->set_role(v1::AUDIENCE_ROLE_ASKER);
    rule->set_template_key("declined.asker");
    rule->set_disabled(true);
    return request;
  }

  Scenario scenario{notification_fold(), kHeyang};
};

TEST_F(Commands, ARuleIsSetAndReset) {
  scenario.by(kOfficer);
  const auto set = run<v1::SetRuleResponse>(quiet_rule());
  EXPECT_EQ(set.rule().spec().rule_id(), "declined.asker");
  EXPECT_EQ(set.rule().version(), 1);
  EXPECT_TRUE(set.rule().has_builtin());
  v1::ResetRuleRequest reset;
  reset.set_rule_id("declined.asker");
  const auto builtin = run<v1::ResetRuleResponse>(reset);
  EXPECT_EQ(builtin.rule().version(), 0);
  EXPECT_FALSE(builtin.rule().spec().disabled());
}

TEST_F(Commands, ResettingARuleOfTheCountysOwnLeavesNone) {
  scenario.by(kOfficer);
  auto own = quiet_rule();
  own.mutable_rule()->set_rule_id("declined.again");
  own.mutable_rule()->set_trigger(v1::TRIGGER_DEMAND_DECLINED);
  run<v1::SetRuleResponse>(own);
  v1::ResetRuleRequest reset;
  reset.set_rule_id("declined.again");
  EXPECT_FALSE(run<v1::ResetRuleResponse>(reset).has_rule());
}

TEST_F(Commands, ATemplateIsSet) {
  v1::SetTemplateRequest request;
  request.mutable_template_()->set_template_key("declined.asker");
  request.mutable_template_()->set_title_zh("未受理");
  request.mutable_template_()->set_text_zh("{reason}");
  scenario.by(kOfficer);
  const auto set = run<v1::SetTemplateResponse>(request);
  EXPECT_EQ(set.template_().version(), 1);
  EXPECT_TRUE(set.template_().in_force());
  EXPECT_EQ(set.template_().spec().trigger(), v1::TRIGGER_DEMAND_DECLINED);
}

TEST_F(Commands, NoticesAreRead) {
  scenario.by(kCoordinator).given_foreign("dispatch", submitted());
  for (int i = 0; i < 3; ++i) {
    auto e = about<dispatch_v1::SupportIntroduced>(dispatch_v1::DEMAND_STATE_SUBMITTED);
    e.mutable_support()->set_words("已收到");
    scenario.when_foreign("dispatch", e).accepted();
  }
  scenario.by(kCadre);
  v1::MarkNoticeReadRequest one;
  one.set_notice_number(2);
  const auto notice = run<v1::MarkNoticeReadResponse>(one).notice();
  EXPECT_EQ(notice.notice_number(), 2);
  EXPECT_TRUE(notice.read());
  EXPECT_EQ(notice.text(), "您的诉求 合阳-230628-001“扶贫工厂缺设备资金”有人牵线：已收到。");
  const auto inbox = run<v1::MarkAllNoticesReadResponse>(v1::MarkAllNoticesReadRequest()).inbox();
  EXPECT_EQ(inbox.person_id(), kCadre.str());
  EXPECT_EQ(inbox.unread(), 0);
  EXPECT_EQ(inbox.read_up_to_number(), 3);
}

TEST_F(Commands, ARepeatShowsNobodyAnotherPersonsInbox) {
  scenario.by(kCoordinator).given_foreign("dispatch", submitted());
  auto e = about<dispatch_v1::SupportIntroduced>(dispatch_v1::DEMAND_STATE_SUBMITTED);
  scenario.when_foreign("dispatch", e).accepted();
  scenario.by(kCadre);
  v1::MarkNoticeReadRequest one;
  one.set_notice_number(1);
  run<v1::MarkNoticeReadResponse>(one);
  const auto others = {Actor{Actor::Kind::kPerson, kHead.str(), {}},
                       Actor{Actor::Kind::kOperator, "root", {}},
                       Actor{Actor::Kind::kCountySystem, "tax", {}}};
  for (const auto& other : others) {
    const auto answered = answer_to<v1::MarkNoticeReadResponse>(other);
    ASSERT_FALSE(answered.has_value());
    EXPECT_EQ(answered.error().reason, "PERMISSION_DENIED");
  }
  scenario.by(kCoordinator).when_foreign("dispatch", e).accepted();
  scenario.by(kCadre);
  run<v1::MarkAllNoticesReadResponse>(v1::MarkAllNoticesReadRequest());
  for (const auto& other : others) {
    EXPECT_FALSE(answer_to<v1::MarkAllNoticesReadResponse>(other).has_value());
  }
  erase(scenario, kCadre);
  EXPECT_FALSE(
      answer_to<v1::MarkAllNoticesReadResponse>(Actor{Actor::Kind::kPerson, kCadre.str(), {}})
          .has_value());
}

TEST_F(Commands, ARepeatShowsNoRuleToWhoReadsNone) {
  scenario.by(kOfficer);
  run<v1::SetRuleResponse>(quiet_rule());
  EXPECT_TRUE(
      answer_to<v1::SetRuleResponse>(Actor{Actor::Kind::kPerson, kHead.str(), {}})->has_rule());
  EXPECT_FALSE(
      answer_to<v1::SetRuleResponse>(Actor{Actor::Kind::kPerson, kFarmer.str(), {}})->has_rule());
  EXPECT_FALSE(
      answer_to<v1::SetRuleResponse>(Actor{Actor::Kind::kOperator, "root", {}})->has_rule());
}

}  // namespace
}  // namespace lianmeng::notification
