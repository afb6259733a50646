#include "platform/runtime/positions.h"

#include "lianmeng/runtime/v1/runtime_events.pb.h"
#include "platform/base/assert.h"
#include "platform/runtime/tables.h"
#include "platform/state/key.h"

namespace lianmeng::runtime::positions {
namespace {

std::string key_of(std::string_view what) {
  return std::string(1, static_cast<char>(tables::kPositions)) + state::Key{}.add(what).bytes();
}

v1::TipRow read_row(const state::View& view, const std::string& key) {
  v1::TipRow row;
  std::string bytes;
  if (view.get(key, &bytes)) LM_ASSERT(row.ParseFromString(bytes), "a position does not parse");
  return row;
}

Tip tip_of(const v1::TipRow& row) {
  if (row.id().empty()) return {};
  return {row.id(), row.sequence(), row.offset(), Time{Duration{row.time_ms()}}};
}

v1::TipRow row_of(const Tip& tip) {
  v1::TipRow row;
  row.set_id(tip.id);
  row.set_sequence(tip.sequence);
  row.set_offset(tip.offset);
  row.set_time_ms(tip.time.time_since_epoch().count());
  return row;
}

}  // namespace

Own read_own(const state::View& view) {
  const auto row = read_row(view, key_of(""));
  return {tip_of(row), row.next_offset(), row.newest_request_ms(), row.digest()};
}

void write_own(state::Tx& tx, const Own& own) {
  auto row = row_of(own.tip);
  row.set_next_offset(own.next);
  row.set_newest_request_ms(own.newest_request_ms);
  row.set_digest(own.digest);
  tx.put(key_of(""), row.SerializeAsString());
}

Foreign read_foreign(const state::View& view, std::string_view service) {
  const auto row = read_row(view, key_of(service));
  return {tip_of(row), row.projected()};
}

void write_foreign(state::Tx& tx, std::string_view service, const Foreign& foreign) {
  auto row = row_of(foreign.settled);
  row.set_projected(foreign.projected);
  tx.put(key_of(service), row.SerializeAsString());
}

}  // namespace lianmeng::runtime::positions
