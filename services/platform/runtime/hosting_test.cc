// Several runtimes on one log, as several pods are: who hosts what, who decides, and what a standby
// does with a command when the acting host answers and when it does not.
#include "platform/runtime/hosting.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "platform/log/embedded/embedded_log.h"
#include "platform/log/testing/temp_folder.h"
#include "platform/runtime/full_disk.h"
#include "platform/runtime/runtime.h"
#include "platform/store/memory_store.h"
#include "platform/testing/tally.h"

namespace lianmeng::testing {
namespace {

using runtime::Command;
using runtime::CommandResult;
using runtime::Runtime;
using ::testing::ElementsAre;

const CountyId kCounty("610524");
const int kPartition = partition_of(kCounty);

// The log as one pod reaches it.
class Reached final : public log::Log {
 public:
  explicit Reached(log::Log& log) : log_(log) {}

  void append(const log::TopicPartition& at, std::vector<log::Record> batch,
              log::AppendCallback done) override {
    if (!cut_off) return log_.append(at, std::move(batch), std::move(done));
    log::AppendOutcome outcome;
    outcome.error = lost();
    done(outcome);
  }
  std::unique_ptr<log::Following> follow(const log::TopicPartition& at, log::Offset from,
                                         std::shared_ptr<log::FollowSink> sink) override {
    return log_.follow(at, from, std::move(sink));
  }
  void end_offset(const log::TopicPartition& at, log::EndOffsetCallback done) override {
    if (cut_off) return done(fail(lost()));
    log_.end_offset(at, std::move(done));
  }
  Result<log::TopicInfo> describe(const std::string& topic) override {
    return log_.describe(topic);
  }

  std::atomic<bool> cut_off{false};

 private:
  static Error lost() {
    return make_error(ErrorKind::kUnavailable, "LOG_UNAVAILABLE", "no broker answers");
  }
  log::Log& log_;
};

// One host, and whether the other pods reach it.
struct Pod {
  std::unique_ptr<store::Store> store = store::open_memory_store();
  std::unique_ptr<Reached> log;
  std::unique_ptr<Runtime> runtime;
  // What happens to what is handed to it.
  enum class Reach { kAnswers, kRefuses, kSilent } reach = Reach::kAnswers;
};

using Answer = std::variant<runtime::Accepted, Error>;

class HostingTest : public ::testing::Test {
 protected:
  HostingTest() {
    log_ = std::move(*log::EmbeddedLog::open({.path = folder_.path() + "/log"}, clock_,
                                             [](auto, const std::string&) {}));
  }
  ~HostingTest() override {
    for (auto& pod : pods_) pod.runtime->stop();
    pods_.clear();
    log_.reset();
  }

  void start(int pods, int replicas, int loops = 1, runtime::LoopConfig loop = {}) {
    pods_.resize(static_cast<std::size_t>(pods));
    for (int i = 0; i < pods; ++i) {
      runtime::RuntimeConfig config;
      config.loops = loops;
      config.loop = loop;
      config.hosting = {.prefix = "tally", .ordinal = i, .pods = pods, .replicas = replicas};
      auto& pod = pods_[static_cast<std::size_t>(i)];
      pod.log = std::make_unique<Reached>(*log_);
      pod.runtime = std::make_unique<Runtime>(config, *pod.log, *pod.store, clock_,
                                              [](std::string_view, const std::string&) {});
      pod.runtime->add_service(tally_fold());
      ASSERT_TRUE(pod.runtime->start());
    }
    for (auto& pod : pods_) {
      while (!pod.runtime->not_ready().empty()) std::this_thread::yield();
    }
  }

  // The i-th host of the county's partition.
  Pod& host(int i) {
    return pods_[static_cast<std::size_t>((kPartition + i) % static_cast<int>(pods_.size()))];
  }
  Pod& named(const std::string& name) {
    return pods_[static_cast<std::size_t>(std::stoi(name.substr(name.rfind('-') + 1)))];
  }

  // A call of one or more commands, as the edge has it.
  struct Call final : runtime::OriginalCall {
    Call(HostingTest& test, std::vector<Command> commands)
        : test(test), commands(std::move(commands)), answers(this->commands.size()) {}

