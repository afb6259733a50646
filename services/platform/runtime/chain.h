// The chain: a record is valid if and only if its `prev` is the id of the last valid record before
// it (design: the chain).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

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
  // Judges the record behind what was read. The tip stays: accept() moves it, once a valid record
  // is known to be one that can be applied.
  Verdict judge(const Envelope& envelope);
  void accept(const std::string& id, std::uint64_t sequence, log::Offset offset, Time time);

 private:
  void remember(const std::string& id);
  bool remembers(const std::string& id) const;

  Tip tip_;
  // The last records' ids in a ring, to explain void ones. As hashes, since every partition keeps a
  // thousand: two that collide cost one look at the log that was not needed, or save one. Each
  // record is remembered and few are void, so a search may go through all.
  std::vector<std::size_t> recent_;
  std::size_t oldest_ = 0;
};

}  // namespace lianmeng::runtime
