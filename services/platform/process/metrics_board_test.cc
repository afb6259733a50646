#include "platform/process/metrics_board.h"

#include <gmock/gmock.h>

#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

namespace lianmeng::process {
namespace {

using Names = std::set<std::string>;
using Rows = std::map<std::string, double>;

// Each row of the text by name and labels, but for disks, which are this machine's; of a histogram
// the count alone.
Rows rows_of(const obs::Metrics& metrics) {
  Rows rows;
  std::istringstream text(metrics.text());
  const std::regex passed_over("^(#|lianmeng_disk_|[a-z_]+_(bucket|sum)[{ ])");
  for (std::string line; std::getline(text, line);) {
    if (std::regex_search(line, passed_over)) continue;
    const auto space = line.rfind(' ');
    const bool is_new =
        rows.try_emplace(line.substr(0, space), std::stod(line.substr(space))).second;
    EXPECT_TRUE(is_new) << line;
  }
  return rows;
}

LatencyCounts latencies(int count) {
  LatencyCounts counts;
  for (int i = 0; i < count; ++i) counts.add(std::chrono::milliseconds{1});
  return counts;
}

// A partition in which no two numbers are the same; `base` keeps them apart from another's.
runtime::PartitionStatus partition(std::string service, std::uint64_t base, Time at) {
  runtime::PartitionStatus out;
  out.service = std::move(service);
  out.state = runtime::Partition::State::kServing;
  out.unflushed = base + 1;
  out.dirty_bytes = base + 2;
  out.waiting = base + 3;
  out.replay_left = base + 4;
  out.backlog = base + 5;
  out.oldest_backlog = at - std::chrono::seconds{base + 6};
  out.next_timer = at - std::chrono::seconds{base + 7};
  out.stats.accepted = base + 8;
  out.stats.applied = base + 9;
  out.stats.refused = base + 10;
  out.stats.repeated = base + 11;
  out.stats.void_records = base + 12;
  out.stats.lost_races = base + 13;
  out.stats.unknown_outcomes = base + 14;
  out.stats.noops = base + 15;
  out.stats.timers_fired = base + 16;
  out.stats.policies = base + 17;
  out.stats.batches = base + 18;
  out.stats.oversized = base + 19;
  out.stats.differing_digests = base + 20;
  out.stats.append_latency = latencies(21);
  return out;
}

constexpr Time kNow{std::chrono::hours{500'000}};

// Two partitions of dispatch, one of membership, which fails; three loops, of which one is told of.
MetricsBoard::Look look_with(LogStats log) {
  MetricsBoard::Look look;
  look.partitions = {partition("dispatch", 100, kNow), partition("dispatch", 1000, kNow),
                     partition("membership", 10'000, kNow)};
  look.partitions[2].state = runtime::Partition::State::kFailed;
  look.partitions[2].not_ready = "it failed";
  // Not due yet, and nothing to answer.
  look.partitions[2].next_timer = kNow + std::chrono::hours{1};
  look.partitions[2].oldest_backlog.reset();
  look.loops = {{std::chrono::milliseconds{1500}, std::nullopt}};
  look.log = std::move(log);
  look.store = {.bytes = 31,
                .cache_bytes = 32,
                .cache_bytes_max = 33,
                .commits = 34,
                .commits_failed = 35,
                .commit_latency = latencies(36)};
  look.at = kNow;
  look.draining = true;
  return look;
}

runtime::RuntimeConfig limits() {
  runtime::RuntimeConfig config;
  config.loops = 2;
  config.partition.waiting_max = 41;
  config.loop.overfull = 4;
  config.loop.flush_events = 50;
  config.loop.flush_bytes = 60;
  return config;
}

// What every look tells of the runtime and the store.
Rows common_rows() {
  Rows rows{
      {"lianmeng_ready", 0},
      {"lianmeng_draining", 1},
      {R"(lianmeng_runtime_loop_busy_seconds_total{loop="0"})", 1.5},
      {R"(lianmeng_runtime_loop_busy_seconds_total{loop="1"})", 0},
      {"lianmeng_runtime_waiting_limit", 41},
      {"lianmeng_runtime_unflushed_limit_events", 400},
      {"lianmeng_runtime_dirty_limit_bytes", 480},
      {"lianmeng_store_bytes", 31},
      {"lianmeng_store_cache_bytes", 32},
      {"lianmeng_store_cache_limit_bytes", 33},
      {"lianmeng_store_commits_total", 34},
      {"lianmeng_store_commits_failed_total", 35},
      {"lianmeng_store_commit_seconds_count", 36},
  };
  for (const auto* state : {"opening", "replaying", "serving", "closing", "closed", "failed"}) {
    const auto row = [&](const std::string& service) {
      return "lianmeng_runtime_partitions{service=\"" + service + "\",state=\"" + state + "\"}";
    };
    rows[row("dispatch")] = std::string(state) == "serving" ? 2 : 0;
    rows[row("membership")] = std::string(state) == "failed" ? 1 : 0;
  }
  const auto of_both = [&](const std::string& name, double dispatch, double membership) {
    rows["lianmeng_runtime_" + name + R"({service="dispatch"})"] = dispatch;
    rows["lianmeng_runtime_" + name + R"({service="membership"})"] = membership;
  };
  // Of the two, the sum.
  const auto summed = [&](const std::string& name, double number) {
    of_both(name, 1100 + 2 * number, 10'000 + number);
  };
  of_both("partitions_not_ready", 0, 1);
  summed("unflushed_events", 1);
  summed("dirty_bytes", 2);
  summed("waiting", 3);
  of_both("waiting_fullest", 1003, 10'003);
  summed("replay_left_records", 4);
  summed("policy_backlog_events", 5);
  of_both("policy_lag_seconds", 1006, 0);
  of_both("timers_overdue_seconds", 1007, 0);
  summed("accepted_total", 8);
  summed("applied_total", 9);
  summed("refused_total", 10);
  summed("repeated_total", 11);
  summed("void_records_total", 12);
  summed("lost_races_total", 13);
  summed("unknown_outcomes_total", 14);
  summed("noops_total", 15);
  summed("timers_fired_total", 16);
  summed("policies_total", 17);
  summed("batches_total", 18);
  summed("oversized_total", 19);
  summed("differing_digests_total", 20);
  of_both("append_seconds_count", 42, 21);
  return rows;
}

Names names_in(const std::string& text, const char* pattern) {
  Names names;
  const std::regex expression(pattern);
  for (std::sregex_iterator at(text.begin(), text.end(), expression), end; at != end; ++at) {
    names.insert(at->str(1));
  }
  return names;
}

Names told_with(LogStats log) {
  obs::Metrics metrics;
  const MetricsBoard board(metrics, std::move(log), {"dispatch"}, {}, "/");
  return names_in(metrics.text(), "# TYPE ([a-z0-9_]+) ");
}

// The paragraph of docs/metrics.md on processes of one service; its table is held against a live
// server by tests/e2e/metrics_test.py.
std::string paragraph() {
  std::ifstream in(LIANMENG_METRICS);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("**A process of one service on Kafka**")) return line;
  }
  ADD_FAILURE() << LIANMENG_METRICS << " says nothing of processes on Kafka";
  return {};
}

TEST(MetricsBoard, OnKafkaItTellsTheSameButForWhatTheTableNames) {
  const auto embedded = told_with(log::EmbeddedLogStats());
  const auto kafka = told_with(log::KafkaLogStats());
  Names missing;
  std::set_difference(embedded.begin(), embedded.end(), kafka.begin(), kafka.end(),
                      std::inserter(missing, missing.end()));
  EXPECT_THAT(missing,
              ::testing::ContainerEq(names_in(paragraph(), "`(lianmeng_log_[a-z0-9_]+)`")));
  EXPECT_THAT(embedded, ::testing::IsSupersetOf(kafka));
}

// Every number has a place of its own, so two rows that are swapped do not pass.
TEST(MetricsBoard, EachRowTellsItsOwnNumberOfTheEmbeddedLog) {
  obs::Metrics metrics;
  MetricsBoard board(metrics, log::EmbeddedLogStats(), {"dispatch", "membership"}, limits(), "/");
  board.refresh(look_with(log::EmbeddedLogStats{.segments = 51,
                                                .bytes = 52,
                                                .records_appended = 53,
                                                .groups = 54,
                                                .appends_failed = 55,
                                                .damaged_partitions = 56,
                                                .scrubbed_bytes = 57,
                                                .last_scrub = Time{std::chrono::seconds{58}},
                                                .journal_failed = true,
                                                .disk_full = false,
                                                .queue_bytes = 59,
                                                .queue_bytes_max = 60,
                                                .tail_bytes = 61,
                                                .append_latency = latencies(62),
                                                .sync_latency = latencies(63)}));
  auto expected = common_rows();
  expected.merge(Rows{{"lianmeng_log_segments", 51},
                      {"lianmeng_log_bytes", 52},
                      {"lianmeng_log_records_total", 53},
                      {"lianmeng_log_syncs_total", 54},
                      {"lianmeng_log_appends_failed_total", 55},
                      {"lianmeng_log_appends_unknown_total", 0},
                      {"lianmeng_log_damaged_partitions", 56},
                      {"lianmeng_log_scrubbed_bytes_total", 57},
                      {"lianmeng_log_last_scrub_timestamp_seconds", 58},
                      {"lianmeng_log_journal_failed", 1},
                      {"lianmeng_log_disk_full", 0},
                      {"lianmeng_log_queue_bytes", 59},
                      {"lianmeng_log_queue_limit_bytes", 60},
                      {"lianmeng_log_tail_cache_bytes", 61},
                      {"lianmeng_log_append_seconds_count", 62},
                      {"lianmeng_log_sync_seconds_count", 63}});
  EXPECT_THAT(rows_of(metrics), ::testing::ContainerEq(expected));
}

TEST(MetricsBoard, EachRowTellsItsOwnNumberOfKafka) {
  obs::Metrics metrics;
  MetricsBoard board(metrics, log::KafkaLogStats(), {"dispatch", "membership"}, limits(), "/");
  board.refresh(look_with(log::KafkaLogStats{.records_appended = 51,
                                             .appends_failed = 52,
                                             .appends_unknown = 53,
                                             .queue_bytes = 54,
                                             .queue_bytes_max = 55,
                                             .append_latency = latencies(56)}));
  auto expected = common_rows();
  expected.merge(Rows{{"lianmeng_log_records_total", 51},
                      {"lianmeng_log_appends_failed_total", 52},
                      {"lianmeng_log_appends_unknown_total", 53},
                      {"lianmeng_log_queue_bytes", 54},
                      {"lianmeng_log_queue_limit_bytes", 55},
                      {"lianmeng_log_append_seconds_count", 56}});
  EXPECT_THAT(rows_of(metrics), ::testing::ContainerEq(expected));
}

// After the runtime's end nothing is told of its partitions; a total that ran back would look like
// a restart.
TEST(MetricsBoard, TotalsStayWhenTheRuntimeHasEnded) {
  obs::Metrics metrics;
  MetricsBoard board(metrics, log::KafkaLogStats(), {"dispatch", "membership"}, limits(), "/");
  auto look = look_with(log::KafkaLogStats());
  board.refresh(look);
  const auto before = rows_of(metrics);
  look.partitions.clear();
  board.refresh(look);
  EXPECT_THAT(rows_of(metrics), ::testing::ContainerEq(before));
}

}  // namespace
}  // namespace lianmeng::process
