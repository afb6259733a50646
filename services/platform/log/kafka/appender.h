// Batches to the brokers. Inside platform/log/kafka only.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "platform/base/latency.h"
#include "platform/log/kafka/client.h"
#include "platform/log/log.h"

struct rd_kafka_message_s;

namespace lianmeng::log::kafka {

struct AppenderStats {
  std::uint64_t records_appended = 0;
  std::uint64_t appends_failed = 0;
  std::uint64_t appends_unknown = 0;
  std::uint64_t queue_bytes = 0;
  std::uint64_t queue_bytes_max = 0;
  LatencyCounts latency;  // From append() until it is answered.
};

// Threads: append() and stats() from any; callbacks come on any of librdkafka's threads, on the one
// that destroys the appender, and for refusals inside the call. They may run under librdkafka's
// locks and may call nothing of the appender's. The destructor gives what waits a moment and
// answers the rest as unknown or failed.
class Appender {
 public:
  static Result<std::unique_ptr<Appender>> open(const KafkaClientConfig& config,
                                                std::size_t queue_bytes_max,
                                                std::chrono::milliseconds timeout,
                                                const LogObserver* observer);
  ~Appender();
  Appender(const Appender&) = delete;
  Appender& operator=(const Appender&) = delete;

  // The batch has passed check_append.
  void append(const TopicPartition& at, std::vector<Record> batch, AppendCallback done);
  AppenderStats stats() const;

 private:
  struct Batch;
  // A record on its way: which one of which batch.
  struct Slot {
    Batch* batch = nullptr;
    std::size_t index = 0;
  };

  Appender(std::size_t queue_bytes_max, const LogObserver* observer)
      : queue_bytes_max_(queue_bytes_max), observer_(observer) {}
  void tell_fates_at_once(rd_kafka_conf_s* conf);
  static void on_delivery(const rd_kafka_message_s& message);
  rd_kafka_topic_s* topic(const std::string& name);
  // RD_KAFKA_RESP_ERR_NO_ERROR, or why librdkafka does not take it.
  int send(rd_kafka_topic_s* topic, int partition, const Record& record, Slot* slot);
  void finish(Batch* batch);
  void wait_until_answered();
  void wait_until_counted_out();

  const std::size_t queue_bytes_max_;
  const LogObserver* const observer_;
  Handle handle_;
  std::mutex topics_mutex_;
  std::map<std::string, Topic, std::less<>> topics_;  // Guarded by topics_mutex_.
  std::atomic<std::uint64_t> queue_bytes_{0};
  // Produce requests that went out, whosever records were in them: librdkafka tells neither of a
  // record that it waited all the time nor of a request what was in it.
  std::atomic<std::uint64_t> sends_{0};
  std::atomic<std::size_t> batches_{0};  // Without an answer.
  mutable std::mutex stats_mutex_;
  std::condition_variable answered_;
  bool failing_ = false;  // The append that was answered last was not durable. As stats_.
  AppenderStats stats_;   // Guarded by stats_mutex_.
};

}  // namespace lianmeng::log::kafka
