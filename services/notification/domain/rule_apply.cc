#include <algorithm>

#include "notification/domain/builtin.h"
#include "notification/domain/rule.h"
#include "platform/state/proto_time.h"

namespace lianmeng::notification {

namespace {

// Takes a rule out of the row of its trigger.
void withdraw(state::Tx& state, const v1::RuleRow& row) {
  if (!row.in_force()) return;
  const auto key = trigger_key(CountyId(row.county()), row.rule().trigger());
  trigger_settings().update(state, key, [&](v1::TriggerRow& settings) {
    auto& own = *settings.mutable_rules();
    own.erase(
        std::remove_if(own.begin(), own.end(),
                       [&](const auto& rule) { return rule.rule_id() == row.rule().rule_id(); }),
        own.end());
  });
}

}  // namespace

void apply(state::Tx& state, const v1::RuleSet& event, const EventMeta& meta) {
  if (const auto was = rules().find(state, key_of(meta.county, event.rule().rule_id()))) {
    withdraw(state, *was);
  }
  v1::RuleRow row;
  row.set_county(meta.county.str());
  *row.mutable_rule() = event.rule();
  row.set_version(event.version());
  row.set_in_force(true);
  row.set_set_by(to_string(meta.actor));
  *row.mutable_set_time() = state::to_proto(meta.time);
  rules().put(state, row);

  auto settings = trigger_settings_of(state, meta.county, event.rule().trigger());
  auto& own = *settings.mutable_rules();
  *own.Add() = event.rule();
  std::sort(own.begin(), own.end(),
            [](const auto& a, const auto& b) { return a.rule_id() < b.rule_id(); });
  trigger_settings().put(state, settings);
}

void apply(state::Tx& state, const v1::RuleReset& event, const EventMeta& meta) {
  rules().update(state, key_of(meta.county, event.rule_id()), [&](v1::RuleRow& row) {
    withdraw(state, row);
    row.set_in_force(false);
  });
}

std::optional<v1::RuleRow> own_rule(const state::View& view, const CountyId& county,
                                    std::string_view rule_id) {
  auto row = rules().find(view, key_of(county, rule_id));
  if (!row || !row->in_force()) return std::nullopt;
  return row;
}

RulesInForce::RulesInForce(const state::View& view, const CountyId& county, v1::Trigger trigger)
    : own_(trigger_settings_of(view, county, trigger)) {
  const auto& own = own_.rules();
  for (const auto& builtin : builtin_rules()) {
    if (builtin.trigger() != trigger) continue;
    const auto found = std::find_if(own.begin(), own.end(), [&](const auto& rule) {
      return rule.rule_id() == builtin.rule_id();
    });
    rules_.push_back(found == own.end() ? &builtin : &*found);
  }
  for (const auto& rule : own) {
    if (find_builtin_rule(rule.rule_id()) == nullptr) rules_.push_back(&rule);
  }
  std::erase_if(rules_, [](const v1::RuleSpec* rule) { return rule->disabled(); });
  std::stable_partition(rules_.begin(), rules_.end(), [](const v1::RuleSpec* rule) {
    return rule->urgency() == v1::NOTICE_URGENCY_CRITICAL;
  });
}

v1::TemplateRef RulesInForce::template_ref(std::string_view template_key) const {
  for (const auto& ref : own_.templates()) {
    if (ref.template_key() == template_key) return ref;
  }
  const auto* builtin = find_builtin_template(template_key);
  LM_ASSERT(builtin != nullptr, "a rule names template {}, which is not there", template_key);
  v1::TemplateRef ref;
  ref.set_template_key(std::string(template_key));
  ref.set_builtin_revision(builtin->revision());
  return ref;
}

}  // namespace lianmeng::notification
