#include "bench/stopwatch.h"

#include <time.h>

namespace lianmeng::bench {
namespace {

double seconds_of(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

}  // namespace

Stopwatch::Stopwatch()
    : cpu_(seconds_of(CLOCK_PROCESS_CPUTIME_ID)), wall_(seconds_of(CLOCK_MONOTONIC)) {}

Stopwatch::Pause::Pause(Stopwatch& stopwatch)
    : of(stopwatch), cpu(seconds_of(CLOCK_THREAD_CPUTIME_ID)), wall(seconds_of(CLOCK_MONOTONIC)) {}

Stopwatch::Pause::~Pause() {
  of.left_out_cpu_ += seconds_of(CLOCK_THREAD_CPUTIME_ID) - cpu;
  of.left_out_wall_ += seconds_of(CLOCK_MONOTONIC) - wall;
}

Spent Stopwatch::spent() const {
  return {seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu_ - left_out_cpu_,
          seconds_of(CLOCK_MONOTONIC) - wall_ - left_out_wall_};
}

}  // namespace lianmeng::bench
