// lianmeng-fold-bench: what folding a log costs beside the least that it must do, on one core.
//
//   memory   the partitions fold into their memory tables │ decode the same records and insert the
//                                                         │ rows that they wrote
//   rocksdb  the partitions fold into a fresh store       │ the same commits, each a raw WriteBatch
//
// Measured in turns; CPU time of all threads, medians. Writes one line of JSON.
#include <fmt/format.h>
#include <sched.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "bench/folding.h"
#include "bench/journal.h"
#include "bench/rows.h"
#include "bench/yardsticks.h"
#include "dispatch/fold.h"
#include "membership/fold.h"
#include "notification/fold.h"
#include "platform/base/assert.h"
#include "platform/store/memory_store.h"
#include "platform/store/rocks_store.h"

namespace lianmeng::bench {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

struct Config {
  fs::path log;
  fs::path folder = fs::temp_directory_path();
  std::uint64_t records_max = 100'000;
  int rounds = 3;
  std::string only;
  bool dispatch_alone = false;
  double seconds = 0;
};

// Threads made later inherit it, RocksDB's as well.
int pin_to_one_core() {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  if (sched_getaffinity(0, sizeof cores, &cores) != 0) throw std::runtime_error("no cores told");
  int last = -1;
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(core, &cores)) last = core;
  }
  CPU_ZERO(&cores);
  CPU_SET(last, &cores);
  if (sched_setaffinity(0, sizeof cores, &cores) != 0) {
    throw std::runtime_error(fmt::format("cannot stay on core {}", last));
  }
  return last;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const auto half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

struct Side {
  std::string name;
  std::function<void(Stopwatch&)> run;
};

// Each side in turn, so that a machine that slows down does so for all.
json measure(const std::vector<Side>& sides, const Config& config, std::uint64_t events) {
  std::map<std::string, std::vector<double>> cpu;
  std::map<std::string, std::vector<double>> wall;
  for (int round = 0; round < config.rounds; ++round) {
    for (const auto& side : sides) {
      Stopwatch stopwatch;
      side.run(stopwatch);
      const auto spent = stopwatch.spent();
      cpu[side.name].push_back(spent.cpu_seconds);
      wall[side.name].push_back(spent.wall_seconds);
    }
  }
  json out;
  const auto count = static_cast<double>(events);
  for (const auto& side : sides) {
    const auto seconds = median(cpu[side.name]);
    out[side.name] = {{"cpu_us_per_event", 1e6 * seconds / count},
                      {"wall_us_per_event", 1e6 * median(wall[side.name]) / count},
                      {"events_per_second", count / seconds},
                      {"rounds_cpu_seconds", cpu[side.name]}};
  }
  return out;
}

double share(const json& figures, const std::string& fold, const std::string& yardstick) {
  return figures.at(yardstick).at("cpu_us_per_event").get<double>() /
         figures.at(fold).at("cpu_us_per_event").get<double>();
}

void fold_in_memory(const FoldingPlan& plan, Flushing flushing, Stopwatch& stopwatch) {
  const auto store = store::open_memory_store();
  auto folding = std::make_unique<Folding>(plan, *store, flushing);
  folding->run(stopwatch);
  stopwatch.without([&] { folding.reset(); });
}

void fold_into_rocks(const FoldingPlan& plan, const fs::path& folder, Stopwatch& stopwatch) {
  auto store = store::open_rocks_store({.path = folder.string()});
  if (!store) throw std::runtime_error(store.error().message_en);
  auto folding = std::make_unique<Folding>(plan, **store, Flushing::kAsTheLoop);
  folding->run(stopwatch);
  folding.reset();
  store->reset();  // Ends what it still merges.
}

json memory(const FoldingPlan& plan, const Config& config) {
  const auto rows = rows_of_records(plan);
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
  for (const auto& reading : rows) {
    for (const auto& each : reading) {
      count += each.count();
      bytes += each.bytes();
    }
  }
  const auto yardstick = [&](Parts parts) {
    return [&, parts](Stopwatch& stopwatch) { decode_and_insert(plan, rows, parts, stopwatch); };
  };
  auto out =
      measure({{"fold", [&](Stopwatch& watch) { fold_in_memory(plan, Flushing::kNever, watch); }},
               {"decode_and_insert", yardstick({})},
               {"fold_and_flush",
                [&](Stopwatch& watch) { fold_in_memory(plan, Flushing::kAsTheLoop, watch); }},
               {"envelopes_alone", yardstick({.event = false, .rows = false})},
               {"envelopes_and_events", yardstick({.rows = false})},
               {"rows_alone", yardstick({.envelope = false, .event = false})}},
              config, plan.own_records);
  out["share"] = share(out, "fold", "decode_and_insert");
  out["share_with_flush"] = share(out, "fold_and_flush", "decode_and_insert");
  out["rows_per_event"] = static_cast<double>(count) / static_cast<double>(plan.own_records);
  out["row_bytes_per_event"] = static_cast<double>(bytes) / static_cast<double>(plan.own_records);
  return out;
}

