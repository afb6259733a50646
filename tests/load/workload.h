// A closed loop: so many calls in flight, each answer brings the next call.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "load/counties.h"
#include "load/histogram.h"
#include "load/survey.h"

namespace lianmeng::load {

enum class Mode {
  kPing,   // An empty call: what a call costs at the least.
  kUnary,  // SubmitDemand, then CommentDemand on that demand, then the next county.
  kBatch,  // ExecuteCommands: a batch of submissions, then a batch of comments on them.
  kGet,    // GetDemand of any demand, as the coordinator.
  kList,   // ListDemands, pages of 50: the first as coordinator and as cadre, and two anywhere.
};

struct WorkloadConfig {
  std::string address;
  Mode mode = Mode::kUnary;
  int in_flight = 64;
  int channels = 4;
  int threads = 1;
  int batch = 100;
  std::chrono::milliseconds warm_up{0};   // Not measured.
  std::chrono::milliseconds duration{0};  // Zero: until `commands` are answered.
  std::uint64_t commands = 0;             // Even; of kBatch: rounded up to pairs of batches.
  std::vector<County> counties;           // Not needed by kPing.
  std::vector<Places> places;             // Of these counties, for kGet and kList.
  std::optional<int> server_pid;          // To tell its CPU time.
};

struct WorkloadResult {
  double seconds = 0;
  std::uint64_t calls = 0;
  std::uint64_t commands = 0;  // Accepted ones; where nothing is commanded: calls answered.
  std::map<std::string, std::uint64_t> failures;
  Histogram latency;  // Of calls.
  double client_cpu_seconds = 0;
  double server_cpu_seconds = 0;
};

WorkloadResult run(const WorkloadConfig& config);

}  // namespace lianmeng::load
