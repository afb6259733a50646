// How a record lies in the journal.
//
// A frame is a header, the topic's name and the payload, padded to eight bytes; all numbers little
// endian. The header has a checksum of its own, so that a damaged payload still tells whose it is
// and where the next frame begins; and the segment's number, so that bytes left over from another
// file never look valid.
//
//   0 magic "LMJ1"   4 crc of the bytes from 8 to the end of the topic
//   8 segment       16 offset      24 stamp
//  32 payload bytes 36 payload crc 40 synced before
//  44 partition     46 topic bytes 47 kind
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "platform/log/log.h"

namespace lianmeng::log {

inline constexpr std::size_t kFrameHeaderBytes = 48;
inline constexpr std::size_t kFrameAlignment = 8;

enum class FrameKind : std::uint8_t {
  kRecord = 1,
  kClosed = 2,  // The log was closed in order: all before it is synced.
};

struct Frame {
  std::uint64_t segment = 0;
  Offset offset = 0;
  Time stamp{};
  std::uint32_t payload_bytes = 0;
  std::uint32_t payload_crc = 0;
  // What lies before this position of the segment was synced before this frame was written. A bad
  // frame there has rotted; one behind the last such position may be a torn write.
  std::uint32_t synced_before = 0;
  int partition = 0;
  FrameKind kind = FrameKind::kRecord;
  std::string_view topic;  // Points into what was read.

  std::size_t head_bytes() const { return kFrameHeaderBytes + topic.size(); }
  // With the padding.
  std::size_t bytes() const {
    return (head_bytes() + payload_bytes + kFrameAlignment - 1) & ~(kFrameAlignment - 1);
  }
};

// Appends the frame of a record, without what only the writer knows.
void encode_frame(const TopicPartition& at, const Record& record, std::string* out);
void encode_closed_frame(std::string* out);
// Fills in the rest and the header's checksum.
void seal_frame(char* frame, std::uint64_t segment, Offset offset, Time stamp,
                std::uint32_t synced_before);

// Reads the header that `bytes` begins with; false unless it is intact. Says nothing of the
// payload, which may lie beyond `bytes`.
bool read_frame(std::string_view bytes, std::uint64_t segment, Frame* out);
// As read_frame without checking: for what was made in this process.
Frame peek_frame(std::string_view bytes);
// As read_frame for a header with exactly one bit flipped; `repaired` keeps what `out` points into.
bool read_frame_with_flipped_bit(std::string_view bytes, std::uint64_t segment, Frame* out,
                                 std::string* repaired);
// The payload of a frame that `bytes` begins with is whole and intact.
bool payload_intact(std::string_view bytes, const Frame& frame);
// False when the payload is malformed. Requires the whole frame in `bytes`.
bool decode_frame(std::string_view bytes, const Frame& frame, Record* out);

}  // namespace lianmeng::log
