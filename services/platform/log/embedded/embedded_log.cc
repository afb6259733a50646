#include "platform/log/embedded/embedded_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <climits>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <span>
#include <system_error>
#include <thread>
#include <utility>

#include "platform/base/assert.h"
#include "platform/log/check.h"
#include "platform/log/embedded/file_ops.h"
#include "platform/log/embedded/frame.h"
#include "platform/log/embedded/segment_index.h"

namespace lianmeng::log {
namespace {

using Fate = AppendOutcome::Fate;
using Lock = std::unique_lock<std::mutex>;

constexpr std::size_t kSegmentBytesMin = 1024 * 1024;
constexpr std::size_t kSegmentBytesMax = 1024 * 1024 * 1024;
constexpr std::size_t kGroupBytesMax = 8 * 1024 * 1024;
// Small, since every one of some hundred followers may have one on its way.
constexpr std::size_t kDeliveryRecordsMax = 128;
constexpr std::size_t kDeliveryBytesMax = 256 * 1024;
// One reading of a segment for several records: while they lie no further apart than this.
constexpr std::uint32_t kReadGapMax = 8 * 1024;
constexpr std::uint32_t kReadBytesMax = 256 * 1024;
// Enough for most records, so that one reading suffices.
constexpr std::uint32_t kReadAhead = 4 * 1024;
constexpr std::size_t kOpenFilesMax = 32;
constexpr std::size_t kPrepareStep = 1024 * 1024;
constexpr const char* kPreparedSuffix = ".new";
constexpr std::size_t kScrubStep = 256 * 1024;
// Followers at the tail come first, but one of the others gets a turn after so many.
constexpr int kHotTurns = 16;

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

ClosedExtent closed_extent(std::uint64_t segment, const Extent& extent) {
  ClosedExtent closed{segment, extent.first,
                      extent.first + static_cast<Offset>(extent.positions.size()), extent.file_at,
                      nullptr};
  if (extent.file_at == 0) {
    closed.positions = std::make_shared<std::vector<std::uint32_t>>(extent.positions);
  }
  return closed;
}

std::string log_path(const std::string& folder, std::uint64_t segment) {
  return fmt::format("{}/segment-{:012}.log", folder, segment);
}
std::string index_path(const std::string& folder, std::uint64_t segment) {
  return fmt::format("{}/segment-{:012}.idx", folder, segment);
}

Error damage_error(const TopicPartition& at, Offset offset, const std::string& path,
                   std::uint32_t position, std::string_view what) {
  auto error = make_error(
      ErrorKind::kDataLoss, "LOG_DAMAGED",
      fmt::format(
          "{}: {}: {} at byte {} (offset {}); this partition stops and takes no more. Restore "
          "the log from a backup",
          to_string(at), what, path, position, offset));
  error.metadata = {
      {"file", path}, {"position", std::to_string(position)}, {"offset", std::to_string(offset)}};
  return error;
}

// The frame at the beginning of `bytes` is that record, whole and intact.
bool is_record(std::string_view bytes, std::uint64_t segment, const TopicPartition& at,
               Offset offset, Frame* frame) {
  return read_frame(bytes, segment, frame) && frame->offset == offset &&
         frame->partition == at.partition && frame->topic == at.topic &&
         payload_intact(bytes, *frame);
}

struct Found {
  std::set<std::uint64_t> logs;
  std::set<std::uint64_t> indexes;
};

Found list_segments(const std::string& folder) {
  Found found;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const auto name = entry.path().filename().string();
    if (!name.starts_with("segment-")) continue;
    if (name.ends_with(".new")) {
      std::filesystem::remove(entry.path());
      continue;
    }
    std::uint64_t segment = 0;
    const auto* begin = name.data() + std::strlen("segment-");
    const auto [end, error] = std::from_chars(begin, name.data() + name.size(), segment);
    const std::string_view rest(end, static_cast<std::size_t>(name.data() + name.size() - end));
    if (error != std::errc() || segment == 0) continue;
    if (rest == ".log") found.logs.insert(segment);
    if (rest == ".idx") found.indexes.insert(segment);
  }
  return found;
}

}  // namespace

class EmbeddedLog::Impl : public std::enable_shared_from_this<EmbeddedLog::Impl> {
 public:
  Impl(EmbeddedLogConfig config, Clock& clock, LogObserver observer, FileOps& ops)
      : config_(std::move(config)), clock_(clock), observer_(std::move(observer)), ops_(ops) {}

  Status open();
  void start();
  void stop();

  void append(const TopicPartition& at, std::vector<Record> batch, AppendCallback done);
  std::shared_ptr<Follower> follow(const TopicPartition& at, Offset from,
                                   std::shared_ptr<FollowSink> sink);
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
  Result<SegmentIndex> load_closed(std::uint64_t segment, const Found& found);
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
  void publish(std::span<Waiting> group, std::uint32_t begin);
  Result<File> create_segment(std::uint64_t segment);
  Status roll();
  void fail_all(std::span<Waiting> group, Fate fate, const Error& error);
  void note_disk(const Error* error);
  void write_closed_frame();

  // Preparer of the next segment.
  void prepare_loop();
  File prepare(std::uint64_t segment);
  void want_prepared(std::uint64_t segment);
  File take_prepared(std::uint64_t segment);

  // Reader.
  void read_loop();
  void wake(const std::shared_ptr<Follower>& follower);
  Turn plan(const Follower& follower);
  void read_tail(const Turn& turn, std::vector<Record>* out);
  // Stops at the first record that is not as it should be, and answers with its damage.
  std::optional<Damage> read_disk(const TopicPartition& at, Turn turn, std::vector<Record>* out);
  std::optional<Damage> read_records(const TopicPartition& at, const Turn& turn, int fd,
                                     std::vector<Record>* out);
  Result<int> open_for_reading(const std::string& path);
  Status find_positions(const TopicPartition& at, Turn* turn, bool rebuild);

  // Scrub.
  void scrub_loop();
  bool scrub_wait(Duration time);
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
  File lock_file_;

  // The writer's own.
  File active_;
  std::uint64_t active_segment_ = 0;  // Changed under mutex_ too, since the reader asks for it.
  std::uint32_t active_end_ = 0;
  std::uint64_t asked_for_ = 0;  // The last segment that the preparer was asked for.
  Time last_stamp_{};
  SegmentIndex active_index_;  // What roll() must not forget: bad records and holes.
  bool disk_full_ = false;

  // Guarded by queue_mutex_.
  std::mutex queue_mutex_;
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

