#include "platform/seal/topic/topic_key_store.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <fstream>
#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <thread>

#include "platform/base/random.h"
#include "platform/log/embedded/embedded_log.h"
#include "platform/seal/sealer.h"
#include "platform/seal/testing/scratch.h"
#include "platform/seal/topic/key_topic.h"

namespace lianmeng::seal {
namespace {

const std::string kTopic = "keys";

std::string id_of(int number) { return fmt::format("{:032x}", number); }
KeptKey key_of(const std::string& subject, int number) {
  return {subject, std::string(kWrappedBytes, static_cast<char>('a' + number % 26))};
}

// ---------------------------------------------------------------- the table

TEST(KeyTable, TheFirstKeyOfASubjectCountsAndTheNextWhenItIsErased) {
  KeyTable table;
  for (int i = 1; i <= 3; ++i)
    ASSERT_TRUE(table.apply(key_record(id_of(i), key_of("p", i)), kTopic));
  EXPECT_EQ(*table.find("p"), id_of(1));
  ASSERT_TRUE(table.apply(erased_record(id_of(2)), kTopic));
  EXPECT_EQ(*table.find("p"), id_of(1));
  ASSERT_TRUE(table.apply(erased_record(id_of(1)), kTopic));
  EXPECT_EQ(*table.find("p"), id_of(3));
  ASSERT_TRUE(table.apply(erased_record(id_of(3)), kTopic));
  EXPECT_EQ(table.find("p"), nullptr);
  EXPECT_TRUE(table.keys().at(id_of(1)).subject.empty());
}

TEST(KeyTable, ARecordTwiceIsOnceAndACopyBehindTheErasureStaysErased) {
  KeyTable table;
  for (int i = 0; i < 2; ++i)
    ASSERT_TRUE(table.apply(key_record(id_of(1), key_of("p", 1)), kTopic));
  EXPECT_TRUE(table.take_came_back().empty());
  ASSERT_TRUE(table.apply(erased_record(id_of(1)), kTopic));
  ASSERT_TRUE(table.apply(key_record(id_of(1), key_of("p", 1)), kTopic));
  EXPECT_TRUE(table.is_erased(id_of(1)));
  EXPECT_EQ(table.find("p"), nullptr);
  EXPECT_EQ(table.take_came_back(), std::vector{id_of(1)});
}

TEST(KeyTable, WhatIsNoKeyIsNamedByItsPlace) {
  for (const auto& value : {"", "K", "X", "Kshort"}) {
    KeyTable table;
    log::Record record;
    record.key = id_of(1);
    record.value = value;
    record.offset = 17;
    const auto refused = table.apply(record, kTopic);
    ASSERT_FALSE(refused) << value;
    EXPECT_EQ(refused.error().reason, "KEY_STORE_DAMAGED");
    EXPECT_NE(refused.error().message_en.find("topic keys: the record at offset 17"),
              std::string::npos);
  }
}

// What compaction leaves: of each key its last record, in the order of the topic.
std::vector<log::Record> compacted(const std::vector<log::Record>& records) {
  std::map<std::string, std::size_t> last;
  for (std::size_t i = 0; i < records.size(); ++i) last[*records[i].key] = i;
  std::vector<log::Record> out;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (last[*records[i].key] == i) out.push_back(records[i]);
  }
  return out;
}

TEST(KeyTable, ACompactedTopicTellsTheSame) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SeededRandom random(seed);
    std::vector<log::Record> records;
    int made = 0;
    for (int i = 0; i < 60; ++i) {
      if (made == 0 || random.below(3) != 0) {
        const auto subject = "p" + std::to_string(random.below(5));
        ++made;
        records.push_back(key_record(id_of(made), key_of(subject, made)));
      } else {
        records.push_back(erased_record(id_of(1 + static_cast<int>(random.below(made)))));
      }
    }
    // Some of it compacted already, the rest not.
    const auto cut = static_cast<std::ptrdiff_t>(random.below(records.size()));
    auto half = compacted({records.begin(), records.begin() + cut});
    half.insert(half.end(), records.begin() + cut, records.end());
    KeyTable all;
    for (const auto& record : records) ASSERT_TRUE(all.apply(record, kTopic));
    for (const auto& some : {compacted(records), half}) {
      KeyTable left;
      for (const auto& record : some) ASSERT_TRUE(left.apply(record, kTopic));
      for (const auto& [id, kept] : all.keys()) {
        EXPECT_EQ(left.keys().at(id).wrapped, kept.wrapped) << "seed " << seed;
      }
      EXPECT_EQ(left.keys().size(), all.keys().size()) << "seed " << seed;
      for (int i = 0; i < 5; ++i) {
        const auto* here = all.find("p" + std::to_string(i));
        const auto* there = left.find("p" + std::to_string(i));
        EXPECT_EQ(here == nullptr ? "" : *here, there == nullptr ? "" : *there) << "seed " << seed;
      }
    }
  }
}

