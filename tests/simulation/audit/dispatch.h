// Dispatch's log: every demand by the table, numbers of the day, clocks, and of which events the
// asker must hear and of which nobody may.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "lianmeng/dispatch/v1/dispatch_events.pb.h"
#include "platform/base/time.h"
#include "simulation/audit/demand_life.h"
#include "simulation/audit/fact.h"
#include "simulation/audit/findings.h"
#include "simulation/audit/membership.h"

namespace lianmeng::simulation {

// Lifetime: borrows who was appointed, and the findings.
class DispatchAudit {
 public:
  DispatchAudit(const Appointed& appointed, Findings& findings)
      : appointed_(appointed), findings_(findings) {}

  void read(const std::vector<Fact>& facts);
  // Of what was due until shortly before `now` nothing is left.
  void check_end(Time now);

  const DemandLives& demands() const { return demands_; }
  // By the event's sequence.
  const std::map<std::uint64_t, std::string>& asker_hears() const { return asker_hears_; }
  bool is_silent(std::uint64_t sequence) const { return silent_.contains(sequence); }

 private:
  // The asker of the demand that the event is of; empty when it is of none.
  std::string step(const Fact& fact, const dispatch::v1::DispatchEvent& event);
  void submit(const Fact& fact, const dispatch::v1::DemandSubmitted& e);
  void resettle(const Fact& fact, const dispatch::v1::DeadlinesResettled& e);

  const Appointed& appointed_;
  Findings& findings_;
  DemandLives demands_;
  std::map<std::uint64_t, std::string> asker_hears_;
  std::set<std::uint64_t> silent_;
};

}  // namespace lianmeng::simulation