  // Guarded by prepare_mutex_; a segment's number or 0.
  std::mutex prepare_mutex_;
  std::condition_variable prepare_called_;
  std::uint64_t wanted_segment_ = 0;
  std::uint64_t prepared_segment_ = 0;
  File prepared_;
  bool prepare_stopping_ = false;

  std::mutex scrub_mutex_;
  std::condition_variable scrub_called_;
  bool scrub_stopping_ = false;

  std::thread writer_;
  std::thread reader_;
  std::thread preparer_;
  std::thread scrubber_;
};

// ---- Opening

Status EmbeddedLog::Impl::lock_folder() {
  std::error_code error;
  std::filesystem::create_directories(config_.path, error);
  if (error) return fail(file_error(error.value(), "LOG_UNREADABLE", config_.path));
  const auto path = config_.path + "/lock";
  lock_file_ = File(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!lock_file_) return fail(file_error(errno, "LOG_UNREADABLE", path));
  if (::flock(lock_file_.fd(), LOCK_EX | LOCK_NB) != 0) {
    return fail(ErrorKind::kFailedPrecondition, "LOG_IN_USE",
                fmt::format("{}: another process has this log open; stop it first, or use another "
                            "data folder",
                            config_.path));
  }
  return {};
}

Status EmbeddedLog::Impl::open() {
  if (config_.segment_bytes < kSegmentBytesMin || config_.segment_bytes > kSegmentBytesMax) {
    return fail(ErrorKind::kInvalidArgument, "SEGMENT_BYTES_INVALID",
                fmt::format("segment_bytes is {}; {} to {} will do", config_.segment_bytes,
                            kSegmentBytesMin, kSegmentBytesMax));
  }
  if (auto status = lock_folder(); !status) return status;
  try {
    return read_segments();
  } catch (const std::filesystem::filesystem_error& error) {
    return fail(file_error(error.code().value(), "LOG_UNREADABLE", config_.path));
  }
}

Status EmbeddedLog::Impl::read_segments() {
  const auto found = list_segments(config_.path);
  std::uint64_t last = 0;
  if (!found.logs.empty()) last = *found.logs.rbegin();
  if (!found.indexes.empty()) last = std::max(last, *found.indexes.rbegin());
  // The last segment is the open one, unless it has an index: then the open one is gone.
  const bool has_tail = last > 0 && !found.indexes.contains(last);
  const auto tail = has_tail ? last : last + 1;
  for (std::uint64_t segment = 1; segment < tail; ++segment) {
    auto index = load_closed(segment, found);
    if (!index) return fail(index.error());
    absorb(*index, false);
    if (found.logs.contains(segment)) closed_segments_.insert(segment);
  }
  if (has_tail) {
    if (auto status = open_tail(tail); !status) return status;
  } else {
    auto file = create_segment(tail);
    if (!file) return fail(file.error());
    active_ = std::move(*file);
    active_segment_ = tail;
  }
  settle_holes();
  stats_.segments = closed_segments_.size() + 1;
  for (auto& [at, partition] : partitions_) {
    partition->writer_end = partition->end;
    if (!partition->damage) continue;
    ++stats_.damaged_partitions;
    note(LogNotice::kError, partition->damage->error.message_en);
  }
  return {};
}

Result<SegmentIndex> EmbeddedLog::Impl::load_closed(std::uint64_t segment, const Found& found) {
  const auto path = log_path(config_.path, segment);
  SegmentIndex index;
  if (found.indexes.contains(segment)) {
    const auto bytes = read_file(ops_, index_path(config_.path, segment));
    if (bytes && decode_index(*bytes, segment, &index)) {
      struct stat info {};
      const bool there = ::stat(path.c_str(), &info) == 0;
      mark_cut_file(index, there ? static_cast<std::uint64_t>(info.st_size) : 0);
      return index;
    }
    note(LogNotice::kWarning, fmt::format("{} is damaged; it is made again from the segment",
                                          index_path(config_.path, segment)));
  }
  if (found.logs.contains(segment)) return rebuild_index(segment);
  index = {};
  index.segment = segment;
  index.holes.push_back({0, 0});
  note(LogNotice::kError, fmt::format("{} is missing", path));
  return index;
}

// What lies behind the end of a cut or missing file is lost; its index tells whose it was.
void EmbeddedLog::Impl::mark_cut_file(SegmentIndex& index, std::uint64_t file_bytes) {
  if (file_bytes >= index.data_bytes) return;
  note(LogNotice::kError,
       fmt::format("{} has {} bytes of {}: it was cut or is missing",
                   log_path(config_.path, index.segment), file_bytes, index.data_bytes));
  for (const auto& [at, extent] : index.extents) {
    const auto lost =
        std::lower_bound(extent.positions.begin(), extent.positions.end(), file_bytes);
    if (lost == extent.positions.end()) continue;
    index.bad.push_back({at, extent.first + (lost - extent.positions.begin()), *lost});
  }
}

Result<SegmentIndex> EmbeddedLog::Impl::rebuild_index(std::uint64_t segment) {
  const auto path = log_path(config_.path, segment);
  const auto bytes = read_file(ops_, path);
  if (!bytes) return fail(bytes.error());
  auto scan = scan_segment(*bytes, segment, false);
  write_index(scan.index);
  return std::move(scan.index);
}

// Without its file a segment is served from memory.
void EmbeddedLog::Impl::write_index(SegmentIndex& index) {
  const auto encoded = encode_index(index);
  const auto written = write_file(ops_, index_path(config_.path, index.segment), encoded);
  if (written) return;
  for (auto& [at, extent] : index.extents) extent.file_at = 0;
  note(LogNotice::kWarning,
       fmt::format("{}; it is made at the next start", written.error().message_en));
}

Status EmbeddedLog::Impl::open_tail(std::uint64_t segment) {
  const auto path = log_path(config_.path, segment);
  active_ = File(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!active_) return fail(file_error(errno, "LOG_UNREADABLE", path));
  // After a failed sync the page cache may hold what the disk does not.
  ::posix_fadvise(active_.fd(), 0, 0, POSIX_FADV_DONTNEED);
  const auto bytes = read_file(ops_, path);
  if (!bytes) return fail(bytes.error());
  auto scan = scan_segment(*bytes, segment, true);
  active_segment_ = segment;
  active_end_ = scan.index.data_bytes;
  if (scan.torn) {
    note(LogNotice::kWarning,
         fmt::format("{}: the last write was torn; {} bytes at byte {} that were never "
                     "acknowledged are cut off",
                     path, scan.torn_bytes, active_end_));
  }
  // What a killed process wrote and did not sync is shown only once it is synced.
  const bool synced = scan.torn ? restore_end() : keep_room();
  if (!synced) return fail(file_error(errno, "LOG_UNREADABLE", path));
  absorb(scan.index, true);
  return {};
}

