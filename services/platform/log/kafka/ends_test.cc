// Ends of partitions whose leaders answer, and of those whose leader does not: librdkafka's own
// brokers of this process, which can be made slow.
#include "platform/log/kafka/ends.h"

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>
#include <vector>

namespace lianmeng::log::kafka {
namespace {

constexpr int kCount = 48;
constexpr int kSlow = 2;  // The broker that leads every other partition.

class EndsTest : public ::testing::Test {
 protected:
  EndsTest() {
    KafkaClientConfig config;
    config.bootstrap_servers = "127.0.0.1:1";
    auto conf = make_conf(config, {});
    handle_ = std::move(*make_producer(std::move(*conf), nullptr));
    brokers_ = rd_kafka_mock_cluster_new(handle_.get(), 2);
    rd_kafka_mock_topic_create(brokers_, "t", kCount, 1);
    for (int p = 0; p < kCount; ++p) {
      rd_kafka_mock_partition_set_leader(brokers_, "t", p, p % 2 == 0 ? 1 : kSlow);
    }
    config.bootstrap_servers = rd_kafka_mock_cluster_bootstraps(brokers_);
    ends_ = std::move(*Ends::open(config, kTimeout, nullptr));
  }
  ~EndsTest() override {
    ends_.reset();
    rd_kafka_mock_cluster_destroy(brokers_);
  }

  void ask(int partition) {
    ends_->ask({"t", partition}, [this, partition](const Result<Offset>& end) {
      const std::lock_guard lock(mutex_);
      answers_.emplace_back(partition, end.has_value());
      changed_.notify_all();
    });
  }
  static constexpr std::chrono::milliseconds kTimeout{4'000};

  // Asks for all, and waits for all: which partition was answered when, and whether with its end.
  std::vector<std::pair<int, bool>> ask_all() {
    for (int p = 0; p < kCount; ++p) ask(p);
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return answers_.size() == kCount; });
    return std::exchange(answers_, {});
  }

  Handle handle_;
  rd_kafka_mock_cluster_t* brokers_ = nullptr;
  std::unique_ptr<Ends> ends_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::pair<int, bool>> answers_;  // Guarded by mutex_.
};

TEST_F(EndsTest, ALeaderThatIsSilentHoldsUpItsOwnPartitionsAlone) {
  for (const auto& [partition, answered] : ask_all()) EXPECT_TRUE(answered) << partition;
  rd_kafka_mock_broker_set_rtt(brokers_, kSlow, 60'000);
  // The first time it is found out, then it is known.
  for (int round = 0; round < 2; ++round) {
    const auto answers = ask_all();
    for (std::size_t i = 0; i < answers.size(); ++i) {
      const bool living = i < kCount / 2;  // Those come first.
      EXPECT_EQ(answers[i].first % 2 == 0, living) << "answer " << i;
      EXPECT_EQ(answers[i].second, living) << "partition " << answers[i].first;
    }
  }
}

TEST_F(EndsTest, ALeaderThatAnswersAgainIsAskedWithTheOthers) {
  rd_kafka_mock_broker_set_rtt(brokers_, kSlow, 2'000);
  ask_all();
  rd_kafka_mock_broker_set_rtt(brokers_, kSlow, 0);
  while (true) {
    const auto answers = ask_all();
    if (std::ranges::all_of(answers, [](const auto& answer) { return answer.second; })) break;
  }
}

TEST_F(EndsTest, WhatWaitsAtTheEndIsAnswered) {
  rd_kafka_mock_broker_set_rtt(brokers_, kSlow, 60'000);
  for (int p = 0; p < kCount; ++p) ask(p);
  ends_.reset();
  EXPECT_EQ(answers_.size(), static_cast<std::size_t>(kCount));
}

}  // namespace
}  // namespace lianmeng::log::kafka
