// lianmeng-chaos: breaks a running cluster in one way, again and again under load, and then looks
// whether every acknowledged command is there exactly once, in the log and in every replica.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <sstream>
#include <stdexcept>

#include "chaos/brokers.h"
#include "chaos/cluster.h"
#include "chaos/replicas.h"
#include "crash/audit.h"
#include "crash/driver.h"
#include "ctl/local/state_verify.h"
#include "dispatch/fold.h"
#include "membership/fold.h"
#include "notification/fold.h"
#include "platform/base/ids.h"
#include "platform/log/kafka/kafka_log.h"

namespace lianmeng::chaos {
namespace {

namespace fs = std::filesystem;
using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kReadyMax{90'000};
constexpr milliseconds kQuietMax{60'000};
constexpr std::uint64_t kDiskBytes = 96u << 20;

struct Settings {
  ClusterSettings cluster;
  fs::path kafka_data;  // Of deploy/kafka/up; for the faults of brokers.
  fs::path kafka_up;
  std::string fault;
  int times = 1;
  milliseconds duration{60'000};  // Of faults that last.
  std::uint64_t seed = 0;
  int in_flight = 32;
  bool keep = false;
};

// Of "127.0.0.1:9092,127.0.0.1:9093".
std::vector<int> ports_of(const std::string& bootstrap) {
  std::vector<int> ports;
  std::istringstream brokers(bootstrap);
  for (std::string broker; std::getline(brokers, broker, ',');) {
    ports.push_back(std::stoi(broker.substr(broker.rfind(':') + 1)));
  }
  return ports;
}

class Test {
 public:
  explicit Test(const Settings& settings)
      : settings_(settings),
        cluster_(settings.cluster),
        brokers_(settings.kafka_data, settings.kafka_up),
        driver_({.seed = settings.seed, .in_flight = settings.in_flight, .many_hosts = true},
                cluster_.channels()) {}

  void run() {
    prepare();
    cluster_.start();
    driver_.create_counties();
    const auto began = SteadyClock::now();
    if (settings_.fault == "both") {
      load(settings_.duration);
    } else {
      for (int i = 1; i <= settings_.times; ++i) once(i);
    }
    fmt::print(
        "{} s of load\n",
        std::chrono::duration_cast<std::chrono::seconds>(SteadyClock::now() - began).count());
    settle();
  }

  crash::Ledger& ledger() { return driver_.ledger(); }

 private:
  void wrong(std::string text) { driver_.ledger().wrong.push_back(std::move(text)); }
  milliseconds draw(int from, int to) {
    return milliseconds(
        from + static_cast<int>(driver_.random().below(static_cast<std::uint64_t>(to - from + 1))));
  }
  void load(milliseconds time) { driver_.load_until(SteadyClock::now() + time); }
  // The load goes on meanwhile; false when it takes too long.
  bool load_until(const std::function<bool()>& condition) {
    const auto until = SteadyClock::now() + kReadyMax;
    while (!condition()) {
      if (SteadyClock::now() > until) return false;
      load(milliseconds(100));
    }
    return true;
  }
  void await_all(const std::string& after) {
    if (!load_until([&] { return cluster_.all_ready(); })) {
      throw std::runtime_error(after + ": not every host is ready again");
    }
  }

  // Dispatch, where the commands go, most of the time.
  Host& any_host() {
    const auto draw = driver_.random().below(4);
    const auto* service = draw == 0 ? "membership" : draw == 1 ? "notification" : "dispatch";
    return cluster_.host(service, static_cast<int>(driver_.random().below(
                                      static_cast<std::uint64_t>(settings_.cluster.hosts))));
  }

  // Two hosts that know nothing of each other: the first host of a partition acts, and so does the
  // second, whom nobody answers.
  void prepare() {
    if (settings_.fault == "cut") {
      std::vector<unsigned> groups;
      for (auto& host : cluster_.hosts()) groups.push_back(host.party().group);
      network_.emplace(ports_of(settings_.cluster.bootstrap), groups);
    }
    if (settings_.fault != "both") return;
    for (auto& host : cluster_.hosts()) {
      std::string peers;
      for (int i = 0; i < settings_.cluster.hosts; ++i) {
        peers += fmt::format("{}{}", i == 0 ? "" : ",",
                             i == host.ordinal() ? host.address() : "127.0.0.1:1");
      }
      host.tell({"--hosts.peers=" + peers});
    }
  }

  void once(int number) {
    load(draw(200, 800));
    const auto answered = driver_.answered();
    const auto began = SteadyClock::now();
    std::string told;
    if (settings_.fault == "kill") told = kill();
    if (settings_.fault == "zombie") told = zombie();
    if (settings_.fault == "broker") told = broker();
    if (settings_.fault == "disk") told = disk(number);
    if (settings_.fault == "clock") told = clock(number);
    if (settings_.fault == "cut") told = cut(number);
    await_all(told);
    fmt::print("{}: {}; {} answered in {} ms\n", number, told, driver_.answered() - answered,
               std::chrono::duration_cast<milliseconds>(SteadyClock::now() - began).count());
  }

  std::string kill() {
    auto& host = any_host();
    host.process().kill();
    load(draw(500, 2000));
    host.start();
    return host.name() + " killed";
  }

  // Longer than the takeover, so that the others act; then it believes that it still does.
  std::string zombie() {
    auto& host = any_host();
    const auto time = draw(1'000, 3'000);
    host.process().pause();
    load(time);
    host.process().go_on();
    load(milliseconds(500));
    return fmt::format("{} stood still for {} ms", host.name(), time.count());
  }

  std::string broker() {
    const int number = brokers_.any(driver_.random());
    if (driver_.random().one_in(2)) {
      const auto time = draw(500, 4'000);
      brokers_.pause(number);
      load(time);
      brokers_.go_on(number);
      return fmt::format("broker {} stood still for {} ms", number, time.count());
    }
    brokers_.kill(number);
    load(draw(200, 1'000));
    brokers_.start(number);
    return fmt::format("broker {} killed", number);
  }

  // Its disk is full for a while, or lost.
  std::string disk(int number) {
    auto& host = cluster_.host("dispatch", number % settings_.cluster.hosts);
    if (number % 3 == 1) {
      host.process().kill();
      fs::remove_all(host.options().data);
      host.start();
      return host.name() + " lost its disk";
    }
    const auto filler = host.options().data.parent_path() / "filler";
    {
      std::ofstream out(filler, std::ios::binary);
      const std::string piece(64 * 1024, 'x');
      while (out.write(piece.data(), static_cast<std::streamsize>(piece.size())).flush()) {
      }
    }
    load(milliseconds(3'000));
    if (!host.running()) wrong(host.name() + " ended when its disk was full");
    fs::remove(filler);
    return host.name() + "'s disk was full for 3 s";
  }

  // From the brokers, from its peers, from both; what it sends, what it is sent, both.
  std::string cut(int number) {
    constexpr From kFrom[] = {From::kBrokers, From::kPeers, From::kAll};
    constexpr Way kWay[] = {Way::kBoth, Way::kOut, Way::kIn};
    constexpr const char* kFromText[] = {"the brokers", "its peers", "everybody"};
    constexpr const char* kWayText[] = {"both ways", "outwards", "inwards"};
    auto& host = cluster_.host("dispatch", number % settings_.cluster.hosts);
    std::vector<Party> peers;
    for (auto& other : cluster_.hosts()) {
      if (&other != &host && other.service() == host.service()) peers.push_back(other.party());
    }
    const int from = (number - 1) % 3;
    const int way = (number - 1) / 3 % 3;
    network_->cut(host.party(), peers, kFrom[from], kWay[way]);
    const auto time = draw(1'000, 4'000);
    load(time);
    network_->heal();
    return fmt::format("{} cut off from {} {} for {} ms", host.name(), kFromText[from],
                       kWayText[way], time.count());
  }

  // An hour and a year, ahead and behind.
  std::string clock(int number) {
    const char* offsets[] = {"+1h", "-1h", "+1y", "-1y"};
    const std::string offset = offsets[(number - 1) % 4];
    auto& host = cluster_.host("dispatch", number % settings_.cluster.hosts);
    if (!host.stop()) wrong(host.name() + " did not end in good order");
    host.give({"LD_PRELOAD=/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
               "FAKETIME=" + offset, "FAKETIME_DONT_FAKE_MONOTONIC=1"});
    host.start();
    load(milliseconds(4'000));
    if (host.ready()) wrong(host.name() + " serves, its clock off by " + offset);
    host.process().kill();
    host.give({});
    host.start();
    return host.name() + "'s clock off by " + offset;
  }

  // The faults have stopped: everything must be answered, and everybody must be of one mind.
  void settle() {
    await_all("the faults have stopped");
    driver_.answer_all();
    driver_.await_notices();
    await_one_mind();
    const auto served = crash::take_snapshot(driver_.client(), driver_.counties());
    for (int i = 0; i < settings_.cluster.hosts; ++i) {
      load::Client client(cluster_.only(i), 1);
      for (const auto& text :
           crash::differences(served, crash::take_snapshot(client, driver_.counties()))) {
        wrong(fmt::format("hosts {}: {}", i, text));
      }
    }
    await_one_mind();
    // All at once: each waits some seconds for our connections, which nobody reads meanwhile.
    for (auto& host : cluster_.hosts()) host.ask_to_stop();
    for (auto& host : cluster_.hosts()) {
      if (!host.await_end()) wrong(host.name() + " did not end in good order");
    }
    log::KafkaLogConfig config;
    config.client.bootstrap_servers = settings_.cluster.bootstrap;
    const auto log = log::KafkaLog::open(config, {});
    if (!log) throw std::runtime_error(log.error().message_en);
    judge(served, **log);
    compare_replicas(**log);
  }

  // Until all hosts of a service stand at the same place.
  void await_one_mind() {
    const auto until = SteadyClock::now() + kQuietMax;
    while (true) {
      std::map<std::string, std::set<std::string>> places;
      for (const auto& line : cluster_.positions()) {
        const auto at = line.find(' ') + 1;
        const auto last = line.rfind(' ');
        places[line.substr(at, last - at)].insert(line.substr(last));
      }
      const bool one =
          std::ranges::all_of(places, [](const auto& place) { return place.second.size() == 1; });
      if (one) return;
      if (SteadyClock::now() > until) return wrong("the hosts do not come to the same place");
      driver_.client().poll(SteadyClock::now() + milliseconds(50));
    }
  }

  void judge(const crash::Snapshot& served, log::Log& log) {
    const auto logs = crash::read_log(log);
    crash::judge(driver_.counties(), logs, served, driver_.ledger());
    fmt::print("{} commands: {} acknowledged, {} of them as accepted before; {} left unanswered\n",
               driver_.ledger().asked.size(), driver_.answered(), driver_.repeated(),
               driver_.given_up());
    for (const auto& [service, records] : logs) {
      fmt::print("{}: {} events, {} void records\n", service, records.events.size(),
                 records.void_records);
    }
  }

  // Each host's rows beside the first one's, and the first one's beside a fresh fold of the log.
  void compare_replicas(log::Log& log) {
    const std::array<const runtime::Fold*, 3> folds{&membership::membership_fold(),
                                                    &dispatch::dispatch_fold(),
                                                    &notification::notification_fold()};
    for (const auto* fold : folds) {
      std::vector<StoredHost> stores;
      for (auto& host : cluster_.hosts()) {
        if (host.service() != fold->service()) continue;
        stores.push_back({host.name(), host.service(), host.options().data / "store"});
      }
      for (auto& text : differing_rows(stores)) wrong(std::move(text));
      const auto verdict = ctl::verify_state(std::span(&fold, 1), log, stores.front().store);
      if (!verdict) {
        wrong(verdict.error().message_en);
        continue;
      }
      fmt::print("{}: {} rows of {} hosts beside a fold of {} events\n", fold->service(),
                 verdict->rows, stores.size(), verdict->events);
      for (const auto& text : verdict->differences) wrong("beside a fresh fold: " + text);
      if (verdict->not_stored > 0) {
        wrong(fmt::format("{}: {} records are not stored", fold->service(), verdict->not_stored));
      }
    }
  }

  const Settings& settings_;
  Cluster cluster_;
  Brokers brokers_;
  std::optional<Network> network_;
  crash::Driver driver_;
};

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
  auto folder = (fs::temp_directory_path() / "lianmeng-chaos-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) {
    throw std::runtime_error("no temporary folder in " + fs::temp_directory_path().string());
  }
  settings.cluster.folder = folder;
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  fmt::print("{}: seed {}, {}\n", settings.fault, settings.seed, folder);

  std::vector<std::string> wrong;
  {
    Test test(settings);
    try {
      test.run();
    } catch (const load::CallFailed& failed) {
      wrong.push_back(to_string(failed.outcome));
    } catch (const std::exception& error) {
      wrong.push_back(error.what());
    }
    wrong.insert(wrong.end(), test.ledger().wrong.begin(), test.ledger().wrong.end());
  }
  constexpr std::size_t kShown = 50;
  for (std::size_t i = 0; i < std::min(wrong.size(), kShown); ++i) {
    fmt::print("WRONG: {}\n", wrong[i]);
  }
  if (wrong.size() > kShown) fmt::print("… and {} more\n", wrong.size() - kShown);
  if (!wrong.empty()) {
    fmt::print("seed {} failed; stores and output are in {}\n", settings.seed, folder);
  } else if (!settings.keep) {
    fs::remove_all(folder);
  }
  fmt::print("{} passed, {} failed\n", wrong.empty() ? 1 : 0, wrong.empty() ? 0 : 1);
  return wrong.empty() ? 0 : 1;
}

}  // namespace
}  // namespace lianmeng::chaos

int main(int argc, char** argv) {
  try {
    return lianmeng::chaos::main_of(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "lianmeng-chaos: {}\n", error.what());
    return 1;
  }
}
