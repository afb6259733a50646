#include "platform/log/embedded/embedded_log.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <mutex>

#include "platform/log/embedded/crc32c.h"
#include "platform/log/embedded/file_ops.h"
#include "platform/log/testing/temp_folder.h"

namespace lianmeng::log {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Fate = AppendOutcome::Fate;

constexpr std::size_t kMiB = 1024 * 1024;
const TopicPartition kA{"lianmeng.test.v1", 1};
const TopicPartition kB{"lianmeng.test.v1", 2};

// A clock that a test moves, back too.
class ManualClock final : public Clock {
 public:
  Time now() override { return Time(Duration(ms_.load())); }
  SteadyTime steady() override { return SteadyTime(Duration(ms_.load())); }
  void set(std::int64_t ms) { ms_ = ms; }

 private:
  std::atomic<std::int64_t> ms_ = 1'000'000;
};

// A disk with so much room, and a sync that may fail.
class SickDisk final : public FileOps {
 public:
  ssize_t pwritev(int fd, const iovec* parts, int count, off_t at) override {
    if (write_errno == 0) return FileOps::pwritev(fd, parts, count, at);
    // As a disk that fills up: the first half is written, the rest is refused.
    const iovec half{parts[0].iov_base, parts[0].iov_len / 2};
    if (const auto wrote = FileOps::pwritev(fd, &half, 1, at); short_write.exchange(false)) {
      return wrote;
    }
    errno = write_errno;
    return -1;
  }
  int fdatasync(int fd) override {
    if (!sync_fails) return FileOps::fdatasync(fd);
    errno = EIO;
    return -1;
  }
  int preallocate(int fd, off_t bytes) override {
    if (preallocate_errno == 0) return FileOps::preallocate(fd, bytes);
    errno = preallocate_errno;
    return -1;
  }

  std::uint64_t free_bytes(int) override { return free; }

  std::atomic<int> write_errno = 0;
  std::atomic<int> preallocate_errno = 0;
  std::atomic<std::uint64_t> free = 1ULL << 40U;
  std::atomic<bool> short_write = false;
  std::atomic<bool> sync_fails = false;
};

class Sink final : public FollowSink {
 public:
  void on_records(std::vector<Record> records, Offset) override {
    const std::lock_guard lock(mutex_);
    for (auto& record : records) values_.push_back(std::move(record.value));
    changed_.notify_all();
  }
  void on_error(Error error) override {
    const std::lock_guard lock(mutex_);
    error_ = std::move(error);
    changed_.notify_all();
  }
  // Waits for so many records or an error.
  std::vector<std::string> values(std::size_t count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds(30),
                                  [&] { return values_.size() >= count || error_; }));
    return values_;
  }
  Error error() {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(
        changed_.wait_for(lock, std::chrono::seconds(30), [&] { return error_.has_value(); }));
    return error_.value_or(Error());
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> values_;
  std::optional<Error> error_;
};

class EmbeddedLogTest : public testing::Test {
 protected:
  EmbeddedLogTest() {
    config_.path = folder_.path() + "/log";
    config_.segment_bytes = kMiB;
    config_.scrub_bytes_per_second = 0;
  }

  Result<std::unique_ptr<EmbeddedLog>> try_open() {
    return EmbeddedLog::open(
        config_, clock_,
        [this](LogNotice notice, const std::string& text) {
          const std::lock_guard lock(notices_mutex_);
          notices_ += notice == LogNotice::kInfo      ? "info: "
                      : notice == LogNotice::kWarning ? "warning: "
                                                      : "error: ";
          notices_ += text + "\n";
        },
        disk_);
  }
  void open() {
    auto log = try_open();
    ASSERT_TRUE(log.has_value()) << log.error().message_en;
    log_ = std::move(*log);
  }
  void close() { log_.reset(); }
  void reopen() {
    close();
    open();
  }

