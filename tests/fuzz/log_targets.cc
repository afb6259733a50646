// What lies in the log: frames, segments and indexes of the embedded log's files, envelopes,
// events.
#include <algorithm>
#include <string>

#include "fuzz/target.h"
#include "lianmeng/dispatch/v1/dispatch_events.pb.h"
#include "lianmeng/membership/v1/membership_events.pb.h"
#include "lianmeng/notification/v1/notification_events.pb.h"
#include "platform/log/embedded/frame.h"
#include "platform/log/embedded/segment_index.h"
#include "platform/runtime/envelope.h"

namespace lianmeng::fuzz {
namespace {

constexpr std::uint64_t kSegment = 1;
const log::TopicPartition kAt{"lianmeng.dispatch.v1", 7};

std::string frame_of(const log::Record& record, log::Offset offset, std::uint32_t synced_before) {
  std::string made;
  log::encode_frame(kAt, record, &made);
  log::seal_frame(made.data(), kSegment, offset, Time{}, synced_before);
  return made;
}

log::Record example_record(std::uint64_t sequence) {
  runtime::Envelope envelope;
  envelope.id = "4f1de1c3a2b04d6f9c8e7a6b5c4d3e2f";
  envelope.prev = sequence == 1 ? "" : envelope.id;
  envelope.sequence = sequence;
  envelope.type = "lianmeng.dispatch.v1.DemandTaken";
  envelope.effective_time = Time{};
  envelope.subject = "demands/230628-012";
  envelope.county = CountyId("610524");
  envelope.host = "local";
  envelope.fold = 1;
  envelope.cause = Place{"membership", 7, 12};
  envelope.actor = Actor{Actor::Kind::kCountySystem, "tax", "610524-p3"};
  envelope.request_id = "019b7dda-63ec-7154-a13a-9f41137e739a";
  envelope.request_hash = "00ff";
  envelope.external_id = "hy-tuan";
  envelope.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  envelope.value = "value";
  return runtime::to_record(envelope, "/lianmeng/dispatch/7");
}

// Two records and the mark of a log that was closed in order.
std::string example_segment() {
  auto bytes = frame_of(example_record(1), 0, 0);
  const auto synced = static_cast<std::uint32_t>(bytes.size());
  bytes += frame_of(example_record(2), 1, synced);
  std::string closed;
  log::encode_closed_frame(&closed);
  log::seal_frame(closed.data(), kSegment, 0, Time{}, static_cast<std::uint32_t>(bytes.size()));
  return bytes + closed;
}

std::string example_index() {
  auto scan = log::scan_segment(example_segment(), kSegment, false);
  scan.index.bad.push_back({kAt, 7, 8});
  scan.index.holes.push_back({16, 24});
  return log::encode_index(scan.index);
}

std::string example_payload() {
  const auto frame = frame_of(example_record(1), 0, 0);
  const auto peeked = log::peek_frame(frame);
  return frame.substr(peeked.head_bytes(), peeked.payload_bytes);
}

// One of each type, as the golden bytes have them: in all three services where the number fits.
std::vector<std::string> example_events() {
  std::vector<std::string> events;
  for (int choice = 0; choice < 64; ++choice) {
    events.push_back(std::string(1, static_cast<char>(choice)) + "\x0a\x06" + "610524" +
                     "\x12\x01" + "a");
  }
  return events;
}

// A sound frame with these bytes for its payload, as an older or a newer writer may have left it.
std::string frame_around(std::string_view payload) {
  log::Record record;
  const auto least = log::peek_frame(frame_of(record, 0, 0)).payload_bytes;
  if (payload.size() < least || payload.size() > log::kRecordBytesMax) return {};
  record.value.assign(payload.size() - least, '\0');
  auto made = frame_of(record, 0, 0);
  auto frame = log::peek_frame(made);
  if (frame.payload_bytes > payload.size()) {
    // The length of the value takes more bytes itself.
    record.value.resize(record.value.size() - (frame.payload_bytes - payload.size()));
    made = frame_of(record, 0, 0);
    frame = log::peek_frame(made);
  }
  if (frame.payload_bytes != payload.size()) return {};
  std::copy(payload.begin(), payload.end(),
            made.begin() + static_cast<std::ptrdiff_t>(frame.head_bytes()));
  return made;
}

}  // namespace

// A frame as it lies in a segment, and one with a flipped bit.
FUZZ_TARGET(frame, {frame_of(example_record(1), 0, 0)}) {
  log::Frame frame;
  log::Record record;
  const auto look = [&] {
    if (frame.bytes() > bytes.size() || !log::payload_intact(bytes, frame)) return;
    (void)log::decode_frame(bytes, frame, &record);
  };
  if (log::read_frame(bytes, kSegment, &frame)) look();
  std::string repaired;
  if (log::read_frame_with_flipped_bit(bytes, kSegment, &frame, &repaired)) look();
}

// The last segment of a log that crashed, and a closed one.
FUZZ_TARGET(segment, {example_segment()}) {
  for (const bool tail : {true, false}) {
    auto scan = log::scan_segment(bytes, kSegment, tail);
    CHECKED(scan.index.data_bytes <= bytes.size());
    const auto written = log::encode_index(scan.index);
    log::SegmentIndex again;
    CHECKED(log::decode_index(written, kSegment, &again));
    CHECKED(again.extents.size() == scan.index.extents.size() &&
            again.bad.size() == scan.index.bad.size() &&
            again.holes.size() == scan.index.holes.size());
  }
}

FUZZ_TARGET(segment_index, {example_index()}) {
  log::SegmentIndex index;
  (void)log::decode_index(bytes, kSegment, &index);
}

// A record's payload, down to the envelope that the chain judges.
FUZZ_TARGET(record, {example_payload()}) {
  const auto made = frame_around(bytes);
  log::Frame frame;
  log::Record record;
  if (made.empty() || !log::decode_frame(made, log::peek_frame(made), &record)) return;
  const auto envelope = runtime::parse_record(std::move(record));
  if (!envelope) return;
  // What was understood is written and read again as the same.
  const auto again = runtime::parse_record(runtime::to_record(*envelope, "/lianmeng/dispatch/7"));
  CHECKED(again.has_value());
  CHECKED(again->id == envelope->id && again->prev == envelope->prev &&
          again->sequence == envelope->sequence && again->type == envelope->type &&
          again->time == envelope->time && again->effective_time == envelope->effective_time &&
          again->cause == envelope->cause && again->actor == envelope->actor &&
          again->request_id == envelope->request_id && again->value == envelope->value);
}

// An event of each service: the first byte chooses the type, the others are its bytes.
FUZZ_TARGET(event, example_events()) {
  if (bytes.empty()) return;
  const auto choice = static_cast<unsigned char>(bytes.front());
  bytes.remove_prefix(1);
  const google::protobuf::Message* wrappers[] = {
      &membership::v1::MembershipEvent::default_instance(),
      &dispatch::v1::DispatchEvent::default_instance(),
      &notification::v1::NotificationEvent::default_instance()};
  for (const auto* wrapper : wrappers) {
    const auto* cases = wrapper->GetDescriptor()->oneof_decl(0);
    const auto* type = cases->field(choice % cases->field_count())->message_type();
    const auto event = runtime::decode_event(*wrapper, type->full_name(), bytes);
    if (event == nullptr) continue;
    CHECKED(runtime::event_type(*event) == type->full_name());
    // What was understood is written and read again as the same.
    const auto written = runtime::event_bytes(*event);
    const auto again = runtime::decode_event(*wrapper, type->full_name(), written);
    CHECKED(again != nullptr && runtime::event_bytes(*again).size() == written.size());
  }
}

}  // namespace lianmeng::fuzz
