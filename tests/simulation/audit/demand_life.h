// A demand as its own events tell it.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "lianmeng/dispatch/v1/dispatch_events.pb.h"
#include "platform/base/time.h"
#include "simulation/audit/fact.h"

namespace lianmeng::simulation {

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

using DemandLives = std::map<Named, DemandLife>;

}  // namespace lianmeng::simulation