  std::future<AppendOutcome> begin_append(const TopicPartition& at,
                                          const std::vector<std::string>& values) {
    auto promise = std::make_shared<std::promise<AppendOutcome>>();
    std::vector<Record> batch;
    for (const auto& value : values) batch.emplace_back().value = value;
    log_->append(at, std::move(batch),
                 [promise](AppendOutcome outcome) { promise->set_value(std::move(outcome)); });
    return promise->get_future();
  }
  AppendOutcome append(const TopicPartition& at, const std::vector<std::string>& values) {
    return begin_append(at, values).get();
  }
  Result<Offset> end(const TopicPartition& at) {
    Result<Offset> answer{0};
    log_->end_offset(at, [&](Result<Offset> end) { answer = std::move(end); });
    return answer;
  }
  std::vector<std::string> read(const TopicPartition& at, std::size_t count, Offset from = 0) {
    const auto sink = std::make_shared<Sink>();
    const auto following = log_->follow(at, from, sink);
    return count == 0 ? std::vector<std::string>() : sink->values(count);
  }
  Error read_error(const TopicPartition& at, Offset from = 0) {
    const auto sink = std::make_shared<Sink>();
    const auto following = log_->follow(at, from, sink);
    return sink->error();
  }
  std::string notices() {
    const std::lock_guard lock(notices_mutex_);
    return notices_;
  }

  // Values of 1 KiB that begin with their number.
  static std::vector<std::string> big(int from, int count) {
    std::vector<std::string> values;
    for (int i = from; i < from + count; ++i) {
      auto value = "value " + std::to_string(i) + " ";
      value.resize(1024, '.');
      values.push_back(std::move(value));
    }
    return values;
  }
  // Three segments and more, kA and kB by turns: each 1,000 records a partition and 1 KiB each.
  void fill_segments() {
    for (int i = 0; i < 1000; i += 20) {
      ASSERT_EQ(append(kA, big(i, 20)).fate, Fate::kDurable);
      ASSERT_EQ(append(kB, big(i, 20)).fate, Fate::kDurable);
    }
    ASSERT_GE(log_->stats().segments, 3U);
  }

  std::string segment(int number, const std::string& kind = "log") const {
    auto digits = std::to_string(number);
    digits.insert(0, 12 - digits.size(), '0');
    return config_.path + "/segment-" + digits + "." + kind;
  }
  static std::string slurp(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static void spill(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  }
  // Flips a bit of the first place in the file that holds `text`, `skip` bytes before it.
  void flip(const std::string& path, const std::string& text, std::size_t before = 0) {
    auto bytes = slurp(path);
    const auto at = bytes.find(text);
    ASSERT_NE(at, std::string::npos) << text;
    bytes[at - before] = static_cast<char>(bytes[at - before] ^ 4);
    spill(path, bytes);
  }
  // What a killed process leaves behind: the files as they are, and no orderly end.
  void crash() {
    const auto copy = folder_.path() + "/copy";
    std::filesystem::copy(config_.path, copy);
    close();
    std::filesystem::remove_all(config_.path);
    std::filesystem::rename(copy, config_.path);
  }

  TempFolder folder_;
  EmbeddedLogConfig config_;
  ManualClock clock_;
  SickDisk disk_;
  std::mutex notices_mutex_;
  std::string notices_;
  std::unique_ptr<EmbeddedLog> log_;
};

TEST(Crc32c, AgreesWithRfc3720InBothVersions) {
  for (const auto crc : {crc32c, crc32c_portable}) {
    EXPECT_EQ(crc(std::string(32, '\0')), 0x8a9136aaU);
    EXPECT_EQ(crc(std::string(32, '\xff')), 0x62a8ab43U);
    EXPECT_EQ(crc("123456789"), 0xe3069283U);
    EXPECT_EQ(crc(""), 0U);
  }
}

// ---- Ordinary life

TEST_F(EmbeddedLogTest, OffsetsAreDenseInEachPartition) {
  open();
  EXPECT_THAT(append(kA, {"a", "b"}).offsets, ElementsAre(0, 1));
  EXPECT_THAT(append(kB, {"c"}).offsets, ElementsAre(0));
  EXPECT_THAT(append(kA, {"d"}).offsets, ElementsAre(2));
  reopen();
  EXPECT_THAT(append(kA, {"e"}).offsets, ElementsAre(3));
}

TEST_F(EmbeddedLogTest, StampsFollowTheClockAndNeverRunBackNotEvenOverARestart) {
  open();
  const auto first = append(kA, {"a"}).stamps.front();
  EXPECT_EQ(first, clock_.now());
  clock_.set(500);
  EXPECT_EQ(append(kA, {"b"}).stamps.front(), first);
  reopen();
  EXPECT_EQ(append(kB, {"c"}).stamps.front(), first);
}

TEST_F(EmbeddedLogTest, ManySegmentsReadAsOneLogFromMemoryAndFromDisk) {
  config_.tail_cache_bytes = 100 * 1024;
  open();
  fill_segments();
  EXPECT_EQ(read(kA, 1000), big(0, 1000));
  EXPECT_EQ(read(kA, 10, 990), big(990, 10));
  EXPECT_EQ(read(kB, 500, 500), big(500, 500));
  reopen();
  EXPECT_EQ(read(kA, 1000), big(0, 1000));
  EXPECT_EQ(read(kB, 1000), big(0, 1000));
  EXPECT_EQ(notices(), "");
}

TEST_F(EmbeddedLogTest, AppendsThatWaitShareOneSync) {
  open();
  std::vector<std::future<AppendOutcome>> answers;
  for (int i = 0; i < 2000; ++i) answers.push_back(begin_append(i % 2 == 0 ? kA : kB, {"x"}));
  for (auto& answer : answers) EXPECT_EQ(answer.get().fate, Fate::kDurable);
  EXPECT_EQ(log_->stats().records_appended, 2000U);
  EXPECT_LT(log_->stats().groups, 2000U);
}

TEST_F(EmbeddedLogTest, ClosingAnswersWhatWaits) {
  open();
  std::vector<std::future<AppendOutcome>> answers;
  for (int i = 0; i < 100; ++i) answers.push_back(begin_append(kA, {"x"}));
  close();
  for (auto& answer : answers) EXPECT_EQ(answer.get().fate, Fate::kDurable);
}

TEST_F(EmbeddedLogTest, ABatchThatFitsInNoSegmentIsRefused) {
  open();
  const auto outcome = append(kA, big(0, 1100));
  EXPECT_EQ(outcome.fate, Fate::kFailed);
  EXPECT_EQ(outcome.error.reason, "BATCH_TOO_LARGE");
  EXPECT_EQ(*end(kA), 0);
}

TEST_F(EmbeddedLogTest, ASecondOpeningIsRefusedWithAClearSentence) {
  open();
  const auto second = try_open();
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().reason, "LOG_IN_USE");
  EXPECT_THAT(second.error().message_en, HasSubstr("stop it first"));
}

