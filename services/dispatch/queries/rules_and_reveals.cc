#include <fmt/format.h>

#include <charconv>

#include "dispatch/queries/lists.h"
#include "dispatch/queries/stretches.h"

namespace lianmeng::dispatch::queries {

namespace roster = membership::roster;
using state::Key;
using state::PageRequest;

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
