// Waiting commands of one partition: fair between counties, imports behind people.
#pragma once

#include <deque>
#include <list>
#include <map>
#include <optional>
#include <vector>

#include "platform/runtime/command.h"

namespace lianmeng::runtime {

// Two lanes; within a lane the counties take turns, within a county first come, first served.
// Not thread-safe: belongs to the loop.
class CommandQueue {
 public:
  explicit CommandQueue(std::size_t county_max) : county_max_(county_max) {}

  // False when the county has as many waiting as it may: the command is left with the caller.
  bool push(Command&& command);
  // Back to the front, in their order: decided once, and now to be decided anew.
  void requeue(std::vector<Command> commands);
  std::optional<Command> pop();
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  // Takes out those whose deadline has come.
  std::vector<Command> take_late(SteadyTime now);
  // No deadline comes before: exact after take_late(), and early when the first has been popped
  // since. So a queue that moves is not looked through for each command.
  SteadyTime earliest_deadline() const { return earliest_; }

 private:
  struct Lane {
    std::map<CountyId, std::deque<Command>> waiting;
    std::list<CountyId> turns;  // Counties with something waiting, next first.
  };

  Lane& lane_of(const Command& command) { return command.bulk ? bulk_ : people_; }
  std::optional<Command> pop(Lane& lane);

  const std::size_t county_max_;
  Lane people_;
  Lane bulk_;
  std::size_t size_ = 0;
  SteadyTime earliest_{SteadyTime::max()};
};

}  // namespace lianmeng::runtime
