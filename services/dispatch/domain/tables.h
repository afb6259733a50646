// The rows of dispatch, their orders, and who may see a demand. Tables 0x80–0x8f.
//
// Visibility is part of the key: a demand has an entry in each order for every scope that may see
// it, and a list or a count names the scope that it reads. A demand just submitted by a village
// writes ten keys: its row, its history, the day's counter, its timer and an entry and a count for
// each of three scopes.
//
// One scope is nobody's: what an organisation asks in a village that is not itself has an entry
// under the village (`village_scope`), so that whoever sees the county finds all of a village's
// demands without going through those of others.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "dispatch/domain/evolve.h"
#include "lianmeng/dispatch/v1/dispatch_events.pb.h"
#include "platform/base/decision.h"
#include "platform/base/ids.h"
#include "platform/state/proto_time.h"
#include "platform/state/table.h"

namespace lianmeng::dispatch {

using state::from_proto;
using state::to_proto;

// Scopes: who may see.
inline constexpr std::string_view kCountyScope = "c";
inline std::string organisation_scope(std::string_view id) { return "o:" + std::string(id); }
inline std::string village_scope(std::string_view id) { return "v:" + std::string(id); }
inline std::string group_scope(std::string_view id) { return "g:" + std::string(id); }
inline std::string person_scope(std::string_view id) { return "p:" + std::string(id); }

// Calls `visit(kind, id)` for each scope of this demand, some twice, until it says true;
// `offers`: those of groups that are only offered it, too. A scope's name is kind, ':' and id, that
// of the county its kind alone. The handler sees it as one of the leading group, and so no longer
// than they belong to it.
template <class Visit>
bool any_scope(const v1::DemandRow& row, bool offers, const Visit& visit) {
  const auto given = [&](char kind, const std::string& id) {
    return !id.empty() && visit(kind, id);
  };
  const bool by_organisation = !row.asker_organisation_id().empty();
  if (visit('c', std::string_view())) return true;
  if (given('o', row.asker_organisation_id())) return true;
  // What an enterprise or a person of the village asks is the village's to see for its own people.
  const bool of_its_people = !by_organisation || row.asker_organisation_id() == row.village_id();
  if (given(of_its_people ? 'o' : 'v', row.village_id())) return true;
  if (given('o', row.township_id())) return true;
  if (!by_organisation && visit('p', std::string_view(row.asker_person_id()))) return true;
  if (offers) {
    for (const auto& offer : row.offers()) {
      if (given('g', offer.group_id())) return true;
    }
  }
  if (given('g', row.lead_group_id())) return true;
  for (const auto& helper : row.helpers()) {
    if (helper.state() != v1::HELPER_STATE_DECLINED && given('g', helper.group_id())) return true;
  }
  return given('g', row.found_by_group_id());
}

// Under which it stands in the orders, each once. Those that may see it: the county; the asking
// organisation, the village and the township; groups that are offered it, lead, help or found it;
// the asker when no organisation asks. And whoever was named handler, for lists of what somebody
// handles: who reads a person's scope asks sees() of each row.
std::vector<std::string> scopes_of(const v1::DemandRow& row);

// Key: county, demand.
const state::Table<v1::DemandRow>& demands();
// (county, scope, state) ↔ latest submission first; counted. A list of several states, or of all,
// goes through those states side by side (`of_states`), so no index without them is kept.
inline constexpr std::uint8_t kDemandsByState = 2;
// (county, scope, light) ↔ due first; yellow and red only; counted.
inline constexpr std::uint8_t kDemandsByLight = 3;
// () ↔ the next timer.
inline constexpr std::uint8_t kDemandsByTimer = 4;

// The filters of kDemandsByState for some states in one scope, each once.
std::vector<state::Key> of_states(const CountyId& county, std::string_view scope,
                                  const std::vector<v1::DemandState>& states);
// Every state that a demand may have.
const std::vector<v1::DemandState>& all_states();
// Those in which somebody still has something to do.
const std::vector<v1::DemandState>& open_states();
bool is_open(v1::DemandState state);

// Key: county, demand, sequence. The county's settings lie under the empty demand, what audit was
// shown under kAuditLooks.
const state::Table<v1::HistoryRow>& history();
inline constexpr std::string_view kAuditLooks = "looks";

// A demand's rows from a sequence on, until `visit` says false.
void scan_history(const state::View& view, const CountyId& county, std::string_view demand_id,
                  std::uint64_t from, const std::function<bool(const v1::HistoryRow&)>& visit);

// (county, day as YYMMDD) → the last number given on it.
inline constexpr state::Counter kDaySerials{0x82};

// Key: county.
const state::Table<v1::SettingsRow>& settings();
const state::Table<v1::RoutingRulesRow>& routing_rules();
// The order of a county's rules: by priority, equal ones by their number.
bool is_asked_before(const v1::RoutingRule& a, const v1::RoutingRule& b);
const state::Table<v1::ResettleRow>& resettling();
inline constexpr std::uint8_t kResettlingByTimer = 1;

// Key: county, sequence. Who was shown whose telephone number.
const state::Table<v1::RevealRow>& reveals();
inline constexpr std::uint8_t kRevealsByTime = 1;    // county ↔ sequence, down
inline constexpr std::uint8_t kRevealsByPerson = 2;  // county, person ↔ sequence, down
inline constexpr std::uint8_t kRevealsByViewer = 3;  // county, by whom ↔ sequence, down

inline state::Key county_key(const CountyId& county) { return state::Key{}.add(county.str()); }
inline state::Key demand_key(const CountyId& county, std::string_view demand_id) {
  return state::Key{}.add(county.str()).add(demand_id);
}

// Adds an event to a history: `entry` is the row without it.
void put_history(state::Tx& state, const v1::HistoryRow& entry, const v1::DispatchEvent& event);

// Light and timer, as they follow from the rest of the row.
void derive(v1::DemandRow& row);
// Derives them and writes the row: a changed one, or a new one.
void put_demand(state::Tx& state, v1::DemandRow row);
void insert_demand(state::Tx& state, v1::DemandRow row);

// Clocks as an event settled them.
void put_board(v1::DemandRow& row, const v1::ClockBoard& board);

// The clock that is due first; null when none runs.
const v1::Clock* pressing_clock(const v1::DemandRow& row);

// An event of one demand, folded into its row.
template <class Event>
void apply_to_demand(state::Tx& state, const Event& event, const EventMeta& meta) {
  auto row = demands().find(state, demand_key(meta.county, event.demand_id()));
  LM_ASSERT(row.has_value(), "dispatch: an event of demand {}, which is not there",
            event.demand_id());
  evolve(*row, event, meta);
  put_demand(state, std::move(*row));
}

}  // namespace lianmeng::dispatch
