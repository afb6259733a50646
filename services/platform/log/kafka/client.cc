#include "platform/log/kafka/client.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <array>
#include <fstream>
#include <iterator>
#include <string_view>

#include "platform/base/private_file.h"

namespace lianmeng::log::kafka {
namespace {

using Settings = std::vector<std::pair<std::string, std::string>>;

constexpr int kSyslogWarning = 4;

Error config_error(const std::string& text) {
  return make_error(ErrorKind::kInvalidArgument, "KAFKA_CONFIG", text);
}

Result<std::string> read_secret(const std::filesystem::path& path, std::string_view what) {
  std::ifstream file(path, std::ios::binary);
  std::string secret{std::istreambuf_iterator<char>(file), {}};
  if (!file) {
    return fail(config_error(fmt::format("{} cannot be read from {}", what, path.string())));
  }
  if (const auto status = check_private(path, fmt::format("the {}", what), "KAFKA_CONFIG");
      !status) {
    return fail(status.error());
  }
  while (!secret.empty() && (secret.back() == '\n' || secret.back() == '\r')) secret.pop_back();
  if (secret.empty()) return fail(config_error(fmt::format("{} holds no {}", path.string(), what)));
  return secret;
}

Status add_tls(const KafkaClientConfig::Tls& tls, Settings& settings) {
  // A broker must be who it is called: librdkafka's own choice from 2.0 on, and not before.
  settings.emplace_back("ssl.endpoint.identification.algorithm", "https");
  if (tls.certificate_file.empty() != tls.key_file.empty()) {
    return fail(
        config_error("a client certificate needs its key, and a key its certificate: name "
                     "both files or neither"));
  }
  const std::array<std::pair<const char*, const std::filesystem::path*>, 3> files{
      {{"ssl.ca.location", &tls.ca_file},
       {"ssl.certificate.location", &tls.certificate_file},
       {"ssl.key.location", &tls.key_file}}};
  for (const auto& [setting, path] : files) {
    if (!path->empty()) settings.emplace_back(setting, path->string());
  }
  if (const auto status = check_private(tls.key_file, "the client's key", "KAFKA_CONFIG");
      !status) {
    return status;
  }
  if (!tls.key_password_file.empty()) {
    auto secret = read_secret(tls.key_password_file, "password of the client's key");
    if (!secret) return fail(secret.error());
    settings.emplace_back("ssl.key.password", std::move(*secret));
  }
  return {};
}

Status add_sasl(const KafkaClientConfig::Sasl& sasl, bool over_tls, Settings& settings) {
  if (sasl.mechanism != "SCRAM-SHA-256" && sasl.mechanism != "SCRAM-SHA-512" &&
      sasl.mechanism != "PLAIN") {
    return fail(config_error(
        fmt::format("\"{}\" is no SASL mechanism here: SCRAM-SHA-256, SCRAM-SHA-512 or PLAIN",
                    sasl.mechanism)));
  }
  if (sasl.mechanism == "PLAIN" && !over_tls) {
    return fail(config_error("PLAIN shows the password to the network: use it over TLS, or SCRAM"));
  }
  auto secret = read_secret(sasl.password_file, "SASL password");
  if (!secret) return fail(secret.error());
  settings.emplace_back("sasl.mechanism", sasl.mechanism);
  settings.emplace_back("sasl.username", sasl.username);
  settings.emplace_back("sasl.password", std::move(*secret));
  return {};
}

Result<Handle> make_handle(rd_kafka_type_t type, Conf conf, const LogObserver* observer) {
  // The handle's opaque is for this alone; librdkafka repeats itself every half minute at most.
  rd_kafka_conf_set_opaque(conf.get(), const_cast<LogObserver*>(observer));
  rd_kafka_conf_set_log_cb(
      conf.get(), [](const rd_kafka_t* handle, int level, const char*, const char* text) {
        const auto* told =
            handle == nullptr ? nullptr : static_cast<const LogObserver*>(rd_kafka_opaque(handle));
        if (told == nullptr || !*told || level > kSyslogWarning) return;
        (*told)(LogNotice::kWarning, fmt::format("kafka: {}", text));
      });
  // Each error of a broker is kept as an event too, for whoever polls, and nobody does: the log
  // line says it all. Not an error_cb, which would take "all brokers are down" out of the log.
  rd_kafka_conf_set_background_event_cb(conf.get(), [](rd_kafka_t*, rd_kafka_event_t* event,
                                                       void*) { rd_kafka_event_destroy(event); });
  std::array<char, 512> text{};
  rd_kafka_t* handle = rd_kafka_new(type, conf.get(), text.data(), text.size());
  if (handle == nullptr) return fail(config_error(text.data()));
  conf.release();  // Belongs to the handle now.
  Handle made(handle);
  const Queue events(rd_kafka_queue_get_main(handle));
  const Queue background(rd_kafka_queue_get_background(handle));
  rd_kafka_queue_forward(events.get(), background.get());
  return made;
}

}  // namespace

void Destroyer::operator()(rd_kafka_conf_s* conf) const { rd_kafka_conf_destroy(conf); }
void Destroyer::operator()(rd_kafka_queue_s* queue) const { rd_kafka_queue_destroy(queue); }
void Destroyer::operator()(rd_kafka_s* handle) const { rd_kafka_destroy(handle); }
void Destroyer::operator()(rd_kafka_topic_s* topic) const { rd_kafka_topic_destroy(topic); }

Result<Conf> make_conf(const KafkaClientConfig& config, const Settings& more) {
  if (config.bootstrap_servers.empty()) {
    return fail(config_error("no broker is named: give host:port of one or more"));
  }
  Settings settings{
      {"bootstrap.servers", config.bootstrap_servers},
      {"client.id", config.client_id},
      // A command is small and waited for.
      {"socket.nagle.disable", "true"},
      {"socket.keepalive.enable", "true"},
      // A broker that has stopped answering is left after this; a living one answers in
      // milliseconds.
      {"socket.timeout.ms", "10000"},
      {"socket.connection.setup.timeout.ms", "5000"},
      // librdkafka starts at 100 ms and doubles to 10 s: too long for those who wait for a broker
      // that has come back.
      {"reconnect.backoff.ms", "50"},
      {"reconnect.backoff.max.ms", "500"},
      {"topic.metadata.refresh.fast.interval.ms", "100"},
      {"log.connection.close", "false"},
  };
  if (config.tls) {
    if (auto added = add_tls(*config.tls, settings); !added) return fail(added.error());
  }
  if (config.sasl) {
    auto added = add_sasl(*config.sasl, config.tls.has_value(), settings);
    if (!added) return fail(added.error());
  }
  settings.emplace_back("security.protocol", config.tls && config.sasl ? "sasl_ssl"
                                             : config.tls              ? "ssl"
                                             : config.sasl             ? "sasl_plaintext"
                                                                       : "plaintext");
  settings.insert(settings.end(), more.begin(), more.end());

  Conf conf(rd_kafka_conf_new());
  for (const auto& [name, value] : settings) {
    std::array<char, 512> text{};
    if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), text.data(), text.size()) !=
        RD_KAFKA_CONF_OK) {
      return fail(config_error(fmt::format("{}: {}", name, text.data())));
    }
  }
  return conf;
}

