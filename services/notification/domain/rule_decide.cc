#include <fmt/format.h>

#include <algorithm>

#include "membership/projection/roster.h"
#include "notification/domain/builtin.h"
#include "notification/domain/permission.h"
#include "notification/domain/reasons.h"
#include "notification/domain/rule.h"
#include "notification/domain/template.h"
#include "notification/domain/text.h"
#include "notification/domain/vocabulary.h"

namespace lianmeng::notification {
namespace {

namespace roster = membership::roster;

constexpr int kLevelMax = 4;

std::string names_of(std::span<const Word> words) {
  std::string text;
  for (const auto& word : words) {
    if (!text.empty()) text += ' ';
    text.append(word.name);
  }
  return text;
}

template <class Names>
std::optional<Refusal> refuse_words(std::string field, const Names& given,
                                    std::span<const Word> known) {
  for (const auto& name : given) {
    if (find_word(known, name) != nullptr) continue;
    return refuse_field(std::move(field), fmt::format("没有“{}”，可用：{}", name, names_of(known)),
                        fmt::format("there is no \"{}\"; known: {}", name, names_of(known)));
  }
  return std::nullopt;
}

bool is_organisation(const state::View& view, const CountyId& county, std::string_view id) {
  const auto found = roster::organisation(view, county, id);
  return found && roster::is_in_being(*found);
}

std::optional<Refusal> check(const state::View& view, const CountyId& county,
                             const v1::Condition& condition) {
  if (auto refusal = refuse_words("rule.condition.kinds", condition.kinds(), demand_kinds())) {
    return refusal;
  }
  if (auto refusal =
          refuse_words("rule.condition.urgencies", condition.urgencies(), demand_urgencies())) {
    return refusal;
  }
  for (const auto level : condition.levels()) {
    if (level >= 1 && level <= kLevelMax) continue;
    return refuse_field("rule.condition.levels",
                        fmt::format("上报级别为 1 至 {}，给了 {}", kLevelMax, level),
                        fmt::format("a level is 1 to {}, given {}", kLevelMax, level));
  }
  for (const auto& group : condition.group_ids()) {
    if (!is_organisation(view, county, group)) {
      return refuse(kOrganisationUnknown, {{"organisation", group}});
    }
  }
  return std::nullopt;
}

std::optional<Refusal> check(const state::View& view, const CountyId& county,
                             const v1::Audience& audience, const TriggerInfo& trigger) {
  if (audience.role() == v1::AUDIENCE_ROLE_UNSPECIFIED ||
      !v1::AudienceRole_IsValid(audience.role())) {
    return refuse_field("rule.audience.role", "请指定通知对象", "say whom the rule tells");
  }
  if (audience.role() == v1::AUDIENCE_ROLE_NEXT_IN_CHARGE && !trigger.names_next) {
    return refuse_field(
        "rule.audience.role", fmt::format("“{}”不指明下一责任人，请另选通知对象", trigger.zh),
        fmt::format("\"{}\" names nobody next in charge; choose another audience", trigger.en));
  }
  if (audience.role() == v1::AUDIENCE_ROLE_CONCERNED_HEADS && !trigger.names_groups) {
    return refuse_field(
        "rule.audience.role", fmt::format("“{}”不涉及单独的小组，请另选通知对象", trigger.zh),
        fmt::format("\"{}\" is about no group of its own; choose another audience", trigger.en));
  }
  if (audience.role() != v1::AUDIENCE_ROLE_ORGANISATION) {
    if (audience.organisation_id().empty() && audience.post_role().empty() &&
        !audience.with_below()) {
      return std::nullopt;
    }
    return refuse_field("rule.audience", "组织、岗位职责和含下级只用于“指定组织”（ORGANISATION）",
                        "organisation_id, post_role and with_below go with ORGANISATION only");
  }
  if (!audience.post_role().empty()) {
    const auto known = post_role_names();
    if (std::find(known.begin(), known.end(), audience.post_role()) == known.end()) {
      return refuse_field(
          "rule.audience.post_role",
          fmt::format("没有“{}”，可用：{}", audience.post_role(), fmt::join(known, " ")),
          fmt::format("there is no \"{}\"; known: {}", audience.post_role(),
                      fmt::join(known, " ")));
    }
  }
  if (!is_organisation(view, county, audience.organisation_id())) {
    return refuse(kOrganisationUnknown, {{"organisation", audience.organisation_id()}});
  }
  return std::nullopt;
}

}  // namespace

Decision<v1::NotificationEvent> decide(const state::View& view, const SetRule& command,
                                       const DecideContext& context) {
  const auto& county = context.county;
  if (auto refusal = refuse_unless_county_office(view, county, context.actor, context.now)) {
    return *refusal;
  }
  auto rule = command.rule;
  if (!is_key(rule.rule_id())) {
    return refuse_field("rule.rule_id",
                        "须为 1 至 64 位小写字母、数字、点、横线或下划线，以字母开头",
                        "must be 1 to 64 of a-z, 0-9, '.', '-' and '_', beginning with a letter");
  }
  const auto* builtin = find_builtin_rule(rule.rule_id());
  if (rule.trigger() == v1::TRIGGER_UNSPECIFIED && builtin != nullptr) {
    rule.set_trigger(builtin->trigger());
  }
  const auto* trigger = find_trigger(rule.trigger());
  if (trigger == nullptr) {
    return refuse_field("rule.trigger", "请指定触发事项", "say what the rule waits for");
  }
  if (builtin != nullptr && builtin->trigger() != rule.trigger()) {
    const auto* own = find_trigger(builtin->trigger());
    return refuse_field(
        "rule.trigger",
        fmt::format("{} 是“{}”的内置规则，不能改作他用；请另用规则编号", rule.rule_id(), own->zh),
        fmt::format("{} is the built-in rule of \"{}\"; use another rule id", rule.rule_id(),
                    own->en));
  }
  if (auto refusal = check(view, county, rule.condition())) return *refusal;
  if (auto refusal = check(view, county, rule.audience(), *trigger)) return *refusal;
  for (const auto channel : rule.channels()) {
    if (channel == v1::CHANNEL_INBOX) continue;
    return refuse_field(
        "rule.channels",
        fmt::format("现有渠道只有站内收件箱（INBOX），收到 {}", static_cast<int>(channel)),
        fmt::format("the inbox (INBOX) is the only channel there is; {} was given",
                    static_cast<int>(channel)));
  }
  rule.clear_channels();
  rule.add_channels(v1::CHANNEL_INBOX);
  if (rule.urgency() == v1::NOTICE_URGENCY_UNSPECIFIED) {
    rule.set_urgency(v1::NOTICE_URGENCY_NORMAL);
  }
  if (!v1::NoticeUrgency_IsValid(rule.urgency())) {
    return refuse_field("rule.urgency", "只有普通（NORMAL）和紧要（CRITICAL）",
                        "either NORMAL or CRITICAL");
  }
  const auto words = template_in_force(view, county, rule.template_key());
  if (!words) {
    return refuse(
        kTemplateUnknown,
        {{"template", rule.template_key()},
         {"known",
          fmt::format("{}", fmt::join(template_keys_of(view, county, rule.trigger()), "、"))}});
  }
  if (words->spec.trigger() != rule.trigger()) {
    return refuse_other_trigger(rule.template_key(), words->spec.trigger());
  }
  const auto row = rules().find(view, key_of(county, rule.rule_id()));
  if ((!row || !row->in_force()) &&
      rules().count(view, kRulesById, key_of(county)).value >= kOwnRulesMax) {
    return refuse(kRuleLimitReached, {{"limit", std::to_string(kOwnRulesMax)}});
  }

  v1::NotificationEvent event;
  event.mutable_rule_set()->set_version(row ? row->version() + 1 : 1);
  *event.mutable_rule_set()->mutable_rule() = std::move(rule);
  return event;
}

Decision<v1::NotificationEvent> decide(const state::View& view, const ResetRule& command,
                                       const DecideContext& context) {
  if (auto refusal =
          refuse_unless_county_office(view, context.county, context.actor, context.now)) {
    return *refusal;
  }
  if (command.rule_id.empty()) {
    return refuse_field("rule_id", "请填写规则编号", "name the rule");
  }
  if (!own_rule(view, context.county, command.rule_id)) {
    return refuse(find_builtin_rule(command.rule_id) != nullptr ? kRuleNotSet : kRuleUnknown,
                  {{"rule", command.rule_id}});
  }
  v1::NotificationEvent event;
  event.mutable_rule_reset()->set_rule_id(command.rule_id);
  return event;
}

}  // namespace lianmeng::notification
