// What every handle of librdkafka is made of. Inside platform/log/kafka only.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "platform/base/error.h"
#include "platform/log/kafka/kafka_config.h"
#include "platform/log/notice.h"

// librdkafka's types, without its header.
struct rd_kafka_conf_s;
struct rd_kafka_queue_s;
struct rd_kafka_s;
struct rd_kafka_topic_s;

namespace lianmeng::log::kafka {

struct Destroyer {
  void operator()(rd_kafka_conf_s* conf) const;
  void operator()(rd_kafka_queue_s* queue) const;
  void operator()(rd_kafka_s* handle) const;
  void operator()(rd_kafka_topic_s* topic) const;
};
using Conf = std::unique_ptr<rd_kafka_conf_s, Destroyer>;
using Handle = std::unique_ptr<rd_kafka_s, Destroyer>;
using Queue = std::unique_ptr<rd_kafka_queue_s, Destroyer>;
using Topic = std::unique_ptr<rd_kafka_topic_s, Destroyer>;

// The settings that all handles have in common, then `more`. KAFKA_CONFIG names what is wrong.
Result<Conf> make_conf(const KafkaClientConfig& config,
                       const std::vector<std::pair<std::string, std::string>>& more);

// Consume `conf`. Nothing is reached yet: librdkafka connects by itself, for ever. What it says of
// errors and warnings goes to `observer`, which is borrowed; null: nowhere.
Result<Handle> make_producer(Conf conf, const LogObserver* observer);
Result<Handle> make_consumer(Conf conf, const LogObserver* observer);

// What a librdkafka error (rd_kafka_resp_err_t) means here: kind, our reason, and its own text
// behind `doing`.
Error make_kafka_error(int code, const std::string& doing, const std::string& text = {});

}  // namespace lianmeng::log::kafka