// ---- Crashes

TEST_F(EmbeddedLogTest, AfterACrashWhatWasAcknowledgedIsThere) {
  open();
  append(kA, {"a", "b"});
  append(kB, {"c"});
  crash();
  open();
  EXPECT_THAT(read(kA, 2), ElementsAre("a", "b"));
  EXPECT_THAT(read(kB, 1), ElementsAre("c"));
  EXPECT_EQ(notices(), "");
}

TEST_F(EmbeddedLogTest, AKilledProcessLosesNothingThatItAcknowledged) {
  Offset before = 0;
  for (int round = 0; round < 5; ++round) {
    int acks[2];
    ASSERT_EQ(::pipe(acks), 0);
    const auto child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      // Appends for ever and tells of each record that is durable.
      auto log = try_open();
      if (!log) ::_exit(1);
      log_ = std::move(*log);
      while (true) {
        std::vector<std::future<AppendOutcome>> answers;
        for (int i = 0; i < 20; ++i) answers.push_back(begin_append(kA, big(i, 3)));
        for (auto& answer : answers) {
          const auto last = answer.get().offsets.back();
          if (::write(acks[1], &last, sizeof last) != sizeof last) ::_exit(1);
        }
      }
    }
    ::close(acks[1]);
    Offset acknowledged = kNoOffset;
    for (int i = 0; i < 100 + 37 * round; ++i) {
      ASSERT_EQ(::read(acks[0], &acknowledged, sizeof acknowledged),
                static_cast<ssize_t>(sizeof acknowledged));
    }
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    for (Offset last; ::read(acks[0], &last, sizeof last) == sizeof last;) acknowledged = last;
    ::close(acks[0]);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    open();
    const auto end_now = *end(kA);
    EXPECT_GT(end_now, acknowledged);
    EXPECT_GT(acknowledged, before);
    before = acknowledged;
    const auto values = read(kA, static_cast<std::size_t>(end_now));
    ASSERT_EQ(values.size(), static_cast<std::size_t>(end_now));
    close();
  }
}

