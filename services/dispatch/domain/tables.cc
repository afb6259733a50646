#include "dispatch/domain/tables.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <array>
#include <set>
#include <tuple>

namespace lianmeng::dispatch {

using state::Counted;
using state::Index;
using state::IndexSink;
using state::Key;
using state::Table;

std::vector<std::string> scopes_of(const v1::DemandRow& row) {
  std::vector<std::string> scopes;
  scopes.reserve(8);
  const auto add = [&](char kind, std::string_view id) {
    std::string scope(1, kind);
    if (kind != kCountyScope.front()) scope.append(1, ':').append(id);
    if (std::find(scopes.begin(), scopes.end(), scope) == scopes.end()) {
      scopes.push_back(std::move(scope));
    }
    return false;
  };
  any_scope(row, true, add);
  if (!row.handler_person_id().empty()) add('p', row.handler_person_id());
  return scopes;
}

const v1::Clock* pressing_clock(const v1::DemandRow& row) {
  const v1::Clock* found = nullptr;
  for (const auto& clock : row.clocks()) {
    if (found == nullptr || from_proto(clock.due_time()) < from_proto(found->due_time())) {
      found = &clock;
    }
  }
  return found;
}

void derive(v1::DemandRow& row) {
  auto light = v1::LIGHT_GREEN;
  std::optional<Time> timer;
  if (!row.rule_id().empty()) timer = from_proto(row.rule_time());
  for (const auto& clock : row.clocks()) {
    light = std::max(light, clock.light());
    if (!clock.has_next_time()) continue;
    const auto next = from_proto(clock.next_time());
    if (!timer || next < *timer) timer = next;
  }
  row.set_light(light);
  if (timer) {
    *row.mutable_timer_time() = to_proto(*timer);
  } else {
    row.clear_timer_time();
  }
}

void put_demand(state::Tx& state, v1::DemandRow row) {
  derive(row);
  demands().put(state, row);
}

void insert_demand(state::Tx& state, v1::DemandRow row) {
  derive(row);
  demands().insert(state, row);
}

void put_board(v1::DemandRow& row, const v1::ClockBoard& board) {
  *row.mutable_clocks() = board.running();
  row.mutable_ended_clocks()->MergeFrom(board.ended());
}

const Table<v1::DemandRow>& demands() {
  using Row = v1::DemandRow;
  const auto submitted = [](const Row& row) {
    return Key{}.down(from_proto(row.submitted_time()));
  };
  static const Table<Row> table{
      0x80,
      "demands",
      [](const Row& row) { return Key{}.add(row.county()).add(row.demand_id()); },
      {Index<Row>{kDemandsByState, "by_state", Counted::kYes,
                  [submitted](const Row& row, const IndexSink& entry) {
                    for (const auto& scope : scopes_of(row)) {
                      entry(Key{}.add(row.county()).add(scope).add(row.state()), submitted(row));
                    }
                  }},
       Index<Row>{kDemandsByLight, "by_light", Counted::kYes,
                  [](const Row& row, const IndexSink& entry) {
                    const auto* clock = pressing_clock(row);
                    if (row.light() <= v1::LIGHT_GREEN || clock == nullptr) return;
                    const auto due = Key{}.add(from_proto(clock->due_time()));
                    for (const auto& scope : scopes_of(row)) {
                      entry(Key{}.add(row.county()).add(scope).add(row.light()), due);
                    }
                  }},
       Index<Row>{kDemandsByTimer, "by_timer", Counted::kNo,
                  [](const Row& row, const IndexSink& entry) {
                    if (!row.has_timer_time()) return;
                    entry(Key{}, Key{}.add(from_proto(row.timer_time())));
                  }}}};
  return table;
}

std::vector<Key> of_states(const CountyId& county, std::string_view scope,
                           const std::vector<v1::DemandState>& states) {
  std::vector<Key> filters;
  for (const auto state : std::set(states.begin(), states.end())) {
    filters.push_back(Key{}.add(county.str()).add(scope).add(state));
  }
  return filters;
}

const std::vector<v1::DemandState>& all_states() {
  static const auto kAll = [] {
    std::vector<v1::DemandState> states;
    for (int state = v1::DemandState_MIN + 1; state <= v1::DemandState_MAX; ++state) {
      states.push_back(static_cast<v1::DemandState>(state));
    }
    return states;
  }();
  return kAll;
}

const std::vector<v1::DemandState>& open_states() {
  static const auto kOpen = [] {
    auto states = all_states();
    std::erase_if(states, [](v1::DemandState state) { return !is_open(state); });
    return states;
  }();
  return kOpen;
}

bool is_open(v1::DemandState state) {
  return state != v1::DEMAND_STATE_CLOSED && state != v1::DEMAND_STATE_DECLINED &&
         state != v1::DEMAND_STATE_WITHDRAWN;
}

const Table<v1::HistoryRow>& history() {
  static const Table<v1::HistoryRow> table{
      0x81, "history", [](const v1::HistoryRow& row) {
        return Key{}.add(row.county()).add(row.demand_id()).add(row.sequence());
      }};
  return table;
}

// The event's bytes are put behind the row's, where the field of the row would have them: a message
// of the size of an event is not copied for it.
void put_history(state::Tx& state, const v1::HistoryRow& entry, const v1::DispatchEvent& event) {
  using google::protobuf::internal::WireFormatLite;
  using google::protobuf::io::CodedOutputStream;
  LM_ASSERT(!entry.has_event());
  auto bytes = state::internal::serialize(entry);
  std::array<std::uint8_t, 10> head;  // Tag and length: at most five bytes each.
  auto* end = CodedOutputStream::WriteTagToArray(
      WireFormatLite::MakeTag(v1::HistoryRow::kEventFieldNumber,
                              WireFormatLite::WIRETYPE_LENGTH_DELIMITED),
      head.data());
  end = CodedOutputStream::WriteVarint32ToArray(static_cast<std::uint32_t>(event.ByteSizeLong()),
                                                end);
  bytes.append(head.data(), end);
  state::internal::append_serialized(event, bytes);
  const auto primary =
      Key{}.add(entry.county()).add(entry.demand_id()).add(entry.sequence()).bytes();
  state.put(state::internal::row_key(history().id(), primary), bytes);
}

void scan_history(const state::View& view, const CountyId& county, std::string_view demand_id,
                  std::uint64_t from, const std::function<bool(const v1::HistoryRow&)>& visit) {
  const auto key = [&](const Key& primary) {
    return state::internal::row_key(history().id(), primary.bytes());
  };
  const auto prefix = key(demand_key(county, demand_id));
  const auto cursor = view.cursor();
  for (cursor->seek(key(demand_key(county, demand_id).add(from)));
       cursor->valid() && cursor->key().starts_with(prefix); cursor->next()) {
    v1::HistoryRow row;
    LM_ASSERT(row.ParseFromArray(cursor->value().data(), static_cast<int>(cursor->value().size())),
              "dispatch: a history row does not parse");
    if (!visit(row)) return;
  }
}

const Table<v1::RevealRow>& reveals() {
  using Row = v1::RevealRow;
  static const Table<Row> table{
      0x86,
      "reveals",
      [](const Row& row) { return Key{}.add(row.county()).add(row.sequence()); },
      {Index<Row>{kRevealsByTime, "by_time", Counted::kNo,
                  [](const Row& row, const IndexSink& entry) {
                    entry(Key{}.add(row.county()), Key{}.down(row.sequence()));
                  }},
       Index<Row>{kRevealsByPerson, "by_person", Counted::kNo,
                  [](const Row& row, const IndexSink& entry) {
                    entry(Key{}.add(row.county()).add(row.reveal().person_id()),
                          Key{}.down(row.sequence()));
                  }},
       Index<Row>{kRevealsByViewer, "by_viewer", Counted::kNo,
                  [](const Row& row, const IndexSink& entry) {
                    entry(Key{}.add(row.county()).add(row.reveal().by_person_id()),
                          Key{}.down(row.sequence()));
                  }}}};
  return table;
}

const Table<v1::SettingsRow>& settings() {
  static const Table<v1::SettingsRow> table{
      0x83, "settings", [](const v1::SettingsRow& row) { return Key{}.add(row.county()); }};
  return table;
}

const Table<v1::RoutingRulesRow>& routing_rules() {
  static const Table<v1::RoutingRulesRow> table{
      0x84, "routing_rules",
      [](const v1::RoutingRulesRow& row) { return Key{}.add(row.county()); }};
  return table;
}

bool is_asked_before(const v1::RoutingRule& a, const v1::RoutingRule& b) {
  // r9 before r10.
  const auto rank = [](const v1::RoutingRule& rule) {
    return std::make_tuple(rule.priority(), rule.rule_id().size(),
                           std::string_view(rule.rule_id()));
  };
  return rank(a) < rank(b);
}

const Table<v1::ResettleRow>& resettling() {
  using Row = v1::ResettleRow;
  static const Table<Row> table{0x85,
                                "resettling",
                                [](const Row& row) { return Key{}.add(row.county()); },
                                {Index<Row>{kResettlingByTimer, "by_timer", Counted::kNo,
                                            [](const Row& row, const IndexSink& entry) {
                                              entry(Key{}, Key{}.add(from_proto(row.timer_time())));
                                            }}}};
  return table;
}

}  // namespace lianmeng::dispatch
