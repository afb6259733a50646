#include "platform/log/testing/log_contract.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <set>
#include <thread>

namespace lianmeng::log {

using testing::ElementsAre;
using testing::IsEmpty;
using Fate = AppendOutcome::Fate;

bool ThreadedFixture::wait(const std::function<bool()>& condition) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(30), condition);
}

void ThreadedFixture::changed() {
  const std::lock_guard lock(mutex_);
  changed_.notify_all();
}

void Collector::on_begin(Following&) {
  const std::lock_guard lock(mutex_);
  EXPECT_FALSE(std::exchange(begun_, true));
}

void Collector::on_records(std::vector<Record> records, Offset next) {
  {
    const std::lock_guard lock(mutex_);
    EXPECT_TRUE(begun_) << "records came before their following";
    EXPECT_FALSE(error_.has_value()) << "records came behind an error";
    Offset expected = next_;
    for (auto& record : records) {
      EXPECT_GE(record.offset, expected);
      expected = record.offset + 1;
      if (!records_.empty()) {
        EXPECT_GE(record.stamp, records_.back().stamp);
      }
      records_.push_back(std::move(record));
    }
    EXPECT_GE(next, expected);
    next_ = next;
  }
  fixture_.changed();
}

void Collector::on_error(Error error) {
  {
    const std::lock_guard lock(mutex_);
    EXPECT_TRUE(begun_) << "an error came before its following";
    EXPECT_FALSE(error_.has_value()) << "two errors";
    error_ = std::move(error);
  }
  fixture_.changed();
}

std::size_t Collector::count() const {
  const std::lock_guard lock(mutex_);
  return records_.size();
}
std::vector<Record> Collector::records() const {
  const std::lock_guard lock(mutex_);
  return records_;
}
std::vector<std::string> Collector::values() const {
  std::vector<std::string> values;
  for (const auto& record : records()) values.push_back(record.value);
  return values;
}
Offset Collector::next() const {
  const std::lock_guard lock(mutex_);
  return next_;
}
std::optional<Error> Collector::error() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

Record make_record(std::string value) {
  Record record;
  record.key = "610524";
  record.headers = {{"ce_id", "0123456789abcdef0123456789abcdef"}, {"ce_type", "t"}};
  record.value = std::move(value);
  return record;
}

std::vector<Record> make_records(const std::vector<std::string>& values) {
  std::vector<Record> records;
  for (const auto& value : values) records.push_back(make_record(value));
  return records;
}

AppendOutcome LogContract::append(int client, const TopicPartition& at, std::vector<Record> batch) {
  struct Answer {
    std::mutex mutex;
    std::optional<AppendOutcome> outcome;
  };
  const auto answer = std::make_shared<Answer>();
  fixture_->client(client).append(at, std::move(batch),
                                  [answer, fixture = fixture_.get()](AppendOutcome outcome) {
                                    {
                                      const std::lock_guard lock(answer->mutex);
                                      EXPECT_FALSE(answer->outcome.has_value()) << "two answers";
                                      answer->outcome = std::move(outcome);
                                    }
                                    fixture->changed();
                                  });
  EXPECT_TRUE(fixture_->wait([&] {
    const std::lock_guard lock(answer->mutex);
    return answer->outcome.has_value();
  }));
  const std::lock_guard lock(answer->mutex);
  return answer->outcome.value_or(AppendOutcome());
}

AppendOutcome LogContract::append(const TopicPartition& at,
                                  const std::vector<std::string>& values) {
  return append(0, at, make_records(values));
}

Offset LogContract::end_offset(const TopicPartition& at) {
  struct Answer {
    std::mutex mutex;
    std::optional<Result<Offset>> end;
  };
  const auto answer = std::make_shared<Answer>();
  fixture_->client(0).end_offset(at, [answer, fixture = fixture_.get()](Result<Offset> end) {
    {
      const std::lock_guard lock(answer->mutex);
      answer->end = std::move(end);
    }
    fixture->changed();
  });
  EXPECT_TRUE(fixture_->wait([&] {
    const std::lock_guard lock(answer->mutex);
    return answer->end.has_value();
  }));
  const std::lock_guard lock(answer->mutex);
  if (!answer->end || !*answer->end) {
    ADD_FAILURE() << "no end offset";
    return kNoOffset;
  }
  return **answer->end;
}

