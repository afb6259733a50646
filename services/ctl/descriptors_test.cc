#include "ctl/descriptors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctl/completion.h"
#include "ctl/help.h"
#include "ctl/testing/fixture.h"

namespace lianmeng::ctl {
namespace {

using testing::catalogue;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const Service& service() { return *catalogue().find_service("testing"); }

TEST(Comments, AreTakenApartIntoTwoLanguagesAndTheRefusals) {
  const auto doc = doc_of(*catalogue().find_method("testing.MakeThing"));
  EXPECT_EQ(doc.en, "Makes a thing. It has every kind of field.");
  EXPECT_EQ(doc.zh, "建立物件。");
  EXPECT_THAT(doc.refusals,
              ElementsAre("THING_EXISTS", "NAME_TAKEN (names the holder)", "PERMISSION_DENIED"));
}

TEST(Comments, ARefusedLineAfterTextKeepsTheText) {
  const auto doc = parse_doc("The operator alone. Refused: A,\n B.\nzh: 仅限运维。\n");
  EXPECT_EQ(doc.en, "The operator alone.");
  EXPECT_EQ(doc.zh, "仅限运维。");
  EXPECT_THAT(doc.refusals, ElementsAre("A", "B"));
}

TEST(Methods, AreFoundByEachOfTheirNames) {
  const auto* method = catalogue().find_method(service(), "make-thing");
  ASSERT_NE(method, nullptr);
  EXPECT_EQ(catalogue().find_method("lianmeng.testing.v1.TestingService/MakeThing"), method);
  EXPECT_EQ(catalogue().find_method("testing.MakeThing"), method);
  EXPECT_EQ(catalogue().find_method("testing make-thing"), method);
  EXPECT_EQ(catalogue().find_method("testing.Nothing"), nullptr);
  EXPECT_EQ(catalogue().find_method("MakeThing"), nullptr);
}

TEST(Services, ThatAreNotLianmengsAreNoCommands) {
  EXPECT_THAT(service_names(catalogue()), ElementsAre("testing"));
  EXPECT_NE(catalogue().find_any_method("grpc.health.v1.Health.Check"), nullptr);
}

TEST(Enums, AreNamedWithoutTheirPrefix) {
  const auto* kind = catalogue().find_message("lianmeng.testing.v1.Thing")->FindFieldByName("kind");
  EXPECT_THAT(choices(*kind->enum_type()), ElementsAre("funds", "training", "in-part"));
  for (const auto* name : {"in-part", "in_part", "IN_PART", "THING_KIND_IN_PART"}) {
    const auto* value = find_value(*kind->enum_type(), name);
    ASSERT_NE(value, nullptr) << name;
    EXPECT_EQ(value->number(), 3);
  }
  EXPECT_EQ(find_value(*kind->enum_type(), "part"), nullptr);
}

TEST(Help, OfTheProgramNamesServicesToolsAndExitCodesInBothLanguages) {
  const auto en = program_help(catalogue(), Lang::kEn, 80);
  EXPECT_THAT(en, HasSubstr("testing"));
  EXPECT_THAT(en, HasSubstr("things that are made"));
  EXPECT_THAT(en, HasSubstr("Exit codes"));
  const auto zh = program_help(catalogue(), Lang::kZh, 80);
  EXPECT_THAT(zh, HasSubstr("测试服务"));
  EXPECT_THAT(zh, HasSubstr("退出码"));
  for (const auto& tool : built_ins()) {
    EXPECT_THAT(en, HasSubstr(std::string(tool.name)));
    EXPECT_THAT(zh, HasSubstr(std::string(tool.name)));
  }
}

TEST(Help, OfAServiceListsItsCommands) {
  const auto zh = service_help(service(), Lang::kZh, 80);
  EXPECT_THAT(zh, HasSubstr("make-thing"));
  EXPECT_THAT(zh, HasSubstr("建立物件。"));
  EXPECT_THAT(zh, HasSubstr("A service for the tests"));
  EXPECT_THAT(service_help(service(), Lang::kEn, 80), HasSubstr("Makes a thing."));
}

TEST(Help, OfACommandHasFlagsChoicesAndRefusals) {
  const auto& method = *catalogue().find_method("testing.MakeThing");
  const auto zh = method_help(service(), method, Lang::kZh, 100);
  EXPECT_THAT(zh, HasSubstr("建立物件。"));
  EXPECT_THAT(zh, HasSubstr("Makes a thing."));
  EXPECT_THAT(zh, HasSubstr("--title <text>"));
  EXPECT_THAT(zh, HasSubstr("标题。"));
  EXPECT_THAT(zh, HasSubstr("funds|training|in-part"));
  EXPECT_THAT(zh, HasSubstr("--result.kind"));
  EXPECT_THAT(zh, HasSubstr("--result.main.metric"));
  EXPECT_THAT(zh, HasSubstr("不予受理的原因"));
  EXPECT_THAT(zh, HasSubstr("NAME_TAKEN (names the holder)"));
  const auto en = method_help(service(), method, Lang::kEn, 100);
  EXPECT_THAT(en, HasSubstr("At most 60 characters."));
  EXPECT_THAT(en, HasSubstr("Some of both."));
  EXPECT_THAT(en, HasSubstr("Refused with"));
  EXPECT_THAT(en, Not(HasSubstr("--all")));
  EXPECT_THAT(
      method_help(service(), *catalogue().find_method("testing.ListThings"), Lang::kEn, 100),
      HasSubstr("--all"));
}

TEST(Completion, LeadsFromServiceToCommandToFlagToValue) {
  using Words = std::vector<std::string>;
  EXPECT_THAT(complete(catalogue(), Words{"te"}), ElementsAre("testing"));
  EXPECT_THAT(complete(catalogue(), Words{""}), Contains("import"));
  EXPECT_THAT(complete(catalogue(), Words{"testing", "ma"}), ElementsAre("make-thing"));
  EXPECT_THAT(complete(catalogue(), Words{"testing", "make-thing", "--ti"}),
              ElementsAre("--title", "--timeout"));
  EXPECT_THAT(complete(catalogue(), Words{"testing", "make-thing", "--kind", ""}),
              ElementsAre("funds", "training", "in-part"));
  EXPECT_THAT(complete(catalogue(), Words{"testing", "make-thing", "--kind=f"}),
              ElementsAre("--kind=funds"));
  EXPECT_THAT(complete(catalogue(), Words{"testing", "make-thing", "--kind", "=", "f"}),
              ElementsAre("funds"));
  EXPECT_THAT(complete(catalogue(), Words{"testing", "make-thing", "--kind", "="}),
              ElementsAre("funds", "training", "in-part"));
  EXPECT_THAT(complete(catalogue(), Words{"testing", "make-thing", "--result.kind", "t"}),
              ElementsAre("training"));
  EXPECT_THAT(complete(catalogue(), Words{"testing", "make-thing", "--title", ""}), IsEmpty());
  EXPECT_THAT(complete(catalogue(), Words{"--lang", "zh", "testing", "ma"}),
              ElementsAre("make-thing"));
  EXPECT_THAT(complete(catalogue(), Words{"testing", "list-things", "-o", "j"}),
              ElementsAre("json"));
  EXPECT_THAT(complete(catalogue(), Words{"completion", "z"}), ElementsAre("zsh"));
  EXPECT_THAT(complete(catalogue(), Words{"import", "--d"}), ElementsAre("--dry-run"));
}

TEST(Completion, HasAScriptForEachShellThatAsksTheProgram) {
  for (const auto* shell : {"bash", "zsh", "fish"}) {
    const auto script = completion_script(shell);
    ASSERT_TRUE(script) << shell;
    EXPECT_THAT(*script, HasSubstr("lianmengctl __complete"));
  }
  EXPECT_FALSE(completion_script("csh"));
}

}  // namespace
}  // namespace lianmeng::ctl