// Takes over what a segment holds, in the order of segments.
void EmbeddedLog::Impl::absorb(SegmentIndex& index, bool active) {
  const auto path = log_path(config_.path, index.segment);
  last_stamp_ = std::max(last_stamp_, index.last_stamp);
  stats_.bytes += index.data_bytes;
  const auto damage = [&](Partition& partition, Offset offset, std::uint64_t segment,
                          std::uint32_t position, std::string_view what) {
    if (partition.damage && partition.damage->offset <= offset) return;
    partition.damage =
        Damage{offset,
               damage_error(partition.at, offset, log_path(config_.path, segment), position, what)};
  };
  for (auto& [at, extent] : index.extents) {
    auto& known = partition(at);
    if (extent.positions.empty()) continue;
    known.last_met = {index.segment, extent.positions.back()};
    if (known.stopped) continue;
    if (extent.first != known.end) {
      const auto where =
          holes_.empty() ? Position{index.segment, extent.positions.front()} : holes_.back();
      damage(known, known.end, where.first, where.second, "records are missing");
      known.stopped = true;
      continue;
    }
    known.end += static_cast<Offset>(extent.positions.size());
    if (active) {
      known.active_first = extent.first;
      known.active = std::move(extent.positions);
    } else {
      known.closed.push_back(closed_extent(index.segment, extent));
    }
  }
  for (const auto& bad : index.bad) {
    auto& known = partition(bad.at);
    damage(known, bad.offset, index.segment, bad.position, "a record is damaged or missing");
    known.stopped = known.stopped || bad.offset >= known.end;
  }
  for (const auto& hole : index.holes) holes_.emplace_back(index.segment, hole.begin);
  if (active) {
    active_index_.bad = std::move(index.bad);
    active_index_.holes = std::move(index.holes);
  }
}

// A partition with a later record has told by its offset whether the hole took something of it. Of
// the others it cannot be told, so they stop.
void EmbeddedLog::Impl::settle_holes() {
  for (const auto& hole : holes_) {
    const auto path = log_path(config_.path, hole.first);
    for (auto& [at, partition] : partitions_) {
      if (partition->last_met > hole || partition->damage) continue;
      partition->damage =
          Damage{partition->end, damage_error(at, partition->end, path, hole.second,
                                              "records that may be its own are unreadable")};
    }
    hole_of_unknown_.emplace(path, hole.second);
  }
}

Partition& EmbeddedLog::Impl::partition(const TopicPartition& at) {
  auto& slot = partitions_[at];
  if (slot == nullptr) {
    slot = std::make_unique<Partition>();
    slot->at = at;
    if (hole_of_unknown_) {
      slot->damage =
          Damage{0, damage_error(at, 0, hole_of_unknown_->first, hole_of_unknown_->second,
                                 "records that may be its own are unreadable")};
    }
  }
  return *slot;
}

void EmbeddedLog::Impl::start() {
  writer_ = std::thread([this] { write_loop(); });
  reader_ = std::thread([this] { read_loop(); });
  preparer_ = std::thread([this] { prepare_loop(); });
  if (config_.scrub_bytes_per_second > 0) scrubber_ = std::thread([this] { scrub_loop(); });
}

void EmbeddedLog::Impl::stop() {
  {
    const Lock lock(queue_mutex_);
    stopping_ = true;
  }
  queue_filled_.notify_all();
  if (writer_.joinable()) writer_.join();
  {
    const Lock lock(prepare_mutex_);
    prepare_stopping_ = true;
    wanted_segment_ = 0;
  }
  prepare_called_.notify_all();
  if (preparer_.joinable()) preparer_.join();
  {
    const Lock lock(scrub_mutex_);
    scrub_stopping_ = true;
  }
  scrub_called_.notify_all();
  if (scrubber_.joinable()) scrubber_.join();
  {
    const Lock lock(mutex_);
    reader_stopping_ = true;
  }
  reader_called_.notify_all();
  if (reader_.joinable()) reader_.join();
  // No turn runs any more, so nobody waits for one.
  const Lock lock(mutex_);
  for (auto& [at, partition] : partitions_) {
    for (auto& follower : partition->followers) follower->over = true;
    partition->followers.clear();
  }
  hot_.clear();
  cold_.clear();
  open_files_.clear();
  active_ = {};
  lock_file_ = {};
}

// ---- Appending

void EmbeddedLog::Impl::append(const TopicPartition& at, std::vector<Record> batch,
                               AppendCallback done) {
  if (auto status = check_append(at, batch); !status) {
    done(failed(status.error()));
    return;
  }
  Waiting waiting;
  waiting.bytes = std::make_shared<std::string>();
  waiting.starts.reserve(batch.size());
  for (const auto& record : batch) {
    waiting.starts.push_back(static_cast<std::uint32_t>(waiting.bytes->size()));
    encode_frame(at, record, waiting.bytes.get());
    if (waiting.bytes->size() + kFrameHeaderBytes > config_.segment_bytes) {
      done(
          failed(make_error(ErrorKind::kInvalidArgument, "BATCH_TOO_LARGE",
                            fmt::format("{}: a batch of {} records does not fit in a segment of {} "
                                        "bytes; append it in parts",
                                        to_string(at), batch.size(), config_.segment_bytes))));
      return;
    }
  }
  const auto bytes = waiting.bytes->size();
  {
    Lock lock(mutex_);
    waiting.partition = &partition(at);
    if (waiting.partition->damage) {
      auto error = waiting.partition->damage->error;
      lock.unlock();
      done(failed(std::move(error)));
      return;
    }
  }
  Lock lock(queue_mutex_);
  if (stopping_) {
    lock.unlock();
    done(failed(make_error(ErrorKind::kUnavailable, "LOG_CLOSED", "the log is being closed")));
    return;
  }
  if (queue_bytes_ + bytes > config_.queue_bytes_max && queue_bytes_ > 0) {
    lock.unlock();
    done(failed(make_error(
        ErrorKind::kResourceExhausted, "LOG_BUSY",
        fmt::format("{} bytes wait to be written already; try again", config_.queue_bytes_max))));
    return;
  }
  queue_bytes_ += bytes;
  waiting.done = std::move(done);
  queue_.push_back(std::move(waiting));
  lock.unlock();
  queue_filled_.notify_one();
}

