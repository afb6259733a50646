// The log of the simulation: in memory, under a simulated clock, with faults that a seed chooses.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "platform/base/random.h"
#include "platform/log/log.h"
#include "platform/testing/sim_scheduler.h"

namespace lianmeng::log {

// What may go wrong. Chances are in a thousand, drawn for each append unless told; as it stands, no
// fault at all and one millisecond an append. Times are drawn evenly up to their maximum.
struct SimLogFaults {
  Duration append_delay_min{1};
  Duration append_delay_max{1};
  Duration reply_delay_max{0};
  Duration delivery_delay_max{0};
  Duration end_offset_delay_max{0};
  // How long after its outcome a late record may still land.
  Duration late_max{20'000};
  // A follower's batches have 1 to this many records.
  int delivery_records_max = 1000;

  int failed = 0;            // kFailed; never lands.
  int lost_reply = 0;        // All land; kUnknown.
  int late = 0;              // kUnknown; each lands later, in any order, or never.
  int partial = 0;           // The first records land, the others as `late`; kUnknown.
  int hole = 0;              // One record does not land, or late; those behind it do; kUnknown.
  int split = 0;             // kDurable, but others' records may land between those of the batch.
  int duplicate = 0;         // kDurable, and the batch lands twice, at once or late.
  int gap = 0;               // For each landing: offsets are passed over, before it or after it.
  int end_offset_error = 0;  // For each question.
  // kDurable, and lost later: a log that lies, which nobody survives. Never drawn.
  int forgotten = 0;

  // Rates and delays that a seed chooses, from calm to stormy.
  static SimLogFaults drawn(Random& random);
};

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
