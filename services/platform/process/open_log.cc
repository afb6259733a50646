#include "platform/process/open_log.h"

#include <utility>

namespace lianmeng::process {
namespace {

constexpr std::size_t kMiB = 1024 * 1024;

template <class Kind>
Result<OpenedLog> opened(Result<std::unique_ptr<Kind>> log) {
  if (!log) return fail(std::move(log).error());
  const auto* kind = log->get();
  return OpenedLog{std::move(*log), [kind] { return LogStats(kind->stats()); }};
}

}  // namespace

Result<OpenedLog> open_log(const Config& config, const std::string& host, Clock& clock,
                           const log::LogObserver& observer, Follow follow) {
  if (config.log_kind == "embedded") {
    return opened(log::EmbeddedLog::open(
        {.path = config.data_path / "log",
         .segment_bytes = static_cast<std::size_t>(config.log_segment_mib) * kMiB},
        clock, observer));
  }
  if (config.kafka.bootstrap.empty()) {
    return fail(ErrorKind::kInvalidArgument, "KAFKA_BOOTSTRAP",
                "log.kind is kafka, and kafka.bootstrap does not say where the brokers are; set it "
                "to host:port of some of them.");
  }
  if (auto complete = config.kafka.check(); !complete) return fail(std::move(complete).error());
  return opened(log::KafkaLog::open({.client = config.kafka.client("lianmeng-" + host),
                                     .follow_at_once = follow == Follow::kAtOnce},
                                    observer));
}

}  // namespace lianmeng::process
