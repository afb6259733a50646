#include "standalone/status_board.h"

#include <array>
#include <utility>

namespace lianmeng::standalone {
namespace {

struct TotalRow {
  const char* name;
  const char* help;
  std::uint64_t runtime::PartitionStats::*value;
};

using Stats = runtime::PartitionStats;
constexpr std::array kTotals{
    TotalRow{"lianmeng_runtime_accepted_total", "Own records accepted.", &Stats::accepted},
    TotalRow{"lianmeng_runtime_applied_total", "Valid records applied, own and others'.",
             &Stats::applied},
    TotalRow{"lianmeng_runtime_refused_total", "Commands refused by a rule.", &Stats::refused},
    TotalRow{"lianmeng_runtime_repeated_total", "Requests answered from an earlier attempt.",
             &Stats::repeated},
    TotalRow{"lianmeng_runtime_void_records_total", "Records of the log that are void.",
             &Stats::void_records},
    TotalRow{"lianmeng_runtime_lost_races_total", "Batches voided by another writer.",
             &Stats::lost_races},
    TotalRow{"lianmeng_runtime_unknown_outcomes_total", "Appends whose outcome was unknown.",
             &Stats::unknown_outcomes},
    TotalRow{"lianmeng_runtime_noops_total", "Records that only moved the tip.", &Stats::noops},
    TotalRow{"lianmeng_runtime_timers_fired_total", "Timers fired.", &Stats::timers_fired},
    TotalRow{"lianmeng_runtime_policies_total", "Own records that answer another service's event.",
             &Stats::policies},
    TotalRow{"lianmeng_runtime_batches_total", "Batches appended.", &Stats::batches},
    TotalRow{"lianmeng_runtime_oversized_total",
             "Events of timers and policies that no record could hold.", &Stats::oversized},
};

const char* state_name(runtime::Partition::State state) {
  using State = runtime::Partition::State;
  switch (state) {
    case State::kOpening:
      return "opening";
    case State::kReplaying:
      return "replaying";
    case State::kServing:
      return "serving";
    case State::kClosing:
      return "closing";
    case State::kClosed:
      return "closed";
    case State::kFailed:
      return "failed";
  }
  return "unknown";
}

// Reasons told to whoever asks; a process that begins has as many as it has partitions.
constexpr std::size_t kReasonsMax = 20;

}  // namespace

StatusBoard::StatusBoard(runtime::Runtime& runtime, const log::EmbeddedLog& log,
                         obs::Metrics& metrics, std::string version,
                         std::map<std::string, std::string> names)
    : runtime_(runtime),
      log_(log),
      metrics_(metrics),
      version_(std::move(version)),
      names_(std::move(names)),
      log_bytes_(metrics.gauge("lianmeng_log_bytes", "Bytes of records in the log.")),
      log_segments_(metrics.gauge("lianmeng_log_segments", "Segment files of the log.")),
      log_damaged_(metrics.gauge("lianmeng_log_damaged_partitions",
                                 "Partitions that damage in the log has stopped.")),
      log_records_{metrics.counter("lianmeng_log_records_total", "Records appended.")},
      log_groups_{
          metrics.counter("lianmeng_log_syncs_total", "Groups of appends, each synced once.")},
      log_failed_{metrics.counter("lianmeng_log_failed_total", "Appends that failed.")} {
  for (const auto& [service, name] : names_) {
    by_service_.emplace(service, make_service_metrics(service));
  }
}

StatusBoard::ServiceMetrics StatusBoard::make_service_metrics(const std::string& service) {
  const obs::Labels labels{{"service", service}};
  ServiceMetrics made{
      .not_ready = metrics_.gauge("lianmeng_runtime_partitions_not_ready",
                                  "Partitions that do not serve, failed ones included.", labels),
      .waiting = metrics_.gauge("lianmeng_runtime_waiting", "Calls that wait in queues.", labels),
      .unflushed = metrics_.gauge("lianmeng_runtime_unflushed_events",
                                  "Events that a restart would read again.", labels),
      .dirty_bytes = metrics_.gauge("lianmeng_runtime_dirty_bytes",
                                    "Rows in memory that wait for the store.", labels),
      .totals = {}};
  for (const auto& row : kTotals) {
    made.totals.push_back({metrics_.counter(row.name, row.help, labels)});
  }
  return made;
}

void StatusBoard::Total::carry(std::uint64_t now) {
  if (now > seen) counter.add(static_cast<double>(now - seen));
  seen = now;
}

bool StatusBoard::refresh(rpc::GrpcServer& server) {
  auto statuses = runtime_.statuses();
  std::map<std::string, bool> serving;
  for (const auto& [service, name] : names_) serving[service] = !statuses.empty();
  bool all = !statuses.empty();
  for (const auto& status : statuses) {
    if (status.not_ready.empty()) continue;
    serving[status.service] = false;
    all = false;
  }
  for (const auto& [service, name] : names_) server.set_serving(name, serving[service]);
  server.set_serving("", all);
  refresh_metrics(statuses);
  const std::lock_guard lock(mutex_);
  statuses_ = std::move(statuses);
  return all;
}

void StatusBoard::refresh_metrics(const std::vector<runtime::PartitionStatus>& statuses) {
  for (auto& [service, metrics] : by_service_) {
    double not_ready = 0;
    double waiting = 0;
    double unflushed = 0;
    double dirty_bytes = 0;
    std::array<std::uint64_t, kTotals.size()> totals{};
    for (const auto& status : statuses) {
      if (status.service != service) continue;
      not_ready += status.not_ready.empty() ? 0 : 1;
      waiting += static_cast<double>(status.waiting);
      unflushed += static_cast<double>(status.unflushed);
      dirty_bytes += static_cast<double>(status.dirty_bytes);
      for (std::size_t i = 0; i < kTotals.size(); ++i) totals[i] += status.stats.*kTotals[i].value;
    }
    metrics.not_ready.set(not_ready);
    metrics.waiting.set(waiting);
    metrics.unflushed.set(unflushed);
    metrics.dirty_bytes.set(dirty_bytes);
    for (std::size_t i = 0; i < kTotals.size(); ++i) metrics.totals[i].carry(totals[i]);
  }
  const auto log = log_.stats();
  log_bytes_.set(static_cast<double>(log.bytes));
  log_segments_.set(static_cast<double>(log.segments));
  log_damaged_.set(static_cast<double>(log.damaged_partitions));
  log_records_.carry(log.records_appended);
  log_groups_.carry(log.groups);
  log_failed_.carry(log.appends_failed);
}

void StatusBoard::stopping() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
}

obs::Readiness StatusBoard::readiness() const {
  const std::lock_guard lock(mutex_);
  if (stopping_) return {{"the process is stopping"}};
  if (statuses_.empty()) return {{"the process is starting"}};
  obs::Readiness readiness;
  std::size_t more = 0;
  for (const auto& status : statuses_) {
    if (status.not_ready.empty()) continue;
    if (readiness.reasons.size() < kReasonsMax) {
      readiness.reasons.push_back(status.not_ready);
    } else {
      ++more;
    }
  }
  if (more > 0) readiness.reasons.push_back("and " + std::to_string(more) + " more partitions");
  return readiness;
}

rpc::ServerInfo StatusBoard::info() const {
  rpc::ServerInfo info{version_, readiness().reasons, {}};
  const std::lock_guard lock(mutex_);
  for (const auto& [service, name] : names_) {
    auto& out = info.services.emplace_back();
    out.name = name;
    for (const auto& status : statuses_) {
      if (status.service != service) continue;
      out.partitions.push_back(
          {status.partition, state_name(status.state), status.sequence, status.not_ready});
    }
  }
  return info;
}

}  // namespace lianmeng::standalone
