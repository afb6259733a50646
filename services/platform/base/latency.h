// How long something took, as counts in buckets: what histograms of metrics are made of where one
// thread measures and another tells.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace lianmeng {

// Threads: one, or under the owner's lock.
struct LatencyCounts {
  // Seconds, 50 µs to 10 s in steps of about 2; what is longer is counted in the last place.
  static constexpr std::array<double, 17> kBounds{0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025,
                                                  0.005,   0.01,   0.025,   0.05,   0.1,   0.25,
                                                  0.5,     1,      2.5,     5,      10};

  void add(std::chrono::nanoseconds took) {
    const auto value = std::chrono::duration<double>(took).count();
    std::size_t at = 0;
    while (at < kBounds.size() && value > kBounds[at]) ++at;
    ++counts[at];
    seconds += value;
  }

  LatencyCounts& operator+=(const LatencyCounts& other) {
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += other.counts[i];
    seconds += other.seconds;
    return *this;
  }

  std::array<std::uint64_t, kBounds.size() + 1> counts{};
  double seconds = 0;  // The sum.
};

}  // namespace lianmeng