std::vector<std::string> LogContract::read(const TopicPartition& at, Offset from) {
  const auto end = end_offset(at);
  const auto collector = std::make_shared<Collector>(*fixture_);
  const auto following = fixture_->client(0).follow(at, from, collector);
  EXPECT_TRUE(fixture_->wait([&] { return from >= end || collector->next() >= end; }));
  return collector->values();
}

bool LogContract::wait_for_count(const Collector& collector, std::size_t count) {
  return fixture_->wait([&] { return collector.count() >= count; });
}

bool LogContract::wait_for_error(const Collector& collector) {
  return fixture_->wait([&] { return collector.error().has_value(); });
}

// ---- Appending and reading back

TEST_P(LogContract, AppendedRecordsAreReadBackWhole) {
  Record plain;
  Record empty_key;
  empty_key.key = "";
  empty_key.value = "v";
  Record rich = make_record(std::string("\0\xff binary \n", 11));
  rich.headers = {{"ce_id", "a"}, {"ce_id", "b"}, {"empty", ""}, {"zh", "点单"}};
  const std::vector<Record> batch{plain, empty_key, rich};

  const auto outcome = append(0, at_, batch);
  ASSERT_EQ(outcome.fate, Fate::kDurable) << outcome.error.message_en;
  ASSERT_EQ(outcome.offsets.size(), batch.size());
  ASSERT_EQ(outcome.stamps.size(), batch.size());

  const auto collector = std::make_shared<Collector>(*fixture_);
  const auto following = fixture_->client(1).follow(at_, 0, collector);
  ASSERT_TRUE(wait_for_count(*collector, batch.size()));
  const auto records = collector->records();
  for (std::size_t i = 0; i < batch.size(); ++i) {
    EXPECT_EQ(records[i].key, batch[i].key);
    EXPECT_EQ(records[i].headers, batch[i].headers);
    EXPECT_EQ(records[i].value, batch[i].value);
    EXPECT_EQ(records[i].offset, outcome.offsets[i]);
    EXPECT_EQ(records[i].stamp, outcome.stamps[i]);
  }
}

TEST_P(LogContract, ABatchKeepsItsOrderAndOffsetsRise) {
  std::vector<std::string> values;
  for (int i = 0; i < 500; ++i) values.push_back(std::to_string(i));
  const auto outcome = append(at_, values);
  ASSERT_EQ(outcome.fate, Fate::kDurable);
  EXPECT_TRUE(std::is_sorted(outcome.offsets.begin(), outcome.offsets.end()));
  EXPECT_TRUE(std::is_sorted(outcome.stamps.begin(), outcome.stamps.end()));
  EXPECT_EQ(read(at_), values);
}

TEST_P(LogContract, PartitionsAndTopicsAreApart) {
  const TopicPartition other_partition{at_.topic, 8};
  const TopicPartition other_topic{"lianmeng.other.v1", 7};
  append(at_, {"a"});
  append(other_partition, {"b", "b2"});
  append(other_topic, {"c"});
  EXPECT_THAT(read(at_), ElementsAre("a"));
  EXPECT_THAT(read(other_partition), ElementsAre("b", "b2"));
  EXPECT_THAT(read(other_topic), ElementsAre("c"));
  EXPECT_EQ(end_offset({at_.topic, 9}), 0);
}