TEST_F(EmbeddedLogTest, ATornTailIsCutWithAWarningAndTheLogGoesOn) {
  open();
  append(kA, {"first"});
  append(kA, {"whole"});
  append(kB, {"torn record"});
  crash();
  // Half of the last write never came to the disk.
  auto bytes = slurp(segment(1));
  const auto at = bytes.find("torn record");
  std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(at) + 4, bytes.end(), '\0');
  spill(segment(1), bytes);
  open();
  EXPECT_THAT(notices(), HasSubstr("warning: "));
  EXPECT_THAT(notices(), HasSubstr("torn"));
  EXPECT_EQ(*end(kB), 0);
  EXPECT_THAT(read(kA, 2), ElementsAre("first", "whole"));
  EXPECT_THAT(append(kB, {"again"}).offsets, ElementsAre(0));
  reopen();
  EXPECT_THAT(read(kB, 1), ElementsAre("again"));
}

TEST_F(EmbeddedLogTest, ATailTornAnywhereOpensWithThePrefixBefore) {
  open();
  append(kA, {"first"});
  append(kA, {"second", "third"});
  crash();
  const auto whole = slurp(segment(1));
  const auto last = whole.find_last_not_of('\0');
  const auto second = whole.find("second");
  for (auto cut = second - 60; cut <= last + 1; cut += 5) {
    auto bytes = whole;
    std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(cut), bytes.end(), '\0');
    spill(segment(1), bytes);
    open();
    const auto there = static_cast<std::size_t>(*end(kA));
    ASSERT_GE(there, 1U);
    ASSERT_LE(there, 3U);
    auto values = read(kA, there);
    EXPECT_EQ(values.front(), "first");
    EXPECT_EQ(append(kA, {"next"}).offsets.front(), static_cast<Offset>(there));
    close();
  }
}

// ---- Damage

TEST_F(EmbeddedLogTest, AFlippedBitInTheLastSegmentStopsItsPartitionAndNoOther) {
  open();
  append(kA, {"value a0"});
  append(kA, {"value a1"});
  append(kB, {"value b0"});
  close();
  flip(segment(1), "value a1");
  open();
  EXPECT_THAT(notices(), HasSubstr("error: lianmeng.test.v1/1"));
  const auto error = read_error(kA);
  EXPECT_EQ(error.kind, ErrorKind::kDataLoss);
  EXPECT_EQ(error.metadata.at("file"), segment(1));
  EXPECT_GT(std::stoi(error.metadata.at("position")), 0);
  EXPECT_THAT(error.message_en, HasSubstr("Restore"));
  EXPECT_THAT(read(kA, 2), ElementsAre("value a0"));
  EXPECT_EQ(append(kA, {"x"}).fate, Fate::kFailed);
  EXPECT_EQ(end(kA).error().kind, ErrorKind::kDataLoss);

  EXPECT_THAT(read(kB, 1), ElementsAre("value b0"));
  EXPECT_EQ(append(kB, {"b1"}).fate, Fate::kDurable);
}

TEST_F(EmbeddedLogTest, AFlippedBitInAHeaderStopsItsPartitionAndNoOther) {
  open();
  append(kA, {"value a0"});
  append(kB, {"value b0"});
  append({"other", 3}, {"c0"});
  close();
  // The 48 bytes before the topic are the frame's header.
  flip(segment(1), "lianmeng.test.v1", 20);
  open();
  EXPECT_EQ(read_error(kA).kind, ErrorKind::kDataLoss);
  EXPECT_THAT(read(kB, 1), ElementsAre("value b0"));
  EXPECT_EQ(append({"other", 3}, {"c1"}).fate, Fate::kDurable);
  EXPECT_EQ(append({"other", 4}, {"new"}).fate, Fate::kDurable);
}

TEST_F(EmbeddedLogTest, WhenFramesAreLostLaterOffsetsTellWhoseTheyWere) {
  open();
  append(kA, {"value a0"});
  append(kB, {"value b0"});
  append({"quiet", 3}, {"q0"});
  append(kA, {"value a1"});
  append(kB, {"value b1"});
  append(kB, {"value b2"});
  close();
  auto bytes = slurp(segment(1));
  const auto at = bytes.find("value b1");
  std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(at) - 60,
            bytes.begin() + static_cast<std::ptrdiff_t>(at) + 4, 'Z');
  spill(segment(1), bytes);
  open();
  EXPECT_EQ(read_error(kB).kind, ErrorKind::kDataLoss);
  // Nothing came after the damage by which these could be told to be whole.
  EXPECT_EQ(read_error({"quiet", 3}).kind, ErrorKind::kDataLoss);
  EXPECT_EQ(append({"never.seen", 3}, {"x"}).error.reason, "LOG_DAMAGED");
}