json rocksdb(const FoldingPlan& plan, const Config& config) {
  const auto commits = commits_of(plan);
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
  for (const auto& commit : commits) {
    count += commit.rows.count();
    bytes += commit.rows.bytes();
  }
  const auto fold_folder = config.folder / "fold";
  const auto raw_folder = config.folder / "raw";
  auto out = measure({{"fold",
                       [&](Stopwatch& watch) {
                         watch.without([&] { fs::remove_all(fold_folder); });
                         fold_into_rocks(plan, fold_folder, watch);
                       }},
                      {"write_batches",
                       [&](Stopwatch& watch) {
                         watch.without([&] { fs::remove_all(raw_folder); });
                         write_batches(commits, fold_folder, raw_folder);
                       }}},
                     config, plan.own_records);
  fs::remove_all(fold_folder);
  fs::remove_all(raw_folder);
  out["share"] = share(out, "fold", "write_batches");
  out["commits"] = commits.size();
  out["rows_per_event"] = static_cast<double>(count) / static_cast<double>(plan.own_records);
  out["row_bytes_per_event"] = static_cast<double>(bytes) / static_cast<double>(plan.own_records);
  return out;
}

// One side again and again, for a profiler.
void repeat(const FoldingPlan& plan, const Config& config) {
  const auto rows = config.only == "yardstick-memory" ? rows_of_records(plan) : RowsOfRecords();
  const auto until =
      std::chrono::steady_clock::now() + std::chrono::duration<double>(config.seconds);
  int times = 0;
  double cpu = 0;
  while (std::chrono::steady_clock::now() < until) {
    Stopwatch watch;
    if (config.only == "fold-memory") {
      fold_in_memory(plan, Flushing::kNever, watch);
    } else if (config.only == "fold-rocksdb") {
      watch.without([&] { fs::remove_all(config.folder / "fold"); });
      fold_into_rocks(plan, config.folder / "fold", watch);
    } else {
      decode_and_insert(plan, rows, {}, watch);
    }
    cpu += watch.spent().cpu_seconds;
    ++times;
  }
  fs::remove_all(config.folder / "fold");
  const auto events = static_cast<double>(plan.own_records) * times;
  fmt::print("{}\n", json{{"times", times},
                          {"cpu_us_per_event", 1e6 * cpu / events},
                          {"events_per_second", events / cpu}}
                         .dump());
}

int main_of(int argc, char** argv) {
  CLI::App app("Folds a stopped server's log on one core and compares with what that must cost.");
  Config config;
  app.add_option("--log", config.log, "Folder of the log: <data.path>/log")->required();
  app.add_option("--folder", config.folder, "Where RocksDB is tried; a folder of its own is made");
  app.add_option("--records", config.records_max, "At most so many of each service");
  app.add_option("--rounds", config.rounds, "Of each side")->check(CLI::Range(1, 99));
  app.add_flag("--dispatch-alone", config.dispatch_alone, "Without membership and notification");
  app.add_option("--only", config.only, "One half, or one side for a profiler, with --seconds")
      ->check(
          CLI::IsMember({"memory", "rocksdb", "fold-memory", "yardstick-memory", "fold-rocksdb"}));
  app.add_option("--seconds", config.seconds, "How long one side is repeated");
  CLI11_PARSE(app, argc, argv);
  const bool one_side = config.only.find('-') != std::string::npos;
  if (one_side != (config.seconds > 0)) {
    throw std::runtime_error("--seconds goes with fold-memory, yardstick-memory or fold-rocksdb");
  }

  const int core = pin_to_one_core();
  const std::array<const runtime::Fold*, 3> all{&membership::membership_fold(),
                                                &dispatch::dispatch_fold(),
                                                &notification::notification_fold()};
  const auto journal = read_journal(config.log, all, config.records_max);
  const auto plan = plan_of(journal, config.dispatch_alone ? std::span(all).subspan(1, 1) : all);
  if (plan.own_records == 0) throw std::runtime_error("the log holds no records");
  config.folder /= fmt::format("lianmeng-fold-bench-{}", ::getpid());
  fs::create_directories(config.folder);
  if (one_side) {
    repeat(plan, config);
  } else {
    json out{{"core", core},
             {"events", plan.own_records},
             {"followed", plan.followed_records},
             {"event_bytes",
              static_cast<double>(plan.own_bytes) / static_cast<double>(plan.own_records)}};
    if (config.only != "rocksdb") out["memory"] = memory(plan, config);
    if (config.only != "memory") out["rocksdb"] = rocksdb(plan, config);
    fmt::print("{}\n", out.dump());
  }
  fs::remove_all(config.folder);
  return 0;
}

}  // namespace
}  // namespace lianmeng::bench

int main(int argc, char** argv) {
  try {
    return lianmeng::bench::main_of(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "lianmeng-fold-bench: {}\n", error.what());
  }
  return 1;
}
