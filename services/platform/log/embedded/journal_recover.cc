// Opening: what the segments hold, what a crash has torn, what is damaged.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "platform/log/embedded/journal.h"

namespace lianmeng::log {
namespace {

constexpr std::size_t kSegmentBytesMin = 1024 * 1024;
constexpr std::size_t kSegmentBytesMax = 1024 * 1024 * 1024;

}  // namespace

Status Journal::lock_folder() {
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

Status Journal::open() {
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

Status Journal::read_segments() {
  remove_prepared(config_.path);
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

Result<SegmentIndex> Journal::load_closed(std::uint64_t segment, const SegmentFiles& found) {
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
void Journal::mark_cut_file(SegmentIndex& index, std::uint64_t file_bytes) {
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

Result<SegmentIndex> Journal::rebuild_index(std::uint64_t segment) {
  const auto path = log_path(config_.path, segment);
  const auto bytes = read_pages(ops_, path);
  if (!bytes) return fail(bytes.error());
  auto scan = scan_segment(bytes->view(), segment, false);
  write_index(scan.index);
  return std::move(scan.index);
}

// Without its file a segment is served from memory.
void Journal::write_index(SegmentIndex& index) {
  const auto encoded = encode_index(index);
  const auto written = write_file(ops_, index_path(config_.path, index.segment), encoded);
  if (written) return;
  for (auto& [at, extent] : index.extents) extent.file_at = 0;
  note(LogNotice::kWarning,
       fmt::format("{}; it is made at the next start", written.error().message_en));
}

Status Journal::open_tail(std::uint64_t segment) {
  const auto path = log_path(config_.path, segment);
  active_ = File(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!active_) return fail(file_error(errno, "LOG_UNREADABLE", path));
  // After a failed sync the page cache may hold what the disk does not.
  ::posix_fadvise(active_.fd(), 0, 0, POSIX_FADV_DONTNEED);
  const auto bytes = read_pages(ops_, path);
  if (!bytes) return fail(bytes.error());
  auto scan = scan_segment(bytes->view(), segment, true);
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
void Journal::absorb(SegmentIndex& index, bool active) {
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
void Journal::settle_holes() {
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

}  // namespace lianmeng::log
