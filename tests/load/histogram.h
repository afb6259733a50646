// Latencies in buckets of at most 1.6 % width, from a nanosecond to minutes.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

namespace lianmeng::load {

class Histogram {
 public:
  void record(std::chrono::nanoseconds value);
  void add(const Histogram& other);
  void clear();

  std::uint64_t count() const { return count_; }
  // The value that `share` (0.5: the median) of the records do not exceed; zero without records.
  std::chrono::nanoseconds quantile(double share) const;
  std::chrono::nanoseconds max() const { return std::chrono::nanoseconds(max_); }
  std::chrono::nanoseconds mean() const;

 private:
  static constexpr int kBits = 6;  // 64 buckets for each doubling.
  static constexpr int kBuckets = (64 - kBits) << kBits;
  static std::size_t bucket_of(std::uint64_t value);
  static std::uint64_t end_of(std::size_t bucket);

  std::array<std::uint64_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace lianmeng::load
