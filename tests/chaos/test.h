// One fault, again and again under load, and then the judgement.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "chaos/cluster.h"

namespace lianmeng::chaos {

struct Settings {
  ClusterSettings cluster;
  std::filesystem::path kafka_data;  // Of deploy/kafka/up; for the faults of brokers.
  std::filesystem::path kafka_up;
  std::string fault;
  int times = 1;
  std::chrono::milliseconds duration{60'000};  // Of faults that last.
  std::uint64_t seed = 0;
  int in_flight = 32;
  bool keep = false;
};

// What was wrong, a sentence each.
std::vector<std::string> run(const Settings& settings);

}  // namespace lianmeng::chaos
