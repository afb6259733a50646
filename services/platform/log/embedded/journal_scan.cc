#include "platform/log/embedded/journal_scan.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "platform/log/check.h"
#include "platform/log/embedded/frame.h"
#include "platform/log/embedded/segment_files.h"

namespace lianmeng::log {
namespace {

// A frame that was being written while it was read looks damaged once, and not the next time.
constexpr int kReadsMax = 5;
// Enough for most records, so that one reading suffices.
constexpr std::size_t kReadAhead = 4 * 1024;

bool is_sound(const SegmentIndex& index) { return index.bad.empty() && index.holes.empty(); }

struct Segment {
  SegmentIndex index;
  std::string bytes;
  std::uint64_t torn_bytes = 0;
  bool last = false;
};

std::uint64_t newest(const std::string& folder) {
  const auto found = list_segments(folder);
  return std::max(found.logs.empty() ? 0 : *found.logs.rbegin(),
                  found.indexes.empty() ? 0 : *found.indexes.rbegin());
}

Result<Segment> read_segment(FileOps& ops, const std::string& folder, std::uint64_t number) {
  Segment segment;
  for (int i = 0; i < kReadsMax; ++i) {
    // Asked before it is read: once there is a next one, this one is complete.
    segment.last = newest(folder) <= number;
    auto bytes = read_file(ops, log_path(folder, number));
    if (!bytes) return fail(bytes.error());
    auto scan = scan_segment(*bytes, number, segment.last);
    segment.index = std::move(scan.index);
    segment.torn_bytes = scan.torn ? scan.torn_bytes : 0;
    segment.bytes = std::move(*bytes);
    segment.bytes.resize(std::min<std::size_t>(segment.bytes.size(), segment.index.data_bytes));
    if (is_sound(segment.index)) break;
  }
  return segment;
}

// What one segment says against those before it.
class Judge {
 public:
  Judge(const std::string& folder, JournalScan& scan) : folder_(folder), scan_(scan) {}

  void missing(std::uint64_t number) {
    scan_.damage.push_back(fmt::format("{} is missing", log_path(folder_, number)));
  }

  void take(const SegmentIndex& index) {
    const auto path = log_path(folder_, index.segment);
    for (const auto& hole : index.holes) {
      scan_.damage.push_back(
          fmt::format("{}: bytes {} to {} are no records; whose they were cannot "
                      "be told",
                      path, hole.begin, hole.end));
    }
    for (const auto& bad : index.bad) {
      scan_.damage.push_back(fmt::format("{}: byte {}: record {} of {} is damaged or missing", path,
                                         bad.position, bad.offset, to_string(bad.at)));
    }
    for (const auto& [at, extent] : index.extents) {
      if (extent.positions.empty()) continue;
      auto& end = scan_.ends[at];
      if (extent.first != end) {
        scan_.damage.push_back(
            fmt::format("{}: byte {}: {} goes on with record {}, and record {} "
                        "was to come",
                        path, extent.positions.front(), to_string(at), extent.first, end));
      }
      end = extent.first + static_cast<Offset>(extent.positions.size());
      scan_.records += extent.positions.size();
    }
    scan_.bytes += index.data_bytes;
  }

  void compare_index_file(FileOps& ops, const SegmentIndex& index) {
    const auto path = index_path(folder_, index.segment);
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) return;
    SegmentIndex written;
    const auto bytes = read_file(ops, path);
    const auto same = [&] {
      if (!bytes || !decode_index(*bytes, index.segment, &written)) return false;
      return std::ranges::equal(written.extents, index.extents, [](const auto& a, const auto& b) {
        return a.first == b.first && a.second.first == b.second.first &&
               a.second.positions == b.second.positions;
      });
    };
    if (!same()) {
      scan_.warnings.push_back(
          fmt::format("{} does not fit its segment; it is made again at the next start", path));
    }
  }

 private:
  const std::string& folder_;
  JournalScan& scan_;
};

}  // namespace

Result<JournalScan> scan_journal(FileOps& ops, const std::string& folder,
                                 const SegmentVisitor& visit) {
  const auto missing = [&] {
    return fail(ErrorKind::kNotFound, "LOG_MISSING",
                fmt::format("{} holds no log: there is no segment-….log in it", folder));
  };
  JournalScan scan;
  Judge judge(folder, scan);
  try {
    if (!std::filesystem::is_directory(folder) || newest(folder) == 0) return missing();
    for (std::uint64_t number = 1;; ++number) {
      if (!std::filesystem::exists(log_path(folder, number))) {
        judge.missing(number);
        if (newest(folder) <= number) break;
        continue;
      }
      auto segment = read_segment(ops, folder, number);
      if (!segment) return fail(segment.error());
      judge.take(segment->index);
      judge.compare_index_file(ops, segment->index);
      scan.torn_bytes = segment->torn_bytes;
      if (auto visited = visit(segment->index, segment->bytes); !visited) {
        return fail(visited.error());
      }
      scan.segments.push_back(std::move(segment->index));
      if (segment->last) break;
    }
  } catch (const std::filesystem::filesystem_error& error) {
    return fail(file_error(error.code().value(), "LOG_UNREADABLE", folder));
  }
  return scan;
}

Status read_partition(FileOps& ops, const std::string& folder, const JournalScan& scan,
                      const TopicPartition& at, const std::function<bool(Record&&)>& visit) {
  for (const auto& index : scan.segments) {
    const auto extent = index.extents.find(at);
    if (extent == index.extents.end()) continue;
    const auto path = log_path(folder, index.segment);
    const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return fail(file_error(errno, "LOG_UNREADABLE", path));
    std::string window;
    std::uint32_t window_at = 0;
    for (const auto position : extent->second.positions) {
      const auto rest = [&]() -> std::string_view {
        if (position < window_at || position - window_at > window.size()) return {};
        return std::string_view(window).substr(position - window_at);
      };
      const auto read = [&](std::size_t size) -> Status {
        auto bytes = read_at(ops, file.fd(), path, size, position);
        if (!bytes) return fail(bytes.error());
        window = std::move(*bytes);
        window_at = position;
        return {};
      };
      Frame frame;
      Status status;
      if (!read_frame(rest(), index.segment, &frame)) status = read(kReadAhead);
      if (status && read_frame(rest(), index.segment, &frame) && rest().size() < frame.bytes()) {
        status = read(frame.bytes());
      }
      if (!status) return status;
      Record record;
      if (!record_at(index, rest(), 0, &record)) {
        return fail(
            ErrorKind::kDataLoss, "LOG_DAMAGED",
            fmt::format("{}: byte {}: a record of {} is damaged", path, position, to_string(at)));
      }
      if (!visit(std::move(record))) return {};
    }
  }
  return {};
}

bool record_at(const SegmentIndex& index, std::string_view bytes, std::uint32_t position,
               Record* out) {
  if (position > bytes.size()) return false;
  const auto rest = bytes.substr(position);
  Frame frame;
  return read_frame(rest, index.segment, &frame) && payload_intact(rest, frame) &&
         decode_frame(rest, frame, out);
}

}  // namespace lianmeng::log
