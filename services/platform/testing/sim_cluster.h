// Several hosts of several services on one thread: the partitions that production runs, on the
// simulated log, with crashes, clocks and a network that the simulation chooses.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "platform/base/random.h"
#include "platform/log/sim/sim_log.h"
#include "platform/runtime/partition.h"
#include "platform/store/store.h"
#include "platform/testing/happened.h"
#include "platform/testing/sim_scheduler.h"

namespace lianmeng::testing {

struct SimClusterOptions {
  int hosts = 2;
  std::vector<const runtime::Fold*> folds;
  std::vector<int> partitions{0};
  log::SimLogFaults faults;
  // Chances in a thousand.
  int flush = 50;        // After each round of a partition.
  int lost_forward = 0;  // A forwarded command or its answer gets lost.
  // Records of a followed log that its policy has not answered; its reading pauses for more.
  std::size_t read_ahead = 2'000;
  // Every host takes itself for the only one: two writers at once, all the time.
  bool all_act = false;
  // How long a log may be quiet. Longer than in production where hours are simulated.
  Duration heartbeat = runtime::PartitionConfig{}.heartbeat;
  Duration forward_timeout{300};
  Duration round_delay_max{2};
};

// How wrong a clock may be: seconds to years, either way.
Duration wrong_by(Random& random);

// Threads: one. The same seed and the same calls replay exactly.
class SimCluster {
 public:
  SimCluster(std::uint64_t seed, SimClusterOptions options);
  ~SimCluster();

  sim::SimScheduler& scheduler() { return scheduler_; }
  log::SimLog& log() { return log_; }
  Random& random() { return random_; }
  int hosts() const { return options_.hosts; }

  // Dropped when the host is down, as a connection would be.
  void command(int host, const std::string& service, runtime::Command command);
  void query(int host, const std::string& service, runtime::Query query);

  bool up(int host) const { return hosts_[static_cast<std::size_t>(host)].up; }
  // All that was not flushed is lost, and with `lose_disk` the rest too.
  void crash(int host, bool lose_disk = false);
  void restart(int host);
  void set_skew(int host, Duration skew);
  // As the operator does it, until it is resumed or restarted.
  void drain(int host, bool on);
  // Faults are over: everybody is up and takes commands, all clocks are right, the network carries
  // everything.
  void heal();

  // Null when the host is down.
  runtime::Partition* partition(int host, const std::string& service, int number);
  // What a partition says when it has failed, of any host; empty when none has.
  std::string failure();

  // What has come about until now, in the lives before a crash too: "log late" and the other faults
  // of the log by their names; "crash", "disk lost", "drained", "forward lost", "answer lost",
  // "not taken"; of the partitions "unknown outcome", "lost race" and "void record"; of the
  // commands' answers "answered CLOCK_OFF" and every other error by its reason.
  Happened happened() const;

 private:
  struct Slot {
    std::unique_ptr<runtime::Partition> partition;
    std::vector<std::unique_ptr<log::Following>> followings;  // kOwnLog first.
    std::unique_ptr<log::Following> tip_following;
    log::TopicPartition own;
    const runtime::Fold* fold = nullptr;
    std::vector<bool> paused;  // Per followed log.
    std::uint64_t round = 0;   // The round that is scheduled; an older one is stale.
    // Where the followed logs ended when it was opened; empty once it has served.
    std::vector<log::Offset> followed_ends;
  };
  struct Host {
    std::string name;
    bool up = false;
    std::uint64_t life = 0;  // Rises with every crash: tasks of an earlier life do nothing.
    std::unique_ptr<sim::SimClock> clock;
    std::unique_ptr<SeededRandom> random;
    std::unique_ptr<store::Store> store;
    std::unique_ptr<log::Log> log;
    std::map<std::pair<std::string, int>, Slot> slots;
  };
  class Sink;

  // Of the partitions that the host runs now.
  static void add_stats(const Host& host, Happened& happened);
  runtime::Now now(const Host& host) const;
  void schedule(int host, const std::pair<std::string, int>& slot, Time at);
  void round(int host, const std::pair<std::string, int>& slot);
  void check_followed(const Host& host, Slot& slot);
  void pause_followings(Slot& slot) const;
  void perform(int host, const std::pair<std::string, int>& key);
  void forward(int host, const std::pair<std::string, int>& key, runtime::Effects::Forward forward);
  // Runs `input` on the partition, if that life of the host still lasts, and then a round.
  void input(int host, std::uint64_t life, const std::pair<std::string, int>& key,
             const std::function<void(runtime::Partition&, runtime::Now)>& input);

  SimClusterOptions options_;
  sim::SimScheduler scheduler_;
  SeededRandom random_;
  log::SimLog log_;
  std::vector<Host> hosts_;
  std::string wrong_;  // The first rule that a partition broke.
  Happened happened_;  // All but the log's, and the stats of partitions that run.
};

}  // namespace lianmeng::testing
