#include "platform/log/kafka/kafka_options.h"

namespace lianmeng::log {

KafkaClientConfig KafkaOptions::client(std::string client_id) const {
  KafkaClientConfig out;
  out.bootstrap_servers = bootstrap;
  out.client_id = std::move(client_id);
  if (tls) out.tls = {ca_file, certificate_file, key_file, key_password_file};
  if (!sasl_mechanism.empty()) out.sasl = {sasl_mechanism, username, password_file};
  return out;
}

}  // namespace lianmeng::log
