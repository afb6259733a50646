#include "platform/log/kafka/admin.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

#include "platform/base/released_by.h"

namespace lianmeng::log {
namespace {

using namespace kafka;

constexpr std::chrono::milliseconds kTimeout{15'000};
constexpr std::chrono::milliseconds kPause{50};
constexpr std::size_t kTextBytes = 512;

using AdminOptions =
    std::unique_ptr<rd_kafka_AdminOptions_t, ReleasedBy<rd_kafka_AdminOptions_destroy>>;
using ConfigResource =
    std::unique_ptr<rd_kafka_ConfigResource_t, ReleasedBy<rd_kafka_ConfigResource_destroy>>;
using DeleteTopic =
    std::unique_ptr<rd_kafka_DeleteTopic_t, ReleasedBy<rd_kafka_DeleteTopic_destroy>>;
using Event = std::unique_ptr<rd_kafka_event_t, ReleasedBy<rd_kafka_event_destroy>>;
using Metadata = std::unique_ptr<const rd_kafka_metadata_t, ReleasedBy<rd_kafka_metadata_destroy>>;
using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, ReleasedBy<rd_kafka_NewTopic_destroy>>;

AdminOptions make_options(rd_kafka_t* handle, rd_kafka_admin_op_t op) {
  AdminOptions options(rd_kafka_AdminOptions_new(handle, op));
  std::array<char, kTextBytes> text{};
  rd_kafka_AdminOptions_set_request_timeout(options.get(), static_cast<int>(kTimeout.count()),
                                            text.data(), text.size());
  return options;
}

// The answer of one request; its error where the request as a whole failed.
Result<Event> wait(rd_kafka_queue_t* queue, const std::string& doing) {
  Event event(rd_kafka_queue_poll(queue, static_cast<int>(2 * kTimeout.count())));
  if (!event) return fail(make_kafka_error(RD_KAFKA_RESP_ERR__TIMED_OUT, doing));
  if (const auto code = rd_kafka_event_error(event.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return fail(make_kafka_error(code, doing, rd_kafka_event_error_string(event.get())));
  }
  return event;
}

Result<Metadata> read_metadata(rd_kafka_t* handle, rd_kafka_topic_t* topic,
                               const std::string& doing) {
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto code =
      rd_kafka_metadata(handle, 0, topic, &metadata, static_cast<int>(kTimeout.count()));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return fail(make_kafka_error(code, doing));
  return Metadata(metadata);
}

Result<Metadata> read_topic(rd_kafka_t* handle, const std::string& topic) {
  const Topic made(rd_kafka_topic_new(handle, topic.c_str(), nullptr));
  return read_metadata(handle, made.get(), fmt::format("topic {}", topic));
}

// Waits until the brokers' view of the topic is so.
template <class Condition>
Status wait_until(rd_kafka_t* handle, const std::string& topic, const std::string& doing,
                  Condition condition) {
  const auto end = std::chrono::steady_clock::now() + kTimeout;
  while (std::chrono::steady_clock::now() < end) {
    const auto metadata = read_topic(handle, topic);
    if (!metadata) return fail(metadata.error());
    if (condition((*metadata)->topics[0])) return {};
    std::this_thread::sleep_for(kPause);
  }
  return fail(make_kafka_error(RD_KAFKA_RESP_ERR__TIMED_OUT, doing));
}

// What every setting of a topic is, and where that comes from.
struct Setting {
  std::string name;
  std::string value;
  bool own = false;  // The topic's, and not the brokers' for all.
};

Result<std::vector<Setting>> read_settings(rd_kafka_t* handle, const std::string& topic,
                                           const std::string& doing) {
  const Queue queue(rd_kafka_queue_new(handle));
  const auto options = make_options(handle, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
  const ConfigResource resource(
      rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
  auto* asked = resource.get();
  rd_kafka_DescribeConfigs(handle, &asked, 1, options.get(), queue.get());
  const auto event = wait(queue.get(), doing);
  if (!event) return fail(event.error());
  std::size_t count = 0;
  const auto* const* resources = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(event->get()), &count);
  if (count != 1) return fail(make_kafka_error(RD_KAFKA_RESP_ERR__BAD_MSG, doing));
  if (const auto code = rd_kafka_ConfigResource_error(resources[0]);
      code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    const auto* text = rd_kafka_ConfigResource_error_string(resources[0]);
    return fail(make_kafka_error(code, doing, text == nullptr ? "" : text));
  }
  std::vector<Setting> settings;
  const auto* const* entries = rd_kafka_ConfigResource_configs(resources[0], &count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto* value = rd_kafka_ConfigEntry_value(entries[i]);
    settings.push_back({rd_kafka_ConfigEntry_name(entries[i]), value == nullptr ? "" : value,
                        value != nullptr && rd_kafka_ConfigEntry_source(entries[i]) ==
                                                RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG});
  }
  return settings;
}

}  // namespace

struct KafkaAdmin::LastWords {
  std::mutex mutex;
  std::string text;  // Guarded by mutex.
  LogObserver observer = [this](LogNotice, const std::string& said) {
    const std::lock_guard lock(mutex);
    text = said;
  };
};

KafkaAdmin::KafkaAdmin() : last_words_(std::make_unique<LastWords>()) {}
KafkaAdmin::~KafkaAdmin() = default;

Error KafkaAdmin::explained(Error error) const {
  if (error.kind != ErrorKind::kUnavailable) return error;
  const std::lock_guard lock(last_words_->mutex);
  if (!last_words_->text.empty()) {
    error.message_en += fmt::format("; the last that was heard: {}", last_words_->text);
  }
  return error;
}

Result<std::unique_ptr<KafkaAdmin>> KafkaAdmin::open(const KafkaClientConfig& config) {
  auto conf = make_conf(config, {});
  if (!conf) return fail(conf.error());
  std::unique_ptr<KafkaAdmin> admin(new KafkaAdmin());
  auto handle = make_producer(std::move(*conf), &admin->last_words_->observer);
  if (!handle) return fail(handle.error());
  admin->handle_ = std::move(*handle);
  return admin;
}

Result<KafkaTopic> KafkaAdmin::describe(const std::string& topic) const {
  const auto doing = fmt::format("topic {} cannot be described", topic);
  const auto metadata = read_topic(handle_.get(), topic);
  if (!metadata) return fail(explained(metadata.error()));
  const auto& found = (*metadata)->topics[0];
  if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR) return fail(make_kafka_error(found.err, doing));

  KafkaTopic out{
      .name = topic, .partitions = found.partition_cnt, .replication = 0, .settings = {}};
  for (int i = 0; i < found.partition_cnt; ++i) {
    const int replicas = found.partitions[i].replica_cnt;
    out.replication = i == 0 ? replicas : std::min(out.replication, replicas);
  }
  auto settings = read_settings(handle_.get(), topic, doing);
  if (!settings) return fail(explained(settings.error()));
  for (auto& each : *settings) out.settings.emplace(each.name, std::move(each.value));
  return out;
}

Status KafkaAdmin::create(const KafkaTopic& topic) const {
  const auto doing = fmt::format("topic {} cannot be created", topic.name);
  std::array<char, kTextBytes> text{};
  const NewTopic made(rd_kafka_NewTopic_new(topic.name.c_str(), topic.partitions, topic.replication,
                                            text.data(), text.size()));
  if (!made) return fail(make_kafka_error(RD_KAFKA_RESP_ERR__INVALID_ARG, doing, text.data()));
  for (const auto& [name, value] : topic.settings) {
    rd_kafka_NewTopic_set_config(made.get(), name.c_str(), value.c_str());
  }
  const Queue queue(rd_kafka_queue_new(handle_.get()));
  const auto options = make_options(handle_.get(), RD_KAFKA_ADMIN_OP_CREATETOPICS);
  auto* asked = made.get();
  rd_kafka_CreateTopics(handle_.get(), &asked, 1, options.get(), queue.get());
  const auto event = wait(queue.get(), doing);
  if (!event) return fail(explained(event.error()));
  std::size_t count = 0;
  const auto* const* results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event->get()), &count);
  const auto code = rd_kafka_topic_result_error(results[0]);
  if (code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
    return fail(ErrorKind::kAlreadyExists, "TOPIC_EXISTS",
                fmt::format("topic {} is there already", topic.name));
  }
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    const auto* said = rd_kafka_topic_result_error_string(results[0]);
    return fail(make_kafka_error(code, doing, said == nullptr ? "" : said));
  }
  return wait_until(handle_.get(), topic.name, doing, [&](const rd_kafka_metadata_topic_t& found) {
    return found.err == RD_KAFKA_RESP_ERR_NO_ERROR && found.partition_cnt == topic.partitions &&
           std::all_of(found.partitions, found.partitions + found.partition_cnt,
                       [](const auto& partition) { return partition.leader >= 0; });
  });
}

