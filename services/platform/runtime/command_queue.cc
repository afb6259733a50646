#include "platform/runtime/command_queue.h"

#include <algorithm>
#include <utility>

namespace lianmeng::runtime {

bool CommandQueue::push(Command&& command) {
  auto& lane = lane_of(command);
  auto& waiting = lane.waiting[command.county];
  if (waiting.size() >= county_max_) return false;
  if (waiting.empty()) lane.turns.push_back(command.county);
  earliest_ = std::min(earliest_, command.deadline);
  waiting.push_back(std::move(command));
  ++size_;
  return true;
}

void CommandQueue::requeue(std::vector<Command> commands) {
  for (auto it = commands.rbegin(); it != commands.rend(); ++it) {
    auto& lane = lane_of(*it);
    auto& waiting = lane.waiting[it->county];
    if (waiting.empty()) lane.turns.push_front(it->county);
    earliest_ = std::min(earliest_, it->deadline);
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
  if (--size_ == 0) earliest_ = SteadyTime::max();
  return command;
}

std::vector<Command> CommandQueue::take_late(SteadyTime now) {
  std::vector<Command> late;
  if (earliest_ > now) return late;
  earliest_ = SteadyTime::max();
  for (auto* lane : {&people_, &bulk_}) {
    for (auto it = lane->waiting.begin(); it != lane->waiting.end();) {
      auto& waiting = it->second;
      std::erase_if(waiting, [&](Command& command) {
        if (command.deadline <= now) {
          late.push_back(std::move(command));
          return true;
        }
        earliest_ = std::min(earliest_, command.deadline);
        return false;
      });
      if (waiting.empty()) {
        lane->turns.remove(it->first);
        it = lane->waiting.erase(it);
      } else {
        ++it;
      }
    }
  }
  size_ -= late.size();
  return late;
}

}  // namespace lianmeng::runtime
