// How long nobody answers when the host that acts is killed.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "load/client.h"
#include "load/counties.h"

namespace lianmeng::load {

struct Takeover {
  // Of each county: from the kill until a command that was sent after it is accepted.
  std::vector<std::chrono::nanoseconds> took;
  std::map<std::string, int> failures;  // Answers on the way there.
};

// Keeps a command in flight for each of the counties, kills the process after a while, and then
// sends each county one more, again and again until it is accepted. Throws std::runtime_error when
// that takes half a minute.
Takeover measure_takeover(const Addresses& addresses, const std::vector<County>& counties, int pid);

}  // namespace lianmeng::load