// ---------------------------------------------------------------- the store

class TopicKeyStoreTest : public testing::Test {
 protected:
  TopicKeyStoreTest() {
    auto log = log::EmbeddedLog::open({.path = scratch_.path() / "log"}, clock_,
                                      [](log::LogNotice, const std::string&) {});
    if (!log) throw std::runtime_error(log.error().message_en);
    log_ = std::move(*log);
    config_.master_key = scratch_.path() / "master.key";
    config_.topic = kTopic;
  }

  Result<std::unique_ptr<KeyStore>> open(log::Log& log, Clock& clock) {
    return open_topic_key_store(config_, log, clock, system_random(),
                                [this](const std::string& text) { notices_.push_back(text); });
  }
  Result<std::unique_ptr<KeyStore>> open() { return open(*log_, clock_); }
  std::string reason() {
    const auto opened = open();
    return opened ? "" : opened.error().reason;
  }
  void append(log::Record record) {
    std::promise<log::AppendOutcome> told;
    std::vector<log::Record> records;
    records.push_back(std::move(record));
    log_->append({kTopic, 0}, std::move(records),
                 [&](log::AppendOutcome outcome) { told.set_value(std::move(outcome)); });
    ASSERT_EQ(told.get_future().get().fate, log::AppendOutcome::Fate::kDurable);
  }

  Scratch scratch_;
  SystemClock clock_;
  std::unique_ptr<log::EmbeddedLog> log_;
  TopicKeyStoreConfig config_;
  std::vector<std::string> notices_;
};

// Shows a following's records as they come.
class Seen final : public log::FollowSink {
 public:
  void on_records(std::vector<log::Record> records, log::Offset) override {
    const std::lock_guard lock(mutex_);
    for (auto& record : records) values_.push_back(std::move(record.value));
    changed_.notify_all();
  }
  void on_error(Error) override {}
  // False when it does not come within half a minute.
  bool wait_for(const std::string& value, std::ptrdiff_t times) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(30), [&] {
      return std::count(values_.begin(), values_.end(), value) >= times;
    });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> values_;
};

TEST_F(TopicKeyStoreTest, TheMasterKeyIsMadeOnceAndMustFit) {
  ASSERT_EQ(reason(), "");
  ASSERT_EQ(notices_.size(), 1u);
  EXPECT_NE(notices_[0].find("copy it to every host"), std::string::npos);
  ASSERT_EQ(reason(), "");
  EXPECT_EQ(notices_.size(), 1u);
  std::filesystem::rename(config_.master_key, scratch_.path() / "right");
  EXPECT_EQ(reason(), "MASTER_KEY_MISSING");
  EXPECT_FALSE(std::filesystem::exists(config_.master_key));
  std::ofstream(config_.master_key) << std::string(32, 'x');
  std::filesystem::permissions(config_.master_key, std::filesystem::perms(0600));
  EXPECT_EQ(reason(), "MASTER_KEY_WRONG");
}

