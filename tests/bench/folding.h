// The real partitions of some services, fed with a journal as their loop feeds them after a start.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "bench/journal.h"
#include "bench/stopwatch.h"
#include "platform/base/random.h"
#include "platform/runtime/partition.h"
#include "platform/store/store.h"

namespace lianmeng::bench {

// One partition's reading of one log: its own, or one that it follows.
struct Reading {
  std::size_t slot = 0;  // Which partition of which service, counted through.
  int source = 0;        // As Partition has it.
  const google::protobuf::Message* prototype = nullptr;  // Of the log's events.
  const std::vector<log::Record>* records = nullptr;
};

struct FoldingPlan {
  struct Slot {
    const runtime::Fold* fold;
    int partition;
    std::string name;  // "dispatch/07", as the store names it.
  };
  std::vector<Slot> slots;
  std::vector<Reading> readings;
  std::uint64_t own_records = 0;
  std::uint64_t followed_records = 0;
  std::uint64_t own_bytes = 0;  // Of their values.
};
FoldingPlan plan_of(const Journal& journal, std::span<const runtime::Fold* const> services);

// Calls `deliver(reading, first, count)` as the log's reader does it: every log in turn, some
// records at a time.
void deliver_in_turns(
    const FoldingPlan& plan, std::size_t records_at_a_time,
    const std::function<void(std::size_t reading, std::size_t first, std::size_t count)>& deliver);
inline constexpr std::size_t kRecordsADelivery = 128;  // As the embedded log.

// When the dirty rows go to the store.
enum class Flushing {
  kNever,       // They stay in the partitions' memory tables.
  kAsTheLoop,   // As CoreLoop does it: the fullest first, when its bounds are met; all at the end.
  kEachRecord,  // So that a commit holds what one record wrote.
};

class Folding {
 public:
  // Lifetime: borrows all.
  Folding(const FoldingPlan& plan, store::Store& store, Flushing flushing);
  ~Folding();
  Folding(const Folding&) = delete;
  Folding& operator=(const Folding&) = delete;

  // Folds everything. Copying the records that a partition takes over is left out of the time.
  void run(Stopwatch& stopwatch);

  // With kEachRecord: called before each record.
  std::function<void(std::size_t reading, std::size_t record)> before_record;

 private:
  void open();
  void deliver(std::size_t reading, std::size_t first, std::size_t count, Stopwatch& stopwatch);
  void flush(runtime::Partition& partition);
  void flush_some();

  const FoldingPlan& plan_;
  store::Store& store_;
  const Flushing flushing_;
  SystemRandom random_;
  SystemClock clock_;
  std::vector<std::unique_ptr<runtime::Partition>> partitions_;
};

}  // namespace lianmeng::bench
