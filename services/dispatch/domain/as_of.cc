#include "dispatch/domain/as_of.h"

#include "dispatch/domain/cases.h"
#include "dispatch/domain/evolve.h"

namespace lianmeng::dispatch {
namespace {

// What the event did to the row of its demand: the same functions as the fold's.
struct Evolve {
  v1::DemandRow& row;
  const EventMeta& meta;

  // The demand's own part of a batch is all that its history keeps.
  void operator()(const v1::DeadlinesResettled& event) const {
    for (const auto& settled : event.demands()) put_board(row, settled.clocks());
  }
  template <class Event>
  void operator()(const Event& event) const {
    if constexpr (requires { evolve(row, event, meta); }) evolve(row, event, meta);
  }
};

}  // namespace

Result<v1::DemandRow> demand_as_of(const state::View& view, const CountyId& county,
                                   std::string_view demand_id, const state::AsOf& as_of) {
  v1::DemandRow row;
  EventMeta first;
  EventMeta meta;
  meta.county = county;
  scan_history(view, county, demand_id, 0, [&](const v1::HistoryRow& entry) {
    meta.sequence = entry.sequence();
    meta.time = state::from_proto(entry.time());
    meta.effective_time = state::from_proto(entry.effective_time());
    if (first.sequence == 0) first = meta;
    if (as_of.covers(meta.time, meta.effective_time)) {
      visit_case(entry.event(), Evolve{row, meta});
    }
    return true;
  });
  // Without its first event it was not yet, whatever else is said to have happened before.
  if (row.demand_id().empty()) {
    return fail(to_error(
        state::nothing_then({"诉求", "demand", demand_id}, first.time, first.effective_time)));
  }
  derive(row);
  return row;
}

}  // namespace lianmeng::dispatch