void EmbeddedLog::Impl::write_loop() {
  std::vector<Waiting> waiting;
  while (true) {
    {
      Lock lock(queue_mutex_);
      queue_filled_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) break;
      waiting.assign(std::make_move_iterator(queue_.begin()),
                     std::make_move_iterator(queue_.end()));
      queue_.clear();
    }
    std::size_t bytes = 0;
    for (const auto& one : waiting) bytes += one.bytes->size();
    write_all(waiting);
    waiting.clear();
    const Lock lock(queue_mutex_);
    queue_bytes_ -= bytes;
  }
  write_closed_frame();
}

void EmbeddedLog::Impl::write_all(std::span<Waiting> waiting) {
  // Partitions may have stopped since their appends were taken.
  std::vector<std::pair<Waiting*, Error>> refused;
  {
    const Lock lock(mutex_);
    for (auto& one : waiting) {
      if (one.partition->damage) refused.emplace_back(&one, one.partition->damage->error);
    }
  }
  for (auto& [one, error] : refused) fail_all({one, 1}, Fate::kFailed, error);
  std::vector<Waiting> left;
  if (!refused.empty()) {
    for (auto& one : waiting) {
      if (one.done) left.push_back(std::move(one));
    }
    waiting = left;
  }
  while (!waiting.empty()) {
    {
      const Lock lock(mutex_);
      if (stats_.journal_failed) break;
    }
    // Room is left for the frame that says that the log was closed.
    const auto room = config_.segment_bytes -
                      std::min<std::size_t>(config_.segment_bytes, active_end_ + kFrameHeaderBytes);
    if (waiting.front().bytes->size() > room) {
      if (auto status = roll(); !status) {
        note_disk(&status.error());
        fail_all(waiting, Fate::kFailed, status.error());
        return;
      }
      continue;
    }
    std::size_t count = 0;
    std::size_t bytes = 0;
    while (count < waiting.size()) {
      const auto size = waiting[count].bytes->size();
      if (count > 0 && bytes + size > std::min(room, kGroupBytesMax)) break;
      bytes += size;
      ++count;
    }
    write_group(waiting.first(count));
    waiting = waiting.subspan(count);
  }
  fail_all(waiting, Fate::kFailed,
           make_error(ErrorKind::kInternal, "JOURNAL_FAILED",
                      fmt::format("{}: a sync has failed and nothing is written any more; look at "
                                  "the disk and start again",
                                  config_.path)));
}

void EmbeddedLog::Impl::write_group(std::span<Waiting> group) {
  last_stamp_ = std::max(last_stamp_, clock_.now());
  for (auto& one : group) {
    for (const auto start : one.starts) {
      seal_frame(one.bytes->data() + start, active_segment_, one.partition->writer_end++,
                 last_stamp_, active_end_);
    }
  }
  const auto take_back = [&] {
    const Lock lock(mutex_);
    for (auto& one : group) one.partition->writer_end = one.partition->end;
  };
  const int write_errno = write_bytes(group);
  if (write_errno != 0) {
    const auto error =
        file_error(write_errno, "JOURNAL_UNWRITABLE", log_path(config_.path, active_segment_));
    // Nothing of a write that failed may be read as valid later, so the end is set back first.
    const bool restored = restore_end();
    take_back();
    note_disk(&error);
    if (!restored) {
      const Lock lock(mutex_);
      stats_.journal_failed = true;
    }
    fail_all(group, restored ? Fate::kFailed : Fate::kUnknown, error);
    return;
  }
  if (ops_.fdatasync(active_.fd()) != 0) {
    // The kernel may have dropped the pages and a second sync would lie (fsyncgate).
    const auto error =
        make_error(ErrorKind::kInternal, "JOURNAL_FAILED",
                   fmt::format("{}: syncing failed: {}; look at the disk and start again",
                               log_path(config_.path, active_segment_), errno_text(errno)));
    {
      const Lock lock(mutex_);
      stats_.journal_failed = true;
    }
    take_back();
    note(LogNotice::kError, error.message_en);
    fail_all(group, Fate::kUnknown, error);
    return;
  }
  note_disk(nullptr);
  const auto begin = active_end_;
  for (const auto& one : group) active_end_ += static_cast<std::uint32_t>(one.bytes->size());
  publish(group, begin);
  if (active_end_ > config_.segment_bytes / 2 && asked_for_ <= active_segment_) {
    asked_for_ = active_segment_ + 1;
    want_prepared(asked_for_);
  }
  for (auto& one : group) {
    AppendOutcome outcome;
    outcome.fate = Fate::kDurable;
    outcome.offsets.reserve(one.starts.size());
    for (const auto start : one.starts) {
      outcome.offsets.push_back(peek_frame(std::string_view(*one.bytes).substr(start)).offset);
    }
    outcome.stamps.assign(one.starts.size(), last_stamp_);
    std::exchange(one.done, {})(std::move(outcome));
  }
}

// 0, or the errno.
int EmbeddedLog::Impl::write_bytes(std::span<Waiting> group) {
  std::vector<iovec> parts;
  parts.reserve(group.size());
  for (auto& one : group) parts.push_back({one.bytes->data(), one.bytes->size()});
  auto at = static_cast<off_t>(active_end_);
  for (std::size_t first = 0; first < parts.size();) {
    const auto count = static_cast<int>(std::min<std::size_t>(parts.size() - first, IOV_MAX));
    auto wrote = ops_.pwritev(active_.fd(), &parts[first], count, at);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return errno;
    if (wrote == 0) return ENOSPC;
    at += wrote;
    while (wrote > 0) {
      auto& part = parts[first];
      const auto used = std::min(static_cast<std::size_t>(wrote), part.iov_len);
      part.iov_base = static_cast<char*>(part.iov_base) + used;
      part.iov_len -= used;
      wrote -= static_cast<ssize_t>(used);
      if (part.iov_len == 0) ++first;
    }
  }
  return 0;
}

// Cuts the segment behind what is good and has that on disk.
bool EmbeddedLog::Impl::restore_end() {
  return ops_.ftruncate(active_.fd(), active_end_) == 0 && keep_room();
}

// Preallocates where there is room, and syncs.
bool EmbeddedLog::Impl::keep_room() {
  ops_.preallocate(active_.fd(), static_cast<off_t>(config_.segment_bytes));
  return ops_.fdatasync(active_.fd()) == 0;
}

