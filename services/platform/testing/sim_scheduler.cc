#include "platform/testing/sim_scheduler.h"

#include <algorithm>

namespace lianmeng::sim {

SimScheduler::SimScheduler()
    : SimScheduler(std::chrono::sys_days(std::chrono::year(2026) / std::chrono::January / 1)) {}

void SimScheduler::at(Time time, Task task) {
  tasks_.emplace(std::pair(std::max(time, now_), scheduled_++), std::move(task));
}

bool SimScheduler::step() {
  if (tasks_.empty()) return false;
  // Taken out before it runs: a task may schedule others.
  const auto node = tasks_.extract(tasks_.begin());
  now_ = node.key().first;
  node.mapped()();
  return true;
}

void SimScheduler::run_until(Time time) {
  while (!tasks_.empty() && next_time() <= time) step();
  now_ = std::max(now_, time);
}

bool SimScheduler::run_until(const std::function<bool()>& condition, std::uint64_t steps_max) {
  for (std::uint64_t steps = 0; !condition(); ++steps) {
    if (steps == steps_max || !step()) return false;
  }
  return true;
}

bool SimScheduler::run_all(std::uint64_t steps_max) {
  for (std::uint64_t steps = 0; steps < steps_max; ++steps) {
    if (!step()) return true;
  }
  return tasks_.empty();
}

}  // namespace lianmeng::sim
