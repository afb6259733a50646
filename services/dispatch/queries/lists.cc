#include "dispatch/queries/lists.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>

#include "dispatch/domain/desk.h"
#include "platform/base/mask.h"

namespace lianmeng::dispatch::queries {

namespace roster = membership::roster;
using state::Key;
using state::PageRequest;
using Keep = std::function<bool(const v1::DemandRow&)>;

namespace {

template <class List, class Value>
bool has(const List& list, const Value& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

Error denied() {
  return to_error(
      refuse(kPermissionDenied, {{"action", "查看诉求"},
                                 {"why", "本县名册中没有您，或您的任职不含查看权限"},
                                 {"why_en", "the county's roster gives you no demands to see"}}));
}

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

// Sees the county's counts and not its demands.
bool counts_alone(const roster::Standing& me) {
  return me.is_city_officer() && !has(scopes_of(me), std::string(kCountyScope));
}

// Where a list reads, and whether everything there belongs to it.
struct Place {
  std::vector<std::string> scopes;
  bool exact = false;
};

// A narrower scope stands for the filter only when it has every demand that the filter means.
Result<Place> choose(const state::View& view, const roster::Standing& me,
                     const DemandFilter& filter, bool counts) {
  auto scopes = scopes_of(me);
  if (counts && counts_alone(me)) scopes.emplace_back(kCountyScope);
  if (scopes.empty()) return fail(denied());
  const bool county = has(scopes, std::string(kCountyScope));
  const auto may = [&](const std::string& scope) { return county || has(scopes, scope); };
  if (!filter.group_id.empty() && may(group_scope(filter.group_id))) {
    return Place{{group_scope(filter.group_id)}};
  }
  if (!filter.handler_person_id.empty() && may(person_scope(filter.handler_person_id))) {
    return Place{{person_scope(filter.handler_person_id)}};
  }
  if (!filter.asker_organisation_id.empty() &&
      may(organisation_scope(filter.asker_organisation_id))) {
    return Place{{organisation_scope(filter.asker_organisation_id)}};
  }
  if (!filter.place_id.empty()) {
    // A township's scope has all of its villages and what is asked there; a village's has not what
    // its enterprises ask.
    auto places = roster::ancestors(view, me.county(), filter.place_id);
    places.insert(places.begin(), filter.place_id);
    for (const auto& id : places) {
      const auto row = roster::organisation(view, me.county(), id);
      if (row && row->kind() == membership::v1::ORGANISATION_KIND_TOWNSHIP &&
          may(organisation_scope(id))) {
        return Place{{organisation_scope(id)}};
      }
    }
  }
  if (county) return Place{{std::string(kCountyScope)}, true};
  std::sort(scopes.begin(), scopes.end());
  scopes.erase(std::unique(scopes.begin(), scopes.end()), scopes.end());
  return Place{std::move(scopes), true};
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  std::size_t at = 0;
  while ((at = text.find_first_not_of(" \t\r\n", at)) != text.npos) {
    const auto end = std::min(text.find_first_of(" \t\r\n", at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

bool concerns_group(const v1::DemandRow& row, const std::string& group) {
  return row.lead_group_id() == group ||
         std::any_of(row.offers().begin(), row.offers().end(),
                     [&](const auto& offer) { return offer.group_id() == group; }) ||
         std::any_of(row.helpers().begin(), row.helpers().end(), [&](const auto& helper) {
           return helper.group_id() == group && helper.state() != v1::HELPER_STATE_DECLINED;
         });
}

// Everything that the filter says; states and lights too, since an index may not hold them.
Keep keep_of(const state::View& view, const roster::Standing& me, const DemandFilter& filter) {
  const auto words = words_of(filter.text);
  auto names = std::make_shared<std::map<std::string, std::string>>();
  const bool asker_hidden_matters = !filter.asker_person_id.empty();
  return [&view, &me, filter, words, names, asker_hidden_matters](const v1::DemandRow& row) {
    if (!filter.states.empty() && !has(filter.states, row.state())) return false;
    if (!filter.kinds.empty() && !has(filter.kinds, row.kind())) return false;
    if (filter.urgency != v1::URGENCY_UNSPECIFIED && row.urgency() != filter.urgency) return false;
    if (!filter.lights.empty() && !has(filter.lights, row.light())) return false;
    if (!filter.industry.empty() && row.industry() != filter.industry) return false;
    if (!filter.group_id.empty() && !concerns_group(row, filter.group_id)) return false;
    if (!filter.handler_person_id.empty() && row.handler_person_id() != filter.handler_person_id) {
      return false;
    }
    if (!filter.asker_organisation_id.empty() &&
        row.asker_organisation_id() != filter.asker_organisation_id) {
      return false;
    }
    if (!filter.place_id.empty() && row.village_id() != filter.place_id &&
        row.township_id() != filter.place_id) {
      return false;
    }
    if (asker_hidden_matters &&
        (row.asker_person_id() != filter.asker_person_id || !sees_asker(me, row))) {
      return false;
    }
    if (words.empty()) return true;
    auto [name, fresh] = names->try_emplace(row.village_id());
    if (fresh && !row.village_id().empty()) {
      name->second = roster::organisation_name(view, me.county(), row.village_id());
    }
    // As lists show it: what is masked is not found out by searching for it either.
    const auto title = mask_personal_numbers(row.title());
    return std::all_of(words.begin(), words.end(), [&](const std::string& word) {
      return title.find(word) != std::string::npos || name->second.find(word) != std::string::npos;
    });
  };
}

bool only_late(const DemandFilter& filter) {
  return !filter.lights.empty() &&
         std::all_of(filter.lights.begin(), filter.lights.end(),
                     [](v1::Light light) { return light > v1::LIGHT_GREEN; });
}

bool only_states(const DemandFilter& filter) {
  return filter.kinds.empty() && filter.urgency == v1::URGENCY_UNSPECIFIED &&
         filter.group_id.empty() && filter.handler_person_id.empty() &&
         filter.asker_organisation_id.empty() && filter.asker_person_id.empty() &&
         filter.place_id.empty() && filter.text.empty() && filter.industry.empty();
}

// One stretch of a list, which is one or several of them, one after the other: an index under one
// or several filters.
struct Stretch {
  std::uint8_t index;
  std::vector<Key> filters;
};

// Red before yellow is the order of due: what is red is due before now, what is yellow after.
std::vector<Stretch> stretches(const roster::Standing& me, const DemandFilter& filter,
                               const std::vector<std::string>& scopes, bool by_due) {
  std::vector<Stretch> all;
  if (!by_due) {
    auto& states = all.emplace_back(Stretch{kDemandsByState, {}});
    for (const auto& scope : scopes) {
      const auto& wanted = filter.states.empty() ? all_states() : filter.states;
      for (auto& key : of_states(me.county(), scope, wanted)) {
        states.filters.push_back(std::move(key));
      }
    }
    return all;
  }
  for (const auto light : {v1::LIGHT_RED, v1::LIGHT_YELLOW}) {
    if (!has(filter.lights, light)) continue;
    auto& lights = all.emplace_back(Stretch{kDemandsByLight, {}});
    for (const auto& scope : scopes) {
      lights.filters.push_back(Key{}.add(me.county().str()).add(scope).add(light));
    }
  }
  return all;
}

// "<stretch>.<token of its list>".
struct Mark {
  std::size_t at = 0;
  std::string token;
};

Result<Mark> read_mark(const std::string& token, std::size_t count) {
  Mark mark;
  if (token.empty()) return mark;
  const auto dot = token.find('.');
  const auto digits = token.substr(0, dot);
  if (dot == token.npos || digits.empty() || digits.size() > 3 ||
      digits.find_first_not_of("0123456789") != digits.npos ||
      static_cast<std::size_t>(std::stoi(digits)) >= count) {
    return fail(state::malformed_page_token());
  }
  mark.at = static_cast<std::size_t>(std::stoi(digits));
  mark.token = token.substr(dot + 1);
  return mark;
}

std::string write_mark(std::size_t at, const std::string& token, std::size_t count) {
  if (at >= count) return {};
  return fmt::format("{}.{}", at, token);
}

int size_of(const PageRequest& page) {
  if (page.page_size < 1) return 50;
  return std::min(page.page_size, 1'000);
}

// Fills a page from several stretches. `take` answers of each row whether it is on the page; it may
// use it up then.
template <class Take>
Result<std::string> walk(const state::View& view, const std::vector<Stretch>& all,
                         const PageRequest& page, const Take& take) {
  auto mark = read_mark(page.page_token, all.size());
  if (!mark) return fail(mark.error());
  int left = size_of(page);
  auto at = mark->at;
  auto token = mark->token;
  while (at < all.size()) {
    PageRequest request = page;
    request.page_size = left;
    request.page_token = token;
    auto next =
        demands().walk(view, all[at].index, all[at].filters, request, [&](v1::DemandRow& row) {
          if (!take(at, row)) return false;
          --left;
          return true;
        });
    if (!next) return fail(next.error());
    token = std::move(*next);
    // A short page with a token is one that used up its scan budget.
    if (!token.empty()) return write_mark(at, token, all.size());
    ++at;
    if (left == 0) return write_mark(at, token, all.size());
  }
  return std::string();
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
  return walk(view, stretches(me, filter, place->scopes, by_due), page,
              [&](std::size_t, v1::DemandRow& row) {
                if (!keep(row)) return false;
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
  // A demand that stands in several scopes counts in the first of them.
  for (std::size_t at = 0; at < place->scopes.size(); ++at) {
    const auto& scope = place->scopes[at];
    const auto base = [&] { return Key{}.add(me.county().str()).add(scope); };
    if (at == 0 && states_alone) {
      for (const auto state : all_states()) {
        if (!filter.states.empty() && !has(filter.states, state)) continue;
        add(demands().count(view, kDemandsByState, base().add(state)));
      }
      continue;
    }
    if (at == 0 && lights_alone) {
      for (const auto light : {v1::LIGHT_YELLOW, v1::LIGHT_RED}) {
        if (has(filter.lights, light)) {
          add(demands().count(view, kDemandsByLight, base().add(light)));
        }
      }
      continue;
    }
    const std::vector<std::string> before(place->scopes.begin(),
                                          place->scopes.begin() + static_cast<std::ptrdiff_t>(at));
    for (const auto& stretch : stretches(me, filter, {scope}, only_late(filter))) {
      add(demands().count_where(
          view, stretch.index, stretch.filters,
          [&](const v1::DemandRow& row) { return keep(row) && !sees(before, row); }));
    }
  }
  return total;
}

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
  const auto handles = [&me](const v1::DemandRow& row) {
    const auto groups = me.groups();
    return std::any_of(groups.begin(), groups.end(),
                       [&](const auto& group) { return concerns_group(row, group); });
  };

  if (me.is_coordinator()) {
    // What must be assigned is red, so the index of red demands has it without those on time.
    sources.push_back(
        {{kDemandsByLight, {Key{}.add(me.county().str()).add(kCountyScope).add(v1::LIGHT_RED)}},
         {},
         [when, handles](const v1::DemandRow& row) {
           return when(
               row.state() == v1::DEMAND_STATE_ROUTED && row.assignment_required() && !handles(row),
               TodoKind::kAssign);
         }});
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
    add(scope, v1::DEMAND_STATE_ROUTED, group, always(TodoKind::kTake));
    add(scope, v1::DEMAND_STATE_TAKEN, group, [group, head, when](const v1::DemandRow& row) {
      for (const auto& helper : row.helpers()) {
        if (helper.group_id() == group && helper.state() == v1::HELPER_STATE_INVITED) {
          return std::optional(TodoKind::kAnswerInvitation);
        }
      }
      return when(head && row.lead_group_id() == group && row.handler_person_id().empty(),
                  TodoKind::kAssignHandler);
    });
    if (head) {
      add(scope, v1::DEMAND_STATE_AWAITING_SIGNATURE, group,
          [group, when](const v1::DemandRow& row) {
            return when(row.lead_group_id() == group, TodoKind::kSign);
          });
    }
  }
  const auto self = me.person().str();
  add(person_scope(self), v1::DEMAND_STATE_TAKEN, "", [self, when](const v1::DemandRow& row) {
    return when(row.handler_person_id() == self, TodoKind::kHandle);
  });
  for (const auto& scope : scopes_of(me)) {
    if (!scope.starts_with("o:")) continue;
    const auto organisation = scope.substr(2);
    add(scope, v1::DEMAND_STATE_AWAITING_RATING, organisation,
        [organisation, when, &me](const v1::DemandRow& row) {
          const bool own = row.asker_organisation_id() == organisation;
          const bool for_its_people = row.asker_organisation_id().empty() &&
                                      row.village_id() == organisation &&
                                      me.is_village_cadre(organisation);
          return when(own || for_its_people, TodoKind::kRate);
        });
  }
  add(person_scope(self), v1::DEMAND_STATE_AWAITING_RATING, "",
      [self, when](const v1::DemandRow& row) {
        return when(row.asker_person_id() == self, TodoKind::kRate);
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

Result<state::Page<v1::RoutingRule>> list_routing_rules(const state::View& view,
                                                        const CountyId& county,
                                                        const PageRequest& page) {
  v1::RoutingRule last;  // Of the page before.
  if (!page.page_token.empty()) {
    const std::string_view token = page.page_token;
    const auto dot = std::min(token.find('.'), token.size());
    std::int32_t priority = 0;
    const auto [end, error] = std::from_chars(token.data(), token.data() + dot, priority);
    if (error != std::errc() || end != token.data() + dot || dot + 1 >= token.size()) {
      return fail(state::malformed_page_token());
    }
    last.set_priority(priority);
    last.set_rule_id(std::string(token.substr(dot + 1)));
  }
  state::Page<v1::RoutingRule> out;
  const auto row = routing_rules().find(view, Key{}.add(county.str()));
  if (!row) return out;
  for (const auto& rule : row->rules()) {
    if (!page.page_token.empty() && !is_asked_before(last, rule)) continue;
    if (static_cast<int>(out.rows.size()) == size_of(page)) {
      out.next_page_token =
          fmt::format("{}.{}", out.rows.back().priority(), out.rows.back().rule_id());
      break;
    }
    out.rows.push_back(rule);
  }
  return out;
}

Result<state::Page<v1::RevealRow>> list_reveals(const state::View& view, const roster::Standing& me,
                                                RevealFilter filter,
                                                const state::PageRequest& page) {
  const auto& self = me.person().str();
  const bool sees_all = me.is_county_officer() || me.is_auditor();
  if (!sees_all && filter.person_id.empty()) filter.by_person_id = self;
  const auto keep = [&](const v1::RevealRow& row) {
    const auto& reveal = row.reveal();
    if (!filter.by_person_id.empty() && reveal.by_person_id() != filter.by_person_id) return false;
    return sees_all || reveal.by_person_id() == self || reveal.person_id() == self;
  };
  auto key = county_key(me.county());
  if (!filter.person_id.empty()) {
    return reveals().list(view, kRevealsByPerson, key.add(filter.person_id), page, keep);
  }
  if (!filter.by_person_id.empty()) {
    return reveals().list(view, kRevealsByViewer, key.add(filter.by_person_id), page, keep);
  }
  return reveals().list(view, kRevealsByTime, key, page, keep);
}

}  // namespace lianmeng::dispatch::queries
