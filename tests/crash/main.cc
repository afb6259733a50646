// lianmeng-crash: kills a real server under load, again and again, and then looks whether every
// acknowledged command is there exactly once, every other at most once, and nothing else.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>

#include "crash/audit.h"
#include "crash/driver.h"
#include "crash/report.h"
#include "load/process.h"
#include "platform/base/random.h"

namespace lianmeng::crash {
namespace {

namespace fs = std::filesystem;
using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// The seed draws from these.
constexpr milliseconds kLoadMin{50};
constexpr milliseconds kLoadMax{500};
constexpr std::uint64_t kDuringStart = 4;  // One kill in so many comes while the server starts.
constexpr milliseconds kReadyMax{60'000};

struct Settings {
  fs::path server;
  fs::path folder;
  int kills = 25;
  std::uint64_t seed = 0;
  int in_flight = 64;
  int counties = 12;
  bool keep = false;
};

class Test {
 public:
  explicit Test(const Settings& settings)
      : settings_(settings),
        options_{.binary = settings.server,
                 .data = settings.folder / "data",
                 .rpc_port = load::free_port(),
                 .ops_port = load::free_port(),
                 .output = settings.folder / "server.log",
                 // Small segments and early flushes, so that crashes fall into both.
                 .arguments = {"--log.segment_mib=2", "--runtime.flush_events=2000"}},
        driver_(
            {.seed = settings.seed, .in_flight = settings.in_flight, .counties = settings.counties},
            {2, load::Addresses(fmt::format("127.0.0.1:{}", options_.rpc_port))}) {}

  void run() {
    start();
    ready();
    driver_.create_counties();
    for (int i = 1; i <= settings_.kills; ++i) crash(i);

    start();
    ready();
    driver_.answer_all();
    driver_.await_notices();
    const auto served = take_snapshot(driver_.client(), driver_.counties());
    stop();
    const auto logs = read_log(options_.data / "log");
    judge(driver_.counties(), logs, served, driver_.ledger());
    tell_counts(driver_, logs);

    compare(served, "after a restart");
    fs::remove_all(options_.data / "store");
    compare(served, "folded anew, the store deleted");
  }

  const Ledger& ledger() const { return driver_.ledger(); }

 private:
  void start() { server_ = std::make_unique<load::Server>(options_); }

  void ready() {
    const auto began = SteadyClock::now();
    server_->await_ready(kReadyMax);
    start_took_ = std::chrono::duration_cast<milliseconds>(SteadyClock::now() - began);
    if (!driver_.client().connect(kReadyMax)) {
      throw std::runtime_error("ready, and takes no connection");
    }
  }

  void stop() {
    const int status = server_->stop(milliseconds(30'000));
    if (status != 0) {
      driver_.ledger().wrong.push_back(
          fmt::format("the server ended with status {} at SIGTERM", status));
    }
  }

  milliseconds draw(milliseconds from, milliseconds to) {
    return from + milliseconds(
                      driver_.random().below(static_cast<std::uint64_t>((to - from).count()) + 1));
  }

  void crash(int number) {
    if (!server_->running()) {
      start();
      if (driver_.random().one_in(kDuringStart)) {
        const auto wait = draw(milliseconds(0), start_took_);
        await(SteadyClock::now() + wait);
        server_->kill();
        fmt::print("kill {}: {} ms into its start\n", number, wait.count());
        return;
      }
      ready();
    }
    const auto wait = draw(kLoadMin, kLoadMax);
    const auto answered = driver_.answered();
    driver_.load_until(SteadyClock::now() + wait);
    const int in_flight = driver_.in_flight();
    server_->kill();
    driver_.drain();
    fmt::print("kill {}: {} ms into the load, {} answered, {} in flight, {} to be asked again\n",
               number, wait.count(), driver_.answered() - answered, in_flight,
               driver_.to_be_asked_again());
  }

  void await(SteadyClock::time_point until) {
    while (SteadyClock::now() < until) driver_.client().poll(until);
  }

  void compare(const Snapshot& served, std::string_view when) {
    start();
    ready();
    fmt::print("{}: ready after {} ms\n", when, start_took_.count());
    for (const auto& text :
         differences(served, take_snapshot(driver_.client(), driver_.counties()))) {
      driver_.ledger().wrong.push_back(fmt::format("{}: {}", when, text));
    }
    stop();
  }

  const Settings& settings_;
  const load::ServerOptions options_;
  std::unique_ptr<load::Server> server_;
  milliseconds start_took_{200};
  Driver driver_;
};

int main_of(int argc, char** argv) {
  Settings settings;
  std::string server;
  CLI::App app(
      "Kills a real server under load and looks whether every acknowledged command is there "
      "exactly "
      "once, every other at most once, and nothing else.");
  app.add_option("--server", server, "The binary lianmeng")->required()->check(CLI::ExistingFile);
  app.add_option("--kills", settings.kills, "How often")
      ->envname("LIANMENG_CRASH_KILLS")
      ->check(CLI::Range(1, 100'000));
  app.add_option("--seed", settings.seed, "Draws load and moments; 0: another each time")
      ->envname("LIANMENG_CRASH_SEED");
  app.add_option("--in-flight", settings.in_flight, "Calls at a time")->check(CLI::Range(1, 4096));
  app.add_option("--counties", settings.counties, "Each in a partition of its own")
      ->check(CLI::Range(1, 48));
  app.add_flag("--keep", settings.keep, "Keep the folder when all is well, too");
  CLI11_PARSE(app, argc, argv);
  settings.server = fs::absolute(server);
  if (settings.seed == 0) settings.seed = SystemRandom().next() % 1'000'000 + 1;
  settings.folder = make_folder("lianmeng-crash");
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  fmt::print("seed {}, {} kills, {}\n", settings.seed, settings.kills, settings.folder.string());

  Test test(settings);
  const auto wrong = wrong_of([&] { test.run(); }, test.ledger());
  return tell_outcome(wrong, settings.seed,
                      {.folder = settings.folder,
                       .what = "log, store and output of the server",
                       .always = settings.keep});
}

}  // namespace
}  // namespace lianmeng::crash

int main(int argc, char** argv) {
  try {
    return lianmeng::crash::main_of(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "lianmeng-crash: {}\n", error.what());
    return 1;
  }
}
