#include <fmt/format.h>

#include <algorithm>

#include "notification/domain/builtin.h"
#include "notification/domain/permission.h"
#include "notification/domain/reasons.h"
#include "notification/domain/render.h"
#include "notification/domain/template.h"
#include "notification/domain/text.h"
#include "notification/domain/vocabulary.h"

namespace lianmeng::notification {
namespace {

std::optional<Refusal> refuse_variables(std::string field, std::string_view text,
                                        v1::Trigger trigger) {
  const auto named = variables_in(text);
  if (!named) {
    return refuse_field(std::move(field), "花括号不成对：变量名须写在一对花括号之间",
                        "a brace has no partner: a variable's name stands between two");
  }
  const auto known = variables_of(trigger);
  for (const auto& name : *named) {
    if (std::any_of(known.begin(), known.end(), [&](const auto* v) { return v->name == name; })) {
      continue;
    }
    return refuse(kTemplateVariableUnknown,
                  {{"field", field}, {"variable", name}, {"known", known_variables(trigger)}});
  }
  return std::nullopt;
}

}  // namespace

Refusal refuse_other_trigger(std::string_view template_key, v1::Trigger trigger) {
  const auto* info = find_trigger(trigger);
  LM_ASSERT(info != nullptr, "template {} has no trigger", template_key);
  return refuse(kTemplateForAnotherTrigger, {{"template", std::string(template_key)},
                                             {"trigger", std::string(info->zh)},
                                             {"trigger_en", std::string(info->en)}});
}

std::optional<Refusal> refuse_words(const v1::TemplateSpec& spec, const std::string& field) {
  if (find_trigger(spec.trigger()) == nullptr) {
    return refuse_field(field + ".trigger", "请指定触发事项", "say what the template speaks of");
  }
  struct Part {
    std::string_view name;
    const std::string& text;
    bool needed;
  };
  const Part parts[] = {
      {".title_zh", spec.title_zh(), true},
      {".text_zh", spec.text_zh(), true},
      {".title_en", spec.title_en(), false},
      {".text_en", spec.text_en(), false},
  };
  for (const auto& part : parts) {
    const auto path = field + std::string(part.name);
    if (part.needed && part.text.empty()) {
      return refuse_field(path, "须填写", "it must be given");
    }
    if (auto refusal = refuse_variables(path, part.text, spec.trigger())) return refusal;
  }
  return std::nullopt;
}

Decision<v1::NotificationEvent> decide(const state::View& view, const SetTemplate& command,
                                       const DecideContext& context) {
  const auto& county = context.county;
  if (auto refusal = refuse_unless_county_office(view, county, context.actor, context.now)) {
    return *refusal;
  }
  auto spec = command.spec;
  if (!is_key(spec.template_key())) {
    return refuse_field("template.template_key",
                        "须为 1 至 64 位小写字母、数字、点、横线或下划线，以字母开头",
                        "must be 1 to 64 of a-z, 0-9, '.', '-' and '_', beginning with a letter");
  }
  const auto known = template_in_force(view, county, spec.template_key());
  if (known && spec.trigger() == v1::TRIGGER_UNSPECIFIED) spec.set_trigger(known->spec.trigger());
  if (known && known->spec.trigger() != spec.trigger()) {
    return refuse_other_trigger(spec.template_key(), known->spec.trigger());
  }
  if (auto refusal = refuse_words(spec, "template")) return *refusal;
  const auto own = templates().find(view, key_of(county, spec.template_key()));
  if (!own && templates().count(view, kTemplatesById, key_of(county)).value >= kOwnTemplatesMax) {
    return refuse(kTemplateLimitReached, {{"limit", std::to_string(kOwnTemplatesMax)}});
  }

  v1::NotificationEvent event;
  event.mutable_template_set()->set_version(own ? own->version() + 1 : 1);
  *event.mutable_template_set()->mutable_template_() = std::move(spec);
  return event;
}

}  // namespace lianmeng::notification
