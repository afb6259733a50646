// The log of the simulation: in memory, under a simulated clock, with faults that a seed chooses.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "platform/log/log.h"
#include "platform/log/sim/sim_log_faults.h"
#include "platform/testing/sim_scheduler.h"

namespace lianmeng::log {

// One cluster that several clients share. Every client() is a Log of its own, as of one process.
//
// Threads: one. All work runs as tasks of the scheduler; no callback comes inside a call.
// Lifetime: borrows the scheduler; outlives its clients. Tasks left in the scheduler after the
// destruction do nothing.
// Promise: the same seed and the same calls in the same order replay exactly.
class SimLog {
 public:
  SimLog(sim::SimScheduler& scheduler, std::uint64_t seed, SimLogFaults faults = {});
  ~SimLog();
  SimLog(const SimLog&) = delete;
  SimLog& operator=(const SimLog&) = delete;

  // A handle of that client. Destroying it forgets its callbacks, as crash() does.
  std::unique_ptr<Log> client(int id);
  // All handles that the client has had fall silent for ever: no callback, and their calls do
  // nothing. What they had in flight may still land.
  void crash(int id);

  void set_faults(SimLogFaults faults);
  // Faults are over: all that is late lands now or never.
  void heal();

  // Behind the readers' backs.
  void truncate(const TopicPartition& at, Offset end);
  void recreate(const TopicPartition& at);
  // What describe() answers, to break a topic rule.
  void set_topic(const std::string& topic, TopicInfo info);

  // For auditors: everything that lies in the log now.
  const std::vector<Record>& records(const TopicPartition& at) const;
  Offset end(const TopicPartition& at) const;
  std::vector<TopicPartition> partitions() const;
  // Records that may still land late.
  std::size_t outstanding() const;
  // How often each fault was drawn, by its name in SimLogFaults; one that never was is not there.
  const std::map<std::string, std::uint64_t>& happened() const;

  // Defined in the .cc; public so that handles there may name it.
  class Cluster;

 private:
  std::shared_ptr<Cluster> cluster_;
};

}  // namespace lianmeng::log
