// Templates: the words of notices, in versions. What was posted keeps the version that it was
// posted with.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "notification/domain/tables.h"
#include "platform/base/decision.h"

namespace lianmeng::notification {

struct SetTemplate {
  v1::TemplateSpec spec;
};

// Template keys that a county has set.
inline constexpr std::uint64_t kOwnTemplatesMax = 200;

Decision<v1::NotificationEvent> decide(const state::View& view, const SetTemplate& command,
                                       const DecideContext& context);
void apply(state::Tx& state, const v1::TemplateSet& event, const EventMeta& meta);

// A template that holds now, and how a notice names it.
struct TemplateInForce {
  v1::TemplateSpec spec;
  v1::TemplateRef ref;
};
std::optional<TemplateInForce> template_in_force(const state::View& view, const CountyId& county,
                                                 std::string_view template_key);
// The words that a notice was posted with. Requires a reference that an event holds.
v1::TemplateSpec template_of(const state::View& view, const CountyId& county,
                             const v1::TemplateRef& ref);
// The keys that rules of this trigger may name, sorted.
std::vector<std::string> template_keys_of(const state::View& view, const CountyId& county,
                                          v1::Trigger trigger);

// What is wrong with the words themselves; nothing when they can be set. `field` leads the paths.
std::optional<Refusal> refuse_words(const v1::TemplateSpec& spec, const std::string& field);
Refusal refuse_other_trigger(std::string_view template_key, v1::Trigger trigger);

}  // namespace lianmeng::notification
