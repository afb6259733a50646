#include "platform/process/reload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/config/start_up.h"
#include "platform/identity/testing/authority.h"
#include "platform/obs/log.h"

namespace lianmeng::process {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ReloadTest : public ::testing::Test {
 protected:
  ~ReloadTest() override { obs::set_log_level(obs::Level::kInfo); }

  Reload reload(std::vector<std::string> arguments = {}) {
    arguments.insert(arguments.begin(), {"--config", file_.string()});
    Config config;
    const auto start = config::start_up(options().list(), "lianmeng", arguments, {}, &config);
    EXPECT_FALSE(start.exit_code) << start.err;
    return Reload(options(), "lianmeng", std::move(arguments), {}, config);
  }
  // The lines of one read.
  std::string read(Reload& reload) {
    std::string lines;
    const obs::LogCapture capture([&](const std::string& line) { lines += line; });
    reload.read();
    obs::log(obs::Level::kDebug, "test", "a line of level debug");
    return lines;
  }
  void write(const std::string& toml) { folder_.write("lianmeng.toml", toml); }

  identity::TestFolder folder_;
  const std::filesystem::path file_ = folder_.write("lianmeng.toml", "");
};

TEST_F(ReloadTest, TheLogLevelIsInForceAtOnce) {
  auto reload = this->reload();
  EXPECT_THAT(read(reload), Not(HasSubstr("a line of level debug")));
  write("[log]\nlevel = \"debug\"\n");
  const auto lines = read(reload);
  EXPECT_THAT(lines, HasSubstr(R"("from":"info","to":"debug")"));
  EXPECT_THAT(lines, HasSubstr("a line of level debug"));
  EXPECT_THAT(read(reload), Not(HasSubstr("the log level changed")));
}

TEST_F(ReloadTest, OtherOptionsAreToldToWaitForARestart) {
  auto reload = this->reload();
  write("[rpc]\nlisten = \"127.0.0.1:7\"\n[log]\nlevel = \"warn\"\n[tokens]\nissuer = \"x\"\n");
  EXPECT_THAT(read(reload), HasSubstr(R"("options":"rpc.listen, tokens.issuer")"));
}

TEST_F(ReloadTest, WhatTheCommandLineSaysStaysAbove) {
  auto reload = this->reload({"--log.level", "error"});
  obs::set_log_level(obs::Level::kError);
  write("[log]\nlevel = \"debug\"\n");
  EXPECT_THAT(read(reload), Not(HasSubstr("a line of level debug")));
}

TEST_F(ReloadTest, AWrongConfigurationChangesNothing) {
  auto reload = this->reload();
  write("[log]\nlevl = \"debug\"\n");
  const auto lines = read(reload);
  EXPECT_THAT(lines, HasSubstr("what was read before stays in force"));
  EXPECT_THAT(lines, HasSubstr("unknown key log.levl"));
  EXPECT_THAT(lines, Not(HasSubstr("a line of level debug")));
}

}  // namespace
}  // namespace lianmeng::process
