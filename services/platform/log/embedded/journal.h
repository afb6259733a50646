// What one journal keeps of itself in memory, and the work on it: recovering, writing, following,
// reading, scrubbing.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "platform/log/embedded/embedded_log.h"
#include "platform/log/embedded/file_ops.h"
#include "platform/log/embedded/frame.h"
#include "platform/log/embedded/segment_files.h"
#include "platform/log/embedded/segment_index.h"
#include "platform/log/embedded/segment_preparer.h"

namespace lianmeng::log {

using Lock = std::unique_lock<std::mutex>;

// Small, since every one of some hundred followers may have one on its way.
inline constexpr std::size_t kDeliveryRecordsMax = 128;
inline constexpr std::size_t kDeliveryBytesMax = 256 * 1024;

struct Damage {
  Offset offset = 0;
  Error error;
};

// Consecutive records of one partition, as they were written.
struct Chunk {
  Offset first = 0;
  Offset end = 0;
  std::shared_ptr<const std::string> bytes;
};

struct ClosedExtent {
  std::uint64_t segment = 0;
  Offset first = 0;
  Offset end = 0;
  std::uint64_t file_at = 0;
  // Only when the index file could not be written.
  std::shared_ptr<const std::vector<std::uint32_t>> positions;
};

struct Partition;

struct Follower {
  Partition* partition = nullptr;
  Offset next = 0;
  std::shared_ptr<FollowSink> sink;
  bool paused = false;
  bool queued = false;
  bool running = false;
  bool over = false;
};

// A place in the journal, for what is told apart by order.
using Position = std::pair<std::uint64_t, std::uint32_t>;

struct Partition {
  TopicPartition at;
  std::vector<ClosedExtent> closed;
  Offset active_first = 0;
  std::vector<std::uint32_t> active;
  std::deque<Chunk> tail;
  Offset end = 0;
  std::optional<Damage> damage;
  std::vector<std::shared_ptr<Follower>> followers;
  Offset writer_end = 0;  // The writer's own: `end` and what it is writing.
  // While opening: the last record met, and whether one was missing before the next.
  Position last_met{0, 0};
  bool stopped = false;
};

struct Waiting {
  Partition* partition = nullptr;
  std::shared_ptr<std::string> bytes;
  std::vector<std::uint32_t> starts;
  SteadyTime since{};
  AppendCallback done;
};

// What one turn of the reader does for a follower, decided under the lock and done without it.
struct Turn {
  enum class Kind { kNothing, kError, kTail, kDisk };
  Kind kind = Kind::kNothing;
  Error error;
  Offset from = 0;
  Offset end = 0;
  std::vector<Chunk> chunks;
  std::uint64_t segment = 0;
  std::vector<std::uint32_t> positions;  // Empty: in the index file, at file_at.
  std::uint64_t file_at = 0;
};

ClosedExtent closed_extent(std::uint64_t segment, const Extent& extent);
Error damage_error(const TopicPartition& at, Offset offset, const std::string& path,
                   std::uint32_t position, std::string_view what);
// The frame at the beginning of `bytes` is that record, whole and intact.
bool is_record(std::string_view bytes, std::uint64_t segment, const TopicPartition& at,
               Offset offset, Frame* frame);

// The threads and promises are those of EmbeddedLog. `mutex_` guards what readers and writer share
// and is held for no reading or writing of a file.
class Journal {
 public:
  Journal(EmbeddedLogConfig config, Clock& clock, LogObserver observer, FileOps& ops);

  Status open();
  void start();
  void stop();

  void append(const TopicPartition& at, std::vector<Record> batch, AppendCallback done);
  void follow(const TopicPartition& at, const std::shared_ptr<Follower>& follower);
  void unfollow(const std::shared_ptr<Follower>& follower);
  void pause(const std::shared_ptr<Follower>& follower);
  void resume(const std::shared_ptr<Follower>& follower);
  Result<Offset> end_offset(const TopicPartition& at);
  std::uint64_t scrub_all();
  EmbeddedLogStats stats() const;

 private:
  // Opening (one thread).
  Status lock_folder();
  Status read_segments();
  Result<SegmentIndex> load_closed(std::uint64_t segment, const SegmentFiles& found);
  Result<SegmentIndex> rebuild_index(std::uint64_t segment);
  void write_index(SegmentIndex& index);
  void mark_cut_file(SegmentIndex& index, std::uint64_t file_bytes);
  Status open_tail(std::uint64_t segment);
  void absorb(SegmentIndex& index, bool active);
  void settle_holes();