TEST_P(LogContract, TwoWritersBothLandAndEachReadsTheOthersRecords) {
  struct Writer {
    std::vector<AppendOutcome> outcomes;
    std::mutex mutex;
  };
  Writer writers[2];
  constexpr int kBatches = 50;
  // Both have all their batches in flight, so that they land among one another.
  for (int i = 0; i < kBatches; ++i) {
    for (int w = 0; w < 2; ++w) {
      const auto name = std::to_string(w) + "." + std::to_string(i);
      fixture_->client(w).append(at_, make_records({name + "a", name + "b"}),
                                 [&, w](AppendOutcome outcome) {
                                   {
                                     const std::lock_guard lock(writers[w].mutex);
                                     writers[w].outcomes.push_back(std::move(outcome));
                                   }
                                   fixture_->changed();
                                 });
    }
  }
  ASSERT_TRUE(fixture_->wait([&] {
    return std::all_of(std::begin(writers), std::end(writers), [](Writer& writer) {
      const std::lock_guard lock(writer.mutex);
      return writer.outcomes.size() == kBatches;
    });
  }));
  const auto collector = std::make_shared<Collector>(*fixture_);
  const auto following = fixture_->client(0).follow(at_, 0, collector);
  ASSERT_TRUE(wait_for_count(*collector, 4 * kBatches));
  std::map<Offset, std::string> by_offset;
  for (const auto& record : collector->records()) by_offset[record.offset] = record.value;
  EXPECT_EQ(by_offset.size(), 4U * kBatches);
  for (int w = 0; w < 2; ++w) {
    std::set<std::string> own;
    for (const auto& outcome : writers[w].outcomes) {
      ASSERT_EQ(outcome.fate, Fate::kDurable);
      ASSERT_EQ(outcome.offsets.size(), 2U);
      EXPECT_LT(outcome.offsets[0], outcome.offsets[1]);
      const auto first = by_offset[outcome.offsets[0]];
      EXPECT_EQ(first.back(), 'a');
      EXPECT_EQ(first.substr(0, 2), std::to_string(w) + ".");
      EXPECT_EQ(by_offset[outcome.offsets[1]], first.substr(0, first.size() - 1) + "b");
      own.insert(first);
    }
    EXPECT_EQ(own.size(), static_cast<std::size_t>(kBatches));
  }
}

TEST_P(LogContract, VoidRecordsAndRepeatedBytesAreRecordsAsAnyOther) {
  // Two writers decided on the same tip: readers void the second, the log keeps both.
  auto first = make_record("decided by one");
  first.headers.add("ce_prev", "tip");
  auto second = make_record("decided by the other");
  second.headers.add("ce_prev", "tip");
  append(0, at_, {first});
  append(1, at_, {second});
  append(0, at_, {first});
  EXPECT_THAT(read(at_), ElementsAre(first.value, second.value, first.value));
}

TEST_P(LogContract, AnEndAskedForAfterAnAppendCoversIt) {
  EXPECT_EQ(end_offset(at_), 0);
  for (int i = 0; i < 20; ++i) {
    const auto outcome = append(i % 2, at_, make_records({"x", "y"}));
    ASSERT_EQ(outcome.fate, Fate::kDurable);
    EXPECT_GT(end_offset(at_), outcome.offsets.back());
  }
}

TEST_P(LogContract, StampsNeverRunBack) {
  Time last{};
  for (int i = 0; i < 50; ++i) {
    const auto outcome = append(i % 2, at_, make_records({"x", "y"}));
    for (const auto stamp : outcome.stamps) {
      EXPECT_GE(stamp, last);
      last = stamp;
    }
  }
}

// ---- What is refused

TEST_P(LogContract, ARecordThatIsTooLargeFailsTheWholeBatchAndTheLargestFits) {
  const auto largest = std::string(kRecordBytesMax, 'x');
  auto outcome = append(at_, {"small", largest + "x", "small"});
  EXPECT_EQ(outcome.fate, Fate::kFailed);
  EXPECT_EQ(outcome.error.reason, "RECORD_TOO_LARGE");
  EXPECT_EQ(end_offset(at_), 0);

  outcome = append(at_, {largest});
  EXPECT_EQ(outcome.fate, Fate::kDurable);
  EXPECT_THAT(read(at_), ElementsAre(largest));
}

TEST_P(LogContract, WrongTopicsPartitionsAndEmptyBatchesAreRefused) {
  EXPECT_EQ(append({"no/such", 0}, {"x"}).error.reason, "TOPIC_NAME_INVALID");
  EXPECT_EQ(append({"", 0}, {"x"}).error.reason, "TOPIC_NAME_INVALID");
  EXPECT_EQ(append({at_.topic, 48}, {"x"}).error.reason, "PARTITION_UNKNOWN");
  EXPECT_EQ(append({at_.topic, -1}, {"x"}).error.reason, "PARTITION_UNKNOWN");
  const auto outcome = append(0, at_, {});
  EXPECT_EQ(outcome.fate, Fate::kFailed);
  EXPECT_EQ(outcome.error.reason, "BATCH_EMPTY");
  EXPECT_FALSE(fixture_->client(0).describe("no/such").has_value());
}

