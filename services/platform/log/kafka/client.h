// What every handle of librdkafka here is made of: how the brokers are reached and who we are to
// them. Owning pointers for librdkafka's C types.
#pragma once

#include <librdkafka/rdkafka.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "platform/base/error.h"
#include "platform/log/notice.h"

namespace lianmeng::log {

// How the brokers are reached. Secrets come from files, whose last line break does not count.
struct KafkaClientConfig {
  std::string bootstrap_servers;       // "host:port,host:port"; some of the cluster will do.
  std::string client_id = "lianmeng";  // What the brokers' logs call us.

  struct Tls {
    std::filesystem::path ca_file;           // PEM; empty: the system's.
    std::filesystem::path certificate_file;  // PEM; with key_file: we show one too.
    std::filesystem::path key_file;
    std::filesystem::path key_password_file;
  };
  std::optional<Tls> tls;  // Nothing: in the clear.

  struct Sasl {
    std::string mechanism;  // SCRAM-SHA-256, SCRAM-SHA-512, or PLAIN, which needs TLS.
    std::string username;
    std::filesystem::path password_file;
  };
  std::optional<Sasl> sasl;
};

namespace kafka {

template <auto destroy>
struct Destroyer {
  template <class T>
  void operator()(T* pointer) const {
    destroy(pointer);
  }
};

using Conf = std::unique_ptr<rd_kafka_conf_t, Destroyer<rd_kafka_conf_destroy>>;
using TopicConf = std::unique_ptr<rd_kafka_topic_conf_t, Destroyer<rd_kafka_topic_conf_destroy>>;
using Handle = std::unique_ptr<rd_kafka_t, Destroyer<rd_kafka_destroy>>;
using Topic = std::unique_ptr<rd_kafka_topic_t, Destroyer<rd_kafka_topic_destroy>>;
using Queue = std::unique_ptr<rd_kafka_queue_t, Destroyer<rd_kafka_queue_destroy>>;
using Event = std::unique_ptr<rd_kafka_event_t, Destroyer<rd_kafka_event_destroy>>;
using AdminOptions =
    std::unique_ptr<rd_kafka_AdminOptions_t, Destroyer<rd_kafka_AdminOptions_destroy>>;
using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, Destroyer<rd_kafka_NewTopic_destroy>>;
using DeleteTopic =
    std::unique_ptr<rd_kafka_DeleteTopic_t, Destroyer<rd_kafka_DeleteTopic_destroy>>;
using ConfigResource =
    std::unique_ptr<rd_kafka_ConfigResource_t, Destroyer<rd_kafka_ConfigResource_destroy>>;
using PartitionList = std::unique_ptr<rd_kafka_topic_partition_list_t,
                                      Destroyer<rd_kafka_topic_partition_list_destroy>>;

// The settings that all handles have in common, then `more`. KAFKA_CONFIG names what is wrong.
Result<Conf> make_conf(const KafkaClientConfig& config,
                       const std::vector<std::pair<std::string, std::string>>& more);

// Consumes `conf`. Nothing is reached yet: librdkafka connects by itself, for ever. What it says of
// errors and warnings goes to `observer`, which is borrowed; null: nowhere.
Result<Handle> make_handle(rd_kafka_type_t type, Conf conf, const LogObserver* observer);

// What a librdkafka error means here: kind, our reason, and its own text behind `doing`.
Error make_kafka_error(rd_kafka_resp_err_t code, const std::string& doing,
                       const std::string& text = {});

}  // namespace kafka
}  // namespace lianmeng::log
