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
#include "crash/ledger.h"
#include "lianmeng/dispatch/v1/dispatch_service.pb.h"
#include "lianmeng/notification/v1/notification_service.pb.h"
#include "load/client.h"
#include "load/counties.h"
#include "load/process.h"
#include "platform/base/random.h"

namespace lianmeng::crash {
namespace {

namespace d = dispatch::v1;
namespace fs = std::filesystem;
using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// Of the load; the seed draws from these.
constexpr milliseconds kLoadMin{50};
constexpr milliseconds kLoadMax{500};
constexpr std::uint64_t kDuringStart = 4;    // One kill in so many comes while the server starts.
constexpr std::uint64_t kWithExternal = 10;  // One submission in so many has an external id…
constexpr std::uint64_t kAgain = 40;         // …and one call in so many sends such a one again.
constexpr std::uint64_t kGiveUp = 10;        // One unanswered command in so many is left so.
constexpr milliseconds kReadyMax{60'000};
constexpr milliseconds kQuietMax{60'000};

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
        random_(settings.seed),
        options_{.binary = settings.server,
                 .data = settings.folder / "data",
                 .rpc_port = load::free_port(),
                 .ops_port = load::free_port(),
                 .output = settings.folder / "server.log",
                 // Small segments and early flushes, so that crashes fall into both.
                 .arguments = {"--log.segment_mib=2", "--runtime.flush_events=2000"}},
        client_(fmt::format("127.0.0.1:{}", options_.rpc_port), 2) {}

  void run() {
    start();
    ready();
    counties_ = load::create_counties(client_, settings_.counties);
    for (int i = 1; i <= settings_.kills; ++i) crash(i);

    start();
    ready();
    answer_all();
    await_notices();
    const auto served = take_snapshot(client_, counties_);
    stop();
    const auto logs = read_log(options_.data / "log");
    judge(counties_, logs, served, ledger_);
    tell(logs);

    compare(served, "after a restart");
    fs::remove_all(options_.data / "store");
    compare(served, "folded anew, the store deleted");
  }

  const Ledger& ledger() const { return ledger_; }

 private:
  void start() { server_ = std::make_unique<load::Server>(options_); }

  void ready() {
    const auto began = SteadyClock::now();
    server_->await_ready(kReadyMax);
    start_took_ = std::chrono::duration_cast<milliseconds>(SteadyClock::now() - began);
    if (!client_.connect(kReadyMax)) throw std::runtime_error("ready, and takes no connection");
  }

  void stop() {
    const int status = server_->stop(milliseconds(30'000));
    if (status != 0) {
      ledger_.wrong.push_back(fmt::format("the server ended with status {} at SIGTERM", status));
    }
  }

  milliseconds draw(milliseconds from, milliseconds to) {
    return from + milliseconds(random_.below(static_cast<std::uint64_t>((to - from).count()) + 1));
  }

  void crash(int number) {
    if (!server_->running()) {
      start();
      if (random_.one_in(kDuringStart)) {
        const auto wait = draw(milliseconds(0), start_took_);
        await(SteadyClock::now() + wait);
        server_->kill();
        fmt::print("kill {}: {} ms into its start\n", number, wait.count());
        return;
      }
      ready();
    }
    const auto wait = draw(kLoadMin, kLoadMax);
    const auto answered = answered_;
    const auto until = SteadyClock::now() + wait;
    loading_ = true;
    fill();
    while (SteadyClock::now() < until) {
      client_.poll(until);
      fill();
    }
    loading_ = false;
    const int in_flight = client_.in_flight();
    server_->kill();
    client_.drain();
    fmt::print("kill {}: {} ms into the load, {} answered, {} in flight, {} to be asked again\n",
               number, wait.count(), answered_ - answered, in_flight, again_.size());
  }

  void await(SteadyClock::time_point until) {
    while (SteadyClock::now() < until) client_.poll(until);
  }

  // Keeps the calls in flight, first what has not been answered.
  void fill() {
    while (client_.in_flight() < settings_.in_flight) {
      if (!again_.empty()) {
        auto* asked = again_.back();
        again_.pop_back();
        send(*asked);
      } else if (loading_) {
        send(invent());
      } else {
        return;
      }
    }
  }

  void answer_all() {
    const auto until = SteadyClock::now() + kQuietMax;
    do {
      fill();
      client_.poll(until);
      if (SteadyClock::now() > until) throw std::runtime_error("commands remain unanswered");
    } while (client_.in_flight() > 0 || !again_.empty());
  }

  Asked& invent() {
    auto& asked = ledger_.asked.emplace_back();
    asked.request_id = make_uuid_v7(clock_.now(), ids_);
    if (!external_.empty() && random_.one_in(kAgain)) {
      const auto& first = *external_[random_.below(external_.size())];
      asked.kind = first.kind;
      asked.county = first.county;
      asked.marker = first.marker;
      asked.external_id = first.external_id;
      asked.again = &first;
      return asked;
    }
    asked.county = random_.below(counties_.size());
    asked.marker = fmt::format("点单 {}-{}", settings_.seed, ledger_.asked.size());
    const auto& known = demands_[asked.county];
    if (!known.empty() && random_.one_in(2)) {
      asked.kind = Asked::Kind::kComment;
      asked.demand_id = known[random_.below(known.size())];
    } else if (random_.one_in(kWithExternal)) {
      asked.external_id = fmt::format("crash:{}", ledger_.asked.size());
    }
    return asked;
  }

  template <class Request>
  Request request_of(const Asked& asked) {
    Request request;
    request.set_county(counties_[asked.county].id);
    request.set_request_id(asked.request_id);
    request.set_external_id(asked.external_id);
    return request;
  }

  void send(Asked& asked) {
    const load::CallOptions options{.actor = counties_[asked.county].cadre,
                                    .attempt = ++asked.attempts,
                                    .channel = static_cast<int>(asked.county)};
    if (asked.kind == Asked::Kind::kComment) {
      auto request = request_of<d::CommentDemandRequest>(asked);
      request.set_demand_id(asked.demand_id);
      request.set_words(asked.marker);
      client_.call(options, request,
                   [&](const load::Outcome& outcome, d::CommentDemandResponse& response) {
                     settle(asked, outcome, response);
                   });
    } else {
      auto request = request_of<d::SubmitDemandRequest>(asked);
      request.set_title(asked.marker);
      request.set_kind(d::DEMAND_KIND_TECHNIQUE);
      request.set_urgency(d::URGENCY_URGENT);  // The coordinator is told of each.
      client_.call(options, request,
                   [&](const load::Outcome& outcome, d::SubmitDemandResponse& response) {
                     settle(asked, outcome, response);
                   });
    }
  }

  template <class Response>
  void settle(Asked& asked, const load::Outcome& outcome, const Response& response) {
    if (outcome.uncertain()) {
      if (random_.one_in(kGiveUp)) {
        asked.given_up = true;
      } else {
        again_.push_back(&asked);
      }
      return;
    }
    if (!outcome.ok()) {
      ledger_.wrong.push_back(
          fmt::format("{}, attempt {}: {}", asked.marker, asked.attempts, to_string(outcome)));
      return;
    }
    ++answered_;
    asked.answered = true;
    asked.place = response.read_token();
    if (response.repeated()) ++repeated_;
    if (asked.attempts == 1 && (asked.again != nullptr) != response.repeated()) {
      ledger_.wrong.push_back(fmt::format("{}: repeated is {}", asked.marker, response.repeated()));
    }
    const auto& id = response.demand().demand_id();
    if (asked.kind == Asked::Kind::kComment) {
      if (id != asked.demand_id) ledger_.wrong.push_back(asked.marker + ": answered for " + id);
      return;
    }
    asked.demand_id = id;
    if (asked.again != nullptr) return;
    demands_[asked.county].push_back(id);
    if (!asked.external_id.empty()) external_.push_back(&asked);
  }

  // The notices follow the demands; what is on its way is no difference.
  void await_notices() {
    const auto until = SteadyClock::now() + kQuietMax;
    for (const auto& county : counties_) {
      std::size_t demands = 0;
      d::ListDemandsRequest list;
      list.set_county(county.id);
      list.set_page_size(1000);
      do {
        const auto page =
            load::ask<d::ListDemandsResponse>(client_, {.actor = county.coordinator}, list);
        demands += static_cast<std::size_t>(page.demands_size());
        list.set_page_token(page.next_page_token());
      } while (!list.page_token().empty());
      notification::v1::CountUnreadRequest count;
      count.set_county(county.id);
      while (load::ask<notification::v1::CountUnreadResponse>(client_,
                                                              {.actor = county.coordinator}, count)
                 .inbox()
                 .unread() < static_cast<std::int64_t>(demands)) {
        if (SteadyClock::now() > until) return;  // The judge says which are missing.
        await(SteadyClock::now() + milliseconds(20));
      }
    }
  }

  void compare(const Snapshot& served, std::string_view when) {
    start();
    ready();
    fmt::print("{}: ready after {} ms\n", when, start_took_.count());
    for (const auto& text : differences(served, take_snapshot(client_, counties_))) {
      ledger_.wrong.push_back(fmt::format("{}: {}", when, text));
    }
    stop();
  }

  void tell(const std::map<std::string, ServiceLog>& logs) const {
    std::size_t answered = 0;
    std::size_t unknown = 0;
    for (const auto& asked : ledger_.asked) {
      answered += asked.answered ? 1 : 0;
      unknown += asked.given_up ? 1 : 0;
    }
    fmt::print("{} commands: {} acknowledged, {} of them as accepted before; {} left unanswered\n",
               ledger_.asked.size(), answered, repeated_, unknown);
    for (const auto& [service, log] : logs) {
      fmt::print("{}: {} events, {} void records\n", service, log.events.size(), log.void_records);
    }
  }

  const Settings& settings_;
  SeededRandom random_;  // Of everything but ids, which must differ between runs.
  SystemRandom ids_;
  SystemClock clock_;
  const load::ServerOptions options_;
  std::unique_ptr<load::Server> server_;
  milliseconds start_took_{200};
  std::vector<load::County> counties_;
  Ledger ledger_;
  std::vector<Asked*> again_;                                // Uncertain, to be sent again.
  std::vector<const Asked*> external_;                       // Answered, with an external id.
  std::map<std::size_t, std::vector<std::string>> demands_;  // Answered, by county.
  std::size_t answered_ = 0;
  std::size_t repeated_ = 0;
  bool loading_ = false;
  load::Client client_;  // The last: its calls refer to all of the above.
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
