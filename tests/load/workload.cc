#include "load/workload.h"

#include <fmt/format.h>

#include <atomic>
#include <functional>
#include <memory>
#include <random>
#include <thread>

#include "lianmeng/dispatch/v1/dispatch_service.pb.h"
#include "lianmeng/platform/v1/platform_service.pb.h"
#include "load/client.h"
#include "load/process.h"
#include "platform/base/random.h"

namespace lianmeng::load {
namespace {

namespace d = dispatch::v1;
using SteadyClock = std::chrono::steady_clock;

// What all threads share.
struct Shared {
  std::atomic<bool> measuring{false};
  std::atomic<bool> stopping{false};
  std::atomic<std::int64_t> left{0};  // Commands to be begun; unlimited with a duration.
  bool limited = false;
  // Open: when calls begin to come, and of which the time is taken.
  SteadyClock::time_point started{};
  SteadyClock::time_point from{};
  SteadyClock::time_point until{};

  // True when `commands` more may be begun.
  bool take(int commands) {
    if (stopping.load(std::memory_order_relaxed)) return false;
    return !limited || left.fetch_sub(commands, std::memory_order_relaxed) > 0;
  }
};

class Loop {
 public:
  Loop(const WorkloadConfig& config, Shared& shared, int thread, int slots)
      : config_(config),
        shared_(shared),
        thread_(thread),
        channels_(std::max(1, config.channels / config.threads)),
        client_(config.addresses, channels_),
        slots_(static_cast<std::size_t>(slots)) {}

  bool connect() { return client_.connect(std::chrono::seconds(10)); }

  void run() {
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      auto& slot = slots_[i];
      slot.options.timeout = config_.mode == Mode::kBatch ? 6 * config_.timeout : config_.timeout;
      slot.options.channel = static_cast<int>(i);
      if (!config_.counties.empty()) {
        slot.county =
            (i * static_cast<std::size_t>(config_.threads) + static_cast<std::size_t>(thread_)) %
            config_.counties.size();
      }
      idle_.push_back(&slot);
    }
    if (config_.rate > 0) return run_open();
    for (auto& slot : slots_) next(slot);
    client_.drain();
  }

  std::uint64_t calls = 0;
  std::uint64_t commands = 0;
  std::uint64_t unsent = 0;
  std::uint64_t unanswered = 0;
  std::map<std::string, std::uint64_t> failures;
  Histogram latency;

 private:
  struct Slot {
    CallOptions options;
    std::size_t county = 0;
    std::vector<std::string> demands;  // Submitted, not yet commented.
    SteadyClock::time_point due;       // Open: when its call was.
  };

  // Calls at their moments, each by a slot that has none; then their answers.
  void run_open() {
    std::exponential_distribution<double> gap(config_.rate / config_.threads);
    const auto later = [&] {
      return std::chrono::duration_cast<SteadyClock::duration>(
          std::chrono::duration<double>(gap(places_)));
    };
    auto due = shared_.started;
    while (due < shared_.until) {
      const auto now = SteadyClock::now();
      if (now >= shared_.until) break;
      if (now < due || idle_.empty()) {
        client_.poll(idle_.empty() ? shared_.until : std::min(due, shared_.until));
        continue;
      }
      auto& slot = *idle_.back();
      idle_.pop_back();
      slot.due = due;
      next(slot);
      due += later();
    }
    client_.drain();
    const auto over = SteadyClock::now();
    for (; due < shared_.until; due += later()) {
      if (due < shared_.from) continue;
      ++unsent;
      latency.record(over - due);
    }
  }

  // Its call has been answered.
  void free(Slot& slot) {
    if (config_.rate > 0) {
      idle_.push_back(&slot);
    } else {
      next(slot);
    }
  }

  const County& county_of(const Slot& slot) const { return config_.counties[slot.county]; }

  void next(Slot& slot) {
    switch (config_.mode) {
      case Mode::kPing:
        return ping(slot);
      case Mode::kUnary:
        return slot.demands.empty() ? submit(slot) : comment(slot);
      case Mode::kBatch:
        return batch(slot);
      case Mode::kGet:
        return get(slot);
      case Mode::kList:
        return list(slot);
    }
  }