TEST_F(TopicKeyStoreTest, OfTwoChecksTheFirstCounts) {
  ASSERT_EQ(reason(), "");
  // As a host writes it that found an empty topic at the same moment.
  append(check_record("another master key's", system_random()).value());
  EXPECT_EQ(reason(), "");
}

TEST_F(TopicKeyStoreTest, AKeyThatComesBackBehindItsErasureIsErasedAgain) {
  const auto store = open().value();
  const auto id = store->get_or_create("p1").value();
  ASSERT_TRUE(store->erase(std::vector{id}));
  const auto seen = std::make_shared<Seen>();
  const auto following = log_->follow({kTopic, 0}, 0, seen);
  ASSERT_TRUE(seen->wait_for("E", 1));
  append(key_record(id, key_of("p1", 1)));  // A repeat that was long under way.
  EXPECT_TRUE(seen->wait_for("E", 2));
  EXPECT_EQ(store->get(id)->state, FoundKey::State::kErased);
}

TEST_F(TopicKeyStoreTest, WhatSomebodyElseWritesStopsIt) {
  const auto store = open().value();
  log::Record record;
  record.key = "stray";
  record.value = "?";
  append(record);
  EXPECT_EQ(store->list().error().reason, "KEY_STORE_DAMAGED");
  EXPECT_EQ(store->get_or_create("p1").error().reason, "KEY_STORE_DAMAGED");
  EXPECT_EQ(reason(), "KEY_STORE_DAMAGED");
}

TEST_F(TopicKeyStoreTest, ATopicThatDoesNotKeepTheRulesIsRefused) {
  config_.site = log::Site::kDevelopment;
  EXPECT_EQ(reason(), "TOPIC_RULES");  // The embedded log compacts nothing.
}

TEST_F(TopicKeyStoreTest, AQuietTopicBeats) {
  class Later final : public Clock {
   public:
    Time now() override { return SystemClock().now() + std::chrono::hours(2); }
    SteadyTime steady() override { return SystemClock().steady(); }
  };
  Later later;
  const auto seen = std::make_shared<Seen>();
  const auto following = log_->follow({kTopic, 0}, 0, seen);
  const auto store = open(*log_, later).value();
  EXPECT_TRUE(seen->wait_for("B", 1));
}

// Answers nothing once it is silent; its followers get no records while they are held.
class SilentLog final : public log::Log {
 public:
  explicit SilentLog(log::Log& log) : log_(log) {}
  void append(const log::TopicPartition& at, std::vector<log::Record> batch,
              log::AppendCallback done) override {
    if (!silent) log_.append(at, std::move(batch), std::move(done));
  }
  std::unique_ptr<log::Following> follow(const log::TopicPartition& at, log::Offset from,
                                         std::shared_ptr<log::FollowSink> sink) override {
    auto following = log_.follow(at, from, std::move(sink));
    following_ = following.get();
    return following;
  }
  void end_offset(const log::TopicPartition& at, log::EndOffsetCallback done) override {
    if (!silent) log_.end_offset(at, std::move(done));
  }
  Result<log::TopicInfo> describe(const std::string& topic) override {
    return log_.describe(topic);
  }
  // Of the last one that follows.
  void hold() { following_->pause(); }
  void go_on() { following_->resume(); }

  std::atomic<bool> silent{false};

 private:
  log::Log& log_;
  log::Following* following_ = nullptr;
};

// Goes on by itself and in leaps.
class LeapingClock final : public Clock {
 public:
  Time now() override { return SystemClock().now(); }
  SteadyTime steady() override { return SystemClock().steady() + leapt.load(); }

  std::atomic<Duration> leapt{};
};

// What the store waits for otherwise takes it seconds.
class AtOnce {
 public:
  bool over() const {
    return std::chrono::steady_clock::now() - since_ > std::chrono::milliseconds(500);
  }

 private:
  std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
};

template <class Ask>
auto ask_until(Ask ask, const std::function<bool(const decltype(ask())&)>& good) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  auto told = ask();
  while (!good(told) && std::chrono::steady_clock::now() < end) {
    std::this_thread::yield();
    told = ask();
  }
  return told;
}

