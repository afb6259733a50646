// The partitions of a simulated log: what has landed in them, and who follows them.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "platform/log/log.h"
#include "platform/log/sim/sim_chances.h"

namespace lianmeng::log {

// Shared by a client's handle and by all that it has in flight.
struct SimSession {
  bool alive = true;
};

struct SimFollower {
  TopicPartition at;
  Offset next = 0;
  std::shared_ptr<FollowSink> sink;
  std::shared_ptr<SimSession> session;
  bool paused = false;
  bool scheduled = false;
  bool over = false;

  bool silent() const { return over || paused || !session->alive; }
};

struct SimPartition {
  std::vector<Record> records;
  Offset end = 0;
  Time last_stamp{};
  std::vector<std::weak_ptr<SimFollower>> followers;  // In the order of their calls.
};

class SimPartitions {
 public:
  explicit SimPartitions(SimChances& chances) : chances_(chances) {}

  // Made when it is not there.
  SimPartition& at(const TopicPartition& at) { return partitions_[at]; }
  const std::map<TopicPartition, SimPartition>& all() const { return partitions_; }

  // At the end, passing over offsets by chance. The record lies there until the next call.
  const Record& land(const TopicPartition& at, Record record);
  void forget(const TopicPartition& at, Offset offset);
  void truncate(const TopicPartition& at, Offset end);

  std::shared_ptr<SimFollower> follow(std::shared_ptr<SimSession> session, const TopicPartition& at,
                                      Offset from, std::shared_ptr<FollowSink> sink);
  void resume(const std::shared_ptr<SimFollower>& follower);

 private:
  void wake(SimPartition& partition);
  void schedule_delivery(const std::shared_ptr<SimFollower>& follower);
  void deliver(const std::shared_ptr<SimFollower>& follower);

  SimChances& chances_;
  std::map<TopicPartition, SimPartition> partitions_;
};

}  // namespace lianmeng::log