  void count(const Slot& slot, const Outcome& outcome, std::uint64_t accepted) {
    if (!outcome.ok()) ++failures[outcome.reason.empty() ? to_string(outcome) : outcome.reason];
    const bool open = config_.rate > 0;
    if (open ? slot.due < shared_.from : !shared_.measuring.load(std::memory_order_relaxed)) return;
    const bool answered = !open || !outcome.late();
    ++(answered ? calls : unanswered);
    commands += accepted;
    latency.record(open ? SteadyClock::now() - slot.due : outcome.took);
  }

  void ping(Slot& slot) {
    if (!shared_.take(1)) return;
    client_.call(slot.options, platform::v1::PingRequest(),
                 [this, &slot](const Outcome& outcome, platform::v1::PingResponse&) {
                   count(slot, outcome, outcome.ok() ? 1 : 0);
                   free(slot);
                 });
  }

  template <class Request>
  void lead(const Slot& slot, Request* request) {
    request->set_county(county_of(slot).id);
    request->set_request_id(make_uuid_v7(clock_.now(), random_));
  }

  void fill(const Slot& slot, d::SubmitDemandRequest* request) {
    lead(slot, request);
    request->set_title(fmt::format("气调库缺配套设施，第{}件", ++serial_));
    request->set_detail("村里的气调库已经建成，缺制冷机组和分拣线，今年秋果入库前需要配齐。");
    request->set_kind(static_cast<d::DemandKind>(1 + serial_ % 6));
  }

  void fill(const Slot& slot, const std::string& demand, d::CommentDemandRequest* request) {
    lead(slot, request);
    request->set_demand_id(demand);
    request->set_words("已和合作社核对过数量，先按两条分拣线报。");
  }

  void submit(Slot& slot) {
    if (!shared_.take(2)) return;
    d::SubmitDemandRequest request;
    fill(slot, &request);
    slot.options.actor = county_of(slot).cadre;
    client_.call(slot.options, request,
                 [this, &slot](const Outcome& outcome, d::SubmitDemandResponse& response) {
                   count(slot, outcome, outcome.ok() ? 1 : 0);
                   if (outcome.ok()) slot.demands.push_back(response.demand().demand_id());
                   free(slot);
                 });
  }

  void comment(Slot& slot) {
    d::CommentDemandRequest request;
    fill(slot, slot.demands.back(), &request);
    slot.demands.pop_back();
    slot.options.actor = county_of(slot).cadre;
    client_.call(slot.options, request,
                 [this, &slot](const Outcome& outcome, d::CommentDemandResponse&) {
                   count(slot, outcome, outcome.ok() ? 1 : 0);
                   turn(slot);
                   free(slot);
                 });
  }

  void turn(Slot& slot) {
    slot.county = (slot.county + slots_.size()) % config_.counties.size();
    if (slots_.size() % config_.counties.size() == 0) {
      slot.county = (slot.county + 1) % config_.counties.size();
    }
  }

  void batch(Slot& slot) {
    d::ExecuteCommandsRequest request;
    const bool comments = !slot.demands.empty();
    if (comments) {
      for (const auto& demand : slot.demands) {
        fill(slot, demand, request.add_commands()->mutable_comment_demand());
      }
      slot.demands.clear();
    } else {
      if (!shared_.take(2 * config_.batch)) return;
      for (int i = 0; i < config_.batch; ++i) {
        fill(slot, request.add_commands()->mutable_submit_demand());
      }
    }
    slot.options.actor = county_of(slot).cadre;
    client_.call(
        slot.options, request,
        [this, &slot, comments](const Outcome& outcome, d::ExecuteCommandsResponse& response) {
          settle(slot, comments, outcome, response);
          free(slot);
        });
  }

  template <class Texts>
  const std::string& any_of(const Texts& texts) {
    return texts[std::uniform_int_distribution<std::size_t>(0, texts.size() - 1)(places_)];
  }

  // Counties in turns, as commands.
  template <class Response, class Request>
  void read(Slot& slot, const Request& request) {
    client_.call(slot.options, request, [this, &slot](const Outcome& outcome, Response&) {
      count(slot, outcome, outcome.ok() ? 1 : 0);
      turn(slot);
      free(slot);
    });
  }

  void get(Slot& slot) {
    if (!shared_.take(1)) return;
    d::GetDemandRequest request;
    request.set_county(county_of(slot).id);
    request.set_demand_id(any_of(config_.places[slot.county].demands));
    slot.options.actor = county_of(slot).coordinator;
    read<d::GetDemandResponse>(slot, request);
  }