TEST_F(TopicKeyStoreTest, ALogThatIsSilentIsToldAtOnceAndNoOldViewAnswersInItsPlace) {
  SilentLog log(*log_);
  LeapingClock clock;
  const auto store = open(log, clock).value();
  const auto id = store->get_or_create("p1").value();
  log.silent = true;
  clock.leapt = config_.stale_max;
  for (int i = 0; i < 3; ++i) {
    const AtOnce at_once;
    const auto found = store->get(id);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().reason, "KEYS_UNAVAILABLE");
    EXPECT_EQ(found.error().error_class(), ErrorClass::kRetriable);
    EXPECT_FALSE(at_once.over());
  }
  log.silent = false;
  const auto found =
      ask_until([&] { return store->get(id); }, [](const auto& told) { return told.has_value(); });
  EXPECT_EQ(found->state, FoundKey::State::kLive);
}

TEST_F(TopicKeyStoreTest, WhileItsEndIsNotToldYetAFreshViewAnswersAndWaitsForNothing) {
  SilentLog log(*log_);
  LeapingClock clock;
  const auto store = open(log, clock).value();
  const auto id = store->get_or_create("p1").value();
  log.silent = true;
  const AtOnce at_once;
  EXPECT_EQ(store->get(id)->state, FoundKey::State::kLive);
  EXPECT_EQ(store->get(id_of(1)).error().reason, "KEYS_UNAVAILABLE");
  EXPECT_FALSE(at_once.over());
}

TEST_F(TopicKeyStoreTest, AKeyThatAnotherHostMadeIsNeverTakenForALostOne) {
  SilentLog log(*log_);
  const auto store = open(log, clock_).value();
  log.hold();
  const auto other = open().value();
  const auto id = other->get_or_create("p1").value();
  for (int i = 0; i < 1'000; ++i) {
    const auto found = store->get(id);
    ASSERT_FALSE(found);
    ASSERT_EQ(found.error().reason, "KEYS_UNAVAILABLE");
  }
  log.go_on();
  const auto found =
      ask_until([&] { return store->get(id); }, [](const auto& told) { return told.has_value(); });
  EXPECT_EQ(found->state, FoundKey::State::kLive);
  const auto lost = ask_until([&] { return store->get(id_of(1)); },
                              [](const auto& told) { return told.has_value(); });
  EXPECT_EQ(lost->state, FoundKey::State::kUnknown);
}

TEST_F(TopicKeyStoreTest, ANewKeyWaitsForASilentLogNoLongerThanItMayAndThenNobodyDoes) {
  SilentLog log(*log_);
  LeapingClock clock;
  config_.make_max = Duration(50);
  const auto store = open(log, clock).value();
  ASSERT_TRUE(store->get_or_create("p1"));
  log.silent = true;
  const auto since = std::chrono::steady_clock::now();
  EXPECT_EQ(store->get_or_create("p2").error().reason, "KEYS_UNAVAILABLE");
  EXPECT_LT(std::chrono::steady_clock::now() - since, std::chrono::seconds(5));
  // From when it is known that the log is silent on.
  clock.leapt = config_.stale_max;
  const auto told = ask_until([&] { return store->get_or_create("p1"); },
                              [](const auto& answer) { return !answer.has_value(); });
  EXPECT_EQ(told.error().reason, "KEYS_UNAVAILABLE");
  log.silent = false;
  EXPECT_TRUE(ask_until([&] { return store->get_or_create("p2"); },
                        [](const auto& answer) { return answer.has_value(); }));
}

TEST_F(TopicKeyStoreTest, ASilentLogFailsAnErasure) {
  SilentLog log(*log_);
  config_.timeout = Duration(50);
  const auto store = open(log, clock_).value();
  const auto id = store->get_or_create("p1").value();
  log.silent = true;
  EXPECT_EQ(store->erase(std::vector{id}).error().reason, "KEYS_UNAVAILABLE");
}

}  // namespace
}  // namespace lianmeng::seal
