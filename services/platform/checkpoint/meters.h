// What metrics tell of checkpoints; docs/metrics.md has the words.
#pragma once

#include <array>
#include <string_view>
#include <utility>

#include "platform/obs/metrics.h"

namespace lianmeng::checkpoint {

// Threads: any. Lifetime: the Metrics'.
struct Meters {
  explicit Meters(obs::Metrics& metrics);
  Meters() = default;  // Counts nothing.

  // Asked by a peer, or by who is none, and not given.
  void refused(std::string_view reason) const;

  obs::Counter taken;  // Partitions.
  obs::Counter left_to_log;
  obs::Counter taken_bytes;
  obs::Counter given;  // Checkpoints.
  obs::Counter given_bytes;

 private:
  std::array<std::pair<std::string_view, obs::Counter>, 4> refused_;
};

}  // namespace lianmeng::checkpoint