  void list(Slot& slot) {
    if (!shared_.take(1)) return;
    d::ListDemandsRequest request;
    request.set_county(county_of(slot).id);
    request.set_page_size(50);
    const auto& tokens = config_.places[slot.county].page_tokens;
    const auto kind = ++serial_ % 4;
    if (kind >= 2 && !tokens.empty()) request.set_page_token(any_of(tokens));
    slot.options.actor = kind == 1 ? county_of(slot).cadre : county_of(slot).coordinator;
    read<d::ListDemandsResponse>(slot, request);
  }

  void settle(Slot& slot, bool comments, const Outcome& outcome,
              const d::ExecuteCommandsResponse& response) {
    std::uint64_t accepted = 0;
    for (const auto& each : response.outcomes()) {
      if (!each.has_accepted()) {
        ++failures[each.error().message()];
        continue;
      }
      ++accepted;
      // demands/230628-012
      const auto& subject = each.accepted().subject();
      if (!comments) slot.demands.push_back(subject.substr(subject.find('/') + 1));
    }
    count(slot, outcome, accepted);
    if (slot.demands.empty()) turn(slot);
  }

  const WorkloadConfig& config_;
  Shared& shared_;
  const int thread_;
  const int channels_;
  Client client_;
  SystemClock clock_;
  SystemRandom random_;
  std::vector<Slot> slots_;
  std::vector<Slot*> idle_;
  std::uint64_t serial_ = 0;
  std::mt19937_64 places_{std::random_device{}()};
};

}  // namespace

WorkloadResult run(const WorkloadConfig& config) {
  Shared shared;
  shared.limited = config.duration.count() == 0;
  shared.left = static_cast<std::int64_t>(config.commands);

  std::vector<std::unique_ptr<Loop>> loops;
  const int threads = std::min(config.threads, config.in_flight);
  for (int i = 0; i < threads; ++i) {
    const int slots = config.in_flight / threads + (i < config.in_flight % threads ? 1 : 0);
    loops.push_back(std::make_unique<Loop>(config, shared, i, slots));
  }
  WorkloadResult result;
  for (auto& loop : loops) {
    if (!loop->connect()) {
      result.failures["no connection to " + config.addresses.dispatch] = 1;
      return result;
    }
  }

  shared.measuring = shared.limited || config.warm_up.count() == 0;
  auto started = SteadyClock::now();
  auto client_before = own_cpu_seconds();
  const auto server_cpu = [&] {
    double seconds = 0;
    for (const auto pid : config.server_pids) seconds += usage_of(pid).cpu_seconds;
    return seconds;
  };
  auto server_before = server_cpu();
  shared.started = SteadyClock::now();
  shared.from = shared.started + config.warm_up;
  shared.until = shared.from + config.duration;
  std::vector<std::thread> running;
  for (auto& loop : loops) running.emplace_back([&loop] { loop->run(); });
  if (!shared.limited) {
    if (config.warm_up.count() > 0) {
      std::this_thread::sleep_for(config.warm_up);
      started = SteadyClock::now();
      client_before = own_cpu_seconds();
      server_before = server_cpu();
      shared.measuring = true;
    }
    std::this_thread::sleep_for(config.duration);
    shared.measuring = false;
  }
  const auto close = [&] {
    result.seconds = std::chrono::duration<double>(SteadyClock::now() - started).count();
    result.client_cpu_seconds = own_cpu_seconds() - client_before;
    result.server_cpu_seconds = server_cpu() - server_before;
  };
  if (!shared.limited) close();
  // An open loop ends by itself, and begins nothing after that.
  shared.stopping = !shared.limited && config.rate == 0;
  for (auto& thread : running) thread.join();
  if (shared.limited) close();

  for (const auto& loop : loops) {
    result.calls += loop->calls;
    result.unsent += loop->unsent;
    result.unanswered += loop->unanswered;
    result.commands += loop->commands;
    result.latency.add(loop->latency);
    for (const auto& [text, times] : loop->failures) result.failures[text] += times;
  }
  if (config.rate > 0) result.due = result.calls + result.unsent + result.unanswered;
  return result;
}

}  // namespace lianmeng::load
