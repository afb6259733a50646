// The log on Apache Kafka (3.9 and 4.x): for many processes on many machines.
#pragma once

#include <chrono>
#include <memory>

#include "platform/base/latency.h"
#include "platform/log/kafka/kafka_config.h"
#include "platform/log/log.h"
#include "platform/log/notice.h"

namespace lianmeng::log {

namespace kafka {
class Appender;
class Ends;
class Readers;
}  // namespace kafka

struct KafkaLogConfig {
  KafkaClientConfig client;
  std::size_t queue_bytes_max = 128 * 1024 * 1024;  // Appends without an answer; then LOG_BUSY.
  // An append that has no answer by then is unknown, a question has failed.
  std::chrono::milliseconds timeout{5'000};
  // Each record comes to its followers at once instead of within 50 ms: for logs of few records,
  // since each then costs the broker an answer (README).
  bool follow_at_once = false;
};

struct KafkaLogStats {
  std::uint64_t records_appended = 0;  // Since the opening, as the next two.
  std::uint64_t appends_failed = 0;
  std::uint64_t appends_unknown = 0;
  std::uint64_t queue_bytes = 0;  // Of appends without an answer, and at most.
  std::uint64_t queue_bytes_max = 0;
  LatencyCounts append_latency;  // From append() until it is answered.
};

// Producer and simple consumers of librdkafka; no group, no transaction, no assignment (README).
//
// Threads: appends are answered on librdkafka's (a broker's or its main one) or on the one that
// closes the log, under librdkafka's locks at times; one thread gives records, four tell ends; what
// is refused at once is answered inside the call. describe() waits for the brokers.
// Lifetime: the destructor gives appends that wait a moment, then answers them as failed or
// unknown.
// Promise: kDurable is written by all in-sync replicas (acks=all); whether to a disk is the
// brokers' (`min.insync.replicas`). A leader that was deposed may for a moment tell an end that is
// none any more.
class KafkaLog final : public Log {
 public:
  // KAFKA_CONFIG. The brokers need not be there yet.
  static Result<std::unique_ptr<KafkaLog>> open(KafkaLogConfig config, LogObserver observer);
  ~KafkaLog() override;

  void append(const TopicPartition& at, std::vector<Record> batch, AppendCallback done) override;
  std::unique_ptr<Following> follow(const TopicPartition& at, Offset from,
                                    std::shared_ptr<FollowSink> sink) override;
  void end_offset(const TopicPartition& at, EndOffsetCallback done) override;
  // Creates nothing: topics are made by `lianmengctl topics apply`. The settings hold
  // "replication.factor" too.
  Result<TopicInfo> describe(const std::string& topic) override;

  KafkaLogStats stats() const;

 private:
  KafkaLog(KafkaLogConfig config, LogObserver observer);

  const KafkaLogConfig config_;
  const LogObserver observer_;
  std::unique_ptr<kafka::Appender> appender_;
  std::unique_ptr<kafka::Ends> ends_;
  std::shared_ptr<kafka::Readers> readers_;
};

}  // namespace lianmeng::log
