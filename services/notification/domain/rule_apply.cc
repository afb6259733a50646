#include <algorithm>

#include "notification/domain/builtin.h"
#include "notification/domain/rule.h"
#include "platform/state/proto_time.h"

namespace lianmeng::notification {

void apply(state::Tx& state, const v1::RuleSet& event, const EventMeta& meta) {
  v1::RuleRow row;
  row.set_county(meta.county.str());
  *row.mutable_rule() = event.rule();
  row.set_version(event.version());
  row.set_in_force(true);
  row.set_set_by(to_string(meta.actor));
  *row.mutable_set_time() = state::to_proto(meta.time);
  rules().put(state, row);
}

void apply(state::Tx& state, const v1::RuleReset& event, const EventMeta& meta) {
  rules().update(state, key_of(meta.county, event.rule_id()),
                 [](v1::RuleRow& row) { row.set_in_force(false); });
}

std::optional<v1::RuleRow> own_rule(const state::View& view, const CountyId& county,
                                    std::string_view rule_id) {
  auto row = rules().find(view, key_of(county, rule_id));
  if (!row || !row->in_force()) return std::nullopt;
  return row;
}

std::vector<v1::RuleSpec> rules_in_force(const state::View& view, const CountyId& county,
                                         v1::Trigger trigger) {
  state::PageRequest all;
  all.page_size = static_cast<int>(kOwnRulesMax);
  auto page = rules().list(view, kRulesByTrigger, key_of(county).add(trigger), all);
  LM_ASSERT(page.has_value());
  std::vector<v1::RuleSpec> found;
  for (const auto& builtin : builtin_rules()) {
    if (builtin.trigger() != trigger) continue;
    const auto own = std::find_if(page->rows.begin(), page->rows.end(), [&](const auto& row) {
      return row.rule().rule_id() == builtin.rule_id();
    });
    found.push_back(own == page->rows.end() ? builtin : own->rule());
  }
  for (const auto& row : page->rows) {
    if (find_builtin_rule(row.rule().rule_id()) == nullptr) found.push_back(row.rule());
  }
  std::erase_if(found, [](const v1::RuleSpec& rule) { return rule.disabled(); });
  std::stable_partition(found.begin(), found.end(), [](const v1::RuleSpec& rule) {
    return rule.urgency() == v1::NOTICE_URGENCY_CRITICAL;
  });
  return found;
}

}  // namespace lianmeng::notification