    void forward(const std::string& to, runtime::Attempt attempt, std::vector<int> parts,
                 std::function<void(bool)> failed) override {
      forwarded.push_back(parts);
      auto& pod = test.named(to);
      if (pod.reach == Pod::Reach::kRefuses) return failed(false);
      if (pod.reach == Pod::Reach::kSilent) return failed(true);
      std::vector<Command> sent;
      for (const int part : parts) {
        sent.push_back(test.ready(*this, part));
        sent.back().call = nullptr;
        sent.back().repeat = attempt.repeat;
        sent.back().hops = attempt.hops;
      }
      pod.runtime->submit_all("tally", std::move(sent));
    }

    HostingTest& test;
    const std::vector<Command> commands;
    std::vector<std::promise<Answer>> answers;
    std::vector<std::vector<int>> forwarded;  // Written on the loop, read when all is answered.
  };

  Command ready(Call& call, int part) {
    auto command = call.commands[static_cast<std::size_t>(part)];
    command.call = &call;
    command.part = part;
    command.done = [&call, part](const CommandResult& result) {
      call.answers[static_cast<std::size_t>(part)].set_value(result.outcome);
    };
    return command;
  }

  Command add_one(std::int64_t amount, bool with_id = true) {
    Command command;
    command.name = "Add";
    command.county = kCounty;
    command.actor = {Actor::Kind::kPerson, "610524-p1", ""};
    if (with_id) {
      command.request_id = make_uuid_v7(clock_.now(), random_);
      command.request_hash = std::to_string(amount);
    }
    command.deadline = clock_.steady() + std::chrono::seconds{30};
    command.decide = add("a", amount);
    return command;
  }

  std::vector<Answer> send(Pod& pod, Call& call) {
    std::vector<Command> all;
    for (int i = 0; i < static_cast<int>(call.commands.size()); ++i) all.push_back(ready(call, i));
    pod.runtime->submit_all("tally", std::move(all));
    std::vector<Answer> answers;
    for (auto& answer : call.answers) answers.push_back(answer.get_future().get());
    return answers;
  }

  std::uint64_t accepted(Pod& pod) {
    for (const auto& status : pod.runtime->statuses()) {
      if (status.partition == kPartition) return status.stats.accepted;
    }
    return 0;
  }

  static const Error& error_of(const Answer& answer) { return std::get<Error>(answer); }
  static const runtime::Accepted& accepted_of(const Answer& answer) {
    EXPECT_TRUE(std::holds_alternative<runtime::Accepted>(answer))
        << std::get<Error>(answer).message_en;
    return std::get<runtime::Accepted>(answer);
  }

