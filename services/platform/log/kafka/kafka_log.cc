#include "platform/log/kafka/kafka_log.h"

#include <thread>
#include <utility>

#include "platform/log/check.h"
#include "platform/log/kafka/admin.h"
#include "platform/log/kafka/appender.h"
#include "platform/log/kafka/ends.h"
#include "platform/log/kafka/readers.h"

namespace lianmeng::log {
namespace {

constexpr std::chrono::seconds kTopicKnownAfter{3};

}  // namespace

KafkaLog::KafkaLog(KafkaLogConfig config, LogObserver observer)
    : config_(std::move(config)), observer_(std::move(observer)) {}

KafkaLog::~KafkaLog() {
  appender_.reset();
  ends_.reset();
  if (readers_) readers_->stop();
}

Result<std::unique_ptr<KafkaLog>> KafkaLog::open(KafkaLogConfig config, LogObserver observer) {
  std::unique_ptr<KafkaLog> log(new KafkaLog(std::move(config), std::move(observer)));
  const auto& made = log->config_;
  auto appender =
      kafka::Appender::open(made.client, made.queue_bytes_max, made.timeout, &log->observer_);
  if (!appender) return fail(appender.error());
  log->appender_ = std::move(*appender);
  auto ends = kafka::Ends::open(made.client, made.timeout, &log->observer_);
  if (!ends) return fail(ends.error());
  log->ends_ = std::move(*ends);
  log->readers_ = std::make_shared<kafka::Readers>(made.client, made.timeout, made.follow_at_once,
                                                   &log->observer_);
  log->readers_->start();
  return log;
}

void KafkaLog::append(const TopicPartition& at, std::vector<Record> batch, AppendCallback done) {
  if (auto status = check_append(at, batch); !status) return done(failed(status.error()));
  appender_->append(at, std::move(batch), std::move(done));
}

std::unique_ptr<Following> KafkaLog::follow(const TopicPartition& at, Offset from,
                                            std::shared_ptr<FollowSink> sink) {
  return readers_->follow(at, from, std::move(sink));
}

void KafkaLog::end_offset(const TopicPartition& at, EndOffsetCallback done) {
  if (auto status = check_topic_partition(at); !status) return done(fail(status.error()));
  ends_->ask(at, std::move(done));
}

Result<TopicInfo> KafkaLog::describe(const std::string& topic) {
  if (auto status = check_topic_partition({topic, 0}); !status) return fail(status.error());
  const auto admin = KafkaAdmin::open(config_.client);
  if (!admin) return fail(admin.error());
  // Of several brokers one may not have heard yet of a topic that was made a moment ago.
  const auto give_up = std::chrono::steady_clock::now() + kTopicKnownAfter;
  auto found = (*admin)->describe(topic);
  while (!found && found.error().reason == "TOPIC_MISSING" &&
         std::chrono::steady_clock::now() < give_up) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    found = (*admin)->describe(topic);
  }
  if (!found) return fail(found.error());
  TopicInfo info{found->partitions, {found->settings.begin(), found->settings.end()}};
  info.settings.emplace_back("replication.factor", std::to_string(found->replication));
  return info;
}

KafkaLogStats KafkaLog::stats() const {
  const auto appender = appender_->stats();
  return {.records_appended = appender.records_appended,
          .appends_failed = appender.appends_failed,
          .appends_unknown = appender.appends_unknown,
          .queue_bytes = appender.queue_bytes,
          .queue_bytes_max = appender.queue_bytes_max,
          .append_latency = appender.latency};
}

}  // namespace lianmeng::log
