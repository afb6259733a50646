#include "dispatch/queries/lists.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "dispatch/domain/desk.h"
#include "dispatch/queries/demand_filter.h"
#include "dispatch/queries/stretches.h"

namespace lianmeng::dispatch::queries {

namespace roster = membership::roster;
using state::Key;
using state::PageRequest;

namespace {

// What the city may not ask: how many demands have these words, or are this person's, would tell of
// a case.
Error counts_only() {
  return to_error(refuse(
      kPermissionDenied,
      {{"action", "按文字或人员、单位计数"},
       {"why", "市级只可查看汇总数。请改用状态、类别、紧急程度、产业、小组或地区筛选"},
       {"why_en",
        "the city is told totals; filter by state, kind, urgency, industry, group or place"}}));
}

bool singles_out(const DemandFilter& filter) {
  return !filter.text.empty() || !filter.handler_person_id.empty() ||
         !filter.asker_person_id.empty() || !filter.asker_organisation_id.empty();
}

}  // namespace

Status check_reader(const roster::Standing& me) {
  if (me.is_known()) return {};
  return fail(denied());
}

Result<std::string> list_demands(const state::View& view, const roster::Standing& me,
                                 const DemandFilter& filter, Order order, const PageRequest& page,
                                 const std::function<void(v1::DemandRow& row)>& take) {
  const auto place = choose(view, me, filter, false);
  if (!place) return fail(place.error());
  const bool late = only_late(filter);
  if (order == Order::kDue && !late) {
    std::vector<std::string> given;
    for (const auto light : filter.lights) given.push_back(v1::Light_Name(light));
    return fail(to_error(refuse_field(
        "order",
        fmt::format(
            "按到期时间排序（DUE）时，灯色须只选黄灯、红灯（LIGHT_YELLOW、LIGHT_RED），收到：{}",
            given.empty() ? "未选" : fmt::format("{}", fmt::join(given, "、"))),
        fmt::format("the order DUE needs lights, LIGHT_YELLOW and LIGHT_RED only; given: {}",
                    given.empty() ? "none" : fmt::format("{}", fmt::join(given, ", "))))));
  }
  const bool by_due = late && order != Order::kSubmittedDown;
  const auto keep = keep_of(view, me, filter);
  const auto mine = scopes_of(me);
  return walk(view, {stretch_of(me, filter, place->scopes, by_due)}, page,
              [&](std::size_t, v1::DemandRow& row) {
                // A person's scope has also what they handled and see no more.
                if (!keep(row) || !sees(mine, row)) return false;
                take(row);
                return true;
              });
}

Result<state::Count> count_demands(const state::View& view, const roster::Standing& me,
                                   const DemandFilter& filter) {
  if (singles_out(filter) && counts_alone(me)) return fail(counts_only());
  const auto place = choose(view, me, filter, true);
  if (!place) return fail(place.error());
  state::Count total;
  const auto add = [&](const state::Count& part) {
    total.value += part.value;
    total.exact = total.exact && part.exact;
  };
  const bool states_alone = place->exact && only_states(filter) && filter.lights.empty();
  const bool lights_alone =
      place->exact && only_states(filter) && filter.states.empty() && only_late(filter);
  const auto keep = keep_of(view, me, filter);
  const auto mine = scopes_of(me);
  // A demand that stands in several scopes counts in the first of them.
  for (std::size_t at = 0; at < place->scopes.size(); ++at) {
    const auto& scope = place->scopes[at];
    // That has also what they handled and see no more: its rows are asked one by one.
    const bool persons = scope.starts_with("p:");
    const auto base = [&] { return Key{}.add(me.county().str()).add(scope); };
    if (at == 0 && states_alone && !persons) {
      for (const auto state : all_states()) {
        if (!filter.states.empty() && !has(filter.states, state)) continue;
        add(demands().count(view, kDemandsByState, base().add(state)));
      }
      continue;
    }
    if (at == 0 && lights_alone && !persons) {
      for (const auto light : {v1::LIGHT_YELLOW, v1::LIGHT_RED}) {
        if (has(filter.lights, light)) {
          add(demands().count(view, kDemandsByLight, base().add(light)));
        }
      }
      continue;
    }
    const std::vector<std::string> before(place->scopes.begin(),
                                          place->scopes.begin() + static_cast<std::ptrdiff_t>(at));
    const auto stretch = stretch_of(me, filter, {scope}, only_late(filter));
    add(demands().count_where(view, stretch.index, stretch.filters, [&](const v1::DemandRow& row) {
      return keep(row) && !sees(before, row) && (!persons || sees(mine, row));
    }));
  }
  return total;
}

}  // namespace lianmeng::dispatch::queries
