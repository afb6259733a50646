// Every refusal that the service's proto promises of a command, provoked; and that the same command
// is accepted where it belongs. What is promised is read from the comments of the proto, so a
// promise without a line here fails, and a line without a promise too.
#include <gmock/gmock.h>

#include <functional>
#include <set>

#include "notification/domain/inbox.h"
#include "notification/domain/reasons.h"
#include "notification/domain/rule.h"
#include "notification/domain/template.h"
#include "notification/testing/heyang.h"
#include "platform/testing/promises.h"

namespace lianmeng::notification {
namespace {

using namespace testing;
using lianmeng::testing::Promise;
using lianmeng::testing::promised_refusals;
using lianmeng::testing::Rpcs;
using lianmeng::testing::Scenario;

// 合阳, a rule and a template of its own, and a cadre with three notices; the officer acts.
struct Case : Scenario {
  Case() : Scenario(notification_fold(), kHeyang) {
    prepare(*this);
    by(kOfficer).when(SetRule{rule("declined.office")}).accepted();
    when(SetTemplate{words("declined.formal")}).accepted();
    for (int i = 0; i < 3; ++i) post();
  }

  static v1::RuleSpec rule(const std::string& id) {
    v1::RuleSpec made;
    made.set_rule_id(id);
    made.set_trigger(v1::TRIGGER_DEMAND_DECLINED);
    made.mutable_audience()->set_role(v1::AUDIENCE_ROLE_COUNTY_OFFICE);
    made.set_template_key("declined.asker");
    return made;
  }
  static v1::TemplateSpec words(const std::string& key) {
    v1::TemplateSpec made;
    made.set_template_key(key);
    made.set_trigger(v1::TRIGGER_DEMAND_DECLINED);
    made.set_title_zh("未受理：{title}");
    made.set_text_zh("{number} 未受理：{reason}");
    return made;
  }
  void post() {
    v1::NoticePosted notice;
    notice.set_posting_number(++postings);
    notice.set_trigger(v1::TRIGGER_DEMAND_DECLINED);
    auto* part = notice.add_parts();
    part->mutable_template_()->set_template_key("declined.asker");
    part->mutable_template_()->set_builtin_revision(1);
    part->add_person_ids(kCadre.str());
    given(notice);
  }

  int postings = 0;
};

template <class Command>
runtime::DecideFn decides(Command command) {
  return [command = std::move(command)](const state::View& view, const DecideContext& context) {
    return runtime::erase(decide(view, command, context));
  };
}

// A command that somebody may give.
struct Line {
  std::string command;
  runtime::DecideFn decide;
  PersonId by;
};

std::vector<Line> lines() {
  return {
      {"SetRule", decides(SetRule{Case::rule("declined.more")}), kOfficer},
      {"ResetRule", decides(ResetRule{"declined.office"}), kOfficer},
      {"SetTemplate", decides(SetTemplate{Case::words("declined.more")}), kOfficer},
      {"MarkNoticeRead", decides(MarkNoticeRead{1}), kCadre},
      {"MarkAllNoticesRead", decides(MarkAllNoticesRead{2}), kCadre},
  };
}

// A refusal of its own kind.
struct Special {
  std::string command;
  const Reason& reason;
  std::function<void(Case&)> provoke;  // Up to the `when` that is refused.
};

std::vector<Special> specials() {
  return {
      {"SetRule", kTemplateUnknown,
       [](Case& c) {
         auto rule = Case::rule("declined.more");
         rule.set_template_key("nobody.knows");
         c.when(SetRule{rule});
       }},
      {"SetRule", kTemplateForAnotherTrigger,
       [](Case& c) {
         auto rule = Case::rule("declined.more");
         rule.set_template_key("routed.asker");
         c.when(SetRule{rule});
       }},
      {"SetRule", kOrganisationUnknown,
       [](Case& c) {
         auto rule = Case::rule("declined.more");
         rule.mutable_audience()->set_role(v1::AUDIENCE_ROLE_ORGANISATION);
         rule.mutable_audience()->set_organisation_id("o99");
         c.when(SetRule{rule});
       }},
      {"SetRule", kRuleLimitReached,
       [](Case& c) {
         for (std::uint64_t i = 1; i < kOwnRulesMax; ++i) {
           c.when(SetRule{Case::rule("own" + std::to_string(i))}).accepted();
         }
         c.when(SetRule{Case::rule("one.more")});
       }},
      {"ResetRule", kRuleUnknown, [](Case& c) { c.when(ResetRule{"nobody.knows"}); }},
      {"ResetRule", kRuleNotSet, [](Case& c) { c.when(ResetRule{"declined.asker"}); }},
      {"SetTemplate", kTemplateVariableUnknown,
       [](Case& c) {
         auto words = Case::words("declined.more");
         words.set_text_zh("{phone}");
         c.when(SetTemplate{words});
       }},
      {"SetTemplate", kTemplateForAnotherTrigger,
       [](Case& c) { c.when(SetTemplate{Case::words("routed.asker")}); }},
      {"SetTemplate", kTemplateLimitReached,
       [](Case& c) {
         for (std::uint64_t i = 1; i < kOwnTemplatesMax; ++i) {
           c.when(SetTemplate{Case::words("own" + std::to_string(i))}).accepted();
         }
         c.when(SetTemplate{Case::words("one.more")});
       }},
      {"MarkNoticeRead", kNoticeUnknown, [](Case& c) { c.by(kCadre).when(MarkNoticeRead{99}); }},
      {"MarkNoticeRead", kNoticeAlreadyRead,
       [](Case& c) {
         c.by(kCadre).when(MarkNoticeRead{1}).accepted();
         c.when(MarkNoticeRead{1});
       }},
      {"MarkAllNoticesRead", kNothingUnread,
       [](Case& c) {
         c.by(kCadre).when(MarkAllNoticesRead{0}).accepted();
         c.when(MarkAllNoticesRead{0});
       }},
      {"MarkAllNoticesRead", kTooManyNewerUnread,
       [](Case& c) {
         while (c.postings < kCarriedOverMax + 2) c.post();
         c.by(kCadre).when(MarkAllNoticesRead{1});
       }},
  };
}

TEST(Refusals, EachPromisedOneIsGivenAndTheCommandIsAcceptedWhereItBelongs) {
  std::set<Promise> given;
  for (const auto& line : lines()) {
    SCOPED_TRACE(line.command);
    Case c;
    // Nobody's inbox is the operator's.
    c.by_operator().when(line.decide).refused(kPermissionDenied);
    given.emplace(line.command, kPermissionDenied.code);
    c.by(line.by).when(line.decide).accepted();
  }
  for (const auto& special : specials()) {
    SCOPED_TRACE(special.command + " " + std::string(special.reason.code));
    Case c;
    special.provoke(c);
    c.refused(special.reason);
    given.emplace(special.command, special.reason.code);
  }
  EXPECT_THAT(given, ::testing::ContainerEq(promised_refusals(LIANMENG_PROTO, Rpcs::kCommands)));
}

}  // namespace
}  // namespace lianmeng::notification
