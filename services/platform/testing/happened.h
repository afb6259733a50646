// What came about in a simulation, by name: a run whose faults never happen proves nothing, and
// stays green.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace lianmeng::testing {

using Happened = std::map<std::string, std::uint64_t>;

inline void add(Happened& sum, const Happened& more) {
  for (const auto& [name, count] : more) sum[name] += count;
}

// Those of the names that never came about.
inline std::vector<std::string> never(const Happened& happened,
                                      std::span<const std::string> names) {
  std::vector<std::string> missing;
  for (const auto& name : names) {
    const auto found = happened.find(name);
    if (found == happened.end() || found->second == 0) missing.push_back(name);
  }
  return missing;
}

// What a simulation under SimLogFaults::drawn, crashes, wrong clocks and a lossy network is for.
inline std::vector<std::string> all_faults() {
  return {"log failed",  "log lost_reply",     "log late",    "log partial",          "log hole",
          "log split",   "log duplicate",      "log gap",     "log end_offset_error", "crash",
          "disk lost",   "forward lost",       "answer lost", "unknown outcome",      "lost race",
          "void record", "answered CLOCK_OFF", "not taken"};
}

// Seeds from which on each of them is expected: fewer are for looking at a few.
inline constexpr std::uint64_t kSeedsForAllFaults = 25;

}  // namespace lianmeng::testing