void EmbeddedLog::Impl::publish(std::span<Waiting> group, std::uint32_t begin) {
  const Lock lock(mutex_);
  for (auto& one : group) {
    auto& partition = *one.partition;
    if (partition.active.empty()) partition.active_first = partition.end;
    for (const auto start : one.starts) partition.active.push_back(begin + start);
    const auto first = partition.end;
    partition.end += static_cast<Offset>(one.starts.size());
    partition.tail.push_back({first, partition.end, one.bytes});
    tail_order_.emplace_back(&partition, one.bytes->capacity());
    tail_bytes_ += one.bytes->capacity();
    begin += static_cast<std::uint32_t>(one.bytes->size());
    stats_.bytes += one.bytes->size();
    stats_.records_appended += one.starts.size();
  }
  ++stats_.groups;
  while (tail_bytes_ > config_.tail_cache_bytes) {
    const auto [partition, bytes] = tail_order_.front();
    tail_order_.pop_front();
    tail_bytes_ -= bytes;
    partition->tail.pop_front();
  }
  for (auto& one : group) {
    for (const auto& follower : one.partition->followers) wake(follower);
  }
}

void EmbeddedLog::Impl::fail_all(std::span<Waiting> group, Fate fate, const Error& error) {
  if (group.empty()) return;
  {
    const Lock lock(mutex_);
    stats_.appends_failed += group.size();
  }
  for (auto& one : group) {
    std::exchange(one.done, {})(fate == Fate::kFailed ? failed(error) : unknown(error));
  }
}

// Says once that the disk is full, and once that it is not any more.
void EmbeddedLog::Impl::note_disk(const Error* error) {
  const bool full = error != nullptr && error->reason == "DISK_FULL";
  if (error != nullptr && !full) note(LogNotice::kError, error->message_en);
  if (full == disk_full_) return;
  disk_full_ = full;
  note(full ? LogNotice::kError : LogNotice::kInfo,
       full ? error->message_en : fmt::format("{}: there is room again", config_.path));
}

