// The binary itself: how it starts, refuses to start, and stops.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

using ::testing::HasSubstr;

// A process of the binary, its standard error in a pipe. Killed when it still runs at the end.
class Process {
 public:
  explicit Process(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), LIANMENG_BINARY);
    std::vector<char*> argv;
    for (auto& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) std::abort();
    pid_ = fork();
    if (pid_ == 0) {
      dup2(ends[1], STDERR_FILENO);
      execv(LIANMENG_BINARY, argv.data());
      _exit(127);
    }
    close(ends[1]);
    pipe_ = ends[0];
  }
  ~Process() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      wait();
    }
    close(pipe_);
  }

  // What it has said so far, as far as it was read.
  const std::string& errors() const { return errors_; }
  // Reads until it has said `text`; false when it ended first.
  bool said(const std::string& text) {
    while (errors_.find(text) == std::string::npos) {
      if (!read_more()) return false;
    }
    return true;
  }
  void signal(int number) const { kill(pid_, number); }
  // Until it ends: its exit code, or minus the signal.
  int wait() {
    while (read_more()) {
    }
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  bool read_more() {
    char bytes[4096];
    const auto got = read(pipe_, bytes, sizeof(bytes));
    if (got <= 0) return false;
    errors_.append(bytes, static_cast<std::size_t>(got));
    return true;
  }

  pid_t pid_ = -1;
  int pipe_ = -1;
  std::string errors_;
};

class Standalone : public ::testing::Test {
 protected:
  Standalone() {
    std::string name = (std::filesystem::temp_directory_path() / "lianmeng-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~Standalone() override { std::filesystem::remove_all(folder_); }

  Process start(std::vector<std::string> more = {}, const std::string& data = "data") {
    std::vector<std::string> arguments{"--data.path",  (folder_ / data).string(),
                                       "--rpc.listen", "127.0.0.1:0",
                                       "--ops.listen", "127.0.0.1:0"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Process(arguments);
  }
  static std::string number_after(const std::string& text, const std::string& key) {
    const auto at = text.find(key) + key.size();
    return text.substr(at, text.find_first_not_of("0123456789", at) - at);
  }

  std::filesystem::path folder_;
};

TEST_F(Standalone, StartsStopsOnASignalAndStartsAgainOnTheSameData) {
  for (const int signal : {SIGTERM, SIGINT}) {
    auto process = start();
    ASSERT_TRUE(process.said("\"started\"")) << process.errors();
    process.signal(signal);
    EXPECT_EQ(process.wait(), 0) << process.errors();
    EXPECT_THAT(process.errors(), HasSubstr("\"stopped\""));
  }
}

TEST_F(Standalone, AKilledOneLeavesNothingThatKeepsTheNextFromStarting) {
  auto killed = start();
  ASSERT_TRUE(killed.said("\"started\"")) << killed.errors();
  killed.signal(SIGKILL);
  EXPECT_EQ(killed.wait(), -SIGKILL);
  auto next = start();
  EXPECT_TRUE(next.said("\"started\"")) << next.errors();
}

TEST_F(Standalone, ADataFolderHasOneProcess) {
  auto first = start();
  ASSERT_TRUE(first.said("\"started\"")) << first.errors();
  auto second = start();
  EXPECT_EQ(second.wait(), 1);
  EXPECT_THAT(second.errors(), HasSubstr("another process has this log open"));
}

TEST_F(Standalone, ATakenPortIsOneSentence) {
  auto first = start();
  ASSERT_TRUE(first.said("\"started\"")) << first.errors();
  const auto rpc = "127.0.0.1:" + number_after(first.errors(), "\"rpc_port\":");
  const auto ops = "127.0.0.1:" + number_after(first.errors(), "\"ops_port\":");
  auto second = start({"--rpc.listen", rpc}, "other");
  EXPECT_EQ(second.wait(), 1);
  EXPECT_THAT(second.errors(), HasSubstr("lianmeng: rpc.listen: " + rpc));
  auto third = start({"--ops.listen", ops}, "other");
  EXPECT_EQ(third.wait(), 1);
  EXPECT_THAT(third.errors(), HasSubstr("lianmeng: ops.listen: " + ops));
}

TEST_F(Standalone, OtherMachinesAreNotServed) {
  auto process = start({"--rpc.listen", "0.0.0.0:0"});
  EXPECT_EQ(process.wait(), 1);
  EXPECT_THAT(process.errors(), HasSubstr("or listen on 127.0.0.1 or [::1]."));
}

TEST_F(Standalone, ADefaultActorMustBeOne) {
  for (const auto* actor : {"alice", "system"}) {
    auto process = start({"--rpc.default_actor", actor});
    EXPECT_EQ(process.wait(), 1);
    EXPECT_THAT(process.errors(), HasSubstr("rpc.default_actor"));
  }
}

TEST_F(Standalone, ADataFolderThatCannotBeMadeIsNamed) {
  std::ofstream(folder_ / "file") << "in the way";
  auto process = start({}, "file/data");
  EXPECT_EQ(process.wait(), 1);
  EXPECT_THAT(process.errors(), HasSubstr((folder_ / "file/data").string()));
}

TEST_F(Standalone, AWrongOptionIsAnErrorOfItsOwn) {
  auto process = start({"--runtime.loop", "2"});
  EXPECT_EQ(process.wait(), 2);
  EXPECT_THAT(process.errors(), HasSubstr("runtime.loops"));
}

}  // namespace
