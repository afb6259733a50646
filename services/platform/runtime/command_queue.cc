#include "platform/runtime/command_queue.h"

#include <algorithm>
#include <utility>

namespace lianmeng::runtime {

bool CommandQueue::push(Command&& command) {
  auto& lane = lane_of(command);
  auto& waiting = lane.waiting[command.county];
  if (waiting.size() >= county_max_) return false;
  if (waiting.empty()) lane.turns.push_back(command.county);
  waiting.push_back(std::move(command));
  ++size_;
  return true;
}

void CommandQueue::requeue(std::vector<Command> commands) {
  for (auto it = commands.rbegin(); it != commands.rend(); ++it) {
    auto& lane = lane_of(*it);
    auto& waiting = lane.waiting[it->county];
    if (waiting.empty()) lane.turns.push_front(it->county);
    waiting.push_front(std::move(*it));
    ++size_;
  }
}

std::optional<Command> CommandQueue::pop() {
  if (auto command = pop(people_)) return command;
  return pop(bulk_);
}

std::optional<Command> CommandQueue::pop(Lane& lane) {
  if (lane.turns.empty()) return std::nullopt;
  const auto county = lane.turns.front();
  lane.turns.pop_front();
  const auto found = lane.waiting.find(county);
  auto command = std::move(found->second.front());
  found->second.pop_front();
  if (found->second.empty()) {
    lane.waiting.erase(found);
  } else {
    lane.turns.push_back(county);
  }
  --size_;
  return command;
}

std::vector<Command> CommandQueue::take_if(const std::function<bool(const Command&)>& expired) {
  std::vector<Command> taken;
  for (auto* lane : {&people_, &bulk_}) {
    for (auto it = lane->waiting.begin(); it != lane->waiting.end();) {
      auto& waiting = it->second;
      const auto keep = std::stable_partition(waiting.begin(), waiting.end(),
                                              [&](const Command& c) { return !expired(c); });
      for (auto gone = keep; gone != waiting.end(); ++gone) taken.push_back(std::move(*gone));
      waiting.erase(keep, waiting.end());
      if (waiting.empty()) {
        lane->turns.remove(it->first);
        it = lane->waiting.erase(it);
      } else {
        ++it;
      }
    }
  }
  size_ -= taken.size();
  return taken;
}

SteadyTime CommandQueue::earliest_deadline() const {
  auto earliest = SteadyTime::max();
  for (const auto* lane : {&people_, &bulk_}) {
    for (const auto& [county, waiting] : lane->waiting) {
      for (const auto& command : waiting) earliest = std::min(earliest, command.deadline);
    }
  }
  return earliest;
}

}  // namespace lianmeng::runtime
