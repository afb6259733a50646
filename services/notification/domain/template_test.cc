#include "notification/domain/template.h"

#include <gtest/gtest.h>

#include "notification/domain/builtin.h"
#include "notification/domain/reasons.h"
#include "notification/domain/render.h"
#include "notification/domain/rule.h"
#include "notification/domain/vocabulary.h"
#include "notification/testing/heyang.h"
#include "platform/state/proto_time.h"

namespace lianmeng::notification {
namespace {

using namespace testing;
using lianmeng::testing::beijing;
using lianmeng::testing::Scenario;

class Templates : public ::testing::Test {
 protected:
  Templates() { prepare(scenario); }

  static v1::TemplateSpec spec(const char* key = "declined.asker") {
    v1::TemplateSpec made;
    made.set_template_key(key);
    made.set_trigger(v1::TRIGGER_DEMAND_DECLINED);
    made.set_title_zh("未受理：{title}");
    made.set_text_zh("{number} 未受理：{reason}");
    return made;
  }
  static v1::TemplateSet set(v1::TemplateSpec made, int version) {
    v1::TemplateSet event;
    *event.mutable_template_() = std::move(made);
    event.set_version(version);
    return event;
  }

  Scenario scenario{notification_fold(), kHeyang};
};

TEST_F(Templates, CountyOfficeSetsVersions) {
  auto again = spec();
  again.set_text_zh("{number}：{reason}");
  scenario.by(kOfficer)
      .when(SetTemplate{spec()})
      .expect(set(spec(), 1))
      .when(SetTemplate{again})
      .expect(set(again, 2));
  const auto now = template_in_force(scenario.view(), kHeyang, "declined.asker");
  ASSERT_TRUE(now);
  EXPECT_EQ(now->spec.text_zh(), again.text_zh());
  EXPECT_EQ(now->ref.version(), 2);
  const RulesInForce rules(scenario.view(), kHeyang, v1::TRIGGER_DEMAND_DECLINED);
  EXPECT_EQ(rules.template_ref("declined.asker").version(), 2) << "as postings see it";
  v1::TemplateRef first = now->ref;
  first.set_version(1);
  EXPECT_EQ(template_of(scenario.view(), kHeyang, first).text_zh(), spec().text_zh());
}

TEST_F(Templates, OneOfTheCountysOwnServesItsRules) {
  scenario.by(kOfficer)
      .when(SetTemplate{spec("declined.formal")})
      .expect(set(spec("declined.formal"), 1));
  EXPECT_EQ(template_keys_of(scenario.view(), kHeyang, v1::TRIGGER_DEMAND_DECLINED),
            (std::vector<std::string>{"declined.asker", "declined.formal"}));
  EXPECT_FALSE(template_in_force(scenario.view(), CountyId("610525"), "declined.formal"));
}

TEST_F(Templates, OnlyTheCountyOfficeSetsThem) {
  for (const auto& person : {kCoordinator, kHead, kFarmer}) {
    scenario.by(person).when(SetTemplate{spec()}).refused(kPermissionDenied);
  }
  scenario.by_operator().when(SetTemplate{spec()}).refused(kPermissionDenied);
}

TEST_F(Templates, AnUnknownVariableIsRefusedNamingTheKnownOnes) {
  auto wrong = spec();
  wrong.set_text_zh("{phone}");
  scenario.by(kOfficer)
      .when(SetTemplate{wrong})
      .refused(kTemplateVariableUnknown,
               {{"variable", "phone"},
                {"known", "number title asker village kind urgency group reason"}});
  wrong = spec();
  wrong.set_title_en("{score}");  // Of another trigger.
  scenario.when(SetTemplate{wrong}).refused(kTemplateVariableUnknown, {{"variable", "score"}});
}

TEST_F(Templates, BracesComeInPairs) {
  for (const auto* text : {"{number", "number}", "{{number}}", "{a{b}"}) {
    auto wrong = spec();
    wrong.set_text_zh(text);
    scenario.by(kOfficer).when(SetTemplate{wrong}).refused_field("template.text_zh");
  }
}

TEST_F(Templates, ChineseWordsAndAKeyMustBeGiven) {
  auto wrong = spec();
  wrong.clear_title_zh();
  scenario.by(kOfficer).when(SetTemplate{wrong}).refused_field("template.title_zh");
  wrong = spec();
  wrong.clear_text_zh();
  scenario.when(SetTemplate{wrong}).refused_field("template.text_zh");
  wrong = spec("Not.A.Key");
  scenario.when(SetTemplate{wrong}).refused_field("template.template_key");
}

TEST_F(Templates, AKeyKeepsItsTrigger) {
  auto wrong = spec("routed.asker");
  scenario.by(kOfficer).when(SetTemplate{wrong}).refused(kTemplateForAnotherTrigger);
  wrong.clear_trigger();
  wrong.set_text_zh("{number}：{groups}");
  auto settled = wrong;
  settled.set_trigger(v1::TRIGGER_DEMAND_ROUTED);
  scenario.when(SetTemplate{wrong}).expect(set(settled, 1));
  auto nameless = spec("mine");
  nameless.clear_trigger();
  scenario.when(SetTemplate{nameless}).refused_field("template.trigger");
}

TEST_F(Templates, ACountyHasABoundedNumberOfItsOwn) {
  for (std::uint64_t i = 0; i < kOwnTemplatesMax; ++i) {
    scenario.given(set(spec(("own" + std::to_string(i)).c_str()), 1));
  }
  scenario.by(kOfficer)
      .when(SetTemplate{spec("one-more")})
      .refused(kTemplateLimitReached, {{"limit", "200"}})
      .when(SetTemplate{spec("own3")})
      .expect(set(spec("own3"), 2));
}

TEST(Rendering, PutsTheValuesInInBothLanguages) {
  v1::TemplateSpec spec;
  spec.set_trigger(v1::TRIGGER_DEMAND_RATED);
  spec.set_title_zh("{title}");
  spec.set_text_zh("{solved}，{score}，{words}，{kind}");
  spec.set_text_en("{solved}, {score}, {words}, {kind}");
  VariableValues values;
  auto* value = values.Add();
  value->set_name("title");
  value->set_text("缺{资金}");
  value = values.Add();
  value->set_name("solved");
  value->mutable_words()->set_zh("已解决");
  value->mutable_words()->set_en("yes");
  value = values.Add();
  value->set_name("score");
  value->set_number(5);
  const auto rendered = render(spec, values);
  EXPECT_EQ(rendered.title, "缺{资金}");
  EXPECT_EQ(rendered.title_en, "缺{资金}") << "no English: the Chinese is shown";
  EXPECT_EQ(rendered.text, "已解决，5，无，无");
  EXPECT_EQ(rendered.text_en, "yes, 5, none, none");
}

TEST(Rendering, ShowsTimesOfShanghai) {
  EXPECT_EQ(time_zh(beijing("2023-06-30 18:00")), "2023年6月30日 18:00");
  EXPECT_EQ(time_en(beijing("2023-01-01 00:05")), "2023-01-01 00:05");
}

TEST(BuiltinTemplates, NameKnownVariablesAndSpeakBothLanguages) {
  for (const auto& builtin : builtin_templates()) {
    ASSERT_FALSE(builtin.revisions.empty()) << builtin.template_key;
    const auto refusal = refuse_words(builtin.current(), "template");
    EXPECT_FALSE(refusal) << builtin.template_key << ": " << to_error(*refusal).message_en;
    EXPECT_FALSE(builtin.current().title_en().empty()) << builtin.template_key;
    EXPECT_FALSE(builtin.current().text_en().empty()) << builtin.template_key;
    const auto example = render_example(builtin.current(), {});
    EXPECT_EQ(example.text.find('{'), std::string::npos) << example.text;
    EXPECT_EQ(example.text_en.find('{'), std::string::npos) << example.text_en;
  }
}

// FNV-1a of the words. A notice posted years ago is read with the revision that it names: to change
// words, add a revision, and its digest here.
TEST(BuiltinTemplates, ARevisionIsNeverAltered) {
  std::uint64_t digest = 0xcbf29ce484222325;
  const auto mix = [&](std::string_view text) {
    for (const char c : text) digest = (digest ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  };
  for (const auto& builtin : builtin_templates()) {
    mix(builtin.template_key);
    const auto& first = builtin.revisions.front();
    for (const auto* text :
         {&first.title_zh(), &first.text_zh(), &first.title_en(), &first.text_en()}) {
      mix(*text);
    }
  }
  EXPECT_EQ(digest, 2414205370582320349U);
}

}  // namespace
}  // namespace lianmeng::notification
