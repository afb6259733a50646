#include "load/produce.h"

#include <fmt/format.h>

#include <future>
#include <stdexcept>

#include "platform/base/ids.h"
#include "platform/base/random.h"
#include "platform/log/kafka/admin.h"
#include "platform/log/kafka/kafka_log.h"

namespace lianmeng::load {
namespace {

using SteadyClock = std::chrono::steady_clock;

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message_en);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

// As a command's: some headers and a small event.
log::Record record() {
  log::Record record;
  record.key = "610524";
  for (const auto* name : {"ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time",
                           "ce_subject", "ce_partitionkey", "ce_sequence", "ce_prev", "ce_host",
                           "ce_fold", "ce_actor", "ce_requestid", "ce_requesthash"}) {
    record.headers.add(name, "0123456789abcdef");
  }
  record.value = std::string(250, 'x');
  return record;
}

void produce(log::Log& log, const log::TopicPartition& at) {
  std::promise<log::AppendOutcome> answered;
  log.append(at, {record()},
             [&](log::AppendOutcome outcome) { answered.set_value(std::move(outcome)); });
  const auto outcome = answered.get_future().get();
  if (outcome.fate != log::AppendOutcome::Fate::kDurable) {
    throw std::runtime_error(outcome.error.message_en);
  }
}

}  // namespace

Histogram measure_produce(const std::string& bootstrap, std::chrono::milliseconds duration) {
  log::KafkaLogConfig config;
  config.client.bootstrap_servers = bootstrap;
  const auto admin = must(log::KafkaAdmin::open(config.client));
  SystemRandom random;
  const auto topic = fmt::format("lianmeng-load-{:016x}", random.next());
  must(admin->create({.name = topic,
                      .partitions = kPartitions,
                      .settings = {{"message.timestamp.type", "LogAppendTime"}}}));
  Histogram latency;
  {
    const auto log = must(log::KafkaLog::open(config, {}));
    for (int i = 0; i < kPartitions; ++i) produce(*log, {topic, i});  // Connects.
    const auto until = SteadyClock::now() + duration;
    for (int i = 0; SteadyClock::now() < until; ++i) {
      const auto began = SteadyClock::now();
      produce(*log, {topic, i % kPartitions});  // In turn, as commands of 48 counties do.
      latency.record(SteadyClock::now() - began);
    }
  }
  must(admin->remove(topic));
  return latency;
}

}  // namespace lianmeng::load
