// Topics as the brokers have them: read, made, changed, deleted. Calls wait for the answer.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "platform/log/kafka/client.h"

namespace lianmeng::log {

// A topic as it is, or as it shall be made.
struct KafkaTopic {
  std::string name;
  int partitions = 0;
  int replication = 1;  // The least of all partitions.
  // As Kafka names them: read, every setting with the value in force; made, those that differ from
  // the brokers' own.
  std::map<std::string, std::string> settings;
};

// Threads: any. Errors: TOPIC_MISSING, TOPIC_EXISTS, LOG_UNAVAILABLE and the others of
// make_kafka_error; where no broker answered, with what librdkafka said of it last: a password or a
// certificate that is not taken looks like silence otherwise.
class KafkaAdmin {
 public:
  static Result<std::unique_ptr<KafkaAdmin>> open(const KafkaClientConfig& config);
  ~KafkaAdmin();

  Result<KafkaTopic> describe(const std::string& topic) const;
  // Returns when the topic has a leader for each partition.
  Status create(const KafkaTopic& topic) const;
  // Sets these of its settings; the others stay.
  Status alter(const std::string& topic, const std::map<std::string, std::string>& settings) const;
  // Returns when no broker that we ask knows it any more.
  Status remove(const std::string& topic) const;
  // How many brokers the cluster has now.
  Result<int> brokers() const;

 private:
  struct LastWords;
  KafkaAdmin();
  Error explained(Error error) const;

  const std::unique_ptr<LastWords> last_words_;  // The handle's observer.
  kafka::Handle handle_;
};

}  // namespace lianmeng::log