Result<File> EmbeddedLog::Impl::create_segment(std::uint64_t segment) {
  const auto path = log_path(config_.path, segment);
  if (auto prepared = take_prepared(segment)) {
    if (::rename((path + kPreparedSuffix).c_str(), path.c_str()) == 0) {
      if (auto status = sync_folder(config_.path); !status) {
        ::unlink(path.c_str());
        return fail(status.error());
      }
      return prepared;
    }
  }
  File file(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (!file) return fail(file_error(errno, "SEGMENT_UNWRITABLE", path));
  const auto give_up = [&](int error) {
    ::unlink(path.c_str());
    return fail(file_error(error, "SEGMENT_UNWRITABLE", path));
  };
  // A file system that cannot preallocate still serves; a full one is told here and not in the
  // middle of a write.
  if (ops_.preallocate(file.fd(), static_cast<off_t>(config_.segment_bytes)) != 0 &&
      errno != EOPNOTSUPP) {
    return give_up(errno);
  }
  if (ops_.fdatasync(file.fd()) != 0) return give_up(errno);
  if (auto status = sync_folder(config_.path); !status) {
    ::unlink(path.c_str());
    return fail(status.error());
  }
  return file;
}

Status EmbeddedLog::Impl::roll() {
  auto next = create_segment(active_segment_ + 1);
  if (!next) return fail(next.error());
  active_index_.segment = active_segment_;
  active_index_.data_bytes = active_end_;
  active_index_.last_stamp = last_stamp_;
  {
    const Lock lock(mutex_);
    for (auto& [at, partition] : partitions_) {
      if (partition->active.empty()) continue;
      active_index_.extents[at] = {partition->active_first, partition->active, 0};
    }
  }
  write_index(active_index_);
  // Gives back what was preallocated; that this fails harms nobody.
  ops_.ftruncate(active_.fd(), active_end_);
  {
    const Lock lock(mutex_);
    for (auto& [at, extent] : active_index_.extents) {
      auto& partition = *partitions_.at(at);
      partition.closed.push_back(closed_extent(active_segment_, extent));
      partition.active = {};
    }
    closed_segments_.insert(active_segment_);
    ++stats_.segments;
    ++active_segment_;
  }
  active_index_ = {};
  active_ = std::move(*next);
  active_end_ = 0;
  return {};
}

// So that the next start can tell rot from a torn write up to the very end.
void EmbeddedLog::Impl::write_closed_frame() {
  {
    const Lock lock(mutex_);
    if (stats_.journal_failed) return;
  }
  Waiting closed;
  closed.bytes = std::make_shared<std::string>();
  encode_closed_frame(closed.bytes.get());
  if (active_end_ + closed.bytes->size() > config_.segment_bytes) return;
  seal_frame(closed.bytes->data(), active_segment_, 0, last_stamp_, active_end_);
  if (write_bytes({&closed, 1}) != 0) {
    restore_end();
    return;
  }
  ops_.fdatasync(active_.fd());
}

// ---- The next segment

// Blocks that are written already cost a sync only their data; blocks that are only allocated cost
// it a commit of the file system's journal too.
void EmbeddedLog::Impl::prepare_loop() {
  Lock lock(prepare_mutex_);
  while (true) {
    prepare_called_.wait(lock, [&] {
      return prepare_stopping_ || (wanted_segment_ != 0 && wanted_segment_ != prepared_segment_);
    });
    if (prepare_stopping_) break;
    const auto segment = wanted_segment_;
    lock.unlock();
    auto file = prepare(segment);
    lock.lock();
    if (!file || wanted_segment_ != segment) {
      // No room, or it came too late: the writer makes the segment itself and says what is wrong.
      ::unlink((log_path(config_.path, segment) + kPreparedSuffix).c_str());
      if (wanted_segment_ == segment) wanted_segment_ = 0;
      continue;
    }
    prepared_ = std::move(file);
    prepared_segment_ = segment;
  }
  if (prepared_) ::unlink((log_path(config_.path, prepared_segment_) + kPreparedSuffix).c_str());
}

File EmbeddedLog::Impl::prepare(std::uint64_t segment) {
  const auto path = log_path(config_.path, segment) + kPreparedSuffix;
  File file(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file) return {};
  if (ops_.preallocate(file.fd(), static_cast<off_t>(config_.segment_bytes)) != 0) return {};
  const std::string zeros(kPrepareStep, '\0');
  for (std::size_t at = 0; at < config_.segment_bytes;) {
    {
      const Lock lock(prepare_mutex_);
      if (wanted_segment_ != segment) return {};
    }
    const auto size = std::min(zeros.size(), config_.segment_bytes - at);
    const iovec part{const_cast<char*>(zeros.data()), size};
    const auto wrote = ops_.pwritev(file.fd(), &part, 1, static_cast<off_t>(at));
    // Synced step by step, so that no appended record waits behind all of it.
    if (wrote <= 0 || ops_.fdatasync(file.fd()) != 0) return {};
    at += static_cast<std::size_t>(wrote);
  }
  return file;
}

void EmbeddedLog::Impl::want_prepared(std::uint64_t segment) {
  {
    const Lock lock(prepare_mutex_);
    wanted_segment_ = segment;
  }
  prepare_called_.notify_one();
}

// None when it is not ready; it is not wanted any more then.
File EmbeddedLog::Impl::take_prepared(std::uint64_t segment) {
  const Lock lock(prepare_mutex_);
  wanted_segment_ = 0;
  if (prepared_segment_ != segment) return {};
  prepared_segment_ = 0;
  return std::move(prepared_);
}

// ---- Following

std::shared_ptr<Follower> EmbeddedLog::Impl::follow(const TopicPartition& at, Offset from,
                                                    std::shared_ptr<FollowSink> sink) {
  auto follower = std::make_shared<Follower>();
  follower->next = from;
  follower->sink = std::move(sink);
  if (auto status = check_topic_partition(at); !status) {
    follower->over = true;
    follower->sink->on_error(status.error());
    return follower;
  }
  const Lock lock(mutex_);
  follower->partition = &partition(at);
  if (reader_stopping_) {
    follower->over = true;
    return follower;
  }
  follower->partition->followers.push_back(follower);
  wake(follower);
  return follower;
}

void EmbeddedLog::Impl::unfollow(const std::shared_ptr<Follower>& follower) {
  Lock lock(mutex_);
  follower->over = true;
  if (follower->partition != nullptr) std::erase(follower->partition->followers, follower);
  if (std::this_thread::get_id() == reader_.get_id()) return;
  follower_idle_.wait(lock, [&] { return !follower->running; });
  auto sink = std::move(follower->sink);
  lock.unlock();
}

void EmbeddedLog::Impl::pause(const std::shared_ptr<Follower>& follower) {
  const Lock lock(mutex_);
  follower->paused = true;
}

void EmbeddedLog::Impl::resume(const std::shared_ptr<Follower>& follower) {
  const Lock lock(mutex_);
  follower->paused = false;
  wake(follower);
}

// Requires mutex_.
void EmbeddedLog::Impl::wake(const std::shared_ptr<Follower>& follower) {
  if (follower->over || follower->paused || follower->queued || follower->running) return;
  const auto& partition = *follower->partition;
  const bool error = follower->next > partition.end || follower->next < 0 || partition.damage;
  if (!error && follower->next == partition.end) return;
  const bool in_tail = !partition.tail.empty() && follower->next >= partition.tail.front().first;
  follower->queued = true;
  (in_tail || error ? hot_ : cold_).push_back(follower);
  reader_called_.notify_one();
}

void EmbeddedLog::Impl::read_loop() {
  int hot_turns = 0;
  Lock lock(mutex_);
  while (true) {
    reader_called_.wait(lock, [&] { return reader_stopping_ || !hot_.empty() || !cold_.empty(); });
    if (reader_stopping_) return;
    const bool take_hot = cold_.empty() || (!hot_.empty() && hot_turns < kHotTurns);
    auto& from = take_hot ? hot_ : cold_;
    hot_turns = take_hot ? hot_turns + 1 : 0;
    const auto follower = std::move(from.front());
    from.pop_front();
    follower->queued = false;
    if (follower->over || follower->paused) continue;
    auto turn = plan(*follower);
    if (turn.kind == Turn::Kind::kNothing) continue;
    const auto kind = turn.kind;
    const auto at = follower->partition->at;
    if (kind == Turn::Kind::kError) follower->over = true;
    follower->running = true;
    lock.unlock();

    std::vector<Record> records;
    std::optional<Damage> damage;
    if (kind == Turn::Kind::kError) {
      follower->sink->on_error(std::move(turn.error));
    } else {
      if (kind == Turn::Kind::kTail) {
        read_tail(turn, &records);
      } else {
        damage = read_disk(at, std::move(turn), &records);
      }
      // A damage is told in the next turn, behind the records before it.
      if (damage) report_damage(at, std::move(*damage));
    }
    const auto next = records.empty() ? kNoOffset : records.back().offset + 1;
    if (!records.empty()) follower->sink->on_records(std::move(records), next);

    lock.lock();
    if (next != kNoOffset) follower->next = next;
    follower->running = false;
    if (follower->over) {
      follower_idle_.notify_all();
    } else {
      wake(follower);
    }
  }
}

// Requires mutex_.
Turn EmbeddedLog::Impl::plan(const Follower& follower) {
  const auto& partition = *follower.partition;
  Turn turn;
  turn.from = follower.next;
  const auto limit =
      partition.damage ? std::min(partition.end, partition.damage->offset) : partition.end;
  if (partition.damage && turn.from >= partition.damage->offset) {
    turn.kind = Turn::Kind::kError;
    turn.error = partition.damage->error;
    return turn;
  }
  if (turn.from > partition.end || turn.from < 0) {
    turn.kind = Turn::Kind::kError;
    turn.error = out_of_range(partition.at, turn.from, 0, partition.end);
    return turn;
  }
  if (turn.from >= limit) return turn;
  turn.end = std::min(limit, turn.from + static_cast<Offset>(kDeliveryRecordsMax));

  if (!partition.tail.empty() && turn.from >= partition.tail.front().first) {
    turn.kind = Turn::Kind::kTail;
    auto chunk = std::upper_bound(partition.tail.begin(), partition.tail.end(), turn.from,
                                  [](Offset offset, const Chunk& one) { return offset < one.end; });
    std::size_t bytes = 0;
    for (; chunk != partition.tail.end() && chunk->first < turn.end && bytes < kDeliveryBytesMax;
         ++chunk) {
      bytes += chunk->bytes->size();
      turn.chunks.push_back(*chunk);
    }
    return turn;
  }
  turn.kind = Turn::Kind::kDisk;
  if (!partition.active.empty() && turn.from >= partition.active_first) {
    turn.segment = active_segment_;
    const auto begin = partition.active.begin();
    turn.positions.assign(begin + (turn.from - partition.active_first),
                          begin + (turn.end - partition.active_first));
    return turn;
  }
  const auto extent =
      std::upper_bound(partition.closed.begin(), partition.closed.end(), turn.from,
                       [](Offset offset, const ClosedExtent& one) { return offset < one.end; });
  LM_ASSERT(extent != partition.closed.end() && extent->first <= turn.from,
            "{}: offset {} is in no segment", to_string(partition.at), turn.from);
  turn.segment = extent->segment;
  turn.end = std::min(turn.end, extent->end);
  if (extent->positions) {
    const auto begin = extent->positions->begin();
    turn.positions.assign(begin + (turn.from - extent->first), begin + (turn.end - extent->first));
  } else {
    turn.file_at = extent->file_at +
                   static_cast<std::uint64_t>(turn.from - extent->first) * sizeof(std::uint32_t);
  }
  return turn;
}

void EmbeddedLog::Impl::read_tail(const Turn& turn, std::vector<Record>* out) {
  std::size_t bytes = 0;
  for (const auto& chunk : turn.chunks) {
    std::string_view rest = *chunk.bytes;
    while (!rest.empty() && bytes < kDeliveryBytesMax) {
      const auto frame = peek_frame(rest);
      if (frame.offset >= turn.end) return;
      if (frame.offset >= turn.from) {
        LM_ASSERT(decode_frame(rest, frame, &out->emplace_back()));
        bytes += frame.bytes();
      }
      rest.remove_prefix(frame.bytes());
    }
  }
}

Result<int> EmbeddedLog::Impl::open_for_reading(const std::string& path) {
  if (const auto found = open_files_.find(path); found != open_files_.end()) {
    return found->second.fd();
  }
  File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) {
    return fail(ErrorKind::kDataLoss, "READ_FAILED",
                fmt::format("{} cannot be opened: {}", path, errno_text(errno)));
  }
  if (open_files_.size() >= kOpenFilesMax) open_files_.clear();
  return open_files_.emplace(path, std::move(file)).first->second.fd();
}

