// The durable log in process: for one machine, a laptop, a demonstration, the tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "platform/base/latency.h"
#include "platform/log/log.h"
#include "platform/log/notice.h"

namespace lianmeng::log {

class FileOps;
class Journal;

struct EmbeddedLogConfig {
  std::string path;                                  // A folder of its own; made when missing.
  std::size_t segment_bytes = 64 * 1024 * 1024;      // 1 MiB – 1 GiB; a batch must fit in one.
  std::size_t tail_cache_bytes = 8 * 1024 * 1024;    // Recent records kept for followers.
  std::size_t queue_bytes_max = 128 * 1024 * 1024;   // Waiting appends; then LOG_BUSY.
  std::size_t scrub_bytes_per_second = 1024 * 1024;  // Of closed segments; 0: no scrub.
  Duration scrub_pause = std::chrono::hours(1);      // Between two passes.
};

struct EmbeddedLogStats {
  std::uint64_t segments = 0;
  std::uint64_t bytes = 0;             // Of records in all segments.
  std::uint64_t records_appended = 0;  // Since the opening, as the next two.
  std::uint64_t groups = 0;            // Each one write and one fdatasync.
  std::uint64_t appends_failed = 0;
  std::uint64_t damaged_partitions = 0;
  std::uint64_t scrubbed_bytes = 0;
  Time last_scrub{};              // When a pass over all closed segments ended; 0: none yet.
  bool journal_failed = false;    // A sync failed: no appends until the log is opened again.
  bool disk_full = false;         // The last append found no room.
  std::uint64_t queue_bytes = 0;  // Of appends that wait to be written, and at most.
  std::uint64_t queue_bytes_max = 0;
  std::uint64_t tail_bytes = 0;  // Of recent records kept for followers.
  LatencyCounts append_latency;  // From append() until it is answered.
  LatencyCounts sync_latency;    // Of each fdatasync.
};

// One journal in segment files for all partitions, with an index per partition. Offsets are dense.
//
// Threads: a writer takes all appends that wait, writes them with one call, syncs once and then
// runs their callbacks; a reader serves the followers, those at the tail first; a preparer makes
// the next segment ready; a scrubber reads closed segments slowly. Callbacks of append and follow
// come from the first two, of end_offset inside the call; what is refused at once is answered
// inside the call.
// Lifetime: the destructor writes what waits, answers it, and stops; followings go before it.
// Borrows clock and file operations.
// Limits: config; 128 records or about 256 KiB a delivery; index files are read whole at start.
// Promise: what was kDurable is synced; only what is synced is shown to followers and end_offset.
// A damaged record stops its partition (kDataLoss names file and byte) and no other.
class EmbeddedLog final : public Log {
 public:
  // LOG_IN_USE when another process has it; DISK_FULL; LOG_UNREADABLE.
  static Result<std::unique_ptr<EmbeddedLog>> open(EmbeddedLogConfig config, Clock& clock,
                                                   LogObserver observer);
  static Result<std::unique_ptr<EmbeddedLog>> open(EmbeddedLogConfig config, Clock& clock,
                                                   LogObserver observer, FileOps& ops);
  ~EmbeddedLog() override;

  void append(const TopicPartition& at, std::vector<Record> batch, AppendCallback done) override;
  std::unique_ptr<Following> follow(const TopicPartition& at, Offset from,
                                    std::shared_ptr<FollowSink> sink) override;
  void end_offset(const TopicPartition& at, EndOffsetCallback done) override;
  Result<TopicInfo> describe(const std::string& topic) override;

  // Reads every closed segment now, in the caller's thread; how many damaged records it met.
  std::uint64_t scrub();
  EmbeddedLogStats stats() const;

 private:
  explicit EmbeddedLog(std::shared_ptr<Journal> journal);

  std::shared_ptr<Journal> journal_;
};

}  // namespace lianmeng::log
