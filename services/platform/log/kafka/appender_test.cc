// Each batch is answered once, whatever becomes of its records: librdkafka's own brokers of this
// process, which can be made slow and whose leaders can be moved.
#include "platform/log/kafka/appender.h"

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace lianmeng::log::kafka {
namespace {

constexpr int kPartitionCount = 4;
constexpr std::size_t kQueueBytesMax = 16 * 1024 * 1024;
constexpr std::int16_t kProduce = 0;  // As Kafka's protocol numbers its requests.

std::vector<Record> records(std::size_t count) {
  return {count, Record{.key = "610524", .headers = {}, .value = std::string(100, 'x')}};
}

// What became of the batches, by their number.
class Answers {
 public:
  AppendCallback next() {
    const std::lock_guard lock(mutex_);
    return [this, number = given_++](AppendOutcome outcome) {
      const std::lock_guard answer_lock(mutex_);
      outcomes_[number].push_back(std::move(outcome));
      ++came_;
      changed_.notify_all();
    };
  }
  void wait(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return came_ >= count; });
  }
  // The only one of each batch.
  std::vector<AppendOutcome> all() {
    const std::lock_guard lock(mutex_);
    std::vector<AppendOutcome> out;
    for (std::size_t number = 0; number < given_; ++number) {
      EXPECT_EQ(outcomes_[number].size(), 1) << "answers to batch " << number;
      for (const auto& outcome : outcomes_[number]) out.push_back(outcome);
    }
    return out;
  }
  void forget() {
    const std::lock_guard lock(mutex_);
    given_ = came_ = 0;
    outcomes_.clear();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t given_ = 0;
  std::size_t came_ = 0;
  std::map<std::size_t, std::vector<AppendOutcome>> outcomes_;
};

class AppenderTest : public ::testing::Test {
 protected:
  AppenderTest() {
    config_.bootstrap_servers = "127.0.0.1:1";
    auto conf = make_conf(config_, {});
    handle_ = std::move(*make_producer(std::move(*conf), nullptr));
    brokers_ = rd_kafka_mock_cluster_new(handle_.get(), 2);
    rd_kafka_mock_topic_create(brokers_, "t", kPartitionCount, 1);
    for (int p = 0; p < kPartitionCount; ++p) lead(p, 1);
    config_.bootstrap_servers = rd_kafka_mock_cluster_bootstraps(brokers_);
  }
  ~AppenderTest() override {
    appender_.reset();
    rd_kafka_mock_cluster_destroy(brokers_);
  }

  void open(std::chrono::milliseconds timeout) {
    appender_ = std::move(*Appender::open(config_, kQueueBytesMax, timeout, &observer_));
  }
  void lead(int partition, int broker) {
    rd_kafka_mock_partition_set_leader(brokers_, "t", partition, broker);
  }
  void append(int partition, std::size_t count) {
    appender_->append({"t", partition}, records(count), answers_.next());
  }
  // So many Produce requests are answered with this.
  void answer_with(rd_kafka_resp_err_t error, std::size_t times) {
    const std::vector<rd_kafka_resp_err_t> errors(times, error);
    rd_kafka_mock_push_request_errors_array(brokers_, kProduce, errors.size(), errors.data());
  }

  // What it says of its appends.
  std::vector<std::string> notices() {
    const std::lock_guard lock(notices_mutex_);
    return notices_;
  }

  KafkaClientConfig config_;
  std::mutex notices_mutex_;
  std::vector<std::string> notices_;  // Guarded by notices_mutex_.
  const LogObserver observer_ = [this](LogNotice, const std::string& text) {
    const std::lock_guard lock(notices_mutex_);
    if (text.find("not written") != std::string::npos) notices_.push_back(text);
  };
  Handle handle_;
  rd_kafka_mock_cluster_t* brokers_ = nullptr;
  Answers answers_;
  std::unique_ptr<Appender> appender_;
};

TEST_F(AppenderTest, APartitionThatIsNotThereFailsTheBatchInsideTheCall) {
  open(std::chrono::seconds(10));
  append(0, 1);  // From here on the topic is known.
  answers_.wait(1);
  append(kPartitionCount, 3);
  const auto outcomes = answers_.all();
  ASSERT_EQ(outcomes.size(), 2);
  EXPECT_EQ(outcomes[0].fate, AppendOutcome::Fate::kDurable) << outcomes[0].error.message_en;
  EXPECT_EQ(outcomes[1].fate, AppendOutcome::Fate::kFailed);
  EXPECT_EQ(outcomes[1].error.reason, "TOPIC_MISSING");
  EXPECT_EQ(appender_->stats().queue_bytes, 0);
}

TEST_F(AppenderTest, WhyAppendsFailIsToldOnceUntilOneSucceeds) {
  open(std::chrono::seconds(10));
  append(0, 1);
  answers_.wait(1);
  EXPECT_TRUE(notices().empty());
  append(kPartitionCount, 1);
  append(kPartitionCount, 1);
  answers_.wait(3);
  ASSERT_EQ(notices().size(), 1);
  EXPECT_EQ(notices()[0].find("t/4: 1 records were not written"), 0) << notices()[0];
  append(0, 1);
  answers_.wait(4);
  append(kPartitionCount, 1);
  EXPECT_EQ(notices().size(), 2);
}

TEST_F(AppenderTest, APartitionThatIsNotThereFailsTheBatchBeforeTheTopicIsKnown) {
  open(std::chrono::seconds(10));
  append(kPartitionCount, 3);
  answers_.wait(1);
  const auto outcomes = answers_.all();
  ASSERT_EQ(outcomes.size(), 1);
  EXPECT_EQ(outcomes[0].fate, AppendOutcome::Fate::kFailed);
  EXPECT_EQ(outcomes[0].error.reason, "TOPIC_MISSING");
  EXPECT_EQ(appender_->stats().queue_bytes, 0);
}

TEST_F(AppenderTest, WhatWaitsForASilentBrokerAtTheEndIsAnsweredOnce) {
  lead(1, 2);
  open(std::chrono::seconds(60));
  append(0, 1);
  append(1, 1);
  answers_.wait(2);
  rd_kafka_mock_broker_set_rtt(brokers_, 1, 600'000);
  for (int i = 0; i < 20; ++i) append(0, 5);
  append(1, 5);  // The other broker goes on.
  answers_.wait(3);
  appender_.reset();
  const auto outcomes = answers_.all();
  ASSERT_EQ(outcomes.size(), 23);
  for (std::size_t i = 2; i < 22; ++i) {
    EXPECT_NE(outcomes[i].fate, AppendOutcome::Fate::kDurable) << "batch " << i;
  }
  EXPECT_EQ(outcomes[2].fate, AppendOutcome::Fate::kUnknown);
  EXPECT_EQ(outcomes[22].fate, AppendOutcome::Fate::kDurable);
}

// A leader that is deposed while its followers copy what it has appended already says so with the
// same error as one that never appended it.
TEST_F(AppenderTest, WhatALeaderThatMovesAwayWasSentMayBeThere) {
  for (const auto error :
       {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR}) {
    open(std::chrono::milliseconds(400));
    answer_with(error, 10'000);
    append(0, 3);
    append(1, 1);
    answers_.wait(2);
    for (const auto& outcome : answers_.all()) {
      EXPECT_EQ(outcome.fate, AppendOutcome::Fate::kUnknown) << rd_kafka_err2name(error);
    }
    appender_.reset();
    answers_.forget();
    rd_kafka_mock_clear_request_errors(brokers_, kProduce);
  }
}

TEST_F(AppenderTest, WhatNoBrokerWasSentIsNotThere) {
  open(std::chrono::milliseconds(400));
  append(0, 1);  // From here on the topic is known.
  answers_.wait(1);
  rd_kafka_mock_broker_set_down(brokers_, 1);
  rd_kafka_mock_broker_set_down(brokers_, 2);
  append(0, 3);
  answers_.wait(2);
  EXPECT_EQ(answers_.all()[1].fate, AppendOutcome::Fate::kFailed);
}

// Else a call that can never be written would wait until its time is up.
TEST_F(AppenderTest, WhatABrokerRefusesBeforeItAppendsIsNotThere) {
  open(std::chrono::seconds(10));
  append(0, 1);
  answers_.wait(1);
  const std::vector<std::pair<rd_kafka_resp_err_t, std::string>> refusals{
      {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, "RECORD_TOO_LARGE"},
      {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, "LOG_NOT_ALLOWED"},
      {RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, "LOG_NOT_ALLOWED"}};
  std::size_t count = 1;
  for (const auto& [error, reason] : refusals) {
    answer_with(error, 1);
    append(0, 1);  // More may go in two requests, and the second is not refused.
    answers_.wait(++count);
    const auto outcome = answers_.all().back();
    EXPECT_EQ(outcome.fate, AppendOutcome::Fate::kFailed) << rd_kafka_err2name(error);
    EXPECT_EQ(outcome.error.reason, reason);
  }
}

TEST_F(AppenderTest, LeadersThatMoveUnderLoadLoseNoAnswerAndGiveNoneTwice) {
  constexpr std::size_t kBatches = 1'000;
  constexpr std::size_t kInFlight = 40;
  constexpr std::size_t kMoveEvery = 50;
  open(std::chrono::seconds(30));
  for (std::size_t i = 0; i < kBatches; ++i) {
    if (i >= kInFlight) answers_.wait(i - kInFlight);
    if (i % kMoveEvery == 0) {
      const auto move = static_cast<int>(i / kMoveEvery);
      lead(move % kPartitionCount, move / kPartitionCount % 2 == 0 ? 2 : 1);
    }
    append(static_cast<int>(i % kPartitionCount), 1 + i % 7);
  }
  answers_.wait(kBatches);
  std::size_t durable = 0;
  for (const auto& outcome : answers_.all()) {
    EXPECT_NE(outcome.fate, AppendOutcome::Fate::kFailed) << outcome.error.message_en;
    if (outcome.fate != AppendOutcome::Fate::kDurable) continue;
    ++durable;
    EXPECT_GE(outcome.offsets.front(), 0);
    EXPECT_EQ(std::ranges::adjacent_find(outcome.offsets, std::ranges::greater_equal()),
              outcome.offsets.end());
  }
  EXPECT_GT(durable, 0);
  EXPECT_EQ(appender_->stats().queue_bytes, 0);
}

}  // namespace
}  // namespace lianmeng::log::kafka
