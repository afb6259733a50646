#include "dispatch/queries/demand_filter.h"

#include <map>
#include <memory>

#include "dispatch/domain/desk.h"
#include "platform/base/mask.h"

namespace lianmeng::dispatch::queries {

namespace roster = membership::roster;
using state::Key;

namespace {

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

bool is_township(const state::View& view, const CountyId& county, const std::string& id) {
  const auto row = roster::organisation(view, county, id);
  return row && row->kind() == membership::v1::ORGANISATION_KIND_TOWNSHIP;
}

}  // namespace

Error denied() {
  return to_error(
      refuse(kPermissionDenied, {{"action", "查看诉求"},
                                 {"why", "本县名册中没有您，或您的任职不含查看权限"},
                                 {"why_en", "the county's roster gives you no demands to see"}}));
}

bool counts_alone(const roster::Standing& me) {
  return me.is_city_officer() && !has(scopes_of(me), std::string(kCountyScope));
}

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
    // A demand stands where it was asked, wherever its village is by now: today's roster says
    // nothing of it. A township's scope has what was asked there and in its villages; a village's
    // has not what its enterprises ask, and the two together have all.
    const auto own = organisation_scope(filter.place_id);
    if (county) return Place{{own, village_scope(filter.place_id)}};
    if (may(own) && is_township(view, me.county(), filter.place_id)) return Place{{own}};
  }
  if (county) return Place{{std::string(kCountyScope)}, true};
  std::sort(scopes.begin(), scopes.end());
  scopes.erase(std::unique(scopes.begin(), scopes.end()), scopes.end());
  return Place{std::move(scopes), true};
}

bool concerns_group(const v1::DemandRow& row, const std::string& group) {
  return row.lead_group_id() == group ||
         std::any_of(row.offers().begin(), row.offers().end(),
                     [&](const auto& offer) { return offer.group_id() == group; }) ||
         std::any_of(row.helpers().begin(), row.helpers().end(), [&](const auto& helper) {
           return helper.group_id() == group && helper.state() != v1::HELPER_STATE_DECLINED;
         });
}

std::function<bool(const v1::DemandRow&)> keep_of(const state::View& view,
                                                  const roster::Standing& me,
                                                  const DemandFilter& filter) {
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

// Lights stand side by side, too: in the one order of due a demand keeps its place when it turns
// red, so a page goes on behind the last one whatever time it has become.
Stretch stretch_of(const roster::Standing& me, const DemandFilter& filter,
                   const std::vector<std::string>& scopes, bool by_due) {
  Stretch all{by_due ? kDemandsByLight : kDemandsByState, {}};
  for (const auto& scope : scopes) {
    if (!by_due) {
      const auto& wanted = filter.states.empty() ? all_states() : filter.states;
      for (auto& key : of_states(me.county(), scope, wanted)) all.filters.push_back(std::move(key));
      continue;
    }
    for (const auto light : {v1::LIGHT_RED, v1::LIGHT_YELLOW}) {
      if (!has(filter.lights, light)) continue;
      all.filters.push_back(Key{}.add(me.county().str()).add(scope).add(light));
    }
  }
  return all;
}

}  // namespace lianmeng::dispatch::queries