TEST_P(LogContract, DescribeTellsTheTopicRules) {
  const auto info = fixture_->client(0).describe(at_.topic);
  ASSERT_TRUE(info.has_value());
  EXPECT_EQ(info->partitions, 48);
  const std::map<std::string, std::string> settings(info->settings.begin(), info->settings.end());
  EXPECT_EQ(settings.at("cleanup.policy"), "delete");
  EXPECT_EQ(settings.at("retention.ms"), "-1");
  EXPECT_EQ(settings.at("retention.bytes"), "-1");
  EXPECT_EQ(settings.at("unclean.leader.election.enable"), "false");
  EXPECT_EQ(settings.at("message.timestamp.type"), "LogAppendTime");
}

// ---- Following

TEST_P(LogContract, FollowersBeginAnywhereAndGoOnWithWhatComes) {
  const auto outcome = append(at_, {"a", "b", "c", "d"});
  ASSERT_EQ(outcome.fate, Fate::kDurable);
  const auto end = end_offset(at_);
  const auto from_start = std::make_shared<Collector>(*fixture_);
  const auto from_middle = std::make_shared<Collector>(*fixture_);
  const auto from_end = std::make_shared<Collector>(*fixture_);
  auto& log = fixture_->client(1);
  const auto first = log.follow(at_, 0, from_start);
  const auto second = log.follow(at_, outcome.offsets[2], from_middle);
  const auto third = log.follow(at_, end, from_end);
  append(at_, {"e"});
  append(at_, {"f"});
  ASSERT_TRUE(wait_for_count(*from_start, 6));
  ASSERT_TRUE(wait_for_count(*from_middle, 4));
  ASSERT_TRUE(wait_for_count(*from_end, 2));
  EXPECT_THAT(from_start->values(), ElementsAre("a", "b", "c", "d", "e", "f"));
  EXPECT_THAT(from_middle->values(), ElementsAre("c", "d", "e", "f"));
  EXPECT_THAT(from_end->values(), ElementsAre("e", "f"));
  EXPECT_EQ(from_start->next(), end_offset(at_));
}

TEST_P(LogContract, ManyRecordsComeOnceAndInOrder) {
  std::vector<std::string> all;
  const auto early = std::make_shared<Collector>(*fixture_);
  const auto following = fixture_->client(0).follow(at_, 0, early);
  for (int i = 0; i < 40; ++i) {
    std::vector<std::string> values;
    for (int j = 0; j < 250; ++j) values.push_back(std::to_string(i * 250 + j));
    ASSERT_EQ(append(at_, values).fate, Fate::kDurable);
    all.insert(all.end(), values.begin(), values.end());
  }
  ASSERT_TRUE(wait_for_count(*early, all.size()));
  EXPECT_EQ(early->values(), all);
  EXPECT_EQ(read(at_), all);
}

TEST_P(LogContract, APausedFollowerGetsNothingUntilItIsResumed) {
  const auto paused = std::make_shared<Collector>(*fixture_);
  const auto other = std::make_shared<Collector>(*fixture_);
  auto& log = fixture_->client(0);
  const auto paused_following = log.follow(at_, 0, paused);
  const auto other_following = log.follow(at_, 0, other);
  append(at_, {"a"});
  ASSERT_TRUE(wait_for_count(*paused, 1));
  paused_following->pause();
  append(at_, {"b"});
  append(at_, {"c"});
  ASSERT_TRUE(wait_for_count(*other, 3));
  EXPECT_EQ(paused->count(), 1U);
  paused_following->resume();
  ASSERT_TRUE(wait_for_count(*paused, 3));
  EXPECT_THAT(paused->values(), ElementsAre("a", "b", "c"));
}

TEST_P(LogContract, AFollowingThatHasEndedIsSilent) {
  const auto ended = std::make_shared<Collector>(*fixture_);
  const auto other = std::make_shared<Collector>(*fixture_);
  auto following = fixture_->client(0).follow(at_, 0, ended);
  const auto other_following = fixture_->client(0).follow(at_, 0, other);
  append(at_, {"a"});
  ASSERT_TRUE(wait_for_count(*ended, 1));
  following.reset();
  append(at_, {"b"});
  ASSERT_TRUE(wait_for_count(*other, 2));
  EXPECT_THAT(ended->values(), ElementsAre("a"));
}

