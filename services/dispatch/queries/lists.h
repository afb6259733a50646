// Lists and counts of demands, and what waits for somebody. Pure functions over a view.
//
// A caller reads the narrowest scope that holds all that the filter can mean and that the caller
// may see, otherwise all of their own as one. What the index does not hold is filtered within the
// scan budget. A list has just what the caller can get one by one, and a count is the list's
// length; the city alone, which is shown no demand, is told totals.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "dispatch/domain/tables.h"
#include "membership/projection/roster.h"
#include "platform/base/error.h"

namespace lianmeng::dispatch::queries {

enum class Order { kUnspecified, kSubmittedDown, kDue };

struct DemandFilter {
  std::vector<v1::DemandState> states;
  std::vector<v1::DemandKind> kinds;
  v1::Urgency urgency = v1::URGENCY_UNSPECIFIED;
  std::string group_id;
  std::string handler_person_id;
  std::string asker_organisation_id;
  std::string asker_person_id;
  std::vector<v1::Light> lights;
  std::string place_id;
  std::string text;
  std::string industry;
};

// Hands over the rows of a page, one after another; each may be used up. The token of the next
// page.
Result<std::string> list_demands(const state::View& view, const membership::roster::Standing& me,
                                 const DemandFilter& filter, Order order,
                                 const state::PageRequest& page,
                                 const std::function<void(v1::DemandRow& row)>& take);
// Exact for states or lights alone, and for whatever the scan budget reaches; else "at least".
Result<state::Count> count_demands(const state::View& view, const membership::roster::Standing& me,
                                   const DemandFilter& filter);

enum class TodoKind {
  kRoute = 1,
  kAssign,
  kTake,
  kAssignHandler,
  kAnswerInvitation,
  kHandle,
  kSign,
  kAudit,
  kRate,
  kReview,
};

struct Todo {
  TodoKind kind;
  std::string organisation_id;
  v1::DemandRow row;
};

struct TodoPage {
  std::vector<Todo> todos;
  std::string next_page_token;
};

// By role: what the coordinator routes, assigns, audits and reviews; what groups take, answer, hand
// to somebody and sign; what the handler does; what the asker rates.
Result<TodoPage> list_todos(const state::View& view, const membership::roster::Standing& me,
                            const state::PageRequest& page);

// Nobody without a place in the county's roster reads anything.
Status check_reader(const membership::roster::Standing& me);

// In the order in which they are asked.
Result<state::Page<v1::RoutingRule>> list_routing_rules(const state::View& view,
                                                        const CountyId& county,
                                                        const state::PageRequest& page);

struct RevealFilter {
  std::string person_id;
  std::string by_person_id;
};
// The latest first. The office and audit see all; others what was shown to them or of them, and
// without a filter what was shown to them.
Result<state::Page<v1::RevealRow>> list_reveals(const state::View& view,
                                                const membership::roster::Standing& me,
                                                RevealFilter filter,
                                                const state::PageRequest& page);

}  // namespace lianmeng::dispatch::queries
