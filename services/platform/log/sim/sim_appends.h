// What becomes of an append to a simulated log: it lands whole, in pieces, late, twice or never,
// and its outcome says so, or that it is unknown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "platform/log/log.h"
#include "platform/log/sim/sim_chances.h"
#include "platform/log/sim/sim_partitions.h"

namespace lianmeng::log {

class SimAppends {
 public:
  SimAppends(SimChances& chances, SimPartitions& partitions)
      : chances_(chances), partitions_(partitions) {}

  void append(std::shared_ptr<SimSession> session, const TopicPartition& at,
              std::vector<Record> batch, AppendCallback done);
  // All that is late lands now or never.
  void end_lateness();
  // Records that may still land late.
  std::size_t outstanding() const { return late_.size(); }

 private:
  struct Flight;
  enum class Fault { kNone, kFailed, kLostReply, kLate, kPartial, kHole };

  Fault draw_fault(std::size_t count);
  void reply_at(Time time, const std::shared_ptr<SimSession>& session, AppendCallback done,
                AppendOutcome outcome);
  void land(const std::shared_ptr<Flight>& flight, Time time, std::size_t begin, std::size_t end);
  void land_late(const std::shared_ptr<Flight>& flight, std::size_t begin, std::size_t end);
  void land_durably(const std::shared_ptr<Flight>& flight, Time lands);
  void land_and_note(Flight& flight, std::size_t i);

  SimChances& chances_;
  SimPartitions& partitions_;
  std::uint64_t late_count_ = 0;
  std::map<std::uint64_t, std::pair<TopicPartition, Record>> late_;
};

}  // namespace lianmeng::log
