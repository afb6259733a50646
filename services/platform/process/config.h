// The options of the programs that serve.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "platform/config/options.h"
#include "platform/log/kafka/kafka_options.h"

namespace lianmeng::process {

struct Config {
  std::filesystem::path data_path = "data";
  std::string rpc_listen = "127.0.0.1:50051";
  std::string rpc_default_actor;
  std::string ops_listen = "127.0.0.1:9464";
  std::string log_kind = "embedded";
  std::int64_t log_segment_mib = 64;
  log::KafkaOptions kafka;
  std::string log_level = "info";
  std::int64_t store_cache_mib = 64;
  std::int64_t runtime_loops = 0;
  std::int64_t runtime_flush_events = 50'000;
  std::vector<std::string> hosts_peers;
  std::int64_t hosts_count = 0;
  std::int64_t hosts_ordinal = -1;
  std::int64_t hosts_replicas = 2;
  bool checkpoint_take = true;
  std::int64_t checkpoint_mib_per_second = 64;
  std::filesystem::path seal_master_key_file;
  struct Tls {
    std::filesystem::path certificate_file;
    std::filesystem::path key_file;
    std::filesystem::path ca_file;
    bool require_client_certificate = false;
  } tls;
  struct Tokens {
    std::filesystem::path keys_file;
    std::string keys_url;
    std::filesystem::path keys_ca_file;
    Duration keys_refresh = std::chrono::minutes(5);
    std::string issuer;
    std::string audience;
    Duration leeway = std::chrono::minutes(1);
    std::vector<std::string> operators;
  } tokens;
};

// `with_seal`: of a process that seals or opens personal values.
config::Options<Config> options(bool with_seal = true);

}  // namespace lianmeng::process
