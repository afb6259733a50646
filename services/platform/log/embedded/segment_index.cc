#include "platform/log/embedded/segment_index.h"

#include <algorithm>
#include <cstring>
#include <set>

#include "platform/log/embedded/crc32c.h"
#include "platform/log/embedded/frame.h"

namespace lianmeng::log {
namespace {

constexpr std::uint32_t kMagic = 0x31584d4c;  // "LMX1"

struct FoundFrame {
  std::uint32_t position;
  std::uint32_t bytes;
  TopicPartition at;
  Offset offset;
  Time stamp;
  bool bad;
};

bool is_zero(std::string_view bytes) {
  return bytes.empty() ||
         (bytes[0] == '\0' && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

// All frames and holes, in order.
struct Walk {
  std::vector<FoundFrame> frames;
  std::vector<Hole> holes;
  std::uint32_t end = 0;  // Of the last frame.
  std::uint32_t synced = 0;
};

Walk walk_segment(std::string_view bytes, std::uint64_t segment) {
  Walk walk;
  std::size_t position = 0;
  while (position < bytes.size()) {
    const auto rest = bytes.substr(position);
    Frame frame;
    std::string repaired;
    bool bad = false;
    bool found = read_frame(rest, segment, &frame);
    if (!found) {
      if (is_zero(rest)) break;
      bad = found = read_frame_with_flipped_bit(rest, segment, &frame, &repaired);
    }
    if (!found || frame.bytes() > rest.size()) {
      auto next = position + kFrameAlignment;
      Frame behind;
      while (next < bytes.size() && !read_frame(bytes.substr(next), segment, &behind)) {
        next += kFrameAlignment;
      }
      next = std::min(next, bytes.size());
      walk.holes.push_back(
          {static_cast<std::uint32_t>(position), static_cast<std::uint32_t>(next)});
      position = next;
      continue;
    }
    walk.synced = std::max(walk.synced, frame.synced_before);
    if (frame.kind == FrameKind::kRecord) {
      bad = bad || !payload_intact(rest, frame);
      walk.frames.push_back({static_cast<std::uint32_t>(position),
                             static_cast<std::uint32_t>(frame.bytes()),
                             {std::string(frame.topic), frame.partition},
                             frame.offset,
                             frame.stamp,
                             bad});
    }
    position += frame.bytes();
    walk.end = static_cast<std::uint32_t>(position);
  }
  return walk;
}

// Leaves out what may be a torn write.
void cut_tail(std::string_view bytes, Walk& walk, Scan& scan) {
  auto cut = walk.end;
  for (const auto& frame : walk.frames) {
    if (frame.bad && frame.position >= walk.synced) cut = std::min(cut, frame.position);
  }
  for (const auto& hole : walk.holes) {
    if (hole.begin >= walk.synced) cut = std::min(cut, hole.begin);
  }
  std::erase_if(walk.frames, [&](const auto& frame) { return frame.position >= cut; });
  std::erase_if(walk.holes, [&](const auto& hole) { return hole.begin >= cut; });
  walk.end = cut;
  const auto rest = bytes.substr(cut);
  scan.torn = !is_zero(rest);
  const auto last = rest.find_last_not_of('\0');
  scan.torn_bytes = last == std::string_view::npos ? 0 : last + 1;
}

class Writer {
 public:
  template <class T>
  void number(T value) {
    out_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void place(const TopicPartition& at) {
    number(static_cast<std::uint8_t>(at.topic.size()));
    out_.append(at.topic);
    number(static_cast<std::uint16_t>(at.partition));
  }
  std::string& out() { return out_; }

 private:
  std::string out_;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  template <class T>
  T number() {
    T value{};
    if (const auto from = take(sizeof value); !from.empty()) {
      std::memcpy(&value, from.data(), sizeof value);
    }
    return value;
  }
  TopicPartition place() {
    TopicPartition at;
    at.topic = take(number<std::uint8_t>());
    at.partition = number<std::uint16_t>();
    return at;
  }
  std::string_view take(std::size_t bytes) {
    if (bytes > bytes_.size() - at_) {
      good_ = false;
      return {};
    }
    at_ += bytes;
    return bytes_.substr(at_ - bytes, bytes);
  }
  std::size_t at() const { return at_; }
  bool good() const { return good_; }
  bool done() const { return good_ && at_ == bytes_.size(); }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
  bool good_ = true;
};

constexpr std::size_t kIndexHeadBytes = 8;

}  // namespace

Scan scan_segment(std::string_view bytes, std::uint64_t segment, bool tail) {
  Scan scan;
  auto walk = walk_segment(bytes, segment);
  if (tail) {
    cut_tail(bytes, walk, scan);
  } else if (!walk.holes.empty()) {
    walk.end = std::max(walk.end, walk.holes.back().end);
  }
  auto& index = scan.index;
  index.segment = segment;
  index.data_bytes = walk.end;
  index.holes = walk.holes;
  // A partition with a record missing is indexed no further, so that an extent has no gaps.
  std::set<TopicPartition> stopped;
  for (const auto& frame : walk.frames) {
    index.last_stamp = std::max(index.last_stamp, frame.stamp);
    if (stopped.contains(frame.at)) continue;
    auto [found, fresh] = index.extents.try_emplace(frame.at);
    auto& extent = found->second;
    if (fresh) extent.first = frame.offset;
    const auto expected = extent.first + static_cast<Offset>(extent.positions.size());
    if (frame.offset != expected) {
      auto position = frame.position;
      for (const auto& hole : walk.holes) {
        if (hole.begin < frame.position) position = hole.begin;
      }
      index.bad.push_back({frame.at, expected, position});
      stopped.insert(frame.at);
      continue;
    }
    if (frame.bad) index.bad.push_back({frame.at, frame.offset, frame.position});
    extent.positions.push_back(frame.position);
  }
  return scan;
}

std::string encode_index(SegmentIndex& index) {
  Writer writer;
  writer.number(kMagic);
  writer.number(std::uint32_t{0});
  writer.number(index.segment);
  writer.number(index.data_bytes);
  writer.number(static_cast<std::int64_t>(index.last_stamp.time_since_epoch().count()));
  writer.number(static_cast<std::uint32_t>(index.extents.size()));
  writer.number(static_cast<std::uint32_t>(index.bad.size()));
  writer.number(static_cast<std::uint32_t>(index.holes.size()));
  for (const auto& [at, extent] : index.extents) {
    writer.place(at);
    writer.number(extent.first);
    writer.number(static_cast<std::uint32_t>(extent.positions.size()));
  }
  for (const auto& bad : index.bad) {
    writer.place(bad.at);
    writer.number(bad.offset);
    writer.number(bad.position);
  }
  for (const auto& hole : index.holes) {
    writer.number(hole.begin);
    writer.number(hole.end);
  }
  auto& out = writer.out();
  for (auto& [at, extent] : index.extents) {
    extent.file_at = out.size();
    out.append(reinterpret_cast<const char*>(extent.positions.data()),
               extent.positions.size() * sizeof(std::uint32_t));
  }
  const auto crc = crc32c(std::string_view(out).substr(kIndexHeadBytes));
  std::memcpy(out.data() + 4, &crc, sizeof crc);
  return std::move(out);
}

bool decode_index(std::string_view bytes, std::uint64_t segment, SegmentIndex* out) {
  Reader reader(bytes);
  if (reader.number<std::uint32_t>() != kMagic) return false;
  const auto crc = reader.number<std::uint32_t>();
  if (!reader.good() || crc != crc32c(bytes.substr(kIndexHeadBytes))) return false;
  out->segment = reader.number<std::uint64_t>();
  out->data_bytes = reader.number<std::uint32_t>();
  out->last_stamp = Time(Duration(reader.number<std::int64_t>()));
  const auto extents = reader.number<std::uint32_t>();
  const auto bad = reader.number<std::uint32_t>();
  const auto holes = reader.number<std::uint32_t>();
  std::uint64_t positions = 0;  // Of all extents: no more than there are bytes for.
  for (std::uint32_t i = 0; i < extents && reader.good(); ++i) {
    const auto at = reader.place();
    auto& extent = out->extents[at];
    extent.first = reader.number<Offset>();
    const auto count = reader.good() ? reader.number<std::uint32_t>() : 0;
    positions += count;
    if (positions > bytes.size() / sizeof(std::uint32_t)) return false;
    extent.positions.resize(count);
  }
  for (std::uint32_t i = 0; i < bad && reader.good(); ++i) {
    auto& record = out->bad.emplace_back();
    record.at = reader.place();
    record.offset = reader.number<Offset>();
    record.position = reader.number<std::uint32_t>();
  }
  for (std::uint32_t i = 0; i < holes && reader.good(); ++i) {
    auto& hole = out->holes.emplace_back();
    hole.begin = reader.number<std::uint32_t>();
    hole.end = reader.number<std::uint32_t>();
  }
  for (auto& [at, extent] : out->extents) {
    extent.file_at = reader.at();
    const auto from = reader.take(extent.positions.size() * sizeof(std::uint32_t));
    if (!reader.good()) return false;
    if (!from.empty()) std::memcpy(extent.positions.data(), from.data(), from.size());
  }
  return reader.done() && out->segment == segment;
}

}  // namespace lianmeng::log
