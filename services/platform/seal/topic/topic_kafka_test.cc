// The key store on a real broker: the contract of all kinds, and that an erased key leaves the
// disk.
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <stdexcept>
#include <thread>

#include "platform/base/random.h"
#include "platform/log/kafka/kafka_log.h"
#include "platform/log/kafka/topics.h"
#include "platform/seal/sealer.h"
#include "platform/seal/testing/key_store_contract.h"
#include "platform/seal/testing/scratch.h"
#include "platform/seal/topic/key_topic.h"
#include "platform/seal/topic/topic_key_store.h"

namespace lianmeng::seal {
namespace {

namespace fs = std::filesystem;

std::string told(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) {
    throw std::runtime_error(fmt::format("{} is not set: run ./tests/run --only kafka", name));
  }
  return value;
}

log::KafkaClientConfig brokers() {
  log::KafkaClientConfig config;
  config.bootstrap_servers = told("LIANMENG_KAFKA_BOOTSTRAP");
  return config;
}

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message_en);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

// A topic of keys as the rules make it, with a log for each host that opens a store on it.
class KafkaFixture final : public KeyStoreFixture {
 public:
  explicit KafkaFixture(std::map<std::string, std::string> settings = {})
      : admin_(must(log::KafkaAdmin::open(brokers()))) {
    SystemRandom random;
    topic_ = fmt::format("keys-{:016x}", random.next());
    auto rules = log::keys_topic_rules(log::Site::kDevelopment);
    rules.topic = topic_;
    auto plans = must(log::plan_topics(*admin_, std::span(&rules, 1)));
    must(log::choose_replication(*admin_, log::Site::kDevelopment, 1, plans));
    for (const auto& [name, value] : settings) plans[0].create->settings[name] = value;
    must(log::apply_topics(*admin_, plans));
  }
  ~KafkaFixture() override {
    logs_.clear();
    EXPECT_TRUE(admin_->remove(topic_));
  }

  std::unique_ptr<KeyStore> open() override {
    TopicKeyStoreConfig config;
    config.master_key = scratch_.path() / "master.key";
    config.topic = topic_;
    config.site = log::Site::kDevelopment;
    return must(
        open_topic_key_store(config, log(), clock_, system_random(), [](const std::string&) {}));
  }
  bool is_shared() const override { return true; }

  log::Log& log() {
    logs_.push_back(must(log::KafkaLog::open({.client = brokers(), .follow_at_once = true},
                                             [](log::LogNotice, const std::string&) {})));
    return *logs_.back();
  }
  const std::string& topic() const { return topic_; }

 private:
  const std::unique_ptr<log::KafkaAdmin> admin_;
  Scratch scratch_;
  SystemClock clock_;
  std::string topic_;
  std::vector<std::unique_ptr<log::KafkaLog>> logs_;
};

INSTANTIATE_TEST_SUITE_P(Kafka, KeyStoreContract, testing::Values([] {
                           return std::unique_ptr<KeyStoreFixture>(new KafkaFixture());
                         }));

// Whether any file of the topic on the broker's disk has these bytes.
bool on_disk(const std::string& topic, const std::string& bytes) {
  const fs::path folder = fs::path(told("KAFKA_DATA")) / "broker-1" / "log";
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (!entry.path().filename().string().starts_with(topic)) continue;
    for (const auto& file : fs::directory_iterator(entry.path())) {
      std::ifstream in(file.path(), std::ios::binary);
      const std::string all{std::istreambuf_iterator<char>(in), {}};
      if (all.find(bytes) != std::string::npos) return true;
    }
  }
  return false;
}

TEST(ErasedKey, IsGoneFromTheBrokersDiskAfterCompaction) {
  // As in production but for the times: a segment ends after half a second and what was compacted
  // away is deleted at once.
  KafkaFixture fixture(
      {{"segment.ms", "500"}, {"max.compaction.lag.ms", "500"}, {"file.delete.delay.ms", "0"}});
  const auto store = fixture.open();
  SystemClock clock;
  const auto topic = must(KeyTopic::open(fixture.log(), clock, fixture.topic(), Duration(10'000)));
  Sealer sealer(*store, system_random());
  const auto gone = sealer.seal("610524-p3", "phone", "13800001234").value();
  const auto stays = sealer.seal("610524-p4", "phone", "13900001234").value();
  const auto wrapped_of = [&](const std::string& id) {
    must(topic->catch_up());
    return topic->look([&](const KeyTable& table) { return table.keys().at(id).wrapped; });
  };
  const auto wrapped = wrapped_of(gone.key_id);
  const auto other = wrapped_of(stays.key_id);
  ASSERT_EQ(wrapped.size(), kWrappedBytes);
  ASSERT_TRUE(on_disk(fixture.topic(), wrapped));
  ASSERT_TRUE(on_disk(fixture.topic(), "610524-p3"));

  ASSERT_TRUE(store->erase(std::vector{gone.key_id}));
  // The broker ends a segment when something is appended, which the stores' beat sees to.
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(2);
  while (on_disk(fixture.topic(), wrapped) && std::chrono::steady_clock::now() < end) {
    std::vector<log::Record> beat;
    beat.push_back(beat_record());
    must(topic->put(std::move(beat)));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));  // Between looks.
  }
  EXPECT_FALSE(on_disk(fixture.topic(), wrapped));
  EXPECT_FALSE(on_disk(fixture.topic(), "610524-p3"));
  EXPECT_TRUE(on_disk(fixture.topic(), other));

  // Whoever comes later knows it as erased, and the rest as it was.
  const auto later = fixture.open();
  Sealer reader(*later, system_random());
  EXPECT_EQ(reader.open(gone, "phone").value(), std::nullopt);
  EXPECT_EQ(reader.open(stays, "phone").value(), "13900001234");
}

}  // namespace
}  // namespace lianmeng::seal
