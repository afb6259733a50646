// Rules: who is told what, when something happens. A county's own rule stands before the built-in
// one of the same id.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "notification/domain/tables.h"
#include "platform/base/decision.h"

namespace lianmeng::notification {

struct SetRule {
  v1::RuleSpec rule;
};

struct ResetRule {
  std::string rule_id;
};

// Of a county's own making, replacements of built-in ones among them.
inline constexpr std::uint64_t kOwnRulesMax = 200;

Decision<v1::NotificationEvent> decide(const state::View& view, const SetRule& command,
                                       const DecideContext& context);
Decision<v1::NotificationEvent> decide(const state::View& view, const ResetRule& command,
                                       const DecideContext& context);

void apply(state::Tx& state, const v1::RuleSet& event, const EventMeta& meta);
void apply(state::Tx& state, const v1::RuleReset& event, const EventMeta& meta);

// What a posting asks of a trigger; reads one row.
class RulesInForce {
 public:
  RulesInForce(const state::View& view, const CountyId& county, v1::Trigger trigger);
  RulesInForce(const RulesInForce&) = delete;
  RulesInForce& operator=(const RulesInForce&) = delete;

  // Those that tell somebody: critical ones first, then the built-in order, then the county's own
  // by id. They live as long as this.
  const std::vector<const v1::RuleSpec*>& rules() const { return rules_; }
  // The words in force. Requires a template that one of the rules names.
  v1::TemplateRef template_ref(std::string_view template_key) const;

 private:
  v1::TriggerRow own_;
  std::vector<const v1::RuleSpec*> rules_;
};

// The county's own row, when it is in force.
std::optional<v1::RuleRow> own_rule(const state::View& view, const CountyId& county,
                                    std::string_view rule_id);

}  // namespace lianmeng::notification
