#include <algorithm>
#include <functional>
#include <optional>

#include "dispatch/domain/desk.h"
#include "dispatch/queries/demand_filter.h"
#include "dispatch/queries/lists.h"
#include "dispatch/queries/stretches.h"

namespace lianmeng::dispatch::queries {

namespace roster = membership::roster;
using state::Key;
using state::PageRequest;

Result<TodoPage> list_todos(const state::View& view, const roster::Standing& me,
                            const PageRequest& page) {
  if (auto status = check_reader(me); !status) return fail(status.error());
  struct Source {
    Stretch stretch;
    std::string organisation_id;
    std::function<std::optional<TodoKind>(const v1::DemandRow&)> kind;
  };
  std::vector<Source> sources;
  const auto add = [&](std::string_view scope, v1::DemandState state, std::string organisation,
                       auto kind) {
    sources.push_back(
        {{kDemandsByState, of_states(me.county(), scope, {state})}, std::move(organisation), kind});
  };
  const auto always = [](TodoKind kind) {
    return [kind](const v1::DemandRow&) { return std::optional(kind); };
  };
  const auto when = [](bool holds, TodoKind kind) {
    return holds ? std::optional(kind) : std::nullopt;
  };
  const auto handles = [&me](const v1::DemandRow& row) { return !own_group(me, row).empty(); };

  if (me.is_coordinator()) {
    const auto must_assign = [handles](const v1::DemandRow& row) {
      return row.state() == v1::DEMAND_STATE_ROUTED && row.assignment_required() && !handles(row);
    };
    // What is late, in the order in which it was due; then what another class made early again,
    // which must be assigned all the same.
    sources.push_back(
        {{kDemandsByLight, {Key{}.add(me.county().str()).add(kCountyScope).add(v1::LIGHT_RED)}},
         {},
         [when, must_assign](const v1::DemandRow& row) {
           return when(must_assign(row), TodoKind::kAssign);
         }});
    add(kCountyScope, v1::DEMAND_STATE_ROUTED, "", [when, must_assign](const v1::DemandRow& row) {
      return when(must_assign(row) && row.light() != v1::LIGHT_RED, TodoKind::kAssign);
    });
    add(kCountyScope, v1::DEMAND_STATE_SUBMITTED, "", [](const v1::DemandRow& row) {
      return std::optional(row.assignment_required() ? TodoKind::kAssign : TodoKind::kRoute);
    });
    add(kCountyScope, v1::DEMAND_STATE_IN_AUDIT, "", [when, handles](const v1::DemandRow& row) {
      return when(!handles(row), TodoKind::kAudit);
    });
    add(kCountyScope, v1::DEMAND_STATE_IN_REVIEW, "", [when, handles](const v1::DemandRow& row) {
      return when(!handles(row), TodoKind::kReview);
    });
  }
  for (const auto& group : me.groups()) {
    const auto scope = group_scope(group);
    const bool head = me.is_group_head(group);
    const auto is_invited = [group](const v1::DemandRow& row) {
      return std::any_of(row.helpers().begin(), row.helpers().end(), [&](const auto& helper) {
        return helper.group_id() == group && helper.state() == v1::HELPER_STATE_INVITED;
      });
    };
    add(scope, v1::DEMAND_STATE_ROUTED, group, always(TodoKind::kTake));
    add(scope, v1::DEMAND_STATE_TAKEN, group,
        [group, head, when, is_invited, &view, &me](const v1::DemandRow& row) {
          if (is_invited(row)) return std::optional(TodoKind::kAnswerInvitation);
          return when(
              head && row.lead_group_id() == group && handler_of(view, row, me.at()).empty(),
              TodoKind::kAssignHandler);
        });
    add(scope, v1::DEMAND_STATE_AWAITING_SIGNATURE, group,
        [group, head, when, is_invited](const v1::DemandRow& row) {
          if (is_invited(row)) return std::optional(TodoKind::kAnswerInvitation);
          return when(head && row.lead_group_id() == group, TodoKind::kSign);
        });
  }
  const auto self = me.person().str();
  add(person_scope(self), v1::DEMAND_STATE_TAKEN, "", [self, when, &me](const v1::DemandRow& row) {
    return when(row.handler_person_id() == self && me.is_group_member(row.lead_group_id()),
                TodoKind::kHandle);
  });
  const auto rates_for_its_people = [&me](const v1::DemandRow& row) {
    return row.asker_organisation_id().empty() && me.is_village_cadre(row.village_id());
  };
  for (const auto& scope : scopes_of(me)) {
    if (!scope.starts_with("o:")) continue;
    const auto organisation = scope.substr(2);
    add(scope, v1::DEMAND_STATE_AWAITING_RATING, organisation,
        [organisation, when, rates_for_its_people](const v1::DemandRow& row) {
          return when(row.asker_organisation_id() == organisation ||
                          (row.village_id() == organisation && rates_for_its_people(row)),
                      TodoKind::kRate);
        });
  }
  // What a cadre of the village asks for themselves is among what is the village's to rate.
  add(person_scope(self), v1::DEMAND_STATE_AWAITING_RATING, "",
      [self, when, rates_for_its_people](const v1::DemandRow& row) {
        return when(row.asker_person_id() == self && row.asker_organisation_id().empty() &&
                        !rates_for_its_people(row),
                    TodoKind::kRate);
      });

  std::vector<Stretch> all;
  for (const auto& source : sources) all.push_back(source.stretch);
  TodoPage out;
  auto next = walk(view, all, page, [&](std::size_t at, v1::DemandRow& row) {
    const auto kind = sources[at].kind(row);
    if (kind) out.todos.push_back({*kind, sources[at].organisation_id, std::move(row)});
    return kind.has_value();
  });
  if (!next) return fail(next.error());
  out.next_page_token = std::move(*next);
  return out;
}

}  // namespace lianmeng::dispatch::queries