// Reads from the index file where the records lie; `rebuild` makes it again first if it is damaged.
Status EmbeddedLog::Impl::find_positions(const TopicPartition& at, Turn* turn, bool rebuild) {
  const auto path = index_path(config_.path, turn->segment);
  const auto count = static_cast<std::size_t>(turn->end - turn->from);
  if (rebuild) {
    SegmentIndex index;
    const auto bytes = read_file(ops_, path);
    if (bytes && decode_index(*bytes, turn->segment, &index)) {
      return fail(ErrorKind::kDataLoss, "INDEX_INTACT", "its index is intact");
    }
    note(LogNotice::kWarning,
         fmt::format("{} is damaged; it is made again from the segment", path));
    auto rebuilt = rebuild_index(turn->segment);
    if (!rebuilt) return fail(rebuilt.error());
    open_files_.erase(path);
    const Lock lock(mutex_);
    for (auto& [place, extent] : rebuilt->extents) {
      for (auto& closed : partition(place).closed) {
        if (closed.segment == turn->segment) closed = closed_extent(turn->segment, extent);
      }
    }
    const auto found = rebuilt->extents.find(at);
    if (found == rebuilt->extents.end())
      return fail(ErrorKind::kDataLoss, "RECORD_MISSING", "the segment does not hold it");
    const auto& extent = found->second;
    const auto skip = turn->from - extent.first;
    if (skip < 0 ||
        skip + static_cast<Offset>(count) > static_cast<Offset>(extent.positions.size())) {
      return fail(ErrorKind::kDataLoss, "RECORD_MISSING", "the segment does not hold it");
    }
    turn->positions.assign(extent.positions.begin() + skip,
                           extent.positions.begin() + skip + static_cast<Offset>(count));
    return {};
  }
  const auto fd = open_for_reading(path);
  if (!fd) return fail(fd.error());
  const auto bytes =
      read_at(ops_, *fd, path, count * sizeof(std::uint32_t), static_cast<off_t>(turn->file_at));
  if (!bytes) return fail(bytes.error());
  if (bytes->size() != count * sizeof(std::uint32_t)) {
    return fail(ErrorKind::kDataLoss, "INDEX_SHORT", "the index file is cut");
  }
  turn->positions.resize(count);
  std::memcpy(turn->positions.data(), bytes->data(), bytes->size());
  return {};
}

std::optional<Damage> EmbeddedLog::Impl::read_disk(const TopicPartition& at, Turn turn,
                                                   std::vector<Record>* out) {
  const bool from_file = turn.positions.empty();
  const auto path = log_path(config_.path, turn.segment);
  auto found = from_file ? find_positions(at, &turn, false) : Status();
  std::optional<Damage> damage;
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (found) {
      const auto fd = open_for_reading(path);
      if (!fd) {
        return Damage{turn.from, damage_error(at, turn.from, path, turn.positions.front(),
                                              fd.error().message_en)};
      }
      out->clear();
      damage = read_records(at, turn, *fd, out);
      if (!damage || !from_file) return damage;
    }
    // The record may be well and the index wrong.
    if (attempt == 0) {
      auto again = find_positions(at, &turn, true);
      if (!again && found) return damage;
      if (!again) {
        return Damage{turn.from, damage_error(at, turn.from, index_path(config_.path, turn.segment),
                                              static_cast<std::uint32_t>(turn.file_at),
                                              again.error().message_en)};
      }
      found = again;
    }
  }
  return damage;
}

std::optional<Damage> EmbeddedLog::Impl::read_records(const TopicPartition& at, const Turn& turn,
                                                      int fd, std::vector<Record>* out) {
  const auto path = log_path(config_.path, turn.segment);
  const auto& positions = turn.positions;
  std::string window;
  std::uint32_t window_at = 0;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < positions.size() && bytes < kDeliveryBytesMax; ++i) {
    const auto position = positions[i];
    const auto offset = turn.from + static_cast<Offset>(i);
    const auto read = [&](std::size_t size) -> Status {
      auto got = read_at(ops_, fd, path, size, position);
      if (!got) return fail(got.error());
      window = std::move(*got);
      window_at = position;
      return {};
    };
    const auto in_window = [&]() -> std::string_view {
      if (position < window_at || position - window_at > window.size()) return {};
      return std::string_view(window).substr(position - window_at);
    };
    Frame frame;
    Status status;
    if (!read_frame(in_window(), turn.segment, &frame) || in_window().size() < frame.bytes()) {
      // One reading for as many as lie close together.
      auto last = i;
      while (last + 1 < positions.size() && positions[last + 1] > positions[last] &&
             positions[last + 1] - positions[last] <= kReadGapMax &&
             positions[last + 1] - position <= kReadBytesMax) {
        ++last;
      }
      status = read(positions[last] - position + kReadAhead);
      if (status && read_frame(in_window(), turn.segment, &frame) &&
          in_window().size() < frame.bytes()) {
        status = read(frame.bytes());
      }
    }
    if (!status || !is_record(in_window(), turn.segment, at, offset, &frame)) {
      return Damage{offset,
                    damage_error(at, offset, path, position,
                                 status ? "a record is damaged" : "a record is unreadable")};
    }
    if (!decode_frame(in_window(), frame, &out->emplace_back())) {
      out->pop_back();
      return Damage{offset, damage_error(at, offset, path, position, "a record is malformed")};
    }
    bytes += frame.bytes();
  }
  return std::nullopt;
}

