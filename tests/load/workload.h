// Load: a closed loop (so many calls in flight, each answer brings the next call), or an open one
// (calls come at a rate, whether or not the ones before are answered).
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "load/client.h"
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
  Addresses addresses;
  Mode mode = Mode::kUnary;
  int in_flight = 64;  // Open: at most; a call that comes when so many are out waits its turn.
  // Calls a second, at random moments (a Poisson process); zero: a closed loop. What was due in the
  // measured time is then measured, whenever its answer comes, from the moment at which it was due:
  // a server that stalls is charged for all that came meanwhile.
  double rate = 0;
  int channels = 4;
  int threads = 1;
  int batch = 100;
  std::chrono::milliseconds warm_up{0};       // Not measured.
  std::chrono::milliseconds duration{0};      // Zero: until `commands` are answered.
  std::chrono::milliseconds timeout{10'000};  // Of a call; of a batch six times as long.
  std::uint64_t commands = 0;                 // Even; of kBatch: rounded up to pairs of batches.
  std::vector<County> counties;               // Not needed by kPing.
  std::vector<Places> places;                 // Of these counties, for kGet and kList.
  std::vector<int> server_pids;               // To tell their CPU time.
};

struct WorkloadResult {
  double seconds = 0;
  std::uint64_t calls = 0;     // Answered, with whatever.
  std::uint64_t commands = 0;  // Accepted ones; where nothing is commanded: calls answered.
  std::map<std::string, std::uint64_t> failures;
  // Of calls. Open: of all that were due, those without an answer with the time from then until
  // nobody waited for one any more, which is at least that until the end.
  Histogram latency;
  // Open: calls that were due in the measured time; of those the ones that were never sent, since
  // so many others were out until its end; and the ones without an answer until their deadline.
  std::uint64_t due = 0;
  std::uint64_t unsent = 0;
  std::uint64_t unanswered = 0;
  double client_cpu_seconds = 0;
  double server_cpu_seconds = 0;
};

WorkloadResult run(const WorkloadConfig& config);

}  // namespace lianmeng::load
