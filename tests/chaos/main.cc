// lianmeng-chaos: breaks a running cluster in one way, again and again under load, and then looks
// whether every acknowledged command is there exactly once, in the log and in every replica.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>

#include "chaos/test.h"
#include "crash/report.h"
#include "platform/base/random.h"

namespace lianmeng::chaos {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kDiskBytes = 96u << 20;

int main_of(int argc, char** argv) {
  Settings settings;
  int seconds = 60;
  CLI::App app("Breaks a running cluster under load, and looks whether anything was lost.");
  app.add_option("--bin", settings.cluster.binaries, "Folder of the services' programs")
      ->required()
      ->check(CLI::ExistingDirectory);
  app.add_option("--bootstrap", settings.cluster.bootstrap, "Of the brokers")->required();
  app.add_option("--kafka-data", settings.kafka_data, "The brokers' folder, to break them");
  app.add_option("--kafka-up", settings.kafka_up, "deploy/kafka/up, to start them again");
  app.add_option("--fault", settings.fault, "What breaks")
      ->required()
      ->check(CLI::IsMember({"kill", "zombie", "both", "broker", "disk", "clock", "cut"}));
  app.add_option("--times", settings.times, "How often")->check(CLI::Range(1, 1'000'000));
  app.add_option("--seconds", seconds, "How long, where it lasts")->check(CLI::Range(1, 86'400));
  app.add_option("--hosts", settings.cluster.hosts, "Of each service")->check(CLI::Range(2, 9));
  app.add_option("--seed", settings.seed, "Draws load and moments; 0: another each time");
  app.add_option("--in-flight", settings.in_flight, "Calls at a time")->check(CLI::Range(1, 4096));
  app.add_flag("--keep", settings.keep, "Keep the folder when all is well, too");
  CLI11_PARSE(app, argc, argv);
  settings.duration = std::chrono::seconds(seconds);
  if (settings.fault == "disk") settings.cluster.disk_bytes = kDiskBytes;
  settings.cluster.binaries = fs::absolute(settings.cluster.binaries);
  if (settings.seed == 0) settings.seed = SystemRandom().next() % 1'000'000 + 1;
  settings.cluster.folder = crash::make_folder("lianmeng-chaos");
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  fmt::print("{}: seed {}, {}\n", settings.fault, settings.seed, settings.cluster.folder.string());

  return crash::tell_outcome(
      run(settings), settings.seed,
      {.folder = settings.cluster.folder, .what = "stores and output", .always = settings.keep});
}

}  // namespace
}  // namespace lianmeng::chaos

int main(int argc, char** argv) {
  // A host that ends waits until we have noticed; of a channel without calls gRPC's own look is
  // every 5 s.
  ::setenv("GRPC_CLIENT_CHANNEL_BACKUP_POLL_INTERVAL_MS", "100", 0);
  try {
    return lianmeng::chaos::main_of(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "lianmeng-chaos: {}\n", error.what());
    return 1;
  }
}
