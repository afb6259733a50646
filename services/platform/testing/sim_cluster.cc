#include "platform/testing/sim_cluster.h"

#include <fmt/format.h>

#include <set>

#include "platform/base/assert.h"
#include "platform/runtime/envelope.h"
#include "platform/store/memory_store.h"

namespace lianmeng::testing {

using runtime::Partition;

namespace {

// What a host refuses for its own sake it has not taken (rpc/call.cc): the one that handed it on
// may then decide it. What a rule refuses is the answer.
bool is_not_taken(const Error& error) {
  static const std::set<std::string> kNotTaken{"SHUTTING_DOWN", "CLOCK_OFF", "DRAINING",
                                               "STORE_FULL", "NOT_WRITTEN"};
  return kNotTaken.contains(error.reason);
}

}  // namespace

Duration wrong_by(Random& random) {
  using namespace std::chrono;
  static constexpr Duration kUnits[] = {1s, 1min, 1h, days{1}, years{1}};
  const auto off = kUnits[random.below(std::size(kUnits))] * (1 + random.below(20));
  return random.one_in(2) ? off : -off;
}

// Records of one followed log into one partition.
class SimCluster::Sink final : public log::FollowSink {
 public:
  Sink(SimCluster& cluster, int host, std::pair<std::string, int> key, int source, bool tip)
      : cluster_(cluster),
        host_(host),
        life_(cluster.hosts_[static_cast<std::size_t>(host)].life),
        key_(std::move(key)),
        source_(source),
        tip_(tip) {}

  void on_records(std::vector<log::Record> records, log::Offset next) override {
    cluster_.input(host_, life_, key_, [&](Partition& partition, runtime::Now now) {
      if (!tip_) return partition.on_records(source_, std::move(records), next, now);
      if (records.empty()) return;  // A gap.
      if (!std::exchange(told_, true)) partition.on_tip_read(std::move(records.front()), now);
    });
  }

  void on_error(Error error) override {
    cluster_.input(host_, life_, key_, [&](Partition& partition, runtime::Now now) {
      if (!tip_) return partition.on_follow_error(source_, std::move(error), now);
      if (!std::exchange(told_, true)) partition.on_tip_read(std::nullopt, now);
    });
  }

