// What is wrong, in words; empty when nothing is.
#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "simulation/audit/fact.h"

namespace lianmeng::simulation {

class Findings {
 public:
  void add(std::string what) { wrong_.push_back(std::move(what)); }
  void expect(bool right, const Fact& fact, const std::string& what) {
    if (!right) add(fmt::format("{} of {}: {}", fact.name(), fact.subject, what));
  }
  const std::vector<std::string>& all() const { return wrong_; }

 private:
  std::vector<std::string> wrong_;
};

}  // namespace lianmeng::simulation
