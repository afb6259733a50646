#include <algorithm>

#include "dispatch/domain/county_clocks.h"
#include "dispatch/domain/desk.h"
#include "dispatch/domain/escalation.h"

namespace lianmeng::dispatch {

namespace roster = membership::roster;

namespace {

bool is_groups(v1::ClockKind kind) {
  return kind == v1::CLOCK_KIND_TAKE || kind == v1::CLOCK_KIND_CONTACT ||
         kind == v1::CLOCK_KIND_RESULT;
}

// Heads of the groups whose clock it is; members where there is no head.
std::vector<PersonId> heads(const state::View& view, const v1::DemandRow& row,
                            const DecideContext& context) {
  std::vector<std::string> groups;
  if (!row.lead_group_id().empty()) {
    groups.push_back(row.lead_group_id());
  } else {
    for (const auto& offer : row.offers()) groups.push_back(offer.group_id());
  }
  std::vector<PersonId> people;
  for (const auto& group : groups) {
    auto found = roster::group_heads(view, context.county, group, context.now);
    if (found.empty()) found = roster::group_people(view, context.county, group, context.now);
    people.insert(people.end(), found.begin(), found.end());
  }
  return people;
}

// Whether there is anybody to tell: not when the person was erased.
bool is_there(const state::View& view, const std::string& person_id, const DecideContext& context) {
  if (person_id.empty()) return false;
  return roster::standing_of(view, PersonId(person_id), context.county, context.now).is_known();
}

// Who is in charge of a clock at a level; 0 is before it is over.
std::vector<PersonId> in_charge(const state::View& view, const v1::DemandRow& row,
                                v1::ClockKind kind, int level, const DecideContext& context) {
  const auto& county = context.county;
  switch (level) {
    case 0:
      if (is_groups(kind)) {
        if (const auto handler = handler_of(view, row, context.now); !handler.empty()) {
          return {PersonId(handler)};
        }
      }
      [[fallthrough]];
    case 1:
      return is_groups(kind) ? heads(view, row, context)
                             : roster::coordinators(view, county, context.now);
    case 2:
      return roster::coordinators(view, county, context.now);
    case 3:
      return roster::chair_people(view, county, context.now);
    default:
      return roster::county_officers(view, county, context.now);
  }
}

// The next in charge, or whoever comes after a post that nobody holds: no level tells nobody.
template <class Event>
void set_tell(Event& event, const state::View& view, const v1::DemandRow& row, int level,
              const DecideContext& context) {
  std::vector<PersonId> people;
  for (int at = level; people.empty() && at <= kEscalationLevels; ++at) {
    people = in_charge(view, row, event.clock().kind(), at, context);
  }
  if (level > 0 && is_there(view, row.asker_person_id(), context)) {
    people.emplace_back(row.asker_person_id());
  }
  for (const auto& person : people) {
    const auto& told = event.tell_person_ids();
    if (std::find(told.begin(), told.end(), person.str()) == told.end()) {
      event.add_tell_person_ids(person.str());
    }
  }
}

}  // namespace

v1::DispatchEvent advance_clock(const state::View& view, const v1::DemandRow& row,
                                const DecideContext& context) {
  const v1::Clock* due = nullptr;
  for (const auto& clock : row.clocks()) {
    if (!clock.has_next_time()) continue;
    if (due == nullptr || from_proto(clock.next_time()) < from_proto(due->next_time())) {
      due = &clock;
    }
  }
  LM_ASSERT(due != nullptr && from_proto(due->next_time()) <= context.now,
            "dispatch: no clock of {} is due", row.demand_id());
  const CountyClocks clocks(view, context.county);
  const auto clock = clocks.advance(*due);

  if (clock.light() == v1::LIGHT_YELLOW) {
    v1::DemandClockYellow event;
    event.set_demand_id(row.demand_id());
    *event.mutable_clock() = clock;
    set_tell(event, view, row, 0, context);
    return settle(row, std::move(event), context, &v1::DispatchEvent::mutable_demand_clock_yellow);
  }
  if (clock.level() == 1) {
    v1::DemandClockRed event;
    event.set_demand_id(row.demand_id());
    *event.mutable_clock() = clock;
    set_tell(event, view, row, 1, context);
    return settle(row, std::move(event), context, &v1::DispatchEvent::mutable_demand_clock_red);
  }
  v1::DemandEscalated event;
  event.set_demand_id(row.demand_id());
  *event.mutable_clock() = clock;
  event.set_assignment_required(row.assignment_required() ||
                                (clock.level() >= 2 && row.lead_group_id().empty()));
  set_tell(event, view, row, clock.level(), context);
  return settle(row, std::move(event), context, &v1::DispatchEvent::mutable_demand_escalated);
}

}  // namespace lianmeng::dispatch
