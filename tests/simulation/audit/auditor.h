// Judges what the services did by what lies in the simulated log, and nothing else. It shares no
// code with the runtime, nor with any decision or apply: the chain is found anew by its rule, and a
// demand's life is told again by the table in which the domain describes it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "platform/base/time.h"
#include "platform/log/sim/sim_log.h"
#include "simulation/audit/demand_life.h"
#include "simulation/audit/findings.h"
#include "simulation/audit/notification.h"
#include "simulation/wish.h"

namespace lianmeng::simulation {

// Threads: none. Lifetime: reads the log in audit() and keeps nothing of it.
class Auditor {
 public:
  // Everything in the log, and every wish that was answered, up to `now`; the faults are over and
  // the log has been quiet for a while.
  void audit(const log::SimLog& log, int partition, const std::vector<Wish>& wishes, Time now);

  // What is wrong, in words; empty when nothing is.
  const std::vector<std::string>& wrong() const { return findings_.all(); }
  // How often each type of event was seen, as "dispatch DemandTaken".
  const std::map<std::string, std::uint64_t>& seen() const { return seen_; }
  // For comparing with what the services keep.
  const DemandLives& demands() const { return demands_; }
  const Inboxes& inboxes() const { return inboxes_; }

 private:
  Findings findings_;
  std::map<std::string, std::uint64_t> seen_;
  DemandLives demands_;
  Inboxes inboxes_;
};

}  // namespace lianmeng::simulation