Status KafkaAdmin::alter(const std::string& topic,
                         const std::map<std::string, std::string>& settings) const {
  const auto doing = fmt::format("topic {} cannot be changed", topic);
  // AlterConfigs sets all that are not named back to the brokers' own, so those that the topic has
  // of its own are named again. (IncrementalAlterConfigs came to librdkafka with 2.2.)
  const auto before = read_settings(handle_.get(), topic, doing);
  if (!before) return fail(explained(before.error()));
  const Queue queue(rd_kafka_queue_new(handle_.get()));
  const ConfigResource resource(
      rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
  auto* asked = resource.get();
  for (const auto& each : *before) {
    if (!each.own || settings.contains(each.name)) continue;
    rd_kafka_ConfigResource_set_config(resource.get(), each.name.c_str(), each.value.c_str());
  }
  for (const auto& [name, value] : settings) {
    rd_kafka_ConfigResource_set_config(resource.get(), name.c_str(), value.c_str());
  }
  const auto options = make_options(handle_.get(), RD_KAFKA_ADMIN_OP_ALTERCONFIGS);
  rd_kafka_AlterConfigs(handle_.get(), &asked, 1, options.get(), queue.get());
  const auto event = wait(queue.get(), doing);
  if (!event) return fail(explained(event.error()));
  std::size_t count = 0;
  const auto* const* results = rd_kafka_AlterConfigs_result_resources(
      rd_kafka_event_AlterConfigs_result(event->get()), &count);
  if (const auto code = rd_kafka_ConfigResource_error(results[0]);
      code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    const auto* said = rd_kafka_ConfigResource_error_string(results[0]);
    return fail(make_kafka_error(code, doing, said == nullptr ? "" : said));
  }
  return {};
}

Status KafkaAdmin::remove(const std::string& topic) const {
  const auto doing = fmt::format("topic {} cannot be deleted", topic);
  const DeleteTopic made(rd_kafka_DeleteTopic_new(topic.c_str()));
  const Queue queue(rd_kafka_queue_new(handle_.get()));
  const auto options = make_options(handle_.get(), RD_KAFKA_ADMIN_OP_DELETETOPICS);
  auto* asked = made.get();
  rd_kafka_DeleteTopics(handle_.get(), &asked, 1, options.get(), queue.get());
  const auto event = wait(queue.get(), doing);
  if (!event) return fail(explained(event.error()));
  std::size_t count = 0;
  const auto* const* results =
      rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event->get()), &count);
  if (const auto code = rd_kafka_topic_result_error(results[0]);
      code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return fail(make_kafka_error(code, doing));
  }
  return wait_until(handle_.get(), topic, doing, [](const rd_kafka_metadata_topic_t& found) {
    return found.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
  });
}

Result<int> KafkaAdmin::brokers() const {
  const auto metadata = read_metadata(handle_.get(), nullptr, "the cluster cannot be described");
  if (!metadata) return fail(explained(metadata.error()));
  return (*metadata)->broker_cnt;
}

}  // namespace lianmeng::log
