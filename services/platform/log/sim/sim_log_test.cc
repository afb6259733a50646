#include "platform/log/sim/sim_log.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace lianmeng::log {
namespace {

using Fate = AppendOutcome::Fate;

const TopicPartition kAt{"lianmeng.sim.v1", 3};

std::vector<Record> batch_of(const std::vector<std::string>& values) {
  std::vector<Record> batch;
  for (const auto& value : values) batch.emplace_back().value = value;
  return batch;
}

class TraceSink final : public FollowSink {
 public:
  TraceSink(std::string name, std::string* trace) : name_(std::move(name)), trace_(trace) {}

  void on_records(std::vector<Record> records, Offset next) override {
    *trace_ += fmt::format("{} next {}:", name_, next);
    for (auto& record : records) {
      *trace_ += fmt::format(" {}={}", record.offset, record.value);
      seen.push_back(std::move(record));
    }
    *trace_ += '\n';
    next_seen = next;
  }
  void on_error(Error error) override { *trace_ += name_ + " " + error.reason + "\n"; }

  std::vector<Record> seen;
  Offset next_seen = 0;

 private:
  std::string name_;
  std::string* trace_;
};

// Two clients append under faults of the seed, then all heals. Answers with what happened.
struct Run {
  std::string trace;
  std::map<std::string, AppendOutcome> outcomes;
  std::vector<Record> log;
  std::vector<Record> followed;
  Offset followed_to = 0;
  Offset end = 0;
};

Run run(std::uint64_t seed) {
  Run result;
  sim::SimScheduler scheduler;
  SeededRandom random(seed);
  SimLog log(scheduler, random.next(), SimLogFaults::drawn(random));
  std::vector<std::unique_ptr<Log>> clients;
  clients.push_back(log.client(0));
  clients.push_back(log.client(1));
  const auto sink = std::make_shared<TraceSink>("follower", &result.trace);
  const auto following = clients[0]->follow(kAt, 0, sink);
  for (int i = 0; i < 60; ++i) {
    scheduler.at(scheduler.now() + Duration(static_cast<std::int64_t>(random.below(20'000))),
                 [&, i, size = 1 + random.below(4)] {
                   std::vector<std::string> values;
                   for (std::uint64_t j = 0; j < size; ++j)
                     values.push_back(fmt::format("{}.{}", i, j));
                   clients[i % 2]->append(kAt, batch_of(values), [&, i](AppendOutcome outcome) {
                     result.trace += fmt::format("{} fate {}\n", i, static_cast<int>(outcome.fate));
                     result.outcomes[fmt::format("{}.", i)] = std::move(outcome);
                   });
                 });
  }
  scheduler.run_for(Duration(25'000));
  log.heal();
  EXPECT_EQ(log.outstanding(), 0U);
  EXPECT_TRUE(scheduler.run_all());
  result.log = log.records(kAt);
  result.end = log.end(kAt);
  result.followed = sink->seen;
  result.followed_to = sink->next_seen;
  return result;
}

TEST(SimLog, EveryOutcomeKeepsItsWordUnderAnyFaults) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    const auto result = run(seed);
    std::map<Offset, std::string> by_offset;
    std::map<std::string, int> copies;
    Time last{};
    for (const auto& record : result.log) {
      by_offset[record.offset] = record.value;
      ++copies[record.value];
      ASSERT_GE(record.stamp, last);
      last = record.stamp;
    }
    ASSERT_EQ(by_offset.size(), result.log.size());
    ASSERT_EQ(result.outcomes.size(), 60U) << "an append was not answered";
    for (const auto& [prefix, outcome] : result.outcomes) {
      if (outcome.fate == Fate::kDurable) {
        ASSERT_TRUE(std::is_sorted(outcome.offsets.begin(), outcome.offsets.end()));
        for (std::size_t i = 0; i < outcome.offsets.size(); ++i) {
          ASSERT_EQ(by_offset[outcome.offsets[i]], prefix + std::to_string(i));
        }
      }
      if (outcome.fate == Fate::kFailed) {
        ASSERT_FALSE(copies.contains(prefix + "0"));
      }
    }
    ASSERT_EQ(result.followed.size(), result.log.size());
    for (std::size_t i = 0; i < result.log.size(); ++i) {
      ASSERT_EQ(result.followed[i].offset, result.log[i].offset);
      ASSERT_EQ(result.followed[i].value, result.log[i].value);
    }
    ASSERT_EQ(result.followed_to, result.end);
  }
}

TEST(SimLog, TheSameSeedReplaysExactlyAndAnotherDoesNot) {
  EXPECT_EQ(run(42).trace, run(42).trace);
  EXPECT_NE(run(42).trace, run(43).trace);
}

TEST(SimLog, ACrashForgetsCallbacksAndKeepsWhatWasOnItsWay) {
  sim::SimScheduler scheduler;
  SimLog log(scheduler, 1);
  auto dead = log.client(1);
  std::string trace;
  const auto sink = std::make_shared<TraceSink>("dead", &trace);
  const auto following = dead->follow(kAt, 0, sink);
  bool answered = false;
  dead->append(kAt, batch_of({"in flight"}), [&](AppendOutcome) { answered = true; });
  dead->end_offset(kAt, [&](const Result<Offset>&) { answered = true; });
  log.crash(1);
  dead->append(kAt, batch_of({"of the dead"}), [&](AppendOutcome) { answered = true; });
  scheduler.run_all();
  EXPECT_FALSE(answered);
  EXPECT_EQ(trace, "");
  ASSERT_EQ(log.records(kAt).size(), 1U);
  EXPECT_EQ(log.records(kAt)[0].value, "in flight");

  const auto risen = log.client(1);
  risen->append(kAt, batch_of({"again"}), [&](AppendOutcome) { answered = true; });
  scheduler.run_all();
  EXPECT_TRUE(answered);
}

TEST(SimLog, AFollowerBehindATruncationIsTold) {
  sim::SimScheduler scheduler;
  SimLog log(scheduler, 1);
  const auto client = log.client(0);
  std::string trace;
  const auto sink = std::make_shared<TraceSink>("f", &trace);
  const auto following = client->follow(kAt, 0, sink);
  client->append(kAt, batch_of({"a", "b", "c"}), [](AppendOutcome) {});
  scheduler.run_all();
  log.truncate(kAt, 1);
  scheduler.run_all();
  EXPECT_EQ(trace, "f next 3: 0=a 1=b 2=c\nf LOG_TRUNCATED\n");
}

TEST(SimLog, ATopicRuleCanBeBroken) {
  sim::SimScheduler scheduler;
  SimLog log(scheduler, 1);
  const auto client = log.client(0);
  auto info = *client->describe(kAt.topic);
  info.partitions = 12;
  log.set_topic(kAt.topic, info);
  EXPECT_EQ(client->describe(kAt.topic)->partitions, 12);
  EXPECT_EQ(client->describe("another")->partitions, 48);
}

}  // namespace
}  // namespace lianmeng::log
