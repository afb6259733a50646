// Imports against a server that keeps external ids as the real one does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "ctl/import_file.h"
#include "ctl/request_builder.h"
#include "ctl/testing/fixture.h"

namespace lianmeng::ctl {
namespace {

using testing::catalogue;
using ::testing::ElementsAre;
using testing::FakeAnswer;
using testing::FakeCall;
using testing::FakeServer;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::message;
using testing::Terminal;

class Import : public ::testing::Test {
 protected:
  struct Seen {
    std::string title;
    std::string parent;
    std::string actor;
    std::string note;
  };

  FakeAnswer handle(const FakeCall& call) {
    const auto& request = *call.request;
    const auto external_id = get_text(request, "external_id");
    const auto title = get_text(request, "title");
    seen.push_back({title, get_text(request, "parent_thing_id"), call.metadata.at("lianmeng-actor"),
                    get_text(request, "note")});
    last_request = request.DebugString();
    if (title == refused_title) return testing::refusal("THING_EXISTS", "已存在。", "It exists.");
    const auto* field = request.GetDescriptor()->FindFieldByName("validate_only");
    if (request.GetReflection()->GetBool(request, field)) {
      return testing::answer(message("MakeThingResponse", R"({"validated":true})"));
    }
    const auto [found, is_new] = made.emplace(external_id, "o" + std::to_string(made.size() + 1));
    return testing::answer(message(
        "MakeThingResponse", R"({"thing":{"thing_id":")" + found->second +
                                 R"(","result":{"figures":[
          {"metric":"of )" + found->second +
                                 R"("}]}},"read_token":"testing/7/)" + std::to_string(made.size()) +
                                 R"(","repeated":)" + (is_new ? "false" : "true") + "}"));
  }

  testing::Ran import(const std::string& text, std::vector<std::string> more = {}) {
    terminal.input = text;
    std::vector<std::string> arguments = {"--address", server.address(), "import", "-"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return terminal.run(arguments);
  }

  std::map<std::string, std::string> made;
  std::vector<Seen> seen;
  std::string last_request;
  std::string refused_title = "refused";
  Terminal terminal;
  FakeServer server{catalogue(), [this](const FakeCall& call) { return handle(call); }};
};

constexpr const char* kFile = R"(# a farm and what hangs on it
{"command":"testing.MakeThing","actor":"operator:root","external_id":"farm","effective_time":"2023-04-24 09:30","request":{"county":"610524","title":"farm"}}

{"command":"lianmeng.testing.v1.TestingService/MakeThing","actor":"@farm;for=@farm","external_id":"shed","request":{"county":"610524","title":"shed","parent_thing_id":"@farm","note":"@@farm"}}
{"command":"testing.MakeThing","actor":"person:610524-p3","external_id":"tool","county":"610524","request":{"title":"tool","parent_thing_id":"@shed","note":"@farm#thing.result.figures.0.metric"}}
)";

TEST_F(Import, ResolvesReferencesToWhatEarlierLinesMade) {
  const auto ran = import(kFile);
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("new 3, repeated 0, refused 0"));
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[0].actor, "operator:root");
  EXPECT_EQ(seen[1].parent, "o1");
  EXPECT_EQ(seen[1].actor, "person:o1;for=o1");
  EXPECT_EQ(seen[1].note, "@farm");
  EXPECT_EQ(seen[2].parent, "o2");
  EXPECT_EQ(seen[2].note, "of o1");
  EXPECT_THAT(last_request, HasSubstr("county: \"610524\""));
}

TEST_F(Import, TheSameFileTwiceChangesNothing) {
  ASSERT_EQ(import(kFile).code, 0);
  const auto before = made;
  const auto again = import(kFile);
  EXPECT_EQ(again.code, 0);
  EXPECT_THAT(again.out, HasSubstr("new 0, repeated 3, refused 0"));
  EXPECT_EQ(made, before);
  EXPECT_EQ(seen[5].parent, "o2") << "references hold in the second load too";
}

TEST_F(Import, StopsAtTheFirstRefusalAndGoesOnWhenRunAgain) {
  refused_title = "shed";
  const auto ran = import(kFile);
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err,
              HasSubstr("line 4 (shed, testing.MakeThing): Refused: It exists. [THING_EXISTS]"));
  EXPECT_THAT(ran.out, HasSubstr("new 1, repeated 0, refused 1, left 1"));
  EXPECT_EQ(seen.size(), 2U);

  refused_title = "";
  const auto again = import(kFile);
  EXPECT_EQ(again.code, 0);
  EXPECT_THAT(again.out, HasSubstr("new 2, repeated 1, refused 0"));
}