void EmbeddedLog::Impl::report_damage(const TopicPartition& at, Damage damage) {
  const auto text = damage.error.message_en;
  {
    const Lock lock(mutex_);
    auto& hit = partition(at);
    if (hit.damage && hit.damage->offset <= damage.offset) return;
    if (!hit.damage) ++stats_.damaged_partitions;
    hit.damage = std::move(damage);
    for (const auto& follower : hit.followers) wake(follower);
  }
  note(LogNotice::kError, text);
}

Result<Offset> EmbeddedLog::Impl::end_offset(const TopicPartition& at) {
  if (auto status = check_topic_partition(at); !status) return fail(status.error());
  const Lock lock(mutex_);
  const auto& asked = partition(at);
  if (asked.damage) return fail(asked.damage->error);
  return asked.end;
}

EmbeddedLogStats EmbeddedLog::Impl::stats() const {
  const Lock lock(mutex_);
  return stats_;
}

// ---- Scrub

// False when the log stops.
bool EmbeddedLog::Impl::scrub_wait(Duration time) {
  Lock lock(scrub_mutex_);
  return !scrub_called_.wait_for(lock, time, [&] { return scrub_stopping_; });
}

void EmbeddedLog::Impl::scrub_loop() {
  while (scrub_wait(config_.scrub_pause)) {
    std::set<std::uint64_t> segments;
    {
      const Lock lock(mutex_);
      segments = closed_segments_;
    }
    for (const auto segment : segments) {
      scrub_segment(segment, true);
      if (!scrub_wait(Duration(0))) return;
    }
  }
}

std::uint64_t EmbeddedLog::Impl::scrub_all() {
  std::set<std::uint64_t> segments;
  {
    const Lock lock(mutex_);
    segments = closed_segments_;
  }
  std::uint64_t damaged = 0;
  for (const auto segment : segments) damaged += scrub_segment(segment, false);
  return damaged;
}

std::uint64_t EmbeddedLog::Impl::scrub_segment(std::uint64_t segment, bool slowly) {
  SegmentIndex index;
  const auto encoded = read_file(ops_, index_path(config_.path, segment));
  if (!encoded || !decode_index(*encoded, segment, &index)) {
    // Readers notice it at the first record that is not where it says; a start makes it again.
    note(LogNotice::kWarning, fmt::format("{} is damaged or missing; it is made again at the next "
                                          "start",
                                          index_path(config_.path, segment)));
    return 0;
  }
  struct Place {
    std::uint32_t position;
    const TopicPartition* at;
    Offset offset;
  };
  std::vector<Place> places;
  for (const auto& [at, extent] : index.extents) {
    for (std::size_t i = 0; i < extent.positions.size(); ++i) {
      places.push_back({extent.positions[i], &at, extent.first + static_cast<Offset>(i)});
    }
  }
  std::sort(places.begin(), places.end(),
            [](const Place& a, const Place& b) { return a.position < b.position; });
  const auto path = log_path(config_.path, segment);
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::uint64_t damaged = 0;
  Result<std::string> window = std::string();
  std::uint32_t window_at = 0;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto& place = places[i];
    const auto end = i + 1 < places.size() ? places[i + 1].position : index.data_bytes;
    if (!window || end > window_at + window->size()) {
      const auto size = std::max<std::size_t>(kScrubStep, end - place.position);
      if (slowly && !scrub_wait(Duration(size * 1000 / config_.scrub_bytes_per_second))) {
        return damaged;
      }
      window = read_at(ops_, file.fd(), path, size, place.position);
      window_at = place.position;
      const Lock lock(mutex_);
      stats_.scrubbed_bytes += size;
    }
    Frame frame;
    const auto bytes = window && place.position - window_at <= window->size()
                           ? std::string_view(*window).substr(place.position - window_at)
                           : std::string_view();
    if (is_record(bytes, segment, *place.at, place.offset, &frame)) continue;
    ++damaged;
    report_damage(*place.at, {place.offset, damage_error(*place.at, place.offset, path,
                                                         place.position, "a record is damaged")});
  }
  return damaged;
}

// ---- The log

namespace {

template <class Impl>
class EmbeddedFollowing final : public Following {
 public:
  EmbeddedFollowing(std::shared_ptr<Impl> impl, std::shared_ptr<Follower> follower)
      : impl_(std::move(impl)), follower_(std::move(follower)) {}
  ~EmbeddedFollowing() override { impl_->unfollow(follower_); }

  void pause() override { impl_->pause(follower_); }
  void resume() override { impl_->resume(follower_); }

 private:
  std::shared_ptr<Impl> impl_;
  std::shared_ptr<Follower> follower_;
};

}  // namespace

Result<std::unique_ptr<EmbeddedLog>> EmbeddedLog::open(EmbeddedLogConfig config, Clock& clock,
                                                       LogObserver observer) {
  return open(std::move(config), clock, std::move(observer), system_file_ops());
}

Result<std::unique_ptr<EmbeddedLog>> EmbeddedLog::open(EmbeddedLogConfig config, Clock& clock,
                                                       LogObserver observer, FileOps& ops) {
  auto impl = std::make_shared<Impl>(std::move(config), clock, std::move(observer), ops);
  if (auto status = impl->open(); !status) return fail(status.error());
  impl->start();
  return std::unique_ptr<EmbeddedLog>(new EmbeddedLog(std::move(impl)));
}

EmbeddedLog::EmbeddedLog(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
EmbeddedLog::~EmbeddedLog() { impl_->stop(); }

void EmbeddedLog::append(const TopicPartition& at, std::vector<Record> batch, AppendCallback done) {
  impl_->append(at, std::move(batch), std::move(done));
}

std::unique_ptr<Following> EmbeddedLog::follow(const TopicPartition& at, Offset from,
                                               std::shared_ptr<FollowSink> sink) {
  return std::make_unique<EmbeddedFollowing<Impl>>(impl_, impl_->follow(at, from, std::move(sink)));
}

void EmbeddedLog::end_offset(const TopicPartition& at, EndOffsetCallback done) {
  done(impl_->end_offset(at));
}

Result<TopicInfo> EmbeddedLog::describe(const std::string& topic) {
  if (auto status = check_topic_partition({topic, 0}); !status) return fail(status.error());
  return ruled_topic();
}

std::uint64_t EmbeddedLog::scrub() { return impl_->scrub_all(); }
EmbeddedLogStats EmbeddedLog::stats() const { return impl_->stats(); }

}  // namespace lianmeng::log