TEST_P(LogContract, AFollowerBeyondTheEndIsToldThatTheLogWasTruncated) {
  append(at_, {"a", "b"});
  for (const Offset from : {end_offset(at_) + 1, Offset{1'000'000}}) {
    const auto collector = std::make_shared<Collector>(*fixture_);
    const auto following = fixture_->client(0).follow(at_, from, collector);
    ASSERT_TRUE(wait_for_error(*collector));
    EXPECT_EQ(collector->error()->kind, ErrorKind::kOutOfRange);
    EXPECT_THAT(collector->values(), IsEmpty());
  }
}

TEST_P(LogContract, ALogEmptiedBehindAReadersBackIsTold) {
  if (!fixture_->capabilities().recreate) GTEST_SKIP();
  append(at_, {"a", "b", "c"});
  const auto next = end_offset(at_);
  fixture_->recreate(at_);
  EXPECT_EQ(end_offset(at_), 0);
  const auto collector = std::make_shared<Collector>(*fixture_);
  const auto following = fixture_->client(0).follow(at_, next, collector);
  ASSERT_TRUE(wait_for_error(*collector));
  EXPECT_EQ(collector->error()->kind, ErrorKind::kOutOfRange);
}

TEST_P(LogContract, ALogRefilledBehindAReadersBackHoldsOtherRecordsAtTheSameOffsets) {
  if (!fixture_->capabilities().recreate) GTEST_SKIP();
  append(at_, {"a", "b", "c"});
  const auto next = end_offset(at_);
  fixture_->recreate(at_);
  append(at_, {"A", "B", "C", "D"});
  // No error tells of it: the reader finds it out by the chain.
  EXPECT_THAT(read(at_, next - 1), ElementsAre("C", "D"));
}

// ---- Durability

TEST_P(LogContract, ReopeningKeepsEverything) {
  if (!fixture_->capabilities().reopen) GTEST_SKIP();
  std::vector<std::string> all;
  Time last{};
  for (int i = 0; i < 3; ++i) {
    const auto values = std::vector{"a" + std::to_string(i), "b" + std::to_string(i)};
    const auto outcome = append(at_, values);
    ASSERT_EQ(outcome.fate, Fate::kDurable);
    EXPECT_GE(outcome.stamps.front(), last);
    last = outcome.stamps.back();
    all.insert(all.end(), values.begin(), values.end());
    const auto end = end_offset(at_);
    fixture_->reopen();
    EXPECT_EQ(end_offset(at_), end);
    EXPECT_EQ(read(at_), all);
  }
}

TEST_P(LogContract, WritersOfManyThreadsAllLandOnce) {
  if (!fixture_->capabilities().threads) GTEST_SKIP();
  constexpr int kThreads = 4;
  constexpr int kAppends = 100;
  std::mutex mutex;
  std::set<std::pair<int, Offset>> landed;
  std::atomic<int> answered = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < kAppends; ++i) {
          const int partition = i % 3;
          fixture_->client(t % 2).append({at_.topic, partition}, make_records({std::to_string(t)}),
                                         [&, partition](AppendOutcome outcome) {
                                           {
                                             const std::lock_guard lock(mutex);
                                             for (const auto offset : outcome.offsets) {
                                               landed.emplace(partition, offset);
                                             }
                                           }
                                           ++answered;
                                           fixture_->changed();
                                         });
        }
      });
    }
  }
  ASSERT_TRUE(fixture_->wait([&] { return answered == kThreads * kAppends; }));
  EXPECT_EQ(landed.size(), static_cast<std::size_t>(kThreads * kAppends));
  std::size_t read_back = 0;
  for (int partition = 0; partition < 3; ++partition) {
    read_back += read({at_.topic, partition}).size();
  }
  EXPECT_EQ(read_back, landed.size());
}

// ---- When appends go wrong

TEST_P(LogContract, AFailedAppendNeverLands) {
  if (!fixture_->capabilities().faults) GTEST_SKIP();
  fixture_->set_fault(Fault::kFailed);
  const auto outcome = append(at_, {"a", "b"});
  EXPECT_EQ(outcome.fate, Fate::kFailed);
  EXPECT_THAT(outcome.offsets, IsEmpty());
  fixture_->set_fault(Fault::kNone);
  fixture_->settle();
  append(at_, {"c"});
  EXPECT_THAT(read(at_), ElementsAre("c"));
}

