// What the tests of this log begin with: a folder, a clock and a disk that the test has in hand.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "platform/log/embedded/embedded_log.h"
#include "platform/log/embedded/file_ops.h"
#include "platform/log/testing/temp_folder.h"

namespace lianmeng::log {

using Fate = AppendOutcome::Fate;

inline constexpr std::size_t kMiB = 1024 * 1024;
inline const TopicPartition kA{"lianmeng.test.v1", 1};
inline const TopicPartition kB{"lianmeng.test.v1", 2};

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
  int open(const char* path) override {
    if (open_errno == 0) return FileOps::open(path);
    errno = open_errno;
    return -1;
  }
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

  std::atomic<int> open_errno = 0;  // For reading.
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

class EmbeddedLogTest : public ::testing::Test {
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

}  // namespace lianmeng::log
