#include "chaos/test.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <stdexcept>

#include "chaos/brokers.h"
#include "chaos/replicas.h"
#include "crash/audit.h"
#include "crash/driver.h"
#include "crash/report.h"
#include "lianmeng/dispatch/v1/dispatch_service.pb.h"
#include "platform/log/kafka/kafka_log.h"

namespace lianmeng::chaos {
namespace {

namespace fs = std::filesystem;
using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kReadyMax{90'000};
constexpr milliseconds kQuietMax{60'000};
// Of the load, where nothing is about to break: hosts that start have the machine to themselves,
// and the judge has less to read.
constexpr milliseconds kFull{300};
constexpr milliseconds kLight{700};

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
    took("topics");
    prepare();
    cluster_.start();
    took("start");
    driver_.create_counties();
    await_rosters();
    took("counties");
    if (settings_.fault == "both") {
      const auto until = SteadyClock::now() + settings_.duration;
      while (SteadyClock::now() < until) {
        load(kFull);
        load_lightly(kLight);
      }
    } else {
      for (int i = 1; i <= settings_.times; ++i) once(i);
      load(kFull);  // Also of what the last one left behind.
    }
    took("faults");
    settle();
    fmt::print("seconds:{}\n", took_);
  }

  crash::Ledger& ledger() { return driver_.ledger(); }

 private:
  void wrong(std::string text) { driver_.ledger().wrong.push_back(std::move(text)); }
  // Notes what the part of the run that ends here has taken.
  void took(std::string_view part) {
    const auto now = SteadyClock::now();
    took_ += fmt::format(" {} {:.1f}", part, std::chrono::duration<double>(now - mark_).count());
    mark_ = now;
  }
  milliseconds draw(int from, int to) {
    return milliseconds(
        from + static_cast<int>(driver_.random().below(static_cast<std::uint64_t>(to - from + 1))));
  }
  void load(milliseconds time) { driver_.load_until(SteadyClock::now() + time); }
  void load_lightly(milliseconds time) { driver_.load_lightly_until(SteadyClock::now() + time); }
  // A light load goes on meanwhile; false when it takes too long.
  bool load_until(const std::function<bool()>& condition) {
    const auto until = SteadyClock::now() + kReadyMax;
    while (!condition()) {
      if (SteadyClock::now() > until) return false;
      load_lightly(milliseconds(100));
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

  // A host that has not read membership's log so far yet would refuse whom it does not know.
  void await_rosters() {
    const auto until = SteadyClock::now() + kQuietMax;
    for (int i = 0; i < settings_.cluster.hosts; ++i) {
      load::Client client(cluster_.only(i), 1);
      for (const auto& county : driver_.counties()) {
        dispatch::v1::ListDemandsRequest list;
        list.set_county(county.id);
        list.set_page_size(1);
        while (true) {
          try {
            load::ask<dispatch::v1::ListDemandsResponse>(client, {.actor = county.cadre}, list);
            break;
          } catch (const load::CallFailed&) {
            if (SteadyClock::now() > until) throw;
          }
        }
      }
    }
  }

  // Dispatch and notification by turns, and of each the hosts.
  Host& host_in_turn(int number) {
    return cluster_.host(kLoaded[number % 2], number / 2 % settings_.cluster.hosts);
  }

  void prepare() {
    if (settings_.fault == "cut") {
      std::vector<unsigned> groups;
      for (auto& host : cluster_.hosts()) groups.push_back(host.party().group);
      network_.emplace(ports_of(settings_.cluster.bootstrap), groups);
    }
    if (settings_.fault != "both") return;
    // A host that knows of none but itself is the first of every partition.
    for (auto& host : cluster_.hosts()) host.tell({"--hosts.peers=" + host.address()});
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
    load_lightly(draw(500, 2000));
    host.start();
    return host.name() + " killed";
  }

  // Longer than the takeover, so that the others act; then it believes that it still does.
  std::string zombie() {
    auto& host = any_host();
    const auto time = draw(1'000, 3'000);
    host.process().pause();
    load_lightly(time - kFull);
    load(kFull);
    host.process().go_on();
    load(milliseconds(500));
    return fmt::format("{} stood still for {} ms", host.name(), time.count());
  }

  std::string broker() {
    const int number = brokers_.any(driver_.random());
    if (driver_.random().one_in(2)) {
      const auto time = draw(500, 4'000);
      brokers_.pause(number);
      load_lightly(time);
      brokers_.go_on(number);
      return fmt::format("broker {} stood still for {} ms", number, time.count());
    }
    brokers_.kill(number);
    load_lightly(draw(200, 1'000));
    brokers_.start(number);
    return fmt::format("broker {} killed", number);
  }

  // Its disk is full for a while, or lost.
  std::string disk(int number) {
    auto& host = host_in_turn(number);
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
    const int from = (number - 1) % 3;
    const int way = (number - 1) / 3 % 3;
    // Hosts of notification have nothing to say to each other: no command comes to them.
    auto& host = kFrom[from] == From::kPeers
                     ? cluster_.host("dispatch", number / 2 % settings_.cluster.hosts)
                     : host_in_turn(number);
    std::vector<Party> peers;
    for (auto& other : cluster_.hosts()) {
      if (&other != &host && other.service() == host.service()) peers.push_back(other.party());
    }
    network_->cut(host.party(), peers, kFrom[from], kWay[way]);
    const auto time = draw(1'000, 4'000);
    load(kFull);
    load_lightly(time - kFull);
    const auto lost = network_->heal();
    auto told = fmt::format("{} cut off from {} {} for {} ms, {} packets lost", host.name(),
                            kFromText[from], kWayText[way], time.count(), lost);
    if (lost == 0) wrong(told);
    return told;
  }

  // An hour and a year, ahead and behind.
  std::string clock(int number) {
    constexpr int kHour = 3'600;
    constexpr int kYear = 365 * 24 * kHour;
    const int offsets[] = {kHour, -kHour, kYear, -kYear};
    const int offset = offsets[(number - 1 + (number - 1) / 4) % 4];
    auto& host = host_in_turn(number);
    if (!host.stop()) wrong(host.name() + " did not end in good order");
    host.give({"LD_PRELOAD=" + (settings_.cluster.binaries / "lianmeng-chaos-clock.so").string(),
               fmt::format("LIANMENG_CHAOS_CLOCK_OFF={}", offset)});
    host.start();
    const auto told = fmt::format("{}'s clock off by {} h", host.name(), offset / kHour);
    if (!load_until([&] { return !host.running() || blames_its_clock(host); })) {
      wrong(told + ": it does not say so");
    }
    load(kFull);
    if (!host.running()) wrong(told + ": it ended by itself");
    if (host.ready()) wrong(told + ": it serves");
    host.process().kill();
    host.give({});
    host.start();
    return told;
  }

  // It looks at its clock when there is something to decide. What is only to be tried is decided by
  // whoever is asked, and leaves nothing behind.
  void try_to_submit(Host& host) {
    const auto& county = driver_.counties().front();
    dispatch::v1::SubmitDemandRequest request;
    request.set_county(county.id);
    request.set_title("时钟");
    request.set_kind(dispatch::v1::DEMAND_KIND_TECHNIQUE);
    request.set_validate_only(true);
    load::Client client(host.address(), 1);
    try {
      load::ask<dispatch::v1::SubmitDemandResponse>(
          client, {.actor = county.cadre, .timeout = milliseconds(500)}, request);
    } catch (const load::CallFailed&) {  // As it should; it says why when it is asked.
    }
  }

  bool blames_its_clock(Host& host) {
    if (host.service() == "dispatch") try_to_submit(host);
    const auto reasons = host.not_ready().value_or(std::vector<std::string>());
    return std::ranges::any_of(reasons, [](const std::string& reason) {
      return reason.find("the clock is more than") != std::string::npos;
    });
  }

  // The faults have stopped: everything must be answered, and everybody must be of one mind.
  void settle() {
    await_all("the faults have stopped");
    driver_.answer_all();
    driver_.await_notices();
    await_one_mind();
    took("answers");
    const auto served = crash::take_snapshot(driver_.client(), driver_.counties());
    for (int i = 0; i < settings_.cluster.hosts; ++i) {
      load::Client client(cluster_.only(i), 1);
      for (const auto& text :
           crash::differences(served, crash::take_snapshot(client, driver_.counties()))) {
        wrong(fmt::format("hosts {}: {}", i, text));
      }
    }
    await_one_mind();
    took("snapshots");
    // All at once: each waits some seconds for our connections, which nobody reads meanwhile.
    for (auto& host : cluster_.hosts()) host.ask_to_stop();
    for (auto& host : cluster_.hosts()) {
      if (!host.await_end()) wrong(host.name() + " did not end in good order");
    }
    took("stop");
    judge(served);
    took("log");
    std::vector<StoredHost> stores;
    for (const auto& host : cluster_.hosts()) {
      stores.push_back({host.name(), host.service(), host.options().data / "store"});
    }
    for (auto& text : compare_replicas(stores, settings_.cluster.bootstrap)) wrong(std::move(text));
    took("rows");
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

  void judge(const crash::Snapshot& served) {
    log::KafkaLogConfig config;
    config.client.bootstrap_servers = settings_.cluster.bootstrap;
    const auto log = log::KafkaLog::open(config, {});
    if (!log) throw std::runtime_error(log.error().message_en);
    const auto logs = crash::read_log(**log);
    crash::judge(driver_.counties(), logs, served, driver_.ledger());
    crash::tell_counts(driver_, logs);
    if (settings_.fault != "both") return;
    for (const auto* service : kLoaded) {
      if (logs.at(service).void_records == 0) {
        wrong(fmt::format("{}: no record is void, so no two hosts acted at once", service));
      }
    }
  }

  const Settings& settings_;
  SteadyClock::time_point mark_ = SteadyClock::now();
  std::string took_;  // " topics 1.2 start 3.4 …"
  Cluster cluster_;
  Brokers brokers_;
  std::optional<Network> network_;
  crash::Driver driver_;
};

}  // namespace

std::vector<std::string> run(const Settings& settings) {
  Test test(settings);
  return crash::wrong_of([&] { test.run(); }, test.ledger());
}

}  // namespace lianmeng::chaos
