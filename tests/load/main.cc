// lianmeng-load: drives a running server and writes what it measured as JSON.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "lianmeng/platform/v1/platform_service.pb.h"
#include "load/client.h"
#include "load/counties.h"
#include "load/process.h"
#include "load/produce.h"
#include "load/survey.h"
#include "load/takeover.h"
#include "load/workload.h"

namespace lianmeng::load {
namespace {

using nlohmann::json;
using SteadyClock = std::chrono::steady_clock;

double micros(std::chrono::nanoseconds time) { return static_cast<double>(time.count()) / 1e3; }

json to_json(const Histogram& latency) {
  return {{"p50_us", micros(latency.quantile(0.5))},  {"p90_us", micros(latency.quantile(0.9))},
          {"p99_us", micros(latency.quantile(0.99))}, {"p999_us", micros(latency.quantile(0.999))},
          {"max_us", micros(latency.max())},          {"mean_us", micros(latency.mean())}};
}

int print_run(const WorkloadConfig& config) {
  const auto result = run(config);
  json out = to_json(result.latency);
  out["in_flight"] = config.in_flight;
  if (config.rate > 0) {
    out["rate"] = config.rate;
    out["due"] = result.due;
    out["unsent"] = result.unsent;
    out["unanswered"] = result.unanswered;
  }
  out["channels"] = config.channels;
  out["threads"] = config.threads;
  out["seconds"] = result.seconds;
  out["calls"] = result.calls;
  out["commands"] = result.commands;
  out["per_second"] =
      result.seconds > 0 ? static_cast<double>(result.commands) / result.seconds : 0.0;
  out["failures"] = result.failures;
  out["client_cpu_seconds"] = result.client_cpu_seconds;
  out["server_cpu_seconds"] = result.server_cpu_seconds;
  fmt::print("{}\n", out.dump());
  return result.failures.empty() ? 0 : 1;
}

// Writes 4 KiB behind one another and syncs each, as a log that syncs every record must.
int print_sync(const std::filesystem::path& folder, std::chrono::milliseconds duration) {
  const auto file = folder / "fdatasync.tmp";
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) throw std::runtime_error("cannot write into " + folder.string());
  const std::string block(4096, 'x');
  Histogram latency;
  const auto started = SteadyClock::now();
  while (SteadyClock::now() - started < duration) {
    const auto before = SteadyClock::now();
    if (::write(fd, block.data(), block.size()) != static_cast<ssize_t>(block.size()) ||
        ::fdatasync(fd) != 0) {
      throw std::runtime_error("cannot write or sync " + file.string());
    }
    latency.record(SteadyClock::now() - before);
  }
  const auto seconds = std::chrono::duration<double>(SteadyClock::now() - started).count();
  ::close(fd);
  std::filesystem::remove(file);
  json out = to_json(latency);
  out["per_second"] = static_cast<double>(latency.count()) / seconds;
  fmt::print("{}\n", out.dump());
  return 0;
}

// Of all processes together.
int print_info(const Addresses& addresses) {
  json out{{"ready", true}, {"events", json::object()}};
  std::uint64_t all = 0;
  for (const auto& address :
       std::set{addresses.membership, addresses.dispatch, addresses.notification}) {
    Addresses one(address);
    one.access = addresses.access;
    Client client(one, 1);
    const auto info = ask<platform::v1::GetInfoResponse>(client, {.actor = kOperator},
                                                         platform::v1::GetInfoRequest());
    out["version"] = info.version();
    if (!info.ready()) out["ready"] = false;
    for (const auto& service : info.services()) {
      std::uint64_t events = 0;
      for (const auto& partition : service.partitions()) events += partition.sequence();
      out["events"][service.name()] = events;
      all += events;
    }
  }
  out["all_events"] = all;
  fmt::print("{}\n", out.dump());
  return 0;
}

int print_counties(const Addresses& addresses, int count, const std::filesystem::path& file) {
  Client client(addresses, 1);
  const auto counties = create_counties(client, count);
  save(counties, file);
  fmt::print("{}\n", json{{"counties", counties.size()}}.dump());
  return 0;
}

int print_survey(const Addresses& addresses, const std::filesystem::path& counties_file,
                 const std::filesystem::path& file) {
  Client client(addresses, 1);
  const auto started = SteadyClock::now();
  const auto places = survey(client, load_counties(counties_file));
  const auto seconds = std::chrono::duration<double>(SteadyClock::now() - started).count();
  save(places, file);
  fmt::print("{}\n", json{{"counties", places.size()}, {"seconds", seconds}}.dump());
  return 0;
}

int print_produce(const std::string& bootstrap, std::chrono::milliseconds duration) {
  const auto latency = measure_produce(bootstrap, duration);
  json out = to_json(latency);
  out["per_second"] =
      static_cast<double>(latency.count()) / std::chrono::duration<double>(duration).count();
  fmt::print("{}\n", out.dump());
  return 0;
}

// Of the counties whose first host of `pods` is that one.
int print_takeover(const Addresses& addresses, const std::vector<County>& all, int pid, int pods,
                   int ordinal) {
  std::vector<County> counties;
  for (const auto& county : all) {
    if (county.partition % pods == ordinal) counties.push_back(county);
  }
  const auto result = measure_takeover(addresses, counties, pid);
  json took = json::array();
  for (const auto time : result.took) took.push_back(micros(time) / 1e3);
  fmt::print("{}\n", json{{"took_ms", took}, {"failures", result.failures}}.dump());
  return 0;
}

int main_of(int argc, char** argv) {
  CLI::App app("Drives a running lianmeng and measures it. Every answer is one line of JSON.");
  app.require_subcommand(1);

  WorkloadConfig config;
  std::string counties_file;
  std::string places_file;
  std::string address = "127.0.0.1:50051";
  Addresses addresses;
  int count = 48;
  int duration_ms = 0;
  int warm_up_ms = 0;
  std::string folder = ".";

  const auto add_addresses = [&](CLI::App* to) {
    to->add_option("--address", address, "Of the server, or of those that have no option below");
    to->add_option("--membership", addresses.membership, "Of that service");
    to->add_option("--dispatch", addresses.dispatch, "Of that service");
    to->add_option("--notification", addresses.notification, "Of that service");
    auto& access = addresses.access;
    to->add_option("--ca-file", access.ca_file, "TLS: who vouches for the servers, PEM");
    auto* key = to->add_option("--token-key", access.token_key,
                               "Signs a token for everybody in whose name it calls, as a private "
                               "key of `lianmengctl token key`");
    to->add_option("--issuer", access.issuer, "Of these tokens")->needs(key);
    to->add_option("--audience", access.audience, "Of these tokens")->needs(key);
  };

  auto* setup = app.add_subcommand("setup", "Creates counties, one for each partition");
  add_addresses(setup);
  setup->add_option("--count", count, "How many")->check(CLI::Range(1, 48));
  setup->add_option("--counties", counties_file, "File to write them to")->required();

  auto* look = app.add_subcommand("survey", "Notes what there is to read, for get and list");
  add_addresses(look);
  look->add_option("--counties", counties_file, "As setup wrote it")->required();
  look->add_option("--places", places_file, "File to write it to")->required();

  const std::map<std::string, Mode> modes{{"ping", Mode::kPing},
                                          {"unary", Mode::kUnary},
                                          {"batch", Mode::kBatch},
                                          {"get", Mode::kGet},
                                          {"list", Mode::kList}};
  auto* run = app.add_subcommand("run", "A closed loop of calls; with --rate an open one");
  add_addresses(run);
  run->add_option("--mode", config.mode, "ping, unary, batch, get or list")
      ->required()
      ->transform(CLI::CheckedTransformer(modes));
  run->add_option("--counties", counties_file, "As setup wrote it; not for ping");
  run->add_option("--places", places_file, "As survey wrote it; for get and list");
  run->add_option("--in-flight", config.in_flight, "Calls at a time")->check(CLI::Range(1, 4096));
  run->add_option("--rate", config.rate,
                  "Calls a second that come at random moments, answered or not; latency from when "
                  "each was due. --in-flight is then the most at a time")
      ->check(CLI::NonNegativeNumber);
  run->add_option("--channels", config.channels, "Connections")->check(CLI::Range(1, 64));
  run->add_option("--threads", config.threads, "Threads of this process")->check(CLI::Range(1, 16));
  run->add_option("--batch", config.batch, "Commands in a batch")->check(CLI::Range(1, 1000));
  run->add_option("--duration-ms", duration_ms, "How long; or --commands");
  run->add_option("--warm-up-ms", warm_up_ms, "Not measured, before the duration");
  run->add_option("--commands", config.commands, "How many, where there is no duration");
  run->add_option("--server-pid", config.server_pids, "Whose CPU time to tell; several are added");

  auto* sync = app.add_subcommand("fdatasync", "Writes of 4 KiB, each synced");
  sync->add_option("--folder", folder, "On the disk in question");
  sync->add_option("--duration-ms", duration_ms, "How long")->required();

  auto* info = app.add_subcommand("info", "How many events each service has");
  add_addresses(info);

  std::string bootstrap;
  auto* produce = app.add_subcommand("produce", "Records produced to Kafka one by one");
  produce->add_option("--bootstrap", bootstrap, "Of the brokers")->required();
  produce->add_option("--duration-ms", duration_ms, "How long")->required();

  int pid = 0;
  int pods = 2;
  int ordinal = 0;
  auto* takeover = app.add_subcommand(
      "takeover",
      "Kills a host of dispatch, and tells how long the counties that it acts for wait");
  add_addresses(takeover);
  takeover->add_option("--counties", counties_file, "As setup wrote it")->required();
  takeover->add_option("--kill", pid, "The process")->required();
  takeover->add_option("--pods", pods, "How many hosts dispatch has");
  takeover->add_option("--ordinal", ordinal, "Which of them it is");

  CLI11_PARSE(app, argc, argv);
  for (auto* each : {&addresses.membership, &addresses.dispatch, &addresses.notification}) {
    if (each->empty()) *each = address;
  }
  if (*setup) return print_counties(addresses, count, counties_file);
  if (*produce) return print_produce(bootstrap, std::chrono::milliseconds(duration_ms));
  if (*takeover) {
    return print_takeover(addresses, load_counties(counties_file), pid, pods, ordinal);
  }
  if (*sync) return print_sync(folder, std::chrono::milliseconds(duration_ms));
  if (*info) return print_info(addresses);
  if (*look) return print_survey(addresses, counties_file, places_file);

  if (duration_ms <= 0 && config.commands == 0) {
    throw std::runtime_error("say how long (--duration-ms) or how many (--commands)");
  }
  if (config.rate > 0 && duration_ms <= 0) {
    throw std::runtime_error("a rate needs a time: --duration-ms");
  }
  config.addresses = addresses;
  config.duration = std::chrono::milliseconds(duration_ms);
  config.warm_up = std::chrono::milliseconds(warm_up_ms);
  if (config.mode != Mode::kPing) config.counties = load_counties(counties_file);
  if (config.mode == Mode::kGet || config.mode == Mode::kList) {
    config.places = load_places(places_file);
    if (config.places.size() != config.counties.size()) {
      throw std::runtime_error(
          fmt::format("{} has {} counties and {} has {}: make the survey again", places_file,
                      config.places.size(), counties_file, config.counties.size()));
    }
  }
  return print_run(config);
}

}  // namespace
}  // namespace lianmeng::load

int main(int argc, char** argv) {
  try {
    return lianmeng::load::main_of(argc, argv);
  } catch (const lianmeng::load::CallFailed& failed) {
    fmt::print(stderr, "lianmeng-load: {}\n", lianmeng::load::to_string(failed.outcome));
  } catch (const std::exception& error) {
    fmt::print(stderr, "lianmeng-load: {}\n", error.what());
  }
  return 1;
}
