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

// A store on a disk that is full for so many commits, and how many rows the largest one had.
class FullDisk final : public store::Store {
 public:
  FullDisk(std::unique_ptr<store::Store> store, int refusals)
      : store_(std::move(store)), refusals_(refusals) {}

  Result<store::OpenedPartition> open(std::string_view service, int partition,
                                      const store::StoreIdentity& identity) override {
    auto opened = store_->open(service, partition, identity);
    if (opened) opened->store = std::make_unique<Partition>(*this, std::move(opened->store));
    return opened;
  }
  bool has(std::string_view service, int partition) const override {
    return store_->has(service, partition);
  }
  std::size_t rows_max() const { return rows_max_; }
  bool is_full() const { return refusals_ > 0; }

 private:
  class Partition final : public store::PartitionStore {
   public:
    Partition(FullDisk& disk, std::unique_ptr<store::PartitionStore> rows)
        : disk_(disk), rows_(std::move(rows)) {}
    bool get(std::string_view key, std::string* value) const override {
      return rows_->get(key, value);
    }
    std::unique_ptr<state::Cursor> cursor() const override { return rows_->cursor(); }
    Status commit(const state::Changes& changes) override {
      disk_.rows_max_ = std::max(disk_.rows_max_, changes.size());
      if (disk_.refusals_ > 0) {
        --disk_.refusals_;
        return fail(ErrorKind::kResourceExhausted, "STORE_DISK_FULL", "the disk is full");
      }
      return rows_->commit(changes);
    }
    Status clear() override { return rows_->clear(); }

   private:
    FullDisk& disk_;
    const std::unique_ptr<store::PartitionStore> rows_;
  };

  const std::unique_ptr<store::Store> store_;
  int refusals_;  // The loop's alone, as rows_max_, until the runtime has stopped.
  std::size_t rows_max_ = 0;
};

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
