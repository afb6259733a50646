// What a log does on this machine: the embedded one, beside a bare write and fdatasync of 4 KiB, or
// Kafka at that address, in topics of its own that it deletes again.
//   platform_log_bench [folder]
//   platform_log_bench --kafka 127.0.0.1:9092
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <mutex>
#include <vector>

#include "platform/base/assert.h"
#include "platform/base/ids.h"
#include "platform/log/check.h"
#include "platform/log/embedded/embedded_log.h"
#include "platform/log/kafka/admin.h"
#include "platform/log/kafka/kafka_log.h"

namespace lianmeng::log {
namespace {

using SteadyClock = std::chrono::steady_clock;

double seconds_since(SteadyClock::time_point start) {
  return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto of = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

// As a record of the log is: fourteen headers and a small event.
Record event() {
  Record record;
  record.key = "610524";
  for (const auto* name : {"ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time",
                           "ce_subject", "ce_partitionkey", "ce_sequence", "ce_prev", "ce_host",
                           "ce_fold", "ce_actor", "ce_requestid", "ce_requesthash"}) {
    record.headers.add(name, "0123456789abcdef");
  }
  record.value = std::string(150, 'x');
  return record;
}

class Tally final : public FollowSink {
 public:
  void on_records(std::vector<Record> records, Offset) override {
    const std::lock_guard lock(mutex_);
    count_ += records.size();
    changed_.notify_all();
  }
  void on_error(Error error) override { LM_ASSERT(false, "{}", error.message_en); }
  void wait(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return count_ >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t count_ = 0;
};

// Answers as they come: of which partition each is.
class Answers {
 public:
  void came(int partition) {
    const std::lock_guard lock(mutex_);
    partitions_.push_back(partition);
    changed_.notify_one();
  }
  int next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !partitions_.empty(); });
    const auto partition = partitions_.front();
    partitions_.pop_front();
    return partition;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<int> partitions_;
};

void print_latencies(const char* what, std::vector<double> micros) {
  std::sort(micros.begin(), micros.end());
  fmt::print("{:<44} p50 {:6.0f} us  p99 {:6.0f} us\n", what, micros[micros.size() / 2],
             micros[micros.size() * 99 / 100]);
}

void measure_sync(const std::string& folder) {
  const auto path = folder + "/sync";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0644);
  LM_ASSERT(fd >= 0);
  const std::string block(4096, 'x');
  std::vector<double> micros;
  for (int i = 0; i < 2000; ++i) {
    const auto start = SteadyClock::now();
    LM_ASSERT(::pwrite(fd, block.data(), block.size(), i * 4096L) == 4096);
    LM_ASSERT(::fdatasync(fd) == 0);
    micros.push_back(seconds_since(start) * 1e6);
  }
  ::close(fd);
  print_latencies("bare write and fdatasync of 4 KiB", micros);
}

void append_one(Log& log, const TopicPartition& at) {
  Answers answers;
  log.append(at, {event()}, [&](const AppendOutcome&) { answers.came(at.partition); });
  answers.next();
}

Offset end_of(Log& log, const TopicPartition& at) {
  Answers answers;
  Offset end = 0;
  log.end_offset(at, [&](Result<Offset> found) {
    LM_ASSERT(found.has_value(), "{}", found.error().message_en);
    end = *found;
    answers.came(at.partition);
  });
  answers.next();
  return end;
}

void measure_end(Log& log) {
  std::vector<double> micros;
  for (int i = 0; i < 2000; ++i) {
    const auto start = SteadyClock::now();
    end_of(log, {"bench.single", 0});
    micros.push_back(seconds_since(start) * 1e6);
  }
  print_latencies("an end asked for", micros);
}

void measure_single(Log& log) {
  const auto tally = std::make_shared<Tally>();
  const TopicPartition at{"bench.single", 0};
  // A log of many processes has connections to make first.
  append_one(log, {"bench.single", 1});
  const auto following = log.follow(at, 0, tally);
  std::vector<double> appended;
  std::vector<double> followed;
  for (std::size_t i = 0; i < 2000; ++i) {
    const auto start = SteadyClock::now();
    append_one(log, at);
    appended.push_back(seconds_since(start) * 1e6);
    tally->wait(i + 1);
    followed.push_back(seconds_since(start) * 1e6);
  }
  print_latencies("one record: append to answer", appended);
  print_latencies("one record: append to follower", followed);
}

// 48 partitions with a batch each in flight, as the runtime keeps them.
void measure_batches(Log& log, const std::string& topic, std::size_t batch, int followers) {
  constexpr int kPartitionCount = 48;
  const std::size_t rounds = std::max<std::size_t>(1, 600'000 / (batch * kPartitionCount));
  std::vector<std::shared_ptr<Tally>> tallies;
  std::vector<std::unique_ptr<Following>> followings;
  for (int f = 0; f < followers; ++f) {
    for (int p = 0; p < kPartitionCount; ++p) {
      tallies.push_back(std::make_shared<Tally>());
      followings.push_back(log.follow({topic, p}, 0, tallies.back()));
    }
  }
  const std::vector<Record> records(batch, event());
  Answers answers;
  const auto start = SteadyClock::now();
  const auto cpu = cpu_seconds();
  const auto append = [&](int partition) {
    log.append({topic, partition}, records, [&, partition](const AppendOutcome& outcome) {
      LM_ASSERT(outcome.fate == AppendOutcome::Fate::kDurable);
      answers.came(partition);
    });
  };
  std::vector<std::size_t> left(kPartitionCount, rounds);
  for (int p = 0; p < kPartitionCount; ++p) append(p);
  for (std::size_t i = 0; i < rounds * kPartitionCount; ++i) {
    const auto partition = answers.next();
    if (--left[static_cast<std::size_t>(partition)] > 0) append(partition);
  }
  const auto total = static_cast<double>(rounds * kPartitionCount * batch);
  const auto appended = seconds_since(start);
  for (const auto& tally : tallies) tally->wait(rounds * batch);
  fmt::print(
      "batches of {:<4} {} followers: {:9.0f} records/s appended, {:9.0f} followed, "
      "{:5.2f} us CPU a record\n",
      batch, followers, total / appended, total * followers / seconds_since(start),
      (cpu_seconds() - cpu) / total * 1e6);
}

void measure_replay(Log& log, const std::string& topic) {
  std::vector<std::shared_ptr<Tally>> tallies;
  std::vector<std::unique_ptr<Following>> followings;
  std::vector<std::size_t> counts;
  std::size_t total = 0;
  for (int p = 0; p < 48; ++p) {
    counts.push_back(static_cast<std::size_t>(end_of(log, {topic, p})));
    total += counts.back();
  }
  const auto cpu = cpu_seconds();
  const auto start = SteadyClock::now();
  for (int p = 0; p < 48; ++p) {
    tallies.push_back(std::make_shared<Tally>());
    followings.push_back(log.follow({topic, p}, 0, tallies.back()));
  }
  for (std::size_t p = 0; p < tallies.size(); ++p) tallies[p]->wait(counts[p]);
  fmt::print("replay of 48 partitions from disk: {:.0f} records/s, {:.2f} us CPU a record\n",
             static_cast<double>(total) / seconds_since(start),
             (cpu_seconds() - cpu) / static_cast<double>(total) * 1e6);
}

constexpr std::array kTopics{"bench.single",       "bench.1",
                             "bench.10",           "bench.100",
                             "bench.100.followed", "bench.100.followed3"};

void measure(Log& log) {
  measure_single(log);
  measure_end(log);
  measure_batches(log, "bench.1", 1, 0);
  measure_batches(log, "bench.10", 10, 0);
  measure_batches(log, "bench.100", 100, 0);
  measure_batches(log, "bench.100.followed", 100, 1);
  measure_batches(log, "bench.100.followed3", 100, 3);
  measure_replay(log, "bench.1");
  measure_replay(log, "bench.100");
}

void run_embedded(const std::string& folder) {
  std::filesystem::create_directories(folder);
  EmbeddedLogConfig config;
  config.path = folder + "/log";
  SystemClock clock;
  auto log = EmbeddedLog::open(config, clock, {});
  LM_ASSERT(log.has_value(), "{}", log.error().message_en);
  measure_sync(folder);
  measure(**log);
  log->reset();
  const auto start = SteadyClock::now();
  log = EmbeddedLog::open(config, clock, {});
  LM_ASSERT(log.has_value());
  fmt::print("opening {} segments: {:.0f} ms\n", (*log)->stats().segments,
             seconds_since(start) * 1e3);
}

void run_kafka(const std::string& bootstrap) {
  KafkaLogConfig config;
  config.client.bootstrap_servers = bootstrap;
  const auto admin = KafkaAdmin::open(config.client);
  LM_ASSERT(admin.has_value(), "{}", admin.error().message_en);
  for (const auto* name : kTopics) {
    KafkaTopic topic{.name = name, .partitions = kPartitions, .settings = {}};
    for (const auto& [setting, value] : ruled_topic().settings) topic.settings[setting] = value;
    const auto made = (*admin)->create(topic);
    LM_ASSERT(made.has_value(), "{}", made.error().message_en);
  }
  auto log = KafkaLog::open(config, {});
  LM_ASSERT(log.has_value(), "{}", log.error().message_en);
  measure(**log);
  log->reset();
  for (const auto* name : kTopics) {
    const auto removed = (*admin)->remove(name);
    LM_ASSERT(removed.has_value(), "{}", removed.error().message_en);
  }
}

}  // namespace
}  // namespace lianmeng::log

int main(int argc, char** argv) {
  using namespace lianmeng::log;
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() == 2 && arguments[0] == "--kafka") {
    run_kafka(arguments[1]);
  } else if (arguments.size() == 1) {
    run_embedded(arguments[0]);
  } else {
    // On the disk that it is about, not in memory.
    const auto folder =
        std::filesystem::temp_directory_path() / fmt::format("log-bench-{}", ::getpid());
    run_embedded(folder.string());
    std::filesystem::remove_all(folder);
  }
  return 0;
}
