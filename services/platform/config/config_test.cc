#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "platform/config/load.h"
#include "platform/config/options.h"
#include "platform/config/start_up.h"

namespace lianmeng::config {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct DeepConfig {
  int depth = 3;
};
struct TestConfig {
  std::filesystem::path log_path = "data/log";
  std::filesystem::path key_path;
  ByteSize segment{64 * 1024 * 1024};
  bool scrub = true;
  int port = 50051;
  double rate = 0.5;
  Duration takeover = std::chrono::milliseconds(800);
  std::string level = "info";
  std::vector<std::string> peers;
  DeepConfig deep;
};

Options<TestConfig> test_options() {
  Options<TestConfig> options;
  options.bind("log.path", &TestConfig::log_path, {"日志目录", "Folder of the log"})
      .bind("seal.key_path", &TestConfig::key_path, {"密钥文件", "File of a key; empty: none"})
      .bind("log.segment", &TestConfig::segment, {"段大小", "Size of a segment"},
            {.min = 1 << 20, .max = 1 << 30})
      .bind("log.scrub", &TestConfig::scrub, {"后台检查", "Scrub in the background"})
      .bind("rpc.port", &TestConfig::port, {"端口", "Port of gRPC"}, {.min = 1, .max = 65535})
      .bind("rpc.rate", &TestConfig::rate, {"比例", "A rate"}, {.min = 0, .max = 1})
      .bind("host.takeover", &TestConfig::takeover, {"接管时间", "Time to take over"},
            {.min = 1, .max = 60'000})
      .bind("obs.level", &TestConfig::level, {"日志级别", "Level of log lines"},
            {.one_of = {"debug", "info", "warn"}})
      .bind("host.peers", &TestConfig::peers, {"同伴", "Peers"}, {.max = 3})
      .bind("deep.depth", [](TestConfig& config) -> auto& { return config.deep.depth; },
            {"深度", "Depth"});
  return options;
}

class ConfigTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto pattern = (std::filesystem::temp_directory_path() / "lianmeng-config-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  std::filesystem::path file(const std::string& text) {
    const auto path = root_ / "lianmeng.toml";
    std::ofstream(path) << text;
    return path;
  }
  Result<TestConfig> load_file(const std::string& text) {
    return load(test_options(), Sources{file(text), {}, {}});
  }
  std::string complaint(const std::string& text) {
    const auto loaded = load_file(text);
    return loaded ? "" : loaded.error().message_en;
  }
  static std::string complaint_of_variable(const std::string& name, const std::string& text) {
    const auto loaded = load(test_options(), Sources{{}, {{name, text}}, {}});
    return loaded ? "" : loaded.error().message_en;
  }

  std::filesystem::path root_;
};

TEST_F(ConfigTest, WithoutSourcesTheDefaultsHold) {
  const auto config = load(test_options(), {}).value();
  EXPECT_EQ(config.log_path, "data/log");
  EXPECT_EQ(config.port, 50051);
  EXPECT_EQ(config.deep.depth, 3);
}

TEST_F(ConfigTest, OfAnotherProgramsFileOneSectionIsRead) {
  const Sources sources{file("[rpc]\nport = 7\n[other]\nunknown = 1\n"), {}, {}, "rpc"};
  EXPECT_EQ(load(test_options(), sources)->port, 7);
  const Sources wrong{file("[rpc]\nprot = 7\n[other]\nunknown = 1\n"), {}, {}, "rpc"};
  EXPECT_NE(load(test_options(), wrong).error().message_en.find("rpc.prot"), std::string::npos);
  const Sources none{file("[other]\nunknown = 1\n"), {}, {}, "rpc"};
  EXPECT_EQ(load(test_options(), none)->port, 50051);
}

TEST_F(ConfigTest, EveryTypeIsReadFromTheFile) {
  const auto config = load_file(R"(
[log]
path = "/var/lib/联盟"
segment = "8MiB"
scrub = false
[rpc]
port = 1
rate = 0.25
[host]
takeover = "2s"
peers = ["a:1", "b:2"]
[obs]
level = "warn"
[deep]
depth = -4
)");
  ASSERT_TRUE(config) << config.error().message_en;
  EXPECT_EQ(config->log_path, "/var/lib/联盟");
  EXPECT_EQ(config->segment, ByteSize{8 << 20});
  EXPECT_FALSE(config->scrub);
  EXPECT_EQ(config->port, 1);
  EXPECT_EQ(config->rate, 0.25);
  EXPECT_EQ(config->takeover, std::chrono::seconds(2));
  EXPECT_EQ(config->peers, (std::vector<std::string>{"a:1", "b:2"}));
  EXPECT_EQ(config->level, "warn");
  EXPECT_EQ(config->deep.depth, -4);
}

TEST_F(ConfigTest, EnvironmentOverridesTheFileAndTheCommandLineBoth) {
  Sources sources{file("[rpc]\nport = 1\nrate = 0.1\n[log]\nscrub = true\n"),
                  {{"LIANMENG_RPC_PORT", "2"},
                   {"LIANMENG_LOG_SCRUB", "false"},
                   {"LIANMENG_HOST_PEERS", "a:1,b:2"},
                   {"LIANMENG_LOG_SEGMENT", "1048576"}},
                  {{"rpc.port", "3"}}};
  const auto config = load(test_options(), sources).value();
  EXPECT_EQ(config.port, 3);
  EXPECT_EQ(config.rate, 0.1);
  EXPECT_FALSE(config.scrub);
  EXPECT_EQ(config.peers.size(), 2u);
  EXPECT_EQ(config.segment, ByteSize{1 << 20});
}

TEST_F(ConfigTest, AnUnknownKeyNamesTheNearestWithFileAndLine) {
  EXPECT_THAT(complaint("[log]\nscrub = true\npth = \"x\"\n"),
              HasSubstr("lianmeng.toml:3: unknown key log.pth; the nearest known one is log.path"));
  EXPECT_THAT(complaint("[rcp]\nport = 1\n"), HasSubstr(":2: unknown key rcp.port; the nearest "
                                                        "known one is rpc.port"));
  EXPECT_THAT(complaint("port = 1\n"), HasSubstr("lianmeng.toml:1: unknown key port"));
  const auto chinese = load_file("[log]\npth = \"x\"\n").error().message_zh;
  EXPECT_THAT(chinese, HasSubstr("没有选项 log.pth，最接近的是 log.path"));
}

TEST_F(ConfigTest, AnUnknownVariableOfAKnownSectionIsAnError) {
  EXPECT_THAT(
      complaint_of_variable("LIANMENG_LOG_PTH", "x"),
      HasSubstr("unknown key LIANMENG_LOG_PTH; the nearest known one is LIANMENG_LOG_PATH"));
  EXPECT_EQ(complaint_of_variable("LIANMENG_ADDRESS", "x"), "");
  EXPECT_EQ(complaint_of_variable("LOG_PATH", "x"), "");
}

TEST_F(ConfigTest, AWrongTypeNamesWhatItShouldBeAndWhatItIs) {
  EXPECT_THAT(complaint("[rpc]\nport = \"x\"\n"),
              HasSubstr(":2: rpc.port must be an integer, got \"x\""));
  EXPECT_THAT(complaint("[log]\nscrub = 1\n"), HasSubstr("log.scrub must be true or false, got 1"));
  EXPECT_THAT(complaint("[log]\npath = 7\n"),
              HasSubstr("log.path must be a text in quotes, got 7"));
  EXPECT_THAT(complaint("[log]\npath = \"\"\n"), HasSubstr("log.path must be a path, got \"\""));
  EXPECT_THAT(complaint("[host]\ntakeover = 800\n"),
              HasSubstr("host.takeover must be a time with its unit"));
  EXPECT_THAT(complaint("[host]\npeers = [1]\n"),
              HasSubstr("host.peers is no text, number, boolean or list of texts"));
  EXPECT_THAT(complaint("[log]\nsegment = \"8MB\"\n"), HasSubstr("log.segment must be a size"));
  EXPECT_THAT(complaint("[obs]\nlevel = \"loud\"\n"),
              HasSubstr("obs.level must be one of debug, info, warn, got \"loud\""));
  EXPECT_THAT(complaint_of_variable("LIANMENG_RPC_PORT", "1x"),
              HasSubstr("LIANMENG_RPC_PORT: rpc.port must be an integer, got \"1x\""));
  EXPECT_THAT(complaint_of_variable("LIANMENG_RPC_PORT", ""), HasSubstr("an integer"));
}

TEST_F(ConfigTest, AValueOutsideItsLimitsNamesThem) {
  EXPECT_THAT(complaint("[rpc]\nport = 70000\n"),
              HasSubstr("rpc.port must be from 1 to 65535, got 70000"));
  EXPECT_THAT(complaint("[log]\nsegment = 4096\n"),
              HasSubstr("log.segment must be from 1MiB to 1GiB, got 4KiB"));
  EXPECT_THAT(complaint("[host]\ntakeover = \"2min\"\n"),
              HasSubstr("host.takeover must be from 1ms to 1min, got 2min"));
  EXPECT_THAT(complaint("[host]\npeers = [\"a\", \"b\", \"c\", \"d\"]\n"),
              HasSubstr("host.peers their count must be at most 3, got 4"));
  EXPECT_THAT(complaint("[deep]\ndepth = 3000000000\n"), HasSubstr("deep.depth must be from"));
  EXPECT_THAT(complaint("[rpc]\nrate = 1.5\n"), HasSubstr("rpc.rate must be a number from 0 to 1"));
}

TEST_F(ConfigTest, AllThatIsWrongIsToldAtOnceInTheOrderOfTheFile) {
  const auto error = load_file("[rpc]\nrate = 7\nport = 0\n[log]\nx = 1\n").error();
  EXPECT_EQ(error.reason, "CONFIG_INVALID");
  ASSERT_EQ(error.violations.size(), 3u);
  EXPECT_EQ(error.violations[0].field, "rpc.rate");
  EXPECT_EQ(error.violations[1].field, "rpc.port");
  EXPECT_EQ(error.violations[2].field, "log.x");
}

TEST_F(ConfigTest, WhatIsNoTomlNamesTheLine) {
  EXPECT_THAT(complaint("[log]\npath = \n"), HasSubstr("lianmeng.toml:2: not valid TOML"));
  EXPECT_EQ(complaint(""), "");
}

TEST_F(ConfigTest, AFileThatCannotBeReadIsAnError) {
  for (const auto& path : {root_ / "none.toml", root_}) {
    const auto loaded = load(test_options(), Sources{path, {}, {}});
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().reason, "CONFIG_UNREADABLE");
    EXPECT_THAT(loaded.error().message_en, HasSubstr(path.string()));
  }
}

TEST_F(ConfigTest, PrintingSaysHelpDefaultAndOrigin) {
  const auto options = test_options();
  TestConfig config;
  const Sources sources{file("[log]\npath = \"here\"\n"),
                        {{"LIANMENG_HOST_PEERS", "x,y"}},
                        {{"host.takeover", "30s"}}};
  const auto origins = load_into(options.list(), sources, &config).value();
  const auto printed = print(options.list(), &config, origins);
  EXPECT_THAT(printed, HasSubstr("# 日志目录 / Folder of the log (default: \"data/log\")"));
  EXPECT_THAT(printed, HasSubstr("takeover = \"30s\"  # --host.takeover"));
  EXPECT_THAT(printed, HasSubstr("peers = [\"x\", \"y\"]  # LIANMENG_HOST_PEERS"));
  EXPECT_THAT(printed, HasSubstr("lianmeng.toml:2"));
}

TEST_F(ConfigTest, APathMayBeEmptyWhereItsDefaultIs) {
  EXPECT_EQ(complaint("[seal]\nkey_path = \"\"\n"), "");
  EXPECT_THAT(complaint("[log]\npath = \"\"\n"), HasSubstr("log.path must be a path"));
}

TEST_F(ConfigTest, WhatIsPrintedReadsBackAsTheSame) {
  const auto options = test_options();
  TestConfig config;
  config.log_path = "a\\b \"c\"\n";
  config.rate = 1;
  config.peers = {"x", "y"};
  const auto printed = print(options.list(), &config, {});
  const auto again = load_file(printed);
  ASSERT_TRUE(again) << again.error().message_en << printed;
  EXPECT_EQ(again->log_path, config.log_path);
  EXPECT_EQ(again->rate, 1);
  EXPECT_EQ(again->peers, config.peers);
  EXPECT_EQ(again->takeover, config.takeover);
}

StartUp start(const std::vector<std::string>& arguments,
              std::map<std::string, std::string> environment = {}) {
  TestConfig config;
  return start_up(test_options().list(), "lianmeng", arguments, std::move(environment), &config);
}

TEST_F(ConfigTest, StartUpRunsChecksPrintsAndHelps) {
  EXPECT_FALSE(start({}).exit_code.has_value());
  EXPECT_FALSE(start({"--rpc.port", "7", "--log.path=x=y"}).exit_code.has_value());
  const auto good = file("[rpc]\nport = 7\n").string();
  const auto checked = start({"--config", good, "--check"});
  EXPECT_EQ(checked.exit_code, kExitOk);
  EXPECT_THAT(checked.out, HasSubstr("the configuration is good"));
  EXPECT_THAT(start({"--config=" + good, "--print-config"}).out, HasSubstr("port = 7  # "));
  EXPECT_THAT(start({"--print-config"}, {{"LIANMENG_CONFIG", good}}).out, HasSubstr("port = 7"));
  const auto helped = start({"--help"});
  EXPECT_EQ(helped.exit_code, kExitOk);
  EXPECT_THAT(helped.out, HasSubstr("--rpc.port  [50051]  LIANMENG_RPC_PORT"));
  EXPECT_THAT(helped.out, HasSubstr("端口"));
  EXPECT_THAT(helped.out, HasSubstr("| --help | --version]"));
}

TEST_F(ConfigTest, StartUpLeavesWithACodeWhenAnythingIsWrong) {
  for (const auto& arguments : std::vector<std::vector<std::string>>{{"--rpc.prot", "7"},
                                                                     {"--rpc.port"},
                                                                     {"serve"},
                                                                     {"--config", "/none"},
                                                                     {"--check", "--rpc.port=0"}}) {
    const auto started = start(arguments);
    EXPECT_EQ(started.exit_code, kExitUsage) << arguments[0];
    EXPECT_THAT(started.out, IsEmpty());
    EXPECT_FALSE(started.err.empty());
  }
  EXPECT_THAT(start({"--rpc.prot", "7"}).err, HasSubstr("the nearest known one is rpc.port"));
}

TEST(Nearest, CountsEdits) {
  EXPECT_EQ(nearest("log.pth", {"rpc.port", "log.path"}), "log.path");
  EXPECT_EQ(nearest("x", {}), "");
  EXPECT_EQ(nearest("ab", {"ba", "abc", "abd"}), "abc");
}

TEST(OptionNames, AreSectionAndKey) {
  for (const char* name : {"log.path", "rpc.default_actor", "a.b.c1"})
    EXPECT_TRUE(is_option_name(name)) << name;
  for (const char* name : {"", "log", ".log", "log.", "Log.path", "a..b", "a b.c"})
    EXPECT_FALSE(is_option_name(name)) << name;
}

}  // namespace
}  // namespace lianmeng::config
