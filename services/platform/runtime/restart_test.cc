// Stopped, drained, started again: what is kept, and what is answered on the way.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/runtime/full_disk.h"
#include "platform/runtime/testing.h"
#include "platform/store/memory_store.h"

namespace lianmeng::testing {
namespace {

// The first key in which two states differ; empty when they are the same.
std::string difference(const Rows& is, const Rows& was) {
  for (const auto& [key, value] : is) {
    const auto found = was.find(key);
    if (found == was.end()) return "new: " + ::testing::PrintToString(key);
    if (found->second != value) return "changed: " + ::testing::PrintToString(key);
  }
  for (const auto& [key, value] : was) {
    if (!is.contains(key)) return "gone: " + ::testing::PrintToString(key);
  }
  return {};
}

TEST_F(RuntimeTest, StateAfterARestartAndAfterARebuildIsTheSame) {
  runtime::RuntimeConfig config;
  config.loop.flush_events = 50;  // Much is written while it runs.
  start(config);
  std::vector<std::future<Answer>> answers;
  for (int i = 0; i < 400; ++i) {
    // Sums of 1, 11, 21…: no reminder changes the state behind our back.
    answers.push_back(send(command(fmt::format("n{}", i % 7), i < 7 ? 1 : 10)));
  }
  Place last{"tally", partition_of(kCounty), 0};
  for (auto& answer : answers) {
    last.sequence = std::max(last.sequence, answer.get().ok().place.sequence);
  }
  read<int>("mirror", {last}, [](const QueryContext&) { return 0; });
  const auto tally = state("tally");
  const auto mirror = state("mirror");
  ASSERT_GT(tally.size(), 400u);
  stop();
  start(config);
  EXPECT_EQ(difference(state("tally"), tally), "") << "after a restart";
  EXPECT_EQ(difference(state("mirror"), mirror), "");
  stop();
  std::filesystem::remove_all(folder_.path() + "/store");
  start(config);
  read<int>("mirror", {last}, [](const QueryContext&) { return 0; });
  EXPECT_EQ(difference(state("tally"), tally), "") << "after a rebuild";
  EXPECT_EQ(difference(state("mirror"), mirror), "");
}

// The second refusal comes a second after the first: time enough to read the whole log.
TEST_F(RuntimeTest, ALogThatIsLongerThanMemoryMayHoldIsNotReadOntoAFullDisk) {
  constexpr int kEvents = 3'000;          // A county's queue takes 4,096.
  constexpr std::size_t kDelivery = 128;  // Of the embedded log, at most.
  start();
  std::vector<std::future<Answer>> answers;
  for (int i = 0; i < kEvents; ++i) answers.push_back(send(command(fmt::format("n{}", i), 1)));
  for (auto& answer : answers) ASSERT_TRUE(answer.get().accepted());
  stop();
  std::filesystem::remove_all(folder_.path() + "/store");

  runtime::RuntimeConfig config;
  config.loop.flush_events = 100;
  config.loop.overfull = 4;
  config.loop.read_ahead = 50;
  auto disk = std::make_unique<FullDisk>(store::open_memory_store(), 3);
  const auto& full = *disk;
  start(config, std::move(disk));
  EXPECT_EQ(sum(fmt::format("n{}", kEvents - 1)), 1)
      << "there is room again: it is read to its end";
  stop_runtime();
  EXPECT_FALSE(full.is_full());
  // Its sum and its request each, and where the host stands.
  const auto events_max = 4 * config.loop.flush_events + 3 * kDelivery;
  EXPECT_LE(full.rows_max(), 2 * events_max + 3);
}

// The rows of one partition cannot be written, those of another can.
TEST_F(RuntimeTest, WhatCanBeWrittenHidesNothingOfWhatCannot) {
  const auto stuck = partition_of(kCounty);
  // On the same loop, of two.
  CountyId other("100000");
  for (int i = 1; partition_of(other) == stuck || (partition_of(other) - stuck) % 2 != 0; ++i) {
    other = CountyId(std::to_string(100'000 + i));
  }
  runtime::RuntimeConfig config;
  config.loop.flush_events = 20;
  config.loop.overfull = 4;
  auto disk = std::make_unique<FullDisk>(store::open_memory_store(), FullDisk::kForEver, stuck);
  auto& full = *disk;
  start(config, std::move(disk));
  const auto send_to = [&](const CountyId& county) {
    auto one = command("a", 1);
    one.county = county;
    return send(std::move(one)).get();
  };
  const auto is_told = [&] {
    return std::ranges::any_of(runtime_->loop_statuses(), [](const runtime::LoopStatus& loop) {
      return loop.store_error.has_value();
    });
  };
  bool told = false;
  int accepted = 0;
  std::string reason;
  while (accepted < 400 && reason.empty()) {
    ASSERT_TRUE(is_told() || !told) << "after " << full.commits() << " commits of other rows";
    told = is_told();
    const auto answer = send_to(accepted % 2 == 0 ? kCounty : other);
    if (answer.accepted()) {
      ++accepted;
    } else {
      reason = answer.error().reason;
    }
  }
  EXPECT_EQ(reason, "STORE_FULL");
  for (int i = 0; i < 100; ++i) {
    const auto answer = send_to(i % 2 == 0 ? kCounty : other);
    ASSERT_FALSE(answer.accepted()) << "commands are refused until all can be written";
  }
  // Twenty events make a commit: of the tally's partition and of its mirror, which follows it.
  EXPECT_LE(full.commits(), static_cast<std::size_t>(accepted) / 5 + 4);
  EXPECT_NE(runtime_->not_ready("tally"), "");
  full.room();
  while (!runtime_->not_ready().empty()) {
  }
  EXPECT_TRUE(send_to(kCounty).accepted());
}

TEST_F(RuntimeTest, AStopAnswersEverythingThatWasAccepted) {
  start();
  std::vector<std::future<Answer>> answers;
  for (int i = 0; i < 300; ++i) answers.push_back(send(command("a", 1)));
  runtime_->stop();
  std::int64_t accepted = 0;
  for (auto& answer : answers) {
    const auto got = answer.get();
    if (got.accepted()) {
      ++accepted;
    } else {
      EXPECT_EQ(got.error().reason, "SHUTTING_DOWN");
    }
  }
  EXPECT_EQ(send(command("a", 1)).get().error().reason, "SHUTTING_DOWN");
  stop();
  start();
  EXPECT_EQ(sum("a"), accepted);
}

TEST_F(RuntimeTest, DrainedItTakesNoCommandsAndHasWrittenAllUntilItIsResumed) {
  start();
  const auto unflushed = [&] {
    std::uint64_t events = 0;
    for (const auto& status : runtime_->statuses()) {
      events += status.unflushed + (status.drained ? 0 : 1);
    }
    return events;
  };
  auto before = send(command("a", 2));
  runtime_->drain(true);
  // It was posted before the drain, so it is accepted.
  EXPECT_TRUE(before.get().accepted());
  EXPECT_EQ(send(command("a", 2)).get().error().reason, "DRAINING");
  while (unflushed() > 0) {
  }
  EXPECT_EQ(sum("a"), 2);
  runtime_->drain(false);
  EXPECT_TRUE(send(command("a", 2)).get().accepted());
  EXPECT_EQ(sum("a"), 4);
}

TEST_F(RuntimeTest, TimersRestWhileItIsDrainedAndFireWhenItIsResumed) {
  start();
  const auto fired = [&] {
    std::uint64_t count = 0;
    for (const auto& status : runtime_->statuses()) count += status.stats.timers_fired;
    return count;
  };
  const auto due = [&] {
    auto first = Time::max();
    for (const auto& status : runtime_->statuses()) {
      first = std::min(first, status.next_timer.value_or(Time::max()));
    }
    return first;
  };
  // On a slow machine a reminder may fire before it is drained; then another one is set.
  do {
    runtime_->drain(false);
    ASSERT_TRUE(send(command("a", 5)).get().accepted());
    runtime_->drain(true);
  } while (due() == Time::max());
  const auto before = fired();
  // Half a second beyond the moment.
  while (clock_.now() < due() + Duration{500}) {
  }
  EXPECT_EQ(fired(), before);
  runtime_->drain(false);
  while (fired() == before) {
  }
}

}  // namespace
}  // namespace lianmeng::testing
