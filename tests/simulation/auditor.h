// Judges what the services did by what lies in the simulated log, and nothing else. It shares no
// code with the runtime, nor with any decision or apply: the chain is found anew by its rule, and a
// demand's life is told again by the table in which the domain describes it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lianmeng/dispatch/v1/dispatch_events.pb.h"
#include "platform/base/ids.h"
#include "platform/base/time.h"
#include "platform/log/sim/sim_log.h"
#include "simulation/workload.h"

namespace lianmeng::simulation {

// A valid record.
struct Fact {
  std::string service;
  std::uint64_t sequence = 0;
  Time time{};
  std::optional<Time> effective;  // Set: imported.
  std::string county;
  std::string type;  // Without its package: "DemandTaken".
  std::string subject;
  std::string actor;
  std::string request_id;
  std::string external_id;
  std::optional<Place> cause;
  std::string value;

  Time happened() const { return effective.value_or(time); }
  std::string name() const;
};

// A demand as its own events tell it.
struct DemandLife {
  struct Clock {
    Time start{};
    Time due{};
    std::optional<Time> next;
    int light = 0;
    int level = 0;
    dispatch::v1::LimitUnit unit{};
  };
  struct Offer {
    dispatch::v1::GroupRole role{};
    Time until{};
  };
  dispatch::v1::DemandState state{};
  std::string asker;
  std::string lead;
  std::string handler;
  std::string rule;  // That is to route it.
  std::map<std::string, Offer> offers;
  std::map<std::string, dispatch::v1::HelperState> helpers;
  std::map<dispatch::v1::ClockKind, Clock> clocks;
  dispatch::v1::DemandKind kind{};
  dispatch::v1::Urgency urgency{};
  bool binding = false;
  bool must_assign = false;
  int pass_backs = 0;
  int redos = 0;
  Time redo_by{};
};

struct InboxLife {
  std::int64_t last = 0;
  std::set<std::int64_t> unread;
};

// (county, demand or person).
using Named = std::pair<std::string, std::string>;

// Threads: none. Lifetime: reads the log in audit() and keeps nothing of it.
class Auditor {
 public:
  // Everything in the log, and every wish that was answered, up to `now`; the faults are over and
  // the log has been quiet for a while.
  void audit(const log::SimLog& log, int partition, const std::vector<Wish>& wishes, Time now);

  // What is wrong, in words; empty when nothing is.
  const std::vector<std::string>& wrong() const { return wrong_; }
  // How often each type of event was seen, as "dispatch DemandTaken".
  const std::map<std::string, std::uint64_t>& seen() const { return seen_; }
  // For comparing with what the services keep.
  const std::map<Named, DemandLife>& demands() const { return demands_; }
  const std::map<Named, InboxLife>& inboxes() const { return inboxes_; }

 private:
  void read(const log::SimLog& log, const std::string& service, int partition);
  void check_requests();
  void check_wish(const Wish& wish);
  void check_membership();
  void check_dispatch();
  void check_notification();
  void check_end(Time now);

  void demand_event(const Fact& fact, const dispatch::v1::DispatchEvent& event);
  // Each of these is one row of the domain's table.
  template <class Event>
  void step(const Fact& fact, DemandLife& life, const Event& event);
  void take_board(const Fact& fact, DemandLife& life, const dispatch::v1::ClockBoard& board);
  void take_clock(const Fact& fact, DemandLife& life, const dispatch::v1::Clock& clock);
  // A timer's step of one clock.
  void tick(const Fact& fact, DemandLife& life, const dispatch::v1::Clock& clock);

  void expect(bool right, const Fact& fact, const std::string& what);

  std::map<std::string, std::vector<Fact>> facts_;  // By service, in the order of the chain.
  std::map<Named, DemandLife> demands_;
  std::map<Named, InboxLife> inboxes_;
  // Events of dispatch of which the asker must hear, by sequence.
  std::map<std::uint64_t, std::string> asker_hears_;
  std::set<std::uint64_t> silent_;  // Those of which nobody may hear.
  std::set<Named> group_people_;    // (county, group ' ' person): ever appointed.
  std::map<std::string, std::uint64_t> seen_;
  std::vector<std::string> wrong_;
};

}  // namespace lianmeng::simulation
