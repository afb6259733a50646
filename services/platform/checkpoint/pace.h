// So many bytes a second, for all who send.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <mutex>

#include "platform/base/time.h"

namespace lianmeng::checkpoint {

// Threads: any. Lifetime: borrows the clock.
class Pace {
 public:
  Pace(std::uint64_t bytes_per_second, Clock& clock)
      : bytes_per_second_(bytes_per_second), clock_(clock) {}

  // When these bytes may be sent: each one's turn comes behind those who asked before.
  SteadyTime reserve(std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    const auto turn = std::max(next_, clock_.steady());
    next_ = turn + std::chrono::nanoseconds(bytes * 1'000'000'000 / bytes_per_second_);
    return turn;
  }

 private:
  const std::uint64_t bytes_per_second_;
  Clock& clock_;
  std::mutex mutex_;
  SteadyTime next_{};  // Guarded by mutex_.
};

}  // namespace lianmeng::checkpoint
