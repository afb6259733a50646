// The time of a simulation: a queue of tasks that one thread steps through.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "platform/base/time.h"

namespace lianmeng::sim {

// Tasks run in order of their time, and of their scheduling where times are equal; nothing else
// decides, so that the same calls replay exactly.
// Threads: one. Lifetime: outlives whatever its tasks touch.
class SimScheduler {
 public:
  using Task = std::function<void()>;

  // 2026-01-01T00:00:00Z, unless told.
  SimScheduler();
  explicit SimScheduler(Time start) : now_(start) {}

  Time now() const { return now_; }
  bool empty() const { return tasks_.empty(); }
  std::size_t size() const { return tasks_.size(); }
  // The time of the next task. Requires !empty().
  Time next_time() const { return tasks_.begin()->first.first; }

  // A time that is over means now: behind the tasks that are due already.
  void at(Time time, Task task);
  void after(Duration delay, Task task) { at(now_ + delay, std::move(task)); }

  // Moves to the next task and runs it; false when there is none.
  bool step();
  // Runs what is due up to `time` and moves there.
  void run_until(Time time);
  void run_for(Duration duration) { run_until(now_ + duration); }
  // Steps until `condition` holds; false when the tasks or the steps ran out before.
  bool run_until(const std::function<bool()>& condition, std::uint64_t steps_max = 1'000'000);
  // Steps until nothing is left; false when the steps ran out.
  bool run_all(std::uint64_t steps_max = 1'000'000);

 private:
  Time now_;
  std::uint64_t scheduled_ = 0;
  std::map<std::pair<Time, std::uint64_t>, Task> tasks_;
};

// The scheduler's time as one host's clock sees it.
class SimClock final : public Clock {
 public:
  explicit SimClock(const SimScheduler& scheduler) : scheduler_(scheduler) {}

  Time now() override { return scheduler_.now() + skew_; }
  SteadyTime steady() override { return SteadyTime(scheduler_.now().time_since_epoch()); }

  // How far this host's wall clock is off; the steady clock is not touched.
  void set_skew(Duration skew) { skew_ = skew; }

 private:
  const SimScheduler& scheduler_;
  Duration skew_{0};
};

}  // namespace lianmeng::sim
