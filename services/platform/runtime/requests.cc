#include "platform/runtime/requests.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "platform/base/assert.h"
#include "platform/base/random.h"
#include "platform/runtime/tables.h"
#include "platform/state/key.h"
#include "platform/state/table.h"

namespace lianmeng::runtime {
namespace {

using namespace std::chrono_literals;
using state::Key;

constexpr auto kKept = std::chrono::hours{7 * 24};
constexpr auto kOldest = std::chrono::hours{6 * 24};
constexpr auto kAhead = std::chrono::hours{1};
constexpr int kDroppedPerRecord = 8;

std::string table_prefix(std::uint8_t table) { return std::string(1, static_cast<char>(table)); }

// Ordered by the time in the id, so that what has aged lies together at the front.
std::string request_key(Time id_time, const CountyId& county, const Actor& actor,
                        const std::string& request_id) {
  return table_prefix(tables::kRequests) +
         Key{}.add(id_time).add(county.str()).add(to_string(actor)).add(request_id).bytes();
}

std::string external_key(const CountyId& county, const std::string& external_id) {
  return table_prefix(tables::kExternals) + Key{}.add(county.str()).add(external_id).bytes();
}

std::uint64_t milliseconds(Time time) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, time.time_since_epoch().count()));
}

v1::RequestRow parse_row(const std::string& bytes) {
  v1::RequestRow row;
  LM_ASSERT(row.ParseFromString(bytes), "a request row does not parse");
  return row;
}

std::optional<v1::RequestRow> read_row(const state::View& view, const std::string& key) {
  std::string bytes;
  if (!view.get(key, &bytes)) return std::nullopt;
  return parse_row(bytes);
}

std::optional<v1::RequestRow> read_row(const AboveStore& above, const std::string& key) {
  for (const auto* layer : {above.overlay, above.dirty}) {
    const auto* change = layer->changes().find(key);
    if (change == nullptr) continue;
    if (!change->value) return std::nullopt;
    return parse_row(*change->value);
  }
  return std::nullopt;
}

}  // namespace

Lookup find_request(const state::View& view, const RequestKey& key, Time now,
                    const AboveStore* above) {
  if (!key.request_id.empty()) {
    const auto id_time = uuid_v7_time(key.request_id);
    if (!id_time) {
      return refuse_field("request_id", "须为 UUID 第7版，收到的是“" + key.request_id + "”",
                          "must be a UUID of version 7, got \"" + key.request_id + "\"");
    }
    if (*id_time < now - kOldest || *id_time > now + kAhead) {
      return refuse(kRequestIdExpired, {{"request_id", key.request_id}});
    }
    const auto bytes = request_key(*id_time, key.county, key.actor, key.request_id);
    const bool stored = above == nullptr || milliseconds(*id_time) <= above->newest_ms;
    if (auto row = stored ? read_row(view, bytes) : read_row(*above, bytes)) {
      if (row->hash() != key.hash) {
        return refuse(kRequestIdReused, {{"request_id", key.request_id}});
      }
      return Known{std::move(*row)};
    }
  }
  if (!key.external_id.empty()) {
    if (auto row = read_row(view, external_key(key.county, key.external_id))) {
      if (row->hash() != key.hash) {
        return refuse(kExternalIdReused, {{"external_id", key.external_id}});
      }
      return Known{std::move(*row)};
    }
  }
  return std::monostate{};
}

void record_request(state::Tx& tx, const Envelope& envelope, const v1::RequestRefused* refused,
                    RequestSpan& span) {
  if (!envelope.request_id.empty() || !envelope.external_id.empty()) {
    v1::RequestRow row;
    row.set_hash(envelope.request_hash);
    row.set_sequence(envelope.sequence);
    row.set_time_ms(envelope.time.time_since_epoch().count());
    row.set_subject(envelope.subject);
    if (refused != nullptr) *row.mutable_refused() = *refused;
    const auto bytes = state::internal::serialize(row);
    const auto id_time = uuid_v7_time(envelope.request_id);
    if (id_time) {
      tx.put(request_key(*id_time, envelope.county, envelope.actor.value_or(Actor{}),
                         envelope.request_id),
             bytes);
      span.oldest_ms = std::min(span.oldest_ms, milliseconds(*id_time));
      span.newest_ms = std::max(span.newest_ms, milliseconds(*id_time));
    }
    // A refusal binds the attempt, not the thing: the same external id may be sent again.
    if (!envelope.external_id.empty() && refused == nullptr) {
      tx.put(external_key(envelope.county, envelope.external_id), bytes);
    }
  }
  const auto limit = envelope.time - kKept;
  if (span.oldest_ms >= milliseconds(limit)) return;
  const auto prefix = table_prefix(tables::kRequests);
  std::vector<std::string> aged;
  span.oldest_ms = std::numeric_limits<std::uint64_t>::max();  // Until a row is met.
  {
    const auto cursor = tx.cursor();
    for (cursor->seek(prefix); cursor->valid() && cursor->key().starts_with(prefix);
         cursor->next()) {
      Time id_time;
      state::KeyReader reader(cursor->key().substr(prefix.size()));
      LM_ASSERT(reader.time(&id_time));
      if (id_time >= limit) {
        span.oldest_ms = milliseconds(id_time);
        break;
      }
      if (aged.size() == kDroppedPerRecord) {
        span.oldest_ms = 0;
        break;
      }
      aged.emplace_back(cursor->key());
    }
  }
  for (const auto& key : aged) tx.erase(key);
}

}  // namespace lianmeng::runtime
