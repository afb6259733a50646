#include "platform/runtime/replay.h"

#include <fmt/format.h>

#include "lianmeng/runtime/v1/runtime_events.pb.h"
#include "platform/base/assert.h"
#include "platform/runtime/digest.h"
#include "platform/runtime/errors.h"
#include "platform/runtime/requests.h"
#include "platform/runtime/tables.h"
#include "platform/state/key.h"

namespace lianmeng::runtime {

bool decode_own(const Fold& fold, const Envelope& envelope, EventPtr* event) {
  if (envelope.type == kNoOpType) return v1::NoOp().ParseFromString(envelope.value);
  if (envelope.type == kRequestRefusedType) {
    return v1::RequestRefused().ParseFromString(envelope.value);
  }
  *event = decode_event(fold.prototype(), envelope.type, envelope.value);
  return *event != nullptr;
}

namespace {

void write_record(state::Tx& tx, const Fold& fold, const Envelope& envelope, const EventPtr& event,
                  RequestSpan& requests) {
  if (envelope.cause) {
    v1::CauseRow row;
    row.set_sequence(envelope.cause->sequence);
    std::string key(1, static_cast<char>(tables::kCauses));
    key += state::Key{}.add(envelope.cause->service).bytes();
    tx.put(key, row.SerializeAsString());
  }
  if (envelope.type == kRequestRefusedType) {
    v1::RequestRefused refused;
    LM_ASSERT(refused.ParseFromString(envelope.value));
    return record_request(tx, envelope, &refused, requests);
  }
  record_request(tx, envelope, nullptr, requests);
  if (event) fold.apply(tx, *event, meta_of(envelope));
}

}  // namespace

void apply_record(state::Tx& tx, const Fold& fold, const Envelope& envelope, const EventPtr& event,
                  RequestSpan& requests, std::uint64_t& digest) {
  DigestedTx digested(tx);
  write_record(digested, fold, envelope, event, requests);
  digest = digested.behind(digest);
}

std::optional<std::uint64_t> carried_digest(const Fold& fold, const Envelope& envelope) {
  if (envelope.type != kNoOpType || envelope.fold != fold.version()) return std::nullopt;
  v1::NoOp noop;
  if (!noop.ParseFromString(envelope.value) || !noop.has_digest()) return std::nullopt;
  return noop.digest();
}

std::string noop_bytes(std::uint64_t digest) {
  v1::NoOp noop;
  noop.set_digest(digest);
  return noop.SerializeAsString();
}

Replay::Replay(const Fold& fold, int partition, state::Tx& tx)
    : fold_(fold),
      name_(fmt::format("{}/{}", fold.service(), partition)),
      tx_(tx),
      foreign_(fold.foreign().size()) {}

Status Replay::own(log::Record&& record) {
  const auto offset = record.offset;
  const auto envelope = parse_record(std::move(record));
  const auto verdict = envelope ? own_.judge(*envelope) : Verdict::kVoid;
  if (verdict == Verdict::kBroken) return fail(chain_broken(name_, own_.tip().sequence));
  if (verdict != Verdict::kValid) {
    ++void_records_;
    return {};
  }
  EventPtr event;
  if (!decode_own(fold_, *envelope, &event)) return fail(event_unknown(name_, envelope->type));
  own_.accept(envelope->id, envelope->sequence, offset, envelope->time);
  if (const auto carried = carried_digest(fold_, *envelope); carried && *carried != digest_) {
    if (++differing_digests_ == 1) {
      first_difference_ = {envelope->sequence, envelope->host, *carried, digest_};
    }
  }
  apply_record(tx_, fold_, *envelope, event, requests_, digest_);
  return {};
}

Status Replay::foreign(std::size_t index, log::Record&& record) {
  const auto& followed = fold_.foreign()[index];
  auto& chain = foreign_[index];
  const auto offset = record.offset;
  const auto envelope = parse_record(std::move(record));
  const auto verdict = envelope ? chain.judge(*envelope) : Verdict::kVoid;
  if (verdict == Verdict::kBroken) {
    return fail(chain_broken(followed.service, chain.tip().sequence));
  }
  if (verdict != Verdict::kValid) return {};
  chain.accept(envelope->id, envelope->sequence, offset, envelope->time);
  // A type that we do not know is passed over in a foreign log.
  const auto event = decode_event(*followed.prototype, envelope->type, envelope->value);
  if (event && followed.project) followed.project(tx_, *event, meta_of(*envelope));
  return {};
}

}  // namespace lianmeng::runtime
