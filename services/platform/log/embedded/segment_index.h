// Which records lie where in one segment: found by a scan, kept in a file beside a closed segment.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/error.h"
#include "platform/log/log.h"

namespace lianmeng::log {

// A partition's records in one segment: offsets first, first + 1, ….
struct Extent {
  Offset first = 0;
  std::vector<std::uint32_t> positions;
  // Where the positions lie in the index file; set by encode and decode.
  std::uint64_t file_at = 0;
};

// One record that is known to be damaged or missing.
struct BadRecord {
  TopicPartition at;
  Offset offset = 0;
  std::uint32_t position = 0;
};

// Bytes in which no frame can be told from the next; whose they were, only later offsets tell.
struct Hole {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

struct SegmentIndex {
  std::uint64_t segment = 0;
  std::uint32_t data_bytes = 0;
  Time last_stamp{};
  std::map<TopicPartition, Extent> extents;
  std::vector<BadRecord> bad;
  std::vector<Hole> holes;
};

struct Scan {
  SegmentIndex index;
  // Tail only: what is behind data_bytes is no zeros and was never acknowledged.
  bool torn = false;
  std::uint64_t torn_bytes = 0;
};

// Walks a segment's bytes. The last segment's tail may hold a write that a crash has torn: it is
// left out (`tail`). A damaged frame before a position that is known to be synced is damage, there
// as in a closed segment.
Scan scan_segment(std::string_view bytes, std::uint64_t segment, bool tail);

// The file's bytes, with a checksum over all of them.
std::string encode_index(SegmentIndex& index);
// False when the bytes are not exactly what encode_index made for that segment.
bool decode_index(std::string_view bytes, std::uint64_t segment, SegmentIndex* out);

}  // namespace lianmeng::log
