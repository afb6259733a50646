// The log that the options choose. Here alone the concrete kinds are named.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <variant>

#include "platform/base/error.h"
#include "platform/base/time.h"
#include "platform/log/embedded/embedded_log.h"
#include "platform/log/kafka/kafka_log.h"
#include "platform/log/log.h"
#include "platform/process/config.h"

namespace lianmeng::process {

using LogStats = std::variant<log::EmbeddedLogStats, log::KafkaLogStats>;

struct OpenedLog {
  std::unique_ptr<log::Log> log;
  std::function<LogStats()> stats;  // Any thread, while the log is there.
};

// `host` is who we are to the brokers; kAtOnce costs them an answer for each record, so it is for
// logs of few records (KafkaLogConfig). Refused: what the kind refuses, KAFKA_BOOTSTRAP,
// KAFKA_CONFIG.
enum class Follow { kInBatches, kAtOnce };
Result<OpenedLog> open_log(const Config& config, const std::string& host, Clock& clock,
                           const log::LogObserver& observer, Follow follow = Follow::kInBatches);

}  // namespace lianmeng::process
