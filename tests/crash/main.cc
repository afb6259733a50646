// lianmeng-crash: kills a real server under load, again and again, and then looks whether every
// acknowledged command is there exactly once, every other at most once, and nothing else.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>

#include "crash/audit.h"
#include "crash/driver.h"
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
    tell(logs);

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

  void tell(const std::map<std::string, ServiceLog>& logs) const {
    fmt::print("{} commands: {} acknowledged, {} of them as accepted before; {} left unanswered\n",
               driver_.ledger().asked.size(), driver_.answered(), driver_.repeated(),
               driver_.given_up());
    for (const auto& [service, log] : logs) {
      fmt::print("{}: {} events, {} void records\n", service, log.events.size(), log.void_records);
    }
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
  auto folder = (fs::temp_directory_path() / "lianmeng-crash-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) {
    throw std::runtime_error("no temporary folder in " + fs::temp_directory_path().string());
  }
  settings.folder = folder;
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  fmt::print("seed {}, {} kills, {}\n", settings.seed, settings.kills, folder);

  Test test(settings);
  std::vector<std::string> wrong;
  try {
    test.run();
  } catch (const load::CallFailed& failed) {
    wrong.push_back(to_string(failed.outcome));
  } catch (const std::exception& error) {
    wrong.push_back(error.what());
  }
  wrong.insert(wrong.end(), test.ledger().wrong.begin(), test.ledger().wrong.end());
  constexpr std::size_t kShown = 50;
  for (std::size_t i = 0; i < std::min(wrong.size(), kShown); ++i) {
    fmt::print("WRONG: {}\n", wrong[i]);
  }
  if (wrong.size() > kShown) fmt::print("… and {} more\n", wrong.size() - kShown);
  if (!wrong.empty()) {
    fmt::print("seed {} failed; log, store and output of the server are in {}\n", settings.seed,
               folder);
  } else if (!settings.keep) {
    fs::remove_all(folder);
  }
  fmt::print("{} passed, {} failed\n", wrong.empty() ? 1 : 0, wrong.empty() ? 0 : 1);
  return wrong.empty() ? 0 : 1;
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