Result<Handle> make_producer(Conf conf, const LogObserver* observer) {
  return make_handle(RD_KAFKA_PRODUCER, std::move(conf), observer);
}

Result<Handle> make_consumer(Conf conf, const LogObserver* observer) {
  return make_handle(RD_KAFKA_CONSUMER, std::move(conf), observer);
}

Error make_kafka_error(int number, const std::string& doing, const std::string& text) {
  const auto code = static_cast<rd_kafka_resp_err_t>(number);
  const auto say = [&](ErrorKind kind, const char* reason) {
    return make_error(
        kind, reason,
        fmt::format("{}: {} ({})", doing, text.empty() ? rd_kafka_err2str(code) : text,
                    rd_kafka_err2name(code)));
  };
  switch (code) {
    case RD_KAFKA_RESP_ERR__QUEUE_FULL:
      return say(ErrorKind::kResourceExhausted, "LOG_BUSY");
    case RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR:
      return say(ErrorKind::kUnavailable, "LOG_STORAGE_FAILED");
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      return say(ErrorKind::kFailedPrecondition, "TOPIC_MISSING");
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
      return say(ErrorKind::kInvalidArgument, "RECORD_TOO_LARGE");
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
      return say(ErrorKind::kPermissionDenied, "LOG_NOT_ALLOWED");
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
      return say(ErrorKind::kUnauthenticated, "LOG_NOT_SIGNED_IN");
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
      return say(ErrorKind::kDataLoss, "LOG_DAMAGED");
    default:
      return say(ErrorKind::kUnavailable, "LOG_UNAVAILABLE");
  }
}

}  // namespace lianmeng::log::kafka
