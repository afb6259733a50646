// Appending: what waits is written with one call, synced once, published and answered.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <iterator>

#include "platform/log/check.h"
#include "platform/log/embedded/journal.h"

namespace lianmeng::log {
namespace {

using Fate = AppendOutcome::Fate;

constexpr std::size_t kGroupBytesMax = 8 * 1024 * 1024;

}  // namespace

void Journal::append(const TopicPartition& at, std::vector<Record> batch, AppendCallback done) {
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
  waiting.since = clock_.steady();
  waiting.done = std::move(done);
  queue_.push_back(std::move(waiting));
  lock.unlock();
  queue_filled_.notify_one();
}

void Journal::write_loop() {
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

void Journal::write_all(std::span<Waiting> waiting) {
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
        note_disk_refused(status.error(), config_.segment_bytes);
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

void Journal::write_group(std::span<Waiting> group) {
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
    std::uint64_t wanted = 0;
    for (const auto& one : group) wanted += one.bytes->size();
    note_disk_refused(error, wanted);
    if (!restored) {
      const Lock lock(mutex_);
      stats_.journal_failed = true;
    }
    fail_all(group, restored ? Fate::kFailed : Fate::kUnknown, error);
    return;
  }
  const auto sync_began = clock_.steady();
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
  note_disk_written();
  const auto begin = active_end_;
  for (const auto& one : group) active_end_ += static_cast<std::uint32_t>(one.bytes->size());
  publish(group, begin, sync_began);
  if (active_end_ > config_.segment_bytes / 2 && asked_for_ <= active_segment_) {
    asked_for_ = active_segment_ + 1;
    preparer_.want(asked_for_);
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
int Journal::write_bytes(std::span<Waiting> group) {
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
bool Journal::restore_end() {
  return ops_.ftruncate(active_.fd(), active_end_) == 0 && keep_room();
}

// Preallocates where there is room, and syncs.
bool Journal::keep_room() {
  ops_.preallocate(active_.fd(), static_cast<off_t>(config_.segment_bytes));
  return ops_.fdatasync(active_.fd()) == 0;
}

void Journal::publish(std::span<Waiting> group, std::uint32_t begin, SteadyTime sync_began) {
  const auto now = clock_.steady();
  const Lock lock(mutex_);
  stats_.sync_latency.add(now - sync_began);
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
    stats_.append_latency.add(now - one.since);
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

void Journal::fail_all(std::span<Waiting> group, Fate fate, const Error& error) {
  if (group.empty()) return;
  {
    const Lock lock(mutex_);
    stats_.appends_failed += group.size();
  }
  for (auto& one : group) {
    std::exchange(one.done, {})(fate == Fate::kFailed ? failed(error) : unknown(error));
  }
}

void Journal::note_disk_refused(const Error& error, std::uint64_t wanted) {
  if (error.reason != "DISK_FULL") return note(LogNotice::kError, error.message_en);
  room_wanted_ = std::max(room_wanted_, wanted);
  set_disk_full(true, error.message_en);
}

// A small record may fit where a large one did not: the disk is full until that would fit too.
void Journal::note_disk_written() {
  if (!disk_full_ || ops_.free_bytes(active_.fd()) < room_wanted_) return;
  room_wanted_ = 0;
  set_disk_full(false, fmt::format("{}: there is room again", config_.path));
}

// Says once that the disk is full, and once that it is not any more.
void Journal::set_disk_full(bool full, const std::string& text) {
  if (full == disk_full_) return;
  disk_full_ = full;
  {
    const Lock lock(mutex_);
    stats_.disk_full = full;
  }
  note(full ? LogNotice::kError : LogNotice::kInfo, text);
}

Result<File> Journal::create_segment(std::uint64_t segment) {
  const auto path = log_path(config_.path, segment);
  if (auto prepared = preparer_.take(segment)) {
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

Status Journal::roll() {
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
  room_wanted_ = 0;
  return {};
}

// So that the next start can tell rot from a torn write up to the very end.
void Journal::write_closed_frame() {
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

}  // namespace lianmeng::log