  SystemClock clock_;
  SystemRandom random_;
  log::TempFolder folder_;
  std::unique_ptr<log::EmbeddedLog> log_;
  std::vector<Pod> pods_;
};

TEST_F(HostingTest, APodRunsThePartitionsThatItHostsAndNoOthers) {
  start(3, 2);
  for (int i = 0; i < 3; ++i) {
    std::set<int> hosted;
    for (const auto& status : pods_[static_cast<std::size_t>(i)].runtime->statuses()) {
      hosted.insert(status.partition);
    }
    EXPECT_EQ(hosted.size(), 32u);
    for (const int p : hosted) EXPECT_TRUE(p % 3 == i || (p + 1) % 3 == i) << p;
  }
}

// Every second partition: by its number all would lie on one of two loops, and none on the other.
TEST_F(HostingTest, HostedPartitionsTakeTurnsOnTheLoops) {
  start(2, 1, 2);
  for (auto& pod : pods_) {
    std::set<std::thread::id> threads;
    int partitions = 0;
    pod.runtime->inspect("tally", [&](int, const runtime::Partition&) {
      threads.insert(std::this_thread::get_id());
      ++partitions;
    });
    EXPECT_EQ(partitions, kPartitions / 2);
    EXPECT_EQ(threads.size(), 2u);
  }
}

TEST_F(HostingTest, AStandbysCommandIsDecidedByTheFirstHost) {
  start(2, 2);
  Call call(*this, {add_one(7)});
  EXPECT_EQ(accepted_of(send(host(1), call)[0]).subject, "sums/a");
  EXPECT_THAT(call.forwarded, ElementsAre(ElementsAre(0)));
  EXPECT_GT(accepted(host(0)), 0u);
  EXPECT_EQ(accepted(host(1)), 0u);
}

TEST_F(HostingTest, TheFirstHostForwardsNothing) {
  start(2, 2);
  Call call(*this, {add_one(7)});
  accepted_of(send(host(0), call)[0]);
  EXPECT_TRUE(call.forwarded.empty());
}

TEST_F(HostingTest, WhenTheFirstHostTakesNothingTheStandbyActs) {
  start(2, 2);
  host(0).reach = Pod::Reach::kRefuses;
  Call call(*this, {add_one(7)});
  accepted_of(send(host(1), call)[0]);
  EXPECT_GT(accepted(host(1)), 0u);
  // And goes on without asking.
  Call next(*this, {add_one(8)});
  accepted_of(send(host(1), next)[0]);
  EXPECT_TRUE(next.forwarded.empty());
}

TEST_F(HostingTest, WhatHasBeenThroughAllOthersIsDecidedByTheStandby) {
  start(2, 2);
  auto command = add_one(7);
  command.hops = runtime::PartitionConfig{}.hops_max;
  Call call(*this, {command});
  accepted_of(send(host(1), call)[0]);
  EXPECT_TRUE(call.forwarded.empty());
}

TEST_F(HostingTest, ItStepsBackWhenItSeesTheFirstHostsRecords) {
  start(2, 2);
  host(0).reach = Pod::Reach::kRefuses;
  Call call(*this, {add_one(7)});
  accepted_of(send(host(1), call)[0]);
  host(0).reach = Pod::Reach::kAnswers;
  Call direct(*this, {add_one(8)});
  const auto place = accepted_of(send(host(0), direct)[0]).place;
  auto command = add_one(9);
  command.tokens = {place};  // Waits until the standby has applied the first host's record.
  Call last(*this, {command});
  accepted_of(send(host(1), last)[0]);
  EXPECT_EQ(last.forwarded.size(), 1u);
}

TEST_F(HostingTest, WithUnknownFateItIsDecidedOnceByItsRequestId) {
  start(2, 2);
  // The first host did it and its answer was lost.
  const auto command = add_one(7);
  Call done(*this, {command});
  const auto first = accepted_of(send(host(0), done)[0]);
  host(0).reach = Pod::Reach::kSilent;
  Call call(*this, {command});
  const auto again = accepted_of(send(host(1), call)[0]);
  EXPECT_TRUE(again.repeated);
  EXPECT_EQ(again.place, first.place);
}

TEST_F(HostingTest, WithoutARequestIdItsUnknownFateIsTold) {
  start(2, 2);
  host(0).reach = Pod::Reach::kSilent;
  Call call(*this, {add_one(7, false)});
  EXPECT_EQ(error_of(send(host(1), call)[0]).reason, "FATE_UNKNOWN");
  host(0).reach = Pod::Reach::kRefuses;
}

TEST_F(HostingTest, WhatMayBeDoubledIsDecidedAllTheSame) {
  start(2, 2);
  host(0).reach = Pod::Reach::kSilent;
  auto look = add_one(7, false);
  look.may_be_doubled = true;
  Call call(*this, {look});
  accepted_of(send(host(1), call)[0]);
}

TEST_F(HostingTest, ABatchIsHandedOnAsOneInItsOrder) {
  start(2, 2);
  std::vector<Command> commands;
  for (int i = 0; i < 100; ++i) {
    commands.push_back(add_one(i % 2 == 0 ? 5 : -5));  // Below zero in any other order.
    commands.back().bulk = true;
  }
  Call call(*this, commands);
  std::uint64_t before = 0;
  for (const auto& answer : send(host(1), call)) {
    const auto sequence = accepted_of(answer).place.sequence;
    EXPECT_GT(sequence, before);
    before = sequence;
  }
  ASSERT_EQ(call.forwarded.size(), 1u);
  EXPECT_EQ(call.forwarded[0].size(), 100u);
}

TEST_F(HostingTest, AHostWithoutACallToSendDecidesItself) {
  start(2, 2);
  Call call(*this, {add_one(7)});
  auto command = ready(call, 0);
  command.call = nullptr;
  auto answer = call.answers[0].get_future();
  host(1).runtime->submit("tally", std::move(command));
  accepted_of(answer.get());
}

TEST_F(HostingTest, WhatIsNotHostedHereIsElsewhere) {
  start(3, 1);
  EXPECT_EQ(host(0).runtime->elsewhere("tally", kCounty), nullptr);
  const auto* where = host(1).runtime->elsewhere("tally", kCounty);
  ASSERT_NE(where, nullptr);
  EXPECT_FALSE(where->hosted_here);
  EXPECT_THAT(where->hosts, ElementsAre(fmt::format("tally-{}", kPartition % 3)));
  Call call(*this, {add_one(7)});
  EXPECT_EQ(error_of(send(host(1), call)[0]).reason, "NOT_HOSTED");
}

// Whether it would write or read, it cannot answer; the others may.
TEST_F(HostingTest, AHostThatIsCutOffFromTheLogSendsCallsElsewhereUntilItReachesItAgain) {
  start(2, 2);
  const auto elsewhere = [&] { return host(0).runtime->elsewhere("tally", kCounty); };
  for (const bool writes : {true, false}) {
    ASSERT_EQ(elsewhere(), nullptr);
    host(0).log->cut_off = true;
    Call call(*this, {add_one(7)});
    auto command = ready(call, 0);
    command.validate_only = !writes;
    auto answer = call.answers[0].get_future();
    host(0).runtime->submit("tally", std::move(command));
    while (elsewhere() == nullptr) std::this_thread::yield();
    EXPECT_TRUE(elsewhere()->hosted_here);
    EXPECT_THAT(elsewhere()->hosts, ElementsAre(fmt::format("tally-{}", (kPartition + 1) % 2)));
    EXPECT_NE(host(0).runtime->not_ready(), "");
    host(0).log->cut_off = false;
    accepted_of(answer.get());
    while (elsewhere() != nullptr) std::this_thread::yield();
  }
}

// It reads its log no further, so it can answer neither commands nor reads.
TEST_F(HostingTest, AHostThatCannotWriteItsStoreSendsCallsElsewhereUntilItCan) {
  runtime::LoopConfig loop;
  loop.flush_events = 10;
  auto disk = std::make_unique<FullDisk>(store::open_memory_store(), FullDisk::kForEver);
  auto& full = *disk;
  pods_.resize(2);
  host(0).store = std::move(disk);
  start(2, 2, 1, loop);
  const auto elsewhere = [&] { return host(0).runtime->elsewhere("tally", kCounty); };
  std::string reason;
  for (int i = 0; i < 200 && reason.empty(); ++i) {
    Call call(*this, {add_one(1)});
    const auto answer = send(host(0), call)[0];
    if (const auto* error = std::get_if<Error>(&answer)) reason = error->reason;
  }
  EXPECT_EQ(reason, "STORE_FULL");
  ASSERT_NE(elsewhere(), nullptr);
  EXPECT_TRUE(elsewhere()->hosted_here);
  EXPECT_NE(host(0).runtime->not_ready(), "");
  EXPECT_EQ(host(1).runtime->not_ready(), "");
  full.room();
  while (elsewhere() != nullptr || !host(0).runtime->not_ready().empty()) std::this_thread::yield();
  Call call(*this, {add_one(1)});
  accepted_of(send(host(0), call)[0]);
}

TEST_F(HostingTest, APodThatIsAloneHasNowhereElse) {
  start(1, 2);
  EXPECT_EQ(host(0).runtime->elsewhere("tally", kCounty), nullptr);
}

TEST_F(HostingTest, AStoppingHostTellsWhatBecameOfItsCommands) {
  start(2, 2);
  Call call(*this, {add_one(7)});
  host(1).runtime->stop();
  EXPECT_EQ(error_of(send(host(1), call)[0]).reason, "SHUTTING_DOWN");
}

}  // namespace
}  // namespace lianmeng::testing
