// The chain: a record is valid if and only if its `prev` is the id of the last valid record before
// it (design: the chain).
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_set>

#include "platform/log/log.h"
#include "platform/runtime/envelope.h"

namespace lianmeng::runtime {

// The last valid record of a log, as far as it has been read.
struct Tip {
  std::string id;  // Empty before the first.
  std::uint64_t sequence = 0;
  log::Offset offset = log::kNoOffset;
  Time time{};

  bool empty() const { return id.empty(); }
};

enum class Verdict {
  kValid,
  kVoid,  // Explained: it was decided on a tip that we knew, or is a copy of what we have read.
  kUnexplained,  // Void, and nothing that we have read explains it: is this still the same log?
  kBroken,       // Follows the tip but claims another place: the log is damaged.
};

// Follows one log's chain. Not thread-safe.
class Chain {
 public:
  Chain() = default;
  explicit Chain(Tip tip);

  const Tip& tip() const { return tip_; }
  // Judges a record read at `offset` and moves the tip when it is valid.
  Verdict read(const Envelope& envelope, log::Offset offset);
  // Moves the tip without reading: what the own append's outcome proved.
  void accept(const std::string& id, std::uint64_t sequence, log::Offset offset, Time time);

 private:
  void remember(const std::string& id);

  Tip tip_;
  // The ids of the last records, to explain void ones.
  std::deque<std::string> order_;
  std::unordered_set<std::string> recent_;
};

}  // namespace lianmeng::runtime
