// How the brokers are reached, and who we are to them.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace lianmeng::log {

// How the brokers are reached. Passwords come from files that only their owner may read; the last
// line break does not count.
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

}  // namespace lianmeng::log
