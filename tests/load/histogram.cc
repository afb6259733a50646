#include "load/histogram.h"

#include <algorithm>
#include <bit>

namespace lianmeng::load {

// Values below 64 have a bucket each; above, the six bits behind the leading one tell it.
std::size_t Histogram::bucket_of(std::uint64_t value) {
  constexpr std::uint64_t kSteps = 1ULL << kBits;
  if (value < kSteps) return static_cast<std::size_t>(value);
  const int shift = std::bit_width(value) - 1 - kBits;
  return static_cast<std::size_t>(shift + 1) * kSteps +
         static_cast<std::size_t>((value >> shift) - kSteps);
}

// The largest value of a bucket.
std::uint64_t Histogram::end_of(std::size_t bucket) {
  constexpr std::uint64_t kSteps = 1ULL << kBits;
  if (bucket < kSteps) return bucket;
  const auto shift = static_cast<int>(bucket / kSteps) - 1;
  return ((kSteps + bucket % kSteps + 1) << shift) - 1;
}

void Histogram::record(std::chrono::nanoseconds value) {
  const auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(value.count(), 0));
  ++buckets_[std::min<std::size_t>(bucket_of(ns), kBuckets - 1)];
  ++count_;
  sum_ += ns;
  max_ = std::max(max_, ns);
}

void Histogram::add(const Histogram& other) {
  for (std::size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  sum_ += other.sum_;
  max_ = std::max(max_, other.max_);
}

void Histogram::clear() { *this = Histogram(); }

std::chrono::nanoseconds Histogram::quantile(double share) const {
  if (count_ == 0) return {};
  const auto wanted = std::max<std::uint64_t>(
      1, static_cast<std::uint64_t>(share * static_cast<double>(count_) + 0.5));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen >= wanted) return std::chrono::nanoseconds(std::min(end_of(i), max_));
  }
  return max();
}

std::chrono::nanoseconds Histogram::mean() const {
  return std::chrono::nanoseconds(count_ == 0 ? 0 : sum_ / count_);
}

}  // namespace lianmeng::load
