#include "platform/log/embedded/frame.h"

#include <algorithm>
#include <cstring>

#include "platform/log/embedded/crc32c.h"
#include "platform/log/varint.h"

namespace lianmeng::log {
namespace {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "frames are copied as they lie in memory");

constexpr std::uint32_t kMagic = 0x314a4d4c;  // "LMJ1"
constexpr std::size_t kTopicBytesMax = 249;
constexpr std::size_t kPayloadBytesMax = 1 << 20;

template <class T>
void put(char* at, T value) {
  std::memcpy(at, &value, sizeof value);
}
template <class T>
T get(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

void finish_frame(std::string_view topic, int partition, FrameKind kind, std::size_t begin,
                  std::string* out) {
  const auto payload_at = begin + kFrameHeaderBytes + topic.size();
  const auto payload = std::string_view(*out).substr(payload_at);
  char* header = out->data() + begin;
  put(header, kMagic);
  put(header + 32, static_cast<std::uint32_t>(payload.size()));
  put(header + 36, crc32c(payload));
  put(header + 44, static_cast<std::uint16_t>(partition));
  header[46] = static_cast<char>(topic.size());
  header[47] = static_cast<char>(kind);
  out->resize((out->size() + kFrameAlignment - 1) & ~(kFrameAlignment - 1));
}

}  // namespace

void encode_frame(const TopicPartition& at, const Record& record, std::string* out) {
  const auto begin = out->size();
  out->append(kFrameHeaderBytes, '\0');
  out->append(at.topic);
  // 0: no key; else its length plus one.
  put_varint(*out, record.key ? record.key->size() + 1 : 0);
  if (record.key) out->append(*record.key);
  put_varint(*out, record.headers.size());
  out->append(record.headers.bytes());
  out->append(record.value);
  finish_frame(at.topic, at.partition, FrameKind::kRecord, begin, out);
}

void encode_closed_frame(std::string* out) {
  const auto begin = out->size();
  out->append(kFrameHeaderBytes, '\0');
  finish_frame({}, 0, FrameKind::kClosed, begin, out);
}

void seal_frame(char* frame, std::uint64_t segment, Offset offset, Time stamp,
                std::uint32_t synced_before) {
  put(frame + 8, segment);
  put(frame + 16, offset);
  put(frame + 24, static_cast<std::int64_t>(stamp.time_since_epoch().count()));
  put(frame + 40, synced_before);
  const auto topic_bytes = static_cast<unsigned char>(frame[46]);
  put(frame + 4, crc32c({frame + 8, kFrameHeaderBytes - 8 + topic_bytes}));
}

Frame peek_frame(std::string_view bytes) {
  Frame frame;
  frame.segment = get<std::uint64_t>(bytes.data() + 8);
  frame.offset = get<std::int64_t>(bytes.data() + 16);
  frame.stamp = Time(Duration(get<std::int64_t>(bytes.data() + 24)));
  frame.payload_bytes = get<std::uint32_t>(bytes.data() + 32);
  frame.payload_crc = get<std::uint32_t>(bytes.data() + 36);
  frame.synced_before = get<std::uint32_t>(bytes.data() + 40);
  frame.partition = get<std::uint16_t>(bytes.data() + 44);
  frame.kind = static_cast<FrameKind>(bytes[47]);
  frame.topic = bytes.substr(kFrameHeaderBytes, static_cast<unsigned char>(bytes[46]));
  return frame;
}

bool read_frame(std::string_view bytes, std::uint64_t segment, Frame* out) {
  if (bytes.size() < kFrameHeaderBytes || get<std::uint32_t>(bytes.data()) != kMagic) return false;
  const auto topic_bytes = static_cast<unsigned char>(bytes[46]);
  if (topic_bytes > kTopicBytesMax || bytes.size() < kFrameHeaderBytes + topic_bytes) return false;
  if (get<std::uint32_t>(bytes.data() + 4) !=
      crc32c(bytes.substr(8, kFrameHeaderBytes - 8 + topic_bytes))) {
    return false;
  }
  *out = peek_frame(bytes);
  return out->segment == segment && out->payload_bytes <= kPayloadBytesMax;
}

bool read_frame_with_flipped_bit(std::string_view bytes, std::uint64_t segment, Frame* out,
                                 std::string* repaired) {
  *repaired = bytes.substr(0, kFrameHeaderBytes + kTopicBytesMax);
  for (std::size_t i = 0; i < repaired->size() * 8; ++i) {
    // One bit of the header can be wrong, so all the rest of the magic must be right.
    char& byte = (*repaired)[i / 8];
    const auto bit = static_cast<char>(1U << (i % 8));
    byte = static_cast<char>(byte ^ bit);
    if (read_frame(*repaired, segment, out)) return true;
    byte = static_cast<char>(byte ^ bit);
  }
  return false;
}

bool payload_intact(std::string_view bytes, const Frame& frame) {
  return bytes.size() >= frame.bytes() &&
         crc32c(bytes.substr(frame.head_bytes(), frame.payload_bytes)) == frame.payload_crc;
}

bool decode_frame(std::string_view bytes, const Frame& frame, Record* out) {
  auto rest = bytes.substr(frame.head_bytes(), frame.payload_bytes);
  std::uint64_t key_size;
  if (!take_varint(rest, &key_size)) return false;
  if (key_size > 0) {
    if (key_size - 1 > rest.size()) return false;
    out->key.emplace(rest.substr(0, key_size - 1));
    rest.remove_prefix(key_size - 1);
  }
  std::uint64_t count;
  if (!take_varint(rest, &count) || count > rest.size()) return false;
  auto headers = Headers::read(rest, count);
  if (!headers) return false;
  out->headers = std::move(*headers);
  out->value.assign(rest);
  out->offset = frame.offset;
  out->stamp = frame.stamp;
  return true;
}

}  // namespace lianmeng::log
