#include "ctl/app.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "ctl/request_builder.h"
#include "ctl/testing/fixture.h"

namespace lianmeng::ctl {
namespace {

using testing::answer;
using testing::catalogue;
using ::testing::ElementsAre;
using testing::failure;
using testing::FakeAnswer;
using testing::FakeCall;
using testing::FakeServer;
using ::testing::HasSubstr;
using testing::message;
using ::testing::Not;
using testing::refusal;
using testing::Terminal;

TEST(CommandLine, ShowsHelpAndKnowsItsMistakes) {
  Terminal terminal;
  EXPECT_EQ(terminal.run({"--help"}).code, 0);
  EXPECT_EQ(terminal.run({}).code, 2);
  EXPECT_EQ(terminal.run({"testing"}).code, 2);
  EXPECT_THAT(terminal.run({"testing", "--help"}).out, HasSubstr("make-thing"));
  EXPECT_THAT(terminal.run({"testing", "make-thing", "-h"}).out, HasSubstr("--title"));
  EXPECT_THAT(terminal.run({"help", "testing", "make-thing"}).out, HasSubstr("--title"));
  EXPECT_THAT(terminal.run({"county", "--help"}).out, HasSubstr("county.toml"));
  EXPECT_THAT(terminal.run({"version"}).out, HasSubstr("lianmengctl "));

  const auto service = terminal.run({"testin", "make-thing"});
  EXPECT_EQ(service.code, 2);
  EXPECT_THAT(service.err, HasSubstr("did you mean \"testing\"?"));
  const auto method = terminal.run({"testing", "make-think"});
  EXPECT_EQ(method.code, 2);
  EXPECT_THAT(method.err, HasSubstr("did you mean \"make-thing\"?"));
  const auto flag = terminal.run({"testing", "make-thing", "--titel", "x"});
  EXPECT_EQ(flag.code, 2);
  EXPECT_THAT(flag.err, HasSubstr("did you mean --title?"));
  EXPECT_EQ(terminal.run({"testing", "make-thing", "--title"}).code, 2);
  EXPECT_EQ(terminal.run({"testing", "make-thing", "stray"}).code, 2);
  EXPECT_EQ(terminal.run({"--as", "nonsense:x", "testing", "make-thing"}).code, 2);
  EXPECT_EQ(terminal.run({"-o", "xml", "testing", "make-thing"}).code, 2);
}

TEST(CommandLine, SpeaksTheLanguageOfLang) {
  Terminal terminal;
  terminal.variables["LANG"] = "zh_CN.UTF-8";
  EXPECT_THAT(terminal.run({"testing", "make-think"}).err, HasSubstr("是不是“make-thing”？"));
  terminal.variables["LC_ALL"] = "C";
  terminal.variables["LANGUAGE"] = "zh_CN:en";
  EXPECT_THAT(terminal.run({"testing", "make-think"}).err, HasSubstr("did you mean"));
  terminal.variables["LC_ALL"] = "en_US.UTF-8";
  EXPECT_THAT(terminal.run({"testing", "make-think"}).err, HasSubstr("是不是"));
  EXPECT_THAT(terminal.run({"--lang", "en", "testing", "make-think"}).err,
              HasSubstr("did you mean"));
  EXPECT_THAT(terminal.run({"testing", "make-thing", "--titel", "--lang=en"}).err,
              HasSubstr("did you mean"));
}

TEST(Command, BecomesACallWithActorAttemptAndRequestId) {
  Terminal terminal;
  std::optional<FakeCall> got;
  FakeServer server(catalogue(), [&](const FakeCall& call) {
    got = FakeCall{call.method, call.metadata, nullptr};
    EXPECT_EQ(get_text(*call.request, "title"), "气调库");
    EXPECT_EQ(get_text(*call.request, "county"), "610524");
    EXPECT_EQ(get_text(*call.request, "request_id").size(), 36U);
    return answer(message("MakeThingResponse", R"({"thing":{"thing_id":"o5"}})"));
  });
  const auto ran = terminal.run({"--address", server.address(), "--as", "610524-p3", "testing",
                                 "make-thing", "--county=610524", "--title", "气调库", "--open"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.out, "thing_id  o5\n");
  ASSERT_TRUE(got);
  EXPECT_EQ(got->method, "MakeThing");
  EXPECT_EQ(got->metadata["lianmeng-actor"], "person:610524-p3");
  EXPECT_EQ(got->metadata["lianmeng-attempt"], "1");
}

TEST(Command, AFieldTakesItsNameFromAGlobalFlagAndDocumentsComeFirst) {
  Terminal terminal;
  terminal.input = R"({"title":"from the file","address":"a street"})";
  FakeServer server(catalogue(), [&](const FakeCall& call) {
    EXPECT_EQ(get_text(*call.request, "title"), "from the flag");
    EXPECT_EQ(get_text(*call.request, "address"), "渭水路1号");
    return answer(message("MakeThingResponse"));
  });
  terminal.variables["LIANMENG_ADDRESS"] = server.address();
  const auto ran = terminal.run({"testing", "make-thing", "--title", "from the flag", "--address",
                                 "渭水路1号", "--file", "-"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.out, "Done\n");
}

TEST(Command, TheTokenOfAFileGoesWithEachCall) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("lianmeng-ctl-" + std::to_string(::getpid()) + ".jwt");
  std::ofstream(path) << "abc.def.ghi\n";
  std::string sent;
  FakeServer server(catalogue(), [&](const FakeCall& call) {
    const auto found = call.metadata.find("authorization");
    sent = found == call.metadata.end() ? "none" : found->second;
    return answer(message("MakeThingResponse"));
  });
  Terminal terminal;
  terminal.run(
      {"--address", server.address(), "--token-file", path.string(), "testing", "make-thing"});
  EXPECT_EQ(sent, "Bearer abc.def.ghi");
  // Beyond this machine it goes by TLS alone.
  const auto clear = terminal.run(
      {"--address", "192.0.2.1:1", "--token-file", path.string(), "testing", "make-thing"});
  EXPECT_EQ(clear.code, 2);
  EXPECT_THAT(clear.err, HasSubstr("not sent to 192.0.2.1:1 in the clear"));
  std::ofstream(path) << "two words\n";
  const auto none = terminal.run(
      {"--address", server.address(), "--token-file", path.string(), "testing", "make-thing"});
  EXPECT_EQ(none.code, 2);
  EXPECT_THAT(none.err, HasSubstr("holds no token"));
  std::filesystem::remove(path);
}

TEST(Command, FilesOfTlsThatAreMissingAreNamed) {
  Terminal terminal;
  const auto run = [&](const char* flag, const char* value) {
    const auto ran = terminal.run({flag, value, "testing", "make-thing"});
    EXPECT_EQ(ran.code, 2);
    return ran.err;
  };
  EXPECT_THAT(run("--ca-file", "/none.crt"), HasSubstr("--ca-file: cannot read /none.crt"));
  EXPECT_THAT(run("--token-file", "/none.jwt"), HasSubstr("--token-file: cannot read /none.jwt"));
  EXPECT_THAT(run("--cert-file", "/none.crt"), HasSubstr("--cert-file and --key-file belong"));
}

TEST(Command, OfUnknownFateIsRepeatedAsItStandsWithTheAttemptCounted) {
  Terminal terminal;
  std::vector<std::string> attempts;
  std::vector<std::string> request_ids;
  FakeServer server(catalogue(), [&](const FakeCall& call) {
    attempts.push_back(call.metadata.at("lianmeng-attempt"));
    request_ids.push_back(get_text(*call.request, "request_id"));
    if (attempts.size() < 3) return failure(testing::kUnavailable, "going away");
    return answer(message("MakeThingResponse", R"({"thing":{"thing_id":"o5"}})"));
  });
  const auto ran = terminal.run({"--address", server.address(), "testing", "make-thing"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(attempts, ElementsAre("1", "2", "3"));
  EXPECT_EQ(request_ids[0], request_ids[2]);
}

TEST(Command, GoesToTheServersOfItsServiceAndOnToTheNextWhenOneIsGone) {
  Terminal terminal;
  int calls = 0;
  FakeServer server(catalogue(), [&](const FakeCall&) {
    ++calls;
    return answer(message("MakeThingResponse", R"({"thing":{"thing_id":"o5"}})"));
  });
  const auto ran =
      terminal.run({"--address", "testing=127.0.0.1:1,testing=" + server.address() + ",127.0.0.1:2",
                    "testing", "make-thing"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(calls, 1);
}

TEST(Command, AnAddressThatIsNoneIsAUsageError) {
  Terminal terminal;
  const auto ran = terminal.run({"--address", "testing=", "testing", "make-thing"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("host:port"));
}

TEST(Command, WithoutAnAnswerSaysHowToRepeatIt) {
  Terminal terminal;
  const auto ran =
      terminal.run({"--address", "127.0.0.1:1", "--lang", "zh", "testing", "make-thing",
                    "--request-id", "018f0000-0000-7000-8000-000000000001"});
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.err, HasSubstr("连不上服务器"));
  EXPECT_THAT(ran.err, HasSubstr("--request-id 018f0000-0000-7000-8000-000000000001"));
}

TEST(Command, RefusedIsToldInTheReadersLanguageWithReasonAndFields) {
  Terminal terminal;
  FakeServer server(catalogue(), [](const FakeCall&) {
    return refusal("THING_EXISTS", "物件o5已存在。", "Thing o5 exists.", "title");
  });
  const auto zh =
      terminal.run({"--address", server.address(), "--lang", "zh", "testing", "make-thing"});
  EXPECT_EQ(zh.code, 1);
  EXPECT_EQ(zh.err, "未受理：物件o5已存在。 [THING_EXISTS]\n  title：太长\n");
  const auto en = terminal.run({"--address", server.address(), "testing", "make-thing"});
  EXPECT_EQ(en.code, 1);
  EXPECT_EQ(en.err, "Refused: Thing o5 exists. [THING_EXISTS]\n  title: too long\n");
}

TEST(Command, ExitCodesTellRefusedFromBroken) {
  Terminal terminal;
  int code = 0;
  FakeServer server(catalogue(), [&](const FakeCall&) { return failure(code, "text"); });
  const std::vector<std::pair<int, int>> expected = {{3, 1}, {5, 1},  {6, 1},  {7, 1}, {9, 1},
                                                     {2, 4}, {13, 4}, {15, 4}, {12, 4}};
  for (const auto& [given, exit] : expected) {
    code = given;
    EXPECT_EQ(terminal.run({"--address", server.address(), "testing", "make-thing"}).code, exit)
        << given;
  }
}

TEST(List, AllFollowsEveryPage) {
  Terminal terminal;
  FakeServer server(catalogue(), [](const FakeCall& call) {
    const auto token = get_text(*call.request, "page_token");
    if (token.empty()) {
      return answer(message("ListThingsResponse",
                            R"({"things":[{"thing_id":"o1"}],"next_page_token":"two"})"));
    }
    EXPECT_EQ(token, "two");
    return answer(message("ListThingsResponse", R"({"things":[{"thing_id":"o2"}]})"));
  });
  const std::vector<std::string> base = {"--address", server.address(), "testing", "list-things"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), base.begin(), base.end());
    return terminal.run(more);
  };
  EXPECT_THAT(with({}).out, HasSubstr("--page-token two"));
  EXPECT_EQ(with({"--all"}).out, "thing_id\no1\no2\n2 in all\n");
  EXPECT_EQ(split(trim(with({"--all", "-o", "ndjson"}).out), '\n').size(), 2U);
  const auto json = with({"--all", "-o", "json"}).out;
  EXPECT_THAT(json, HasSubstr("o1"));
  EXPECT_THAT(json, HasSubstr("o2"));
}

FakeAnswer events(int count) {
  FakeAnswer out;
  for (int i = 0; i < count; ++i) {
    out.messages.push_back(message("WatchThingsResponse", R"({"event":{
      "time":"2023-04-24 09:30","number":"合阳-230424-001","type":"lianmeng.testing.v1.ThingMade",
      "actor":"person:610524-p3","actor_name":"姚敏成"}})"));
  }
  return out;
}

TEST(Watch, PrintsALineForEachEventAndEndsWithCtrlC) {
  Terminal terminal;
  FakeServer server(catalogue(), [&](const FakeCall&) {
    auto out = events(2);
    out.stays_open = true;
    terminal.stop = true;
    return out;
  });
  // The stop is asked for with the call, so whatever of the two was read by then is printed.
  const auto ran = terminal.run({"watch", "--address", server.address(), "--county", "610524",
                                 "--service", "testing", "--lang", "zh"});
  EXPECT_EQ(ran.code, 0) << ran.err;
}

TEST(Watch, TellsTimeNumberWhatAndWho) {
  Terminal terminal;
  int calls = 0;
  FakeServer server(catalogue(), [&](const FakeCall&) {
    if (++calls == 1) return events(1);
    terminal.stop = true;
    return events(0);
  });
  const auto ran = terminal.run({"watch", "--address", server.address(), "--county", "610524",
                                 "--service", "testing", "--lang", "zh"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.out,
            "2023-04-24 09:30  合阳-230424-001  建立了物件。  姚敏成（person:610524-p3）\n");
  EXPECT_THAT(ran.err, HasSubstr("正在重新连接"));
}

TEST(Watch, WhatIsRefusedEndsIt) {
  Terminal terminal;
  FakeServer server(catalogue(), [](const FakeCall&) {
    return refusal("PERMISSION_DENIED", "无权查看。", "Not yours to see.");
  });
  const auto ran = terminal.run(
      {"watch", "--address", server.address(), "--county", "610524", "--service", "testing"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("Not yours to see."));
  EXPECT_EQ(terminal.run({"watch", "--service", "testing"}).code, 2);
  EXPECT_EQ(terminal.run({"watch", "--county", "1", "--service", "nothing"}).code, 2);
}

TEST(Stream, IsALineOfJsonForEachMessage) {
  Terminal terminal;
  FakeServer server(catalogue(), [](const FakeCall&) { return events(3); });
  const auto ran = terminal.run(
      {"--address", server.address(), "testing", "watch-things", "--county", "610524"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(split(trim(ran.out), '\n').size(), 3U);
  EXPECT_THAT(ran.out, HasSubstr(R"("actor":"person:610524-p3")"));
}

TEST(Status, AsksTheHealthOfEachService) {
  Terminal terminal;
  int state = 1;
  FakeServer server(catalogue(), [&](const FakeCall& call) {
    EXPECT_EQ(get_text(*call.request, "service"), "lianmeng.testing.v1.TestingService");
    auto health =
        catalogue().new_message(*catalogue().find_message("grpc.health.v1.HealthCheckResponse"));
    health->GetReflection()->SetEnumValue(
        health.get(), health->GetDescriptor()->FindFieldByName("status"), state);
    return answer(std::move(health));
  });
  const auto up = terminal.run({"--address", server.address(), "status"});
  EXPECT_EQ(up.code, 0);
  EXPECT_EQ(up.out, "service  state\ntesting  serving\n");
  state = 2;
  const auto both =
      terminal.run({"--address", "testing=" + server.address() + ",127.0.0.1:1", "status"});
  EXPECT_EQ(both.code, 3);
  EXPECT_THAT(both.out, HasSubstr(server.address() + "\nservice"));
  EXPECT_THAT(both.out, HasSubstr("127.0.0.1:1\n"));
  const auto down = terminal.run({"--address", server.address(), "status", "-o", "json"});
  EXPECT_EQ(down.code, 3);
  EXPECT_EQ(down.out, "{\"testing\":\"not-serving\"}\n");
}

}  // namespace
}  // namespace lianmeng::ctl
