#include "platform/log/kafka/kafka_options.h"

#include <fmt/format.h>

namespace lianmeng::log {

Status KafkaOptions::check() const {
  const auto wrong = [](const char* text) {
    return fail(ErrorKind::kInvalidArgument, "KAFKA_CONFIG", text);
  };
  const bool has_files = !ca_file.empty() || !certificate_file.empty() || !key_file.empty() ||
                         !key_password_file.empty();
  if (has_files && !tls) {
    return wrong(
        "kafka.ca_file, kafka.certificate_file, kafka.key_file and kafka.key_password_file are for "
        "TLS, and kafka.tls is off: set kafka.tls to true, or leave these out.");
  }
  if (sasl_mechanism.empty() && (!username.empty() || !password_file.empty())) {
    return wrong(
        "kafka.username and kafka.password_file say who signs in, and kafka.sasl_mechanism does "
        "not "
        "say how: set it, or leave these out.");
  }
  if (!sasl_mechanism.empty() && (username.empty() || password_file.empty())) {
    return wrong(
        "kafka.sasl_mechanism has this program sign in: set kafka.username and "
        "kafka.password_file too.");
  }
  return {};
}

std::string KafkaOptions::topics_command(const std::string& file) const {
  std::string command(kApplyCommand);
  if (!file.empty()) {
    command += " --config " + file;
  } else if (tls || !sasl_mechanism.empty()) {
    command += " --config FILE-WITH-THESE-KAFKA-OPTIONS";
  }
  command += " --kafka " + bootstrap;
  if (development) command += " --development";
  return command;
}

Error KafkaOptions::with_command(Error error, const std::string& file) const {
  if (error.reason != "TOPIC_RULES" && error.reason != "TOPIC_MISSING") return error;
  const auto at = error.message_en.find(kApplyCommand);
  if (at != std::string::npos) {
    error.message_en.replace(at, kApplyCommand.size(), topics_command(file));
  }
  return error;
}

KafkaClientConfig KafkaOptions::client(std::string client_id) const {
  KafkaClientConfig out;
  out.bootstrap_servers = bootstrap;
  out.client_id = std::move(client_id);
  if (tls) out.tls = {ca_file, certificate_file, key_file, key_password_file};
  if (!sasl_mechanism.empty()) out.sasl = {sasl_mechanism, username, password_file};
  return out;
}

}  // namespace lianmeng::log