TEST_P(LogContract, AnAppendWhoseReplyIsLostIsUnknownAndThere) {
  if (!fixture_->capabilities().faults) GTEST_SKIP();
  fixture_->set_fault(Fault::kLostReply);
  EXPECT_EQ(append(at_, {"a", "b"}).fate, Fate::kUnknown);
  EXPECT_THAT(read(at_), ElementsAre("a", "b"));
}

TEST_P(LogContract, AnUnknownAppendMayLandBehindLaterOnes) {
  if (!fixture_->capabilities().faults) GTEST_SKIP();
  // Whether it lands at all is chance: of so many some do.
  fixture_->set_fault(Fault::kLate);
  std::vector<std::string> late;
  for (int i = 0; i < 30; ++i) {
    late.push_back("late" + std::to_string(i));
    EXPECT_EQ(append(at_, {late.back()}).fate, Fate::kUnknown);
  }
  fixture_->set_fault(Fault::kNone);
  ASSERT_EQ(append(1, at_, make_records({"on time"})).fate, Fate::kDurable);
  fixture_->settle();
  const auto values = read(at_);
  const auto on_time = std::find(values.begin(), values.end(), "on time");
  ASSERT_NE(on_time, values.end());
  EXPECT_GT(values.end() - on_time, 1) << "nothing landed behind the later append";
  EXPECT_LT(values.size(), late.size() + 1) << "every late append landed";
}

TEST_P(LogContract, OfAnUnknownBatchTheFirstPartMayLandAlone) {
  if (!fixture_->capabilities().faults) GTEST_SKIP();
  fixture_->set_fault(Fault::kPartial);
  EXPECT_EQ(append(at_, {"a", "b", "c", "d"}).fate, Fate::kUnknown);
  fixture_->set_fault(Fault::kNone);
  const auto values = read(at_);
  ASSERT_GE(values.size(), 1U);
  EXPECT_EQ(values.front(), "a");
}

TEST_P(LogContract, OfAnUnknownBatchARecordInTheMiddleMayBeMissing) {
  if (!fixture_->capabilities().faults) GTEST_SKIP();
  fixture_->set_fault(Fault::kHole);
  EXPECT_EQ(append(at_, {"a", "b", "c"}).fate, Fate::kUnknown);
  EXPECT_GE(read(at_).size(), 2U);
}

TEST_P(LogContract, ABatchMayLandTwiceAndItsOutcomeNamesOneOfTheCopies) {
  if (!fixture_->capabilities().faults) GTEST_SKIP();
  fixture_->set_fault(Fault::kDuplicate);
  std::vector<AppendOutcome> outcomes;
  for (int i = 0; i < 20; ++i) {
    outcomes.push_back(append(at_, {std::to_string(i)}));
    ASSERT_EQ(outcomes.back().fate, Fate::kDurable);
  }
  fixture_->settle();
  const auto collector = std::make_shared<Collector>(*fixture_);
  const auto following = fixture_->client(0).follow(at_, 0, collector);
  const auto end = end_offset(at_);
  ASSERT_TRUE(fixture_->wait([&] { return collector->next() >= end; }));
  EXPECT_GT(collector->count(), outcomes.size());
  std::map<Offset, std::string> by_offset;
  for (const auto& record : collector->records()) by_offset[record.offset] = record.value;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    EXPECT_EQ(by_offset[outcomes[i].offsets.front()], std::to_string(i));
  }
}

TEST_P(LogContract, OffsetsMayHaveGapsAndReadersComeToTheEndAllTheSame) {
  if (!fixture_->capabilities().faults) GTEST_SKIP();
  fixture_->set_fault(Fault::kGap);
  std::vector<std::string> values;
  for (int i = 0; i < 20; ++i) {
    values.push_back(std::to_string(i));
    ASSERT_EQ(append(at_, {values.back()}).fate, Fate::kDurable);
  }
  fixture_->settle();
  EXPECT_GT(end_offset(at_), static_cast<Offset>(values.size()));
  EXPECT_EQ(read(at_), values);
}

}  // namespace lianmeng::log
