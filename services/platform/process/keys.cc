#include "platform/process/keys.h"

#include <utility>

#include "platform/log/kafka/kafka_log.h"
#include "platform/obs/log.h"
#include "platform/process/open_log.h"
#include "platform/seal/file_key_store.h"
#include "platform/seal/topic/topic_key_store.h"

namespace lianmeng::process {
namespace {

void tell(const std::string& text) { obs::log(obs::Level::kWarn, "seal", text); }

}  // namespace

Status Keys::open(const Config& config) {
  if (store_ != nullptr) return {};
  const auto master_key = config.seal_master_key_file.empty() ? config.data_path / "master.key"
                                                              : config.seal_master_key_file;
  Result<std::unique_ptr<seal::KeyStore>> keys;
  if (config.log_kind == "embedded") {
    keys = seal::open_file_key_store(
        {.directory = config.data_path / "keys", .master_key = master_key}, seal::system_random(),
        tell);
  } else {
    // Whoever makes a key waits to read it, and other hosts may need it the next moment.
    auto log = open_log(
        config, "keys", clock_,
        [](log::LogNotice notice, const std::string& text) {
          if (notice != log::LogNotice::kInfo) tell(text);
        },
        Follow::kAtOnce);
    if (!log) return tl::unexpected(std::move(log).error());
    log_ = std::move(log->log);
    seal::TopicKeyStoreConfig topic;
    topic.master_key = master_key;
    topic.site = config.kafka.site();
    keys = seal::open_topic_key_store(std::move(topic), *log_, clock_, seal::system_random(), tell);
  }
  if (!keys) return tl::unexpected(std::move(keys).error());
  store_ = std::move(*keys);
  sealer_.emplace(*store_, seal::system_random(), tell);
  return {};
}

}  // namespace lianmeng::process