 private:
  SimCluster& cluster_;
  const int host_;
  const std::uint64_t life_;
  const std::pair<std::string, int> key_;
  const int source_;
  const bool tip_;
  bool told_ = false;
};

SimCluster::SimCluster(std::uint64_t seed, SimClusterOptions options)
    : options_(std::move(options)),
      random_(seed),
      log_(scheduler_, seed ^ 0x5151, options_.faults),
      hosts_(static_cast<std::size_t>(options_.hosts)) {
  for (int i = 0; i < options_.hosts; ++i) {
    auto& host = hosts_[static_cast<std::size_t>(i)];
    host.name = fmt::format("host-{}", i);
    host.clock = std::make_unique<sim::SimClock>(scheduler_);
    host.random = std::make_unique<SeededRandom>(random_.next());
    host.store = store::open_memory_store();
  }
  for (int i = 0; i < options_.hosts; ++i) restart(i);
}

SimCluster::~SimCluster() {
  for (int i = 0; i < options_.hosts; ++i) crash(i);
}

runtime::Now SimCluster::now(const Host& host) const {
  return {host.clock->now(), host.clock->steady()};
}

void SimCluster::restart(int index) {
  auto& host = hosts_[static_cast<std::size_t>(index)];
  if (host.up) return;
  host.up = true;
  host.log = log_.client(index);
  for (const auto* fold : options_.folds) {
    for (const auto number : options_.partitions) {
      const std::pair<std::string, int> key{fold->service(), number};
      runtime::PartitionConfig config;
      config.partition = number;
      config.host = host.name;
      config.heartbeat = options_.heartbeat;
      config.hosts.clear();
      for (const auto& each : hosts_) {
        if (!options_.all_act || &each == &host) config.hosts.push_back(each.name);
      }
      auto opened = host.store->open(key.first, number, store::StoreIdentity{fold->version()});
      LM_ASSERT(opened.has_value());
      auto& slot = host.slots[key];
      slot.fold = fold;
      slot.own = {runtime::topic_of(fold->service()), number};
      slot.followings.resize(fold->foreign().size() + 1);
      slot.paused.resize(fold->foreign().size());
      slot.partition =
          std::make_unique<Partition>(config, *fold, std::move(opened->store), *host.random);
      for (const auto& foreign : fold->foreign()) {
        slot.followed_ends.push_back(log_.end({runtime::topic_of(foreign.service), number}));
      }
      slot.partition->open(now(host));
      perform(index, key);
      schedule(index, key, scheduler_.now());
    }
  }
}

void SimCluster::crash(int index, bool lose_disk) {
  auto& host = hosts_[static_cast<std::size_t>(index)];
  if (!host.up) return;
  host.up = false;
  ++host.life;
  log_.crash(index);
  ++happened_["crash"];
  if (lose_disk) ++happened_["disk lost"];
  add_stats(host, happened_);
  host.slots.clear();
  host.log.reset();
  if (lose_disk) host.store = store::open_memory_store();
}

void SimCluster::add_stats(const Host& host, Happened& happened) {
  for (const auto& [key, slot] : host.slots) {
    const auto& stats = slot.partition->stats();
    happened["unknown outcome"] += stats.unknown_outcomes;
    happened["lost race"] += stats.lost_races;
    happened["void record"] += stats.void_records;
  }
}

Happened SimCluster::happened() const {
  auto happened = happened_;
  for (const auto& host : hosts_) add_stats(host, happened);
  for (const auto& [fault, count] : log_.happened()) happened["log " + fault] = count;
  return happened;
}

void SimCluster::set_skew(int host, Duration skew) {
  hosts_[static_cast<std::size_t>(host)].clock->set_skew(skew);
}

void SimCluster::drain(int index, bool on) {
  auto& host = hosts_[static_cast<std::size_t>(index)];
  if (!host.up) return;
  if (on) ++happened_["drained"];
  for (auto& [key, slot] : host.slots) {
    slot.partition->drain(on);
    schedule(index, key, scheduler_.now());
  }
}

void SimCluster::heal() {
  options_.lost_forward = 0;
  log_.heal();
  for (int i = 0; i < options_.hosts; ++i) {
    set_skew(i, Duration{0});
    restart(i);
    drain(i, false);
  }
}

void SimCluster::command(int index, const std::string& service, runtime::Command command) {
  auto& host = hosts_[static_cast<std::size_t>(index)];
  const std::pair<std::string, int> key{service, options_.partitions.size() == 1
                                                     ? options_.partitions.front()
                                                     : partition_of(command.county)};
  command.done = [this, done = std::move(command.done)](const runtime::CommandResult& result) {
    if (const auto* error = result.error()) ++happened_["answered " + error->reason];
    done(result);
  };
  input(index, host.life, key, [&](Partition& partition, runtime::Now now) {
    partition.on_command(std::move(command), now);
  });
}

void SimCluster::query(int index, const std::string& service, runtime::Query query) {
  auto& host = hosts_[static_cast<std::size_t>(index)];
  const std::pair<std::string, int> key{service, options_.partitions.size() == 1
                                                     ? options_.partitions.front()
                                                     : partition_of(query.county)};
  input(index, host.life, key,
        [&](Partition& partition, runtime::Now now) { partition.on_query(std::move(query), now); });
}

void SimCluster::input(int index, std::uint64_t life, const std::pair<std::string, int>& key,
                       const std::function<void(Partition&, runtime::Now)>& input) {
  auto& host = hosts_[static_cast<std::size_t>(index)];
  if (!host.up || host.life != life) return;
  auto& slot = host.slots.at(key);
  input(*slot.partition, now(host));
  check_followed(host, slot);
  schedule(
      index, key,
      scheduler_.now() + Duration{random_.below(
                             static_cast<std::uint64_t>(options_.round_delay_max.count()) + 1)});
}

void SimCluster::schedule(int index, const std::pair<std::string, int>& key, Time at) {
  auto& host = hosts_[static_cast<std::size_t>(index)];
  const auto id = ++host.slots.at(key).round;
  scheduler_.at(at, [this, index, key, life = host.life, id] {
    auto& owner = hosts_[static_cast<std::size_t>(index)];
    if (!owner.up || owner.life != life || owner.slots.at(key).round != id) return;
    round(index, key);
  });
}

void SimCluster::round(int index, const std::pair<std::string, int>& key) {
  auto& host = hosts_[static_cast<std::size_t>(index)];
  auto& slot = host.slots.at(key);
  const auto at = now(host);
  slot.partition->advance(at);
  check_followed(host, slot);
  perform(index, key);
  pause_followings(slot);
  if (random_.below(1000) < static_cast<std::uint64_t>(options_.flush)) {
    LM_ASSERT(slot.partition->flush().has_value());
  }
  const auto wakeup = slot.partition->next_wakeup();
  if (wakeup == SteadyTime::max()) return;
  const auto wait =
      wakeup <= at.steady ? Duration{1} : std::chrono::ceil<Duration>(wakeup - at.steady);
  schedule(index, key, scheduler_.now() + wait);
}

// Whoever serves knows what others' logs held when it was started, but for what waits for its
// policy: a host that was killed must not refuse whom it knew before.
void SimCluster::check_followed(const Host& host, Slot& slot) {
  if (slot.partition->state() != Partition::State::kServing) return;
  const auto ends = std::exchange(slot.followed_ends, {});
  for (std::size_t i = 0; i < ends.size(); ++i) {
    const auto read = slot.partition->read_up_to(static_cast<int>(i));
    const bool policy_waits = slot.partition->backlog(static_cast<int>(i)) > 0;
    if (read >= ends[i] || policy_waits || !wrong_.empty()) continue;
    wrong_ = fmt::format("{}: {} serves and has read the log of {} up to {}, which held {} already",
                         host.name, slot.partition->name(), slot.fold->foreign()[i].service, read,
                         ends[i]);
  }
}

// As a core loop does it (RecordSink).
void SimCluster::pause_followings(Slot& slot) const {
  for (int i = 0; i < slot.partition->followed(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    const auto backlog = slot.partition->backlog(i);
    const bool pause = backlog > options_.read_ahead;
    const bool resume = backlog <= options_.read_ahead / 2;
    if (slot.paused[at] ? !resume : !pause) continue;
    slot.paused[at] = pause;
    if (pause) {
      slot.followings[at + 1]->pause();
    } else {
      slot.followings[at + 1]->resume();
    }
  }
}

void SimCluster::perform(int index, const std::pair<std::string, int>& key) {
  auto& host = hosts_[static_cast<std::size_t>(index)];
  auto& slot = host.slots.at(key);
  const auto life = host.life;
  auto effects = slot.partition->take_effects();
  for (auto& append : effects.appends) {
    host.log->append(slot.own, std::move(append.records),
                     [this, index, life, key, ticket = append.ticket](log::AppendOutcome outcome) {
                       input(index, life, key, [&](Partition& partition, runtime::Now now) {
                         partition.on_append_outcome(ticket, std::move(outcome), now);
                       });
                     });
  }
  for (const auto& follow : effects.follows) {
    auto topic = slot.own;
    if (follow.source != Partition::kOwnLog) {
      topic.topic =
          runtime::topic_of(slot.fold->foreign()[static_cast<std::size_t>(follow.source)].service);
    }
    slot.followings[static_cast<std::size_t>(follow.source + 1)] = host.log->follow(
        topic, follow.from, std::make_shared<Sink>(*this, index, key, follow.source, false));
  }
  if (effects.ask_end) {
    host.log->end_offset(
        slot.own, [this, index, life, key, ticket = *effects.ask_end](Result<log::Offset> end) {
          input(index, life, key, [&](Partition& partition, runtime::Now now) {
            partition.on_end_offset(ticket, std::move(end), now);
          });
        });
  }
  for (const int source : effects.ask_followed_ends) {
    const log::TopicPartition topic{
        runtime::topic_of(slot.fold->foreign()[static_cast<std::size_t>(source)].service),
        slot.own.partition};
    host.log->end_offset(topic, [this, index, life, key, source](Result<log::Offset> end) {
      input(index, life, key, [&](Partition& partition, runtime::Now now) {
        partition.on_followed_end(source, std::move(end), now);
      });
    });
  }
  if (effects.verify_tip) {
    slot.tip_following =
        host.log->follow(slot.own, *effects.verify_tip,
                         std::make_shared<Sink>(*this, index, key, Partition::kOwnLog, true));
  }
  for (auto& each : effects.forwards) forward(index, key, std::move(each));
}

// To another host and back, over a network that may lose either.
void SimCluster::forward(int index, const std::pair<std::string, int>& key,
                         runtime::Effects::Forward forward) {
  const auto life = hosts_[static_cast<std::size_t>(index)].life;
  int target = 0;
  while (hosts_[static_cast<std::size_t>(target)].name != forward.host) ++target;
  auto answered = std::make_shared<bool>(false);
  auto original = std::make_shared<runtime::Command>(forward.command);
  const auto lost = [&](const char* what) {
    const bool is_lost = random_.below(1000) < static_cast<std::uint64_t>(options_.lost_forward);
    if (is_lost) ++happened_[what];
    return is_lost;
  };
  if (!up(target)) {
    scheduler_.after(Duration{1}, [this, index, life, key, original, host = forward.host] {
      input(index, life, key, [&](Partition& partition, runtime::Now now) {
        partition.on_forward_failed(host, std::move(*original), false, now);
      });
    });
    return;
  }
  auto sent = std::move(forward.command);
  const bool lose_answer = lost("answer lost");
  sent.done = [this, index, life, key, original, answered, lose_answer,
               host = forward.host](const runtime::CommandResult& result) {
    if (lose_answer || *answered) return;
    *answered = true;
    const auto* error = result.error();
    const bool unknown = error != nullptr && error->reason == "FATE_UNKNOWN";
    if (unknown || (error != nullptr && is_not_taken(*error))) {
      ++happened_[unknown ? "handed back" : "not taken"];
      scheduler_.after(Duration{1}, [this, index, life, key, original, host, unknown] {
        input(index, life, key, [&](Partition& partition, runtime::Now now) {
          partition.on_forward_failed(host, std::move(*original), unknown, now);
        });
      });
      return;
    }
    // An answer crosses the wire: it has no view.
    runtime::CommandResult copy{result.outcome, nullptr};
    scheduler_.after(Duration{1}, [this, index, life, original, copy] {
      const auto& host = hosts_[static_cast<std::size_t>(index)];
      if (host.up && host.life == life) original->done(copy);
    });
  };
  if (!lost("forward lost")) {
    scheduler_.after(Duration{1}, [this, target, key, sent = std::move(sent)]() mutable {
      auto& host = hosts_[static_cast<std::size_t>(target)];
      input(target, host.life, key, [&](Partition& partition, runtime::Now now) {
        partition.on_command(std::move(sent), now);
      });
    });
  }
  scheduler_.after(options_.forward_timeout,
                   [this, index, life, key, original, answered, host = forward.host] {
                     if (std::exchange(*answered, true)) return;
                     input(index, life, key, [&](Partition& partition, runtime::Now now) {
                       partition.on_forward_failed(host, std::move(*original), true, now);
                     });
                   });
}

runtime::Partition* SimCluster::partition(int index, const std::string& service, int number) {
  auto& host = hosts_[static_cast<std::size_t>(index)];
  return host.up ? host.slots.at({service, number}).partition.get() : nullptr;
}

std::string SimCluster::failure() {
  if (!wrong_.empty()) return wrong_;
  for (auto& host : hosts_) {
    for (auto& [key, slot] : host.slots) {
      if (slot.partition->failure()) {
        return host.name + ": " + slot.partition->failure()->message_en;
      }
    }
  }
  return {};
}

}  // namespace lianmeng::testing
