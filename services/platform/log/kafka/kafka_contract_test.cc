// The contract suite against real brokers. LIANMENG_KAFKA_BOOTSTRAP says where they are;
// ./tests/run starts each supported version in turn.
#include <fmt/format.h>

#include <cstdlib>
#include <map>

#include "platform/base/ids.h"
#include "platform/base/random.h"
#include "platform/log/check.h"
#include "platform/log/kafka/admin.h"
#include "platform/log/kafka/kafka_log.h"
#include "platform/log/testing/log_contract.h"

namespace lianmeng::log {
namespace {

KafkaClientConfig brokers() {
  const char* bootstrap = std::getenv("LIANMENG_KAFKA_BOOTSTRAP");
  if (bootstrap == nullptr) {
    throw std::runtime_error(
        "LIANMENG_KAFKA_BOOTSTRAP is not set: deploy/kafka/up starts a broker "
        "and says its address");
  }
  KafkaClientConfig config;
  config.bootstrap_servers = bootstrap;
  return config;
}

KafkaTopic ruled(const std::string& name) {
  KafkaTopic topic{.name = name, .partitions = kPartitions, .settings = {}};
  for (const auto& [setting, value] : ruled_topic().settings) topic.settings[setting] = value;
  return topic;
}

// Gives each test topics of its own: the suite names them as if the log were new.
class RenamedLog final : public Log {
 public:
  RenamedLog(std::unique_ptr<KafkaLog> log, std::string prefix)
      : log_(std::move(log)), prefix_(std::move(prefix)) {}

  void append(const TopicPartition& at, std::vector<Record> batch, AppendCallback done) override {
    log_->append(renamed(at), std::move(batch), std::move(done));
  }
  std::unique_ptr<Following> follow(const TopicPartition& at, Offset from,
                                    std::shared_ptr<FollowSink> sink) override {
    return log_->follow(renamed(at), from, std::move(sink));
  }
  void end_offset(const TopicPartition& at, EndOffsetCallback done) override {
    log_->end_offset(renamed(at), std::move(done));
  }
  Result<TopicInfo> describe(const std::string& topic) override {
    return log_->describe(prefix_ + topic);
  }

 private:
  TopicPartition renamed(const TopicPartition& at) const {
    // Wrong names stay wrong.
    return {at.topic.empty() ? at.topic : prefix_ + at.topic, at.partition};
  }

  std::unique_ptr<KafkaLog> log_;
  const std::string prefix_;
};

class KafkaFixture final : public ThreadedFixture {
 public:
  KafkaFixture() {
    auto admin = KafkaAdmin::open(brokers());
    if (!admin) throw std::runtime_error(admin.error().message_en);
    admin_ = std::move(*admin);
    SystemRandom random;
    prefix_ = fmt::format("t{:016x}.", random.next());
    for (const auto* topic : kTopics) make(prefix_ + topic);
    open();
  }
  ~KafkaFixture() override {
    for (auto& client : clients_) client.reset();
    for (const auto* topic : kTopics) {
      EXPECT_TRUE(admin_->remove(prefix_ + topic).has_value());
    }
  }

  LogCapabilities capabilities() const override {
    return {.reopen = true, .recreate = true, .faults = false, .threads = true};
  }
  Log& client(int id) override { return *clients_[id]; }
  void reopen() override { open(); }
  void recreate(const TopicPartition& at) override {
    const auto removed = admin_->remove(prefix_ + at.topic);
    ASSERT_TRUE(removed.has_value()) << removed.error().message_en;
    make(prefix_ + at.topic);
  }

 private:
  static constexpr const char* kTopics[]{"lianmeng.contract.v1", "lianmeng.other.v1"};

  void make(const std::string& topic) {
    const auto made = admin_->create(ruled(topic));
    if (!made) throw std::runtime_error(made.error().message_en);
  }
  void open() {
    for (auto& client : clients_) {
      client.reset();
      auto log = KafkaLog::open({.client = brokers()}, [](LogNotice, const std::string& text) {
        std::fprintf(stderr, "%s\n", text.c_str());
      });
      if (!log) throw std::runtime_error(log.error().message_en);
      client = std::make_unique<RenamedLog>(std::move(*log), prefix_);
    }
  }

  std::unique_ptr<KafkaAdmin> admin_;
  std::string prefix_;
  std::unique_ptr<Log> clients_[2];
};

INSTANTIATE_TEST_SUITE_P(Kafka, LogContract,
                         testing::Values([] { return std::make_unique<KafkaFixture>(); }));

}  // namespace
}  // namespace lianmeng::log
