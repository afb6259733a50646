#include "platform/process/metrics_board.h"

#include <sys/statvfs.h>

#include <algorithm>
#include <array>
#include <utility>

namespace lianmeng::process {
namespace {

using State = runtime::Partition::State;
using Stats = runtime::PartitionStats;

constexpr std::array kStates{
    std::pair{State::kOpening, "opening"}, std::pair{State::kReplaying, "replaying"},
    std::pair{State::kServing, "serving"}, std::pair{State::kClosing, "closing"},
    std::pair{State::kClosed, "closed"},   std::pair{State::kFailed, "failed"}};

struct TotalRow {
  const char* name;
  const char* help;
  std::uint64_t Stats::*value;
};

constexpr std::array kTotals{
    TotalRow{"lianmeng_runtime_accepted_total", "Own records accepted.", &Stats::accepted},
    TotalRow{"lianmeng_runtime_applied_total", "Valid records applied, own and others'.",
             &Stats::applied},
    TotalRow{"lianmeng_runtime_refused_total", "Commands answered with an error.", &Stats::refused},
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
    TotalRow{"lianmeng_runtime_differing_digests_total",
             "No-ops of a host whose state was another one than here: look at it at once.",
             &Stats::differing_digests},
};

double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

double number(std::uint64_t value) { return static_cast<double>(value); }

double disk(const std::filesystem::path& folder, fsblkcnt_t statvfs::*blocks) {
  struct statvfs info {};
  if (::statvfs(folder.c_str(), &info) != 0) return 0;
  return static_cast<double>(info.*blocks) * static_cast<double>(info.f_frsize);
}

void add(Stats& to, const Stats& from) {
  for (const auto& row : kTotals) to.*row.value += from.*row.value;
  to.append_latency += from.append_latency;
}

}  // namespace

MetricsBoard::MetricsBoard(obs::Metrics& metrics, LogStats log,
                           const std::vector<std::string>& services,
                           const runtime::RuntimeConfig& runtime,
                           const std::filesystem::path& data) {
  look_.log = std::move(log);
  metrics.gauge_read("lianmeng_ready",
                     "1 while every partition serves and neither a drain nor a stop has begun.", {},
                     locked([](auto& board) { return board.look_.ready ? 1.0 : 0.0; }));
  metrics.gauge_read("lianmeng_draining", "1 while the operator's drain is on.", {},
                     locked([](auto& board) { return board.look_.draining ? 1.0 : 0.0; }));
  for (const auto& service : services) add_service(metrics, service);
  add_limits(metrics, runtime);
  for (int i = 0; i < runtime.loops; ++i) {
    metrics.gauge_read("lianmeng_runtime_loop_busy_seconds_total",
                       "Time in which a loop did not wait for work: near 1 a second it is full.",
                       {{"loop", std::to_string(i)}}, locked([i](auto& board) {
                         const auto at = static_cast<std::size_t>(i);
                         const auto& loops = board.look_.loops;
                         return at < loops.size() ? seconds(loops[at].busy) : 0.0;
                       }));
  }
  add_log(metrics);
  std::vector<const char*> folders{"store"};
  if (std::holds_alternative<log::EmbeddedLogStats>(look_.log)) {
    add_embedded_log(metrics);
    folders.push_back("log");
  }
  add_store(metrics);
  for (const auto* of : folders) {
    const auto folder = data / of;
    metrics.gauge_read("lianmeng_disk_free_bytes", "Room left on the disk of log and store.",
                       {{"of", of}}, [folder] { return disk(folder, &statvfs::f_bavail); });
    metrics.gauge_read("lianmeng_disk_size_bytes", "Size of the disk of log and store.",
                       {{"of", of}}, [folder] { return disk(folder, &statvfs::f_blocks); });
  }
}

void MetricsBoard::add_service(obs::Metrics& metrics, const std::string& service) {
  const obs::Labels labels{{"service", service}};
  services_[service] = {};
  const auto gauge = [&](const char* name, const char* help, auto read) {
    metrics.gauge_read(name, help, labels, locked([service, read](auto& board) -> double {
                         return read(board.services_[service]);
                       }));
  };
  for (const auto& [state, name] : kStates) {
    auto with_state = labels;
    with_state["state"] = name;
    metrics.gauge_read("lianmeng_runtime_partitions", "Partitions, by what they are doing.",
                       with_state, locked([service, state = state](auto& board) {
                         return board.services_[service].states[state];
                       }));
  }
  gauge("lianmeng_runtime_partitions_not_ready",
        "Partitions that do not serve, failed ones included.",
        [](const Service& of) { return of.not_ready; });
  gauge("lianmeng_runtime_replay_left_records", "Records to be read before all partitions serve.",
        [](const Service& of) { return of.replay_left; });
  gauge("lianmeng_runtime_waiting", "Calls that wait in queues.",
        [](const Service& of) { return of.waiting; });
  gauge("lianmeng_runtime_waiting_fullest", "Those of them in the partition that has the most.",
        [](const Service& of) { return of.waiting_fullest; });
  gauge("lianmeng_runtime_unflushed_events", "Events that a restart would read again.",
        [](const Service& of) { return of.unflushed; });
  gauge("lianmeng_runtime_dirty_bytes", "Rows in memory that wait for the store.",
        [](const Service& of) { return of.dirty_bytes; });
  gauge("lianmeng_runtime_policy_backlog_events",
        "Events of followed logs that are read and not answered yet.",
        [](const Service& of) { return of.backlog; });
  gauge("lianmeng_runtime_policy_lag_seconds", "Age of the oldest of those events.",
        [](const Service& of) { return of.backlog_age_seconds; });
  gauge("lianmeng_runtime_timers_overdue_seconds",
        "How long the timer that is most overdue has been due.",
        [](const Service& of) { return of.timers_overdue_seconds; });
  for (const auto& row : kTotals) {
    gauge(row.name, row.help,
          [value = row.value](const Service& of) { return number(of.stats.*value); });
  }
  metrics.histogram_read(
      "lianmeng_runtime_append_seconds",
      "From the append of a batch until the runtime knows its outcome.", labels,
      locked([service](auto& board) { return board.services_[service].stats.append_latency; }));
}

// What the runtime's gauges fill, each with what becomes of more.
void MetricsBoard::add_limits(obs::Metrics& metrics, const runtime::RuntimeConfig& runtime) {
  const auto limit = [&](const char* name, const char* help, std::uint64_t value) {
    metrics.gauge(name, help).set(number(value));
  };
  const auto loops = static_cast<std::uint64_t>(runtime.loops);
  const auto overfull = runtime.loop.overfull * loops;
  limit("lianmeng_runtime_waiting_limit",
        "What may wait in one partition; the next call is refused as BUSY.",
        runtime.partition.waiting_max);
  limit("lianmeng_runtime_unflushed_limit_events",
        "What all services may have, each loop its share; then commands are refused as STORE_FULL.",
        overfull * runtime.loop.flush_events);
  limit("lianmeng_runtime_dirty_limit_bytes",
        "What all services may have, each loop its share; then commands are refused as STORE_FULL.",
        overfull * runtime.loop.flush_bytes);
}

// What every kind of log has.
void MetricsBoard::add_log(obs::Metrics& metrics) {
  const auto gauge = [&](const char* name, const char* help, auto read) {
    metrics.gauge_read(name, help, {}, locked([read](auto& board) -> double {
                         return std::visit(read, board.look_.log);
                       }));
  };
  gauge("lianmeng_log_queue_bytes", "Appends that wait to be written.",
        [](const auto& log) { return number(log.queue_bytes); });
  gauge("lianmeng_log_queue_limit_bytes", "What they may take; then appends fail as LOG_BUSY.",
        [](const auto& log) { return number(log.queue_bytes_max); });
  gauge("lianmeng_log_records_total", "Records appended.",
        [](const auto& log) { return number(log.records_appended); });
  gauge("lianmeng_log_appends_failed_total", "Appends that failed.",
        [](const auto& log) { return number(log.appends_failed); });
  gauge("lianmeng_log_appends_unknown_total",
        "Appends that may be in the log or not, on Kafka: they are settled by reading.",
        [](const auto& log) {
          if constexpr (requires { log.appends_unknown; }) return number(log.appends_unknown);
          return 0.0;
        });
  metrics.histogram_read(
      "lianmeng_log_append_seconds", "From an append until its records are durable.", {},
      locked([](auto& board) {
        return std::visit([](const auto& log) { return log.append_latency; }, board.look_.log);
      }));
}

void MetricsBoard::add_embedded_log(obs::Metrics& metrics) {
  using Log = log::EmbeddedLogStats;
  const auto gauge = [&](const char* name, const char* help, auto read) {
    metrics.gauge_read(name, help, {}, locked([read](auto& board) -> double {
                         return read(std::get<Log>(board.look_.log));
                       }));
  };
  gauge("lianmeng_log_bytes", "Bytes of records in the log.",
        [](const Log& log) { return number(log.bytes); });
  gauge("lianmeng_log_segments", "Segment files of the log.",
        [](const Log& log) { return number(log.segments); });
  gauge("lianmeng_log_tail_cache_bytes", "Recent records kept in memory for followers.",
        [](const Log& log) { return number(log.tail_bytes); });
  gauge("lianmeng_log_damaged_partitions", "Partitions that damage in the log has stopped.",
        [](const Log& log) { return number(log.damaged_partitions); });
  gauge("lianmeng_log_disk_full", "1 while appends find no room.",
        [](const Log& log) { return log.disk_full ? 1.0 : 0.0; });
  gauge("lianmeng_log_journal_failed",
        "1 after a sync has failed: nothing is written until a restart.",
        [](const Log& log) { return log.journal_failed ? 1.0 : 0.0; });
  gauge("lianmeng_log_syncs_total", "Groups of appends, each synced once.",
        [](const Log& log) { return number(log.groups); });
  gauge("lianmeng_log_scrubbed_bytes_total", "Bytes of closed segments read to look for rot.",
        [](const Log& log) { return number(log.scrubbed_bytes); });
  gauge("lianmeng_log_last_scrub_timestamp_seconds",
        "When a pass over all closed segments last ended, in seconds since 1970; 0 before.",
        [](const Log& log) { return seconds(log.last_scrub.time_since_epoch()); });
  metrics.histogram_read(
      "lianmeng_log_sync_seconds", "Each fdatasync of the log.", {},
      locked([](auto& board) { return std::get<Log>(board.look_.log).sync_latency; }));
}

void MetricsBoard::add_store(obs::Metrics& metrics) {
  const auto gauge = [&](const char* name, const char* help, auto read) {
    metrics.gauge_read(name, help, {},
                       locked([read](auto& board) -> double { return read(board.look_.store); }));
  };
  using Store = store::StoreStats;
  gauge("lianmeng_store_bytes", "Bytes of the store's tables on disk.",
        [](const Store& store) { return number(store.bytes); });
  gauge("lianmeng_store_cache_bytes", "Blocks, indexes and filters held in memory.",
        [](const Store& store) { return number(store.cache_bytes); });
  gauge("lianmeng_store_cache_limit_bytes", "What they may take (store.cache_mib).",
        [](const Store& store) { return number(store.cache_bytes_max); });
  gauge("lianmeng_store_commits_total", "Commits of a partition's rows.",
        [](const Store& store) { return number(store.commits); });
  gauge("lianmeng_store_commits_failed_total", "Commits that failed; they are tried again.",
        [](const Store& store) { return number(store.commits_failed); });
  metrics.histogram_read("lianmeng_store_commit_seconds", "Each commit, its syncs included.", {},
                         locked([](auto& board) { return board.look_.store.commit_latency; }));
}

void MetricsBoard::refresh(Look look) {
  std::map<std::string, Service> services;
  for (const auto& status : look.partitions) {
    auto& of = services[status.service];
    of.states[status.state] += 1;
    of.not_ready += status.not_ready.empty() ? 0 : 1;
    of.waiting += number(status.waiting);
    of.waiting_fullest = std::max(of.waiting_fullest, number(status.waiting));
    of.unflushed += number(status.unflushed);
    of.dirty_bytes += number(status.dirty_bytes);
    of.replay_left += number(status.replay_left);
    of.backlog += number(status.backlog);
    const auto since = [&](const std::optional<Time>& time) {
      return time ? std::max(0.0, seconds(look.at - *time)) : 0.0;
    };
    of.backlog_age_seconds = std::max(of.backlog_age_seconds, since(status.oldest_backlog));
    of.timers_overdue_seconds = std::max(of.timers_overdue_seconds, since(status.next_timer));
    add(of.stats, status.stats);
  }
  const std::lock_guard lock(mutex_);
  look_ = std::move(look);
  // After the runtime's end nothing is told of its partitions; totals must not run back.
  if (!services.empty()) services_ = std::move(services);
}

}  // namespace lianmeng::process
