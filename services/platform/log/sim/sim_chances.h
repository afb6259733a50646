// What the seed decides of a simulated log: which faults come about, and when things happen.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "platform/base/random.h"
#include "platform/base/time.h"
#include "platform/log/sim/sim_log_faults.h"
#include "platform/testing/sim_scheduler.h"

namespace lianmeng::log {

class SimChances {
 public:
  SimChances(sim::SimScheduler& scheduler, std::uint64_t seed, SimLogFaults faults)
      : random_(seed), faults_(faults), scheduler_(scheduler) {}

  // Before the first task. A task keeps its owner while it runs; those of an owner that is gone do
  // nothing.
  void set_owner(std::weak_ptr<void> owner) { owner_ = std::move(owner); }

  Time now() const { return scheduler_.now(); }
  template <class Task>
  void run_at(Time time, Task task) {
    scheduler_.at(time, [owner = owner_, task = std::move(task)]() mutable {
      if (const auto alive = owner.lock()) task();
    });
  }

  const SimLogFaults& faults() const { return faults_; }
  void set_faults(SimLogFaults faults) { faults_ = faults; }
  Random& random() { return random_; }

  bool drawn(const char* fault, int in_a_thousand) {
    // Nothing is drawn for what cannot happen, so that a fault added later moves no old seed.
    if (in_a_thousand <= 0 || random_.below(1000) >= static_cast<std::uint64_t>(in_a_thousand)) {
      return false;
    }
    ++happened_[fault];
    return true;
  }

  Duration upto(Duration max) {
    if (max <= Duration(0)) return Duration(0);
    return Duration(
        static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(max.count()) + 1)));
  }

  // How often each fault was drawn, by its name in SimLogFaults.
  const std::map<std::string, std::uint64_t>& happened() const { return happened_; }

 private:
  SeededRandom random_;
  SimLogFaults faults_;
  sim::SimScheduler& scheduler_;
  std::weak_ptr<void> owner_;
  std::map<std::string, std::uint64_t> happened_;
};

}  // namespace lianmeng::log