TEST_F(EmbeddedLogTest, DamageIsRememberedWhenItsSegmentIsClosed) {
  open();
  append(kA, {"value a0"});
  append(kA, {"value a1"});
  append(kB, {"value b0"});
  close();
  flip(segment(1), "value a1");
  open();
  for (int i = 0; i < 2000; i += 100) ASSERT_EQ(append(kB, big(i, 100)).fate, Fate::kDurable);
  ASSERT_GE(log_->stats().segments, 2U);
  reopen();
  EXPECT_EQ(read_error(kA).kind, ErrorKind::kDataLoss);
  EXPECT_EQ(append(kA, {"x"}).fate, Fate::kFailed);
  EXPECT_EQ(*end(kB), 2001);
}

TEST_F(EmbeddedLogTest, DamageInAClosedSegmentIsFoundWhenItIsRead) {
  open();
  fill_segments();
  close();
  flip(segment(1), "value 7 ");  // The first of its name is kA's.
  open();
  EXPECT_EQ(append(kA, {"not yet found"}).fate, Fate::kDurable);
  const auto sink = std::make_shared<Sink>();
  const auto at_tail = std::make_shared<Sink>();
  const auto tail_following = log_->follow(kA, *end(kA), at_tail);
  const auto following = log_->follow(kA, 0, sink);
  EXPECT_EQ(sink->error().kind, ErrorKind::kDataLoss);
  EXPECT_EQ(sink->error().metadata.at("file"), segment(1));
  EXPECT_EQ(sink->error().metadata.at("offset"), "7");
  EXPECT_EQ(sink->values(7), big(0, 7));
  // All of the partition stops: what was built on it is in doubt.
  EXPECT_EQ(at_tail->error().kind, ErrorKind::kDataLoss);
  EXPECT_EQ(append(kA, {"x"}).fate, Fate::kFailed);
  EXPECT_EQ(read(kB, 1000), big(0, 1000));
  EXPECT_EQ(log_->stats().damaged_partitions, 1U);
}

TEST_F(EmbeddedLogTest, DamageInAClosedSegmentIsFoundByTheScrub) {
  open();
  fill_segments();
  EXPECT_EQ(log_->scrub(), 0U);
  flip(segment(1), "value 7 ");
  EXPECT_EQ(log_->scrub(), 1U);
  EXPECT_EQ(append(kA, {"x"}).fate, Fate::kFailed);
  EXPECT_EQ(append(kB, {"x"}).fate, Fate::kDurable);
  EXPECT_THAT(notices(), HasSubstr("error: lianmeng.test.v1/1"));
}

TEST_F(EmbeddedLogTest, TheBackgroundScrubFindsDamageByItself) {
  config_.scrub_bytes_per_second = 100 * kMiB;
  config_.scrub_pause = Duration(1);
  open();
  fill_segments();
  const auto sink = std::make_shared<Sink>();
  const auto following = log_->follow(kA, *end(kA), sink);
  flip(segment(1), "value 7 ");
  EXPECT_EQ(sink->error().kind, ErrorKind::kDataLoss);
}

TEST_F(EmbeddedLogTest, AMissingSegmentStopsThePartitionsThatItHeld) {
  open();
  append({"elsewhere", 5}, {"e0"});
  for (int i = 0; i < 2000; i += 100) ASSERT_EQ(append(kA, big(i, 100)).fate, Fate::kDurable);
  append(kB, {"b0"});
  ASSERT_GE(log_->stats().segments, 3U);
  close();
  std::filesystem::remove(segment(2));
  open();
  EXPECT_THAT(notices(), HasSubstr(segment(2)));
  EXPECT_EQ(read_error(kA).kind, ErrorKind::kDataLoss);
  EXPECT_EQ(read_error(kA).metadata.at("file"), segment(2));
  EXPECT_THAT(read(kB, 1), ElementsAre("b0"));
  // The index of the missing segment tells that nothing of these was in it.
  EXPECT_EQ(append({"elsewhere", 5}, {"e1"}).fate, Fate::kDurable);
}

