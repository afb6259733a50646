// Random numbers are handed in, so that a seed repeats a run. Nothing under domain/ sees one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "platform/base/error.h"
#include "platform/base/time.h"

namespace lianmeng {

// Not safe from several threads: one for each loop.
class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t next() = 0;

  // In [0, bound); bound > 0.
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }
  // True once in `n` on average.
  bool one_in(std::uint64_t n) { return below(n) == 0; }
};

// Seeded from the system; unique ids lean on it.
class SystemRandom final : public Random {
 public:
  SystemRandom();
  std::uint64_t next() override;

 private:
  std::uint64_t state_[4];
};

// xoshiro256** from a seed: the same everywhere.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed);
  std::uint64_t next() override;

 private:
  std::uint64_t state_[4];
};

// 128 random bits as 32 hex digits: the unique id of a record (ce_id).
std::string random_record_id(Random& random);

// RFC 9562 UUID version 7 of that time: the ids of requests.
std::string make_uuid_v7(Time now, Random& random);
// The time in a UUIDv7; an error when the text is none.
Result<Time> uuid_v7_time(std::string_view text);

}  // namespace lianmeng