TEST_F(Import, KeepGoingLeavesOutWhatDependsOnTheRefused) {
  refused_title = "shed";
  const auto ran = import(kFile, {"--keep-going", "-o", "json"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(ran.out, "{\"new\":1,\"repeated\":0,\"refused\":2,\"unchecked\":0,\"left\":0}\n");
  EXPECT_THAT(ran.err, HasSubstr("line 5 (tool, testing.MakeThing): @shed stands for nothing"));
}

TEST_F(Import, DryRunWritesNothing) {
  const auto ran = import(kFile, {"--dry-run"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(made, IsEmpty());
  EXPECT_THAT(ran.out, HasSubstr("valid 1, repeated 0, refused 0, not checked 2"));
}

TEST_F(Import, AFileWithMistakesIsSentNotAtAll) {
  const auto ran = import(
      R"({"command":"testing.MakeThing","actor":"a:b","external_id":"x","request":{"titel":"y"}}
not json
{"command":"testing.MakeThink","actor":"operator:root","external_id":"y","request":{}}
{"command":"testing.MakeThing","actor":"operator:root","request":{}}
{"command":"testing.MakeThing","external_id":"z","request":{}}
{"command":"testing.MakeThing","actor":"operator:root","external_id":"x","request":{"title":"@later"}}
{"command":"testing.MakeThing","actor":"operator:root","external_id":"later","requets":{}}
{"command":"testing.ListThings","actor":"operator:root","external_id":"list","request":{}}
)");
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(seen, IsEmpty());
  EXPECT_THAT(ran.err, HasSubstr("line 1 (x): MakeThingRequest: there is no field \"titel\""));
  EXPECT_THAT(ran.err, HasSubstr("line 2: this is no whole JSON object"));
  EXPECT_THAT(ran.err,
              HasSubstr("line 3: there is no command \"testing.MakeThink\", did you mean"));
  EXPECT_THAT(ran.err, HasSubstr("line 4: external_id is missing"));
  EXPECT_THAT(ran.err, HasSubstr("line 5: actor is missing"));
  EXPECT_THAT(ran.err, HasSubstr("line 6 (x): no earlier line has the external_id \"later\""));
  EXPECT_THAT(ran.err, HasSubstr("line 6 (x): line 1 has the same external_id"));
  EXPECT_THAT(ran.err, HasSubstr("line 7: there is no \"requets\", did you mean \"request\"?"));
  EXPECT_THAT(ran.err, HasSubstr("line 8: testing.ListThings is a query"));
  EXPECT_THAT(ran.err, HasSubstr("nothing was sent"));
}

TEST_F(Import, StopsCleanlyWhenAskedTo) {
  terminal.stop = true;
  const auto ran = import(kFile);
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.out, HasSubstr("left 3"));
  EXPECT_THAT(ran.err, HasSubstr("Run it again to go on"));
}

TEST(References, FindTheIdOfWhatWasCreatedAlsoWhenItIsWrapped) {
  EXPECT_EQ(referred_to(*message("MakeThingResponse", R"({"thing":{"thing_id":"o5"}})"), ""), "o5");
  EXPECT_EQ(referred_to(*message("WrapThingResponse",
                                 R"({"thing":{"thing":{"thing_id":"o6"},"holder_id":"p1"}})"),
                        ""),
            "o6");
  EXPECT_EQ(referred_to(*message("MakeThingResponse", R"({"thing":{"county":"610524"}})"),
                        "thing.county"),
            "610524");
  EXPECT_EQ(referred_to(*message("MakeThingResponse"), "thing.nothing"), "");
}

TEST(References, AreTextsThatBeginWithOneAt) {
  EXPECT_EQ(parse_reference("@farm")->external_id, "farm");
  EXPECT_EQ(parse_reference("@farm#office.id")->path, "office.id");
  EXPECT_FALSE(parse_reference("@@farm"));
  EXPECT_FALSE(parse_reference("@"));
  EXPECT_FALSE(parse_reference("mail@farm"));
}

}  // namespace
}  // namespace lianmeng::ctl