  // Writer.
  void write_loop();
  void write_all(std::span<Waiting> waiting);
  void write_group(std::span<Waiting> group);
  int write_bytes(std::span<Waiting> group);
  bool restore_end();
  bool keep_room();
  void publish(std::span<Waiting> group, std::uint32_t begin, SteadyTime sync_began);
  Result<File> create_segment(std::uint64_t segment);
  Status roll();
  void fail_all(std::span<Waiting> group, AppendOutcome::Fate fate, const Error& error);
  void note_disk_refused(const Error& error, std::uint64_t wanted);
  void note_disk_written();
  void set_disk_full(bool full, const std::string& text);
  void write_closed_frame();

  // Reader.
  void read_loop();
  void wake(const std::shared_ptr<Follower>& follower);
  Turn plan(const Follower& follower);
  void note_unread(const Error& error);
  void read_tail(const Turn& turn, std::vector<Record>* out);
  // Stops at the first record that is not as it should be, and answers with its damage. An error is
  // one that passes: it is to be tried again.
  Result<std::optional<Damage>> read_disk(const TopicPartition& at, Turn turn,
                                          std::vector<Record>* out);
  Result<std::optional<Damage>> read_records(const TopicPartition& at, const Turn& turn, int fd,
                                             std::vector<Record>* out);
  Result<int> open_for_reading(const std::string& path);
  Status find_positions(const TopicPartition& at, Turn* turn, bool rebuild);

  // Scrub.
  void scrub_loop();
  bool scrub_wait(Duration time);
  void note_scrubbed();
  std::uint64_t scrub_segment(std::uint64_t segment, bool slowly);

  Partition& partition(const TopicPartition& at);
  void report_damage(const TopicPartition& at, Damage damage);
  void note(LogNotice notice, const std::string& text) const {
    if (observer_) observer_(notice, text);
  }

  const EmbeddedLogConfig config_;
  Clock& clock_;
  const LogObserver observer_;
  FileOps& ops_;
  SegmentPreparer preparer_;
  File lock_file_;

  // The writer's own.
  File active_;
  std::uint64_t active_segment_ = 0;  // Changed under mutex_ too, since the reader asks for it.
  std::uint32_t active_end_ = 0;
  std::uint64_t asked_for_ = 0;  // The last segment that the preparer was asked for.
  Time last_stamp_{};
  SegmentIndex active_index_;  // What roll() must not forget: bad records and holes.
  bool disk_full_ = false;
  std::uint64_t room_wanted_ = 0;  // For what the full disk refused.

  // Guarded by queue_mutex_.
  mutable std::mutex queue_mutex_;
  std::condition_variable queue_filled_;
  std::deque<Waiting> queue_;
  std::size_t queue_bytes_ = 0;
  bool stopping_ = false;

  // Guarded by mutex_.
  mutable std::mutex mutex_;
  std::condition_variable reader_called_;
  std::condition_variable follower_idle_;
  std::map<TopicPartition, std::unique_ptr<Partition>> partitions_;
  std::set<std::uint64_t> closed_segments_;
  std::deque<std::pair<Partition*, std::size_t>> tail_order_;
  std::size_t tail_bytes_ = 0;
  std::deque<std::shared_ptr<Follower>> hot_;
  std::deque<std::shared_ptr<Follower>> cold_;
  bool reader_stopping_ = false;
  // A hole that may hold the first records of partitions that nobody knows of.
  std::optional<std::pair<std::string, std::uint32_t>> hole_of_unknown_;
  EmbeddedLogStats stats_;

  // While opening.
  std::vector<Position> holes_;

  // The reader's own.
  std::map<std::string, File> open_files_;
  // Those whose reading failed for now, with when it is tried again.
  std::deque<std::pair<std::chrono::steady_clock::time_point, std::shared_ptr<Follower>>> later_;

  std::mutex scrub_mutex_;
  std::condition_variable scrub_called_;
  bool scrub_stopping_ = false;

  std::thread writer_;
  std::thread reader_;
  std::thread scrubber_;
};

}  // namespace lianmeng::log
