// Reading records from disk, by the positions that an index tells.
#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "platform/log/embedded/journal.h"

namespace lianmeng::log {
namespace {

// One reading of a segment for several records: while they lie no further apart than this.
constexpr std::uint32_t kReadGapMax = 8 * 1024;
constexpr std::uint32_t kReadBytesMax = 256 * 1024;
// Enough for most records, so that one reading suffices.
constexpr std::uint32_t kReadAhead = 4 * 1024;
constexpr std::size_t kOpenFilesMax = 32;

}  // namespace

Result<int> Journal::open_for_reading(const std::string& path) {
  if (const auto found = open_files_.find(path); found != open_files_.end()) {
    return found->second.fd();
  }
  File file(ops_.open(path.c_str()));
  if (!file && is_passing(errno)) {
    open_files_.clear();
    file = File(ops_.open(path.c_str()));
  }
  if (!file && is_passing(errno)) return fail(read_later(errno, path));
  if (!file) {
    return fail(ErrorKind::kDataLoss, "READ_FAILED",
                fmt::format("{} cannot be opened: {}", path, errno_text(errno)));
  }
  if (open_files_.size() >= kOpenFilesMax) open_files_.clear();
  return open_files_.emplace(path, std::move(file)).first->second.fd();
}

// Reads from the index file where the records lie; `rebuild` makes it again first if it is damaged.
Status Journal::find_positions(const TopicPartition& at, Turn* turn, bool rebuild) {
  const auto path = index_path(config_.path, turn->segment);
  const auto count = static_cast<std::size_t>(turn->end - turn->from);
  if (rebuild) {
    SegmentIndex index;
    const auto bytes = read_file(ops_, path);
    if (!bytes && is_passing(bytes.error())) return fail(bytes.error());
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

Result<std::optional<Damage>> Journal::read_disk(const TopicPartition& at, Turn turn,
                                                 std::vector<Record>* out) {
  const bool from_file = turn.positions.empty();
  const auto path = log_path(config_.path, turn.segment);
  auto found = from_file ? find_positions(at, &turn, false) : Status();
  std::optional<Damage> damage;
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (!found && is_passing(found.error())) return fail(found.error());
    if (found) {
      const auto fd = open_for_reading(path);
      if (!fd && is_passing(fd.error())) return fail(fd.error());
      if (!fd) {
        return Damage{turn.from, damage_error(at, turn.from, path, turn.positions.front(),
                                              fd.error().message_en)};
      }
      out->clear();
      auto read = read_records(at, turn, *fd, out);
      if (!read || !*read || !from_file) return read;
      damage = std::move(*read);
    }
    // The record may be well and the index wrong.
    if (attempt == 0) {
      auto again = find_positions(at, &turn, true);
      if (!again && is_passing(again.error())) return fail(again.error());
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

Result<std::optional<Damage>> Journal::read_records(const TopicPartition& at, const Turn& turn,
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
    if (!status && is_passing(status.error())) return fail(status.error());
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

}  // namespace lianmeng::log
