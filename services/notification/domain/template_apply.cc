#include <algorithm>

#include "notification/domain/builtin.h"
#include "notification/domain/template.h"
#include "platform/state/proto_time.h"

namespace lianmeng::notification {

void apply(state::Tx& state, const v1::TemplateSet& event, const EventMeta& meta) {
  v1::TemplateRow row;
  row.set_county(meta.county.str());
  *row.mutable_template_() = event.template_();
  row.set_version(event.version());
  row.set_set_by(to_string(meta.actor));
  *row.mutable_set_time() = state::to_proto(meta.time);
  templates().put(state, row);
  template_versions().put(state, row);

  auto settings = trigger_settings_of(state, meta.county, event.template_().trigger());
  auto& refs = *settings.mutable_templates();
  const auto& key = event.template_().template_key();
  auto found = std::find_if(refs.begin(), refs.end(),
                            [&](const auto& ref) { return ref.template_key() == key; });
  auto* ref = found == refs.end() ? refs.Add() : &*found;
  ref->set_template_key(key);
  ref->set_version(event.version());
  trigger_settings().put(state, settings);
}

std::optional<TemplateInForce> template_in_force(const state::View& view, const CountyId& county,
                                                 std::string_view template_key) {
  TemplateInForce found;
  found.ref.set_template_key(std::string(template_key));
  if (auto row = templates().find(view, key_of(county, template_key))) {
    found.spec = std::move(*row->mutable_template_());
    found.ref.set_version(row->version());
    return found;
  }
  const auto* builtin = find_builtin_template(template_key);
  if (builtin == nullptr) return std::nullopt;
  found.spec = builtin->current();
  found.ref.set_builtin_revision(builtin->revision());
  return found;
}

v1::TemplateSpec template_of(const state::View& view, const CountyId& county,
                             const v1::TemplateRef& ref) {
  if (ref.version() > 0) {
    auto row = template_versions().find(view, key_of(county, ref.template_key(), ref.version()));
    LM_ASSERT(row.has_value(), "template {} has no version {}", ref.template_key(), ref.version());
    return std::move(*row->mutable_template_());
  }
  const auto* builtin = find_builtin_template(ref.template_key());
  LM_ASSERT(builtin != nullptr && ref.builtin_revision() >= 1 &&
                ref.builtin_revision() <= builtin->revision(),
            "no built-in template {} of revision {}", ref.template_key(), ref.builtin_revision());
  return builtin->revisions[static_cast<std::size_t>(ref.builtin_revision() - 1)];
}

std::vector<std::string> template_keys_of(const state::View& view, const CountyId& county,
                                          v1::Trigger trigger) {
  std::vector<std::string> keys;
  for (const auto& builtin : builtin_templates()) {
    if (builtin.trigger == trigger) keys.emplace_back(builtin.template_key);
  }
  state::PageRequest all;
  all.page_size = static_cast<int>(kOwnTemplatesMax);
  const auto page = templates().list(view, kTemplatesById, key_of(county), all);
  LM_ASSERT(page.has_value());
  for (const auto& row : page->rows) {
    if (row.template_().trigger() == trigger) keys.push_back(row.template_().template_key());
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

}  // namespace lianmeng::notification
