// What somebody wants of a service, and what came of it: the workload asks, the auditor judges.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "platform/runtime/command.h"

namespace lianmeng::simulation {

struct Wish {
  std::string service;
  std::string name;
  CountyId county;
  Actor actor;
  std::string request_id;
  std::string hash;
  std::string external_id;
  std::optional<Time> effective;
  bool validate_only = false;
  bool bulk = false;
  bool must_succeed = false;  // Nothing that happens can make it wrong.
  std::vector<Place> tokens;
  runtime::DecideFn decide;
  // Called with the first acceptance.
  std::function<void(const runtime::Accepted&)> then;

  Time asked_time{};
  int attempts = 0;
  std::optional<runtime::Accepted> accepted;
  std::optional<Error> refused;
  bool settled() const { return accepted || refused; }
};

}  // namespace lianmeng::simulation