TEST_F(EmbeddedLogTest, ASegmentMissingWithItsIndexStopsAllOfWhichItCannotBeTold) {
  open();
  append({"elsewhere", 5}, {"e0"});
  for (int i = 0; i < 2000; i += 100) ASSERT_EQ(append(kA, big(i, 100)).fate, Fate::kDurable);
  append(kB, {"b0"});
  close();
  std::filesystem::remove(segment(2));
  std::filesystem::remove(segment(2, "idx"));
  open();
  EXPECT_EQ(read_error(kA).kind, ErrorKind::kDataLoss);
  EXPECT_EQ(append({"elsewhere", 5}, {"e1"}).error.reason, "LOG_DAMAGED");
  EXPECT_THAT(read(kB, 1), ElementsAre("b0"));
}

TEST_F(EmbeddedLogTest, ACutSegmentStopsThePartitionsThatLostRecords) {
  open();
  append(kB, {"b0"});
  for (int i = 0; i < 2000; i += 100) ASSERT_EQ(append(kA, big(i, 100)).fate, Fate::kDurable);
  close();
  std::filesystem::resize_file(segment(1), 500'000);
  open();
  const auto error = read_error(kA);
  EXPECT_EQ(error.kind, ErrorKind::kDataLoss);
  EXPECT_EQ(error.metadata.at("file"), segment(1));
  EXPECT_THAT(notices(), HasSubstr("500000"));
  EXPECT_EQ(append(kB, {"b1"}).fate, Fate::kDurable);
}

TEST_F(EmbeddedLogTest, AMissingOrDamagedIndexIsMadeAgain) {
  open();
  fill_segments();
  close();
  const auto good = slurp(segment(1, "idx"));
  std::filesystem::remove(segment(1, "idx"));
  open();
  EXPECT_EQ(read(kA, 1000), big(0, 1000));
  close();
  EXPECT_EQ(slurp(segment(1, "idx")), good);

  auto bad = good;
  bad[bad.size() / 2] ^= 1;
  spill(segment(1, "idx"), bad);
  open();
  EXPECT_THAT(notices(), HasSubstr("made again"));
  EXPECT_EQ(read(kB, 1000), big(0, 1000));
  close();
  EXPECT_EQ(slurp(segment(1, "idx")), good);
}

TEST_F(EmbeddedLogTest, AnIndexDamagedWhileTheLogRunsHarmsNoPartition) {
  config_.tail_cache_bytes = 0;
  open();
  fill_segments();
  auto bytes = slurp(segment(1, "idx"));
  for (auto& c : bytes) c ^= 1;
  spill(segment(1, "idx"), bytes);
  EXPECT_EQ(read(kA, 1000), big(0, 1000));
  EXPECT_EQ(read(kB, 1000), big(0, 1000));
  EXPECT_EQ(log_->stats().damaged_partitions, 0U);
}

// ---- Sick disks

TEST_F(EmbeddedLogTest, AFullDiskRefusesAppendsServesReadsAndRecoversByItself) {
  open();
  append(kA, {"before"});
  disk_.write_errno = ENOSPC;
  disk_.short_write = true;
  auto outcome = append(kA, {"refused record", "refused too"});
  EXPECT_EQ(outcome.fate, Fate::kFailed);
  EXPECT_EQ(outcome.error.kind, ErrorKind::kResourceExhausted);
  EXPECT_EQ(outcome.error.error_class(), ErrorClass::kRetriable);
  EXPECT_EQ(append(kB, {"refused as well"}).error.reason, "DISK_FULL");
  EXPECT_THAT(read(kA, 1), ElementsAre("before"));
  EXPECT_EQ(*end(kA), 1);
  EXPECT_THAT(slurp(segment(1)), testing::Not(HasSubstr("refused")));

  disk_.write_errno = 0;
  EXPECT_THAT(append(kA, {"after"}).offsets, ElementsAre(1));
  EXPECT_THAT(notices(), HasSubstr("error: "));
  EXPECT_THAT(notices(), HasSubstr("room again"));
  crash();
  open();
  EXPECT_THAT(read(kA, 2), ElementsAre("before", "after"));
}

TEST_F(EmbeddedLogTest, ADiskTooFullForTheNextSegmentRefusesUntilThereIsRoom) {
  open();
  disk_.preallocate_errno = ENOSPC;
  int written = 0;
  AppendOutcome outcome;
  do {
    outcome = append(kA, big(written, 100));
    if (outcome.fate == Fate::kDurable) written += 100;
  } while (outcome.fate == Fate::kDurable);
  EXPECT_EQ(outcome.fate, Fate::kFailed);
  EXPECT_EQ(outcome.error.reason, "DISK_FULL");
  EXPECT_FALSE(std::filesystem::exists(segment(2)));
  disk_.preallocate_errno = 0;
  EXPECT_EQ(append(kA, big(written, 100)).fate, Fate::kDurable);
  EXPECT_EQ(read(kA, written + 100), big(0, written + 100));
}

TEST_F(EmbeddedLogTest, AFullDiskIsToldOnceThoughSmallRecordsFitNowAndThen) {
  open();
  disk_.preallocate_errno = ENOSPC;
  disk_.free = 1000;
  int written = 0;
  while (append(kA, big(written, 100)).fate == Fate::kDurable) written += 100;
  EXPECT_EQ(append(kB, {"small"}).fate, Fate::kDurable);
  EXPECT_EQ(append(kA, big(written, 100)).error.reason, "DISK_FULL");
  EXPECT_TRUE(log_->stats().disk_full);
  EXPECT_THAT(notices(), testing::Not(HasSubstr("room again")));

  disk_.preallocate_errno = 0;
  disk_.free = config_.segment_bytes;
  EXPECT_EQ(append(kB, {"small"}).fate, Fate::kDurable);
  EXPECT_FALSE(log_->stats().disk_full);
  EXPECT_THAT(notices(), HasSubstr("room again"));
  const auto text = notices();
  EXPECT_EQ(text.find("disk is full"), text.rfind("disk is full")) << text;
}

TEST_F(EmbeddedLogTest, ADiskThatIsReallyFullRefusesAndRecovers) {
  const auto mounted = folder_.path() + "/small";
  std::filesystem::create_directories(mounted);
  if (::mount("tmpfs", mounted.c_str(), "tmpfs", 0, "size=4m") != 0) {
    GTEST_SKIP() << "no right to mount a small disk";
  }
  config_.path = mounted + "/log";
  open();
  spill(mounted + "/ballast", std::string(kMiB, 'x'));
  int written = 0;
  AppendOutcome outcome;
  do {
    outcome = append(kA, big(written, 50));
    if (outcome.fate == Fate::kDurable) written += 50;
  } while (outcome.fate == Fate::kDurable);
  EXPECT_EQ(outcome.fate, Fate::kFailed);
  EXPECT_EQ(outcome.error.reason, "DISK_FULL");
  EXPECT_EQ(read(kA, written), big(0, written));
  std::filesystem::remove(mounted + "/ballast");
  EXPECT_EQ(append(kA, big(written, 50)).fate, Fate::kDurable);
  reopen();
  EXPECT_EQ(read(kA, written + 50), big(0, written + 50));
  close();
  ::umount2(mounted.c_str(), MNT_DETACH);
}

TEST_F(EmbeddedLogTest, AnIndexThatCannotBeWrittenIsKeptInMemory) {
  config_.tail_cache_bytes = 0;
  open();
  // A folder in its place: the index file can never be renamed there.
  std::filesystem::create_directories(segment(1, "idx") + "/x");
  for (int i = 0; i < 2000; i += 100) ASSERT_EQ(append(kA, big(i, 100)).fate, Fate::kDurable);
  ASSERT_GE(log_->stats().segments, 2U);
  EXPECT_THAT(notices(), HasSubstr("made at the next start"));
  EXPECT_EQ(read(kA, 2000), big(0, 2000));
}

TEST_F(EmbeddedLogTest, AfterAFailedSyncNothingIsWrittenUntilItIsOpenedAgain) {
  open();
  append(kA, {"before"});
  disk_.sync_fails = true;
  EXPECT_EQ(append(kA, {"fate unknown"}).fate, Fate::kUnknown);
  EXPECT_EQ(*end(kA), 1) << "what is not synced is not shown";
  disk_.sync_fails = false;
  const auto outcome = append(kA, {"refused"});
  EXPECT_EQ(outcome.fate, Fate::kFailed);
  EXPECT_EQ(outcome.error.reason, "JOURNAL_FAILED");
  EXPECT_TRUE(log_->stats().journal_failed);
  EXPECT_THAT(read(kA, 1), ElementsAre("before"));
  reopen();
  EXPECT_EQ(append(kA, {"after"}).fate, Fate::kDurable);
}

}  // namespace
}  // namespace lianmeng::log
