#include "notification/queries/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "notification/domain/builtin.h"
#include "notification/domain/permission.h"
#include "notification/domain/reasons.h"
#include "notification/domain/render.h"
#include "notification/domain/rule.h"
#include "notification/domain/template.h"
#include "notification/domain/text.h"
#include "notification/domain/vocabulary.h"

namespace lianmeng::notification {
namespace {

constexpr int kPageSizeDefault = 50;
constexpr int kPageSizeMax = 1'000;

// A county has at most some 300 ids, built-in ones included, so a page is cut from all of them; its
// token is the last id of the page before.
struct IdPage {
  std::vector<std::string> ids;
  std::string next_page_token;
};

Result<IdPage> cut(const std::set<std::string>& ids, int page_size, const std::string& page_token) {
  if (!page_token.empty() && !is_key(page_token)) return fail(state::malformed_page_token());
  const auto size = static_cast<std::size_t>(page_size < 1 ? kPageSizeDefault
                                                           : std::min(page_size, kPageSizeMax));
  IdPage page;
  auto at = page_token.empty() ? ids.begin() : ids.upper_bound(page_token);
  for (; at != ids.end() && page.ids.size() < size; ++at) page.ids.push_back(*at);
  if (at != ids.end()) page.next_page_token = page.ids.back();
  return page;
}

std::set<std::string> rule_ids(const state::View& view, const CountyId& county,
                               v1::Trigger trigger) {
  std::set<std::string> ids;
  const auto add = [&](const v1::RuleSpec& rule) {
    if (trigger == v1::TRIGGER_UNSPECIFIED || rule.trigger() == trigger) ids.insert(rule.rule_id());
  };
  for (const auto& rule : builtin_rules()) add(rule);
  state::PageRequest all;
  all.page_size = static_cast<int>(kOwnRulesMax);
  const auto own = rules().list(view, kRulesById, key_of(county), all);
  LM_ASSERT(own.has_value());
  for (const auto& row : own->rows) add(row.rule());
  return ids;
}

std::set<std::string> template_keys(const state::View& view, const CountyId& county,
                                    v1::Trigger wanted) {
  std::set<std::string> keys;
  for (const auto& info : triggers()) {
    if (wanted != v1::TRIGGER_UNSPECIFIED && info.trigger != wanted) continue;
    for (auto& key : template_keys_of(view, county, info.trigger)) keys.insert(std::move(key));
  }
  return keys;
}

Error unknown_template(const state::View& view, const std::string& key, const CountyId& county) {
  const auto keys = template_keys(view, county, v1::TRIGGER_UNSPECIFIED);
  return to_error(refuse(kTemplateUnknown,
                         {{"template", key}, {"known", fmt::format("{}", fmt::join(keys, "、"))}}));
}

void add_variables(v1::Trigger trigger, google::protobuf::RepeatedPtrField<std::string>* out) {
  for (const auto* variable : variables_of(trigger)) {
    out->Add(fmt::format("{{{}}} {}", variable->name, variable->zh));
  }
}

void fill_own(const v1::TemplateRow& row, v1::Template* out) {
  *out->mutable_spec() = row.template_();
  out->set_version(row.version());
  out->set_set_by(row.set_by());
  *out->mutable_set_time() = row.set_time();
  add_variables(row.template_().trigger(), out->mutable_variables());
}

// Every version of one, the newest first, and what is built in at the end.
Status list_versions(const state::View& view, const v1::ListTemplatesRequest& request,
                     v1::ListTemplatesResponse* response) {
  const CountyId county(request.county());
  state::PageRequest page;
  page.page_size = request.page_size();
  page.page_token = request.page_token();
  auto found = template_versions().list(view, kVersionsByTemplate,
                                        key_of(county, request.template_key()), page);
  if (!found) return fail(std::move(found.error()));
  const auto current = templates().find(view, key_of(county, request.template_key()));
  for (const auto& row : found->rows) {
    auto* out = response->add_templates();
    fill_own(row, out);
    out->set_in_force(current && current->version() == row.version());
  }
  response->set_next_page_token(found->next_page_token);
  const auto* builtin = find_builtin_template(request.template_key());
  if (builtin == nullptr && !current)
    return fail(unknown_template(view, request.template_key(), county));
  if (builtin != nullptr && found->next_page_token.empty()) {
    auto* out = response->add_templates();
    *out->mutable_spec() = builtin->current();
    out->set_in_force(!current);
    add_variables(builtin->trigger, out->mutable_variables());
  }
  return {};
}

}  // namespace

bool fill_rule(const state::View& view, const CountyId& county, std::string_view rule_id,
               v1::Rule* rule) {
  const auto* builtin = find_builtin_rule(rule_id);
  if (const auto own = own_rule(view, county, rule_id)) {
    *rule->mutable_spec() = own->rule();
    rule->set_version(own->version());
    rule->set_set_by(own->set_by());
    *rule->mutable_set_time() = own->set_time();
  } else if (builtin != nullptr) {
    *rule->mutable_spec() = *builtin;
  } else {
    return false;
  }
  rule->set_has_builtin(builtin != nullptr);
  return true;
}

bool fill_template(const state::View& view, const CountyId& county, std::string_view template_key,
                   v1::Template* out) {
  if (const auto row = templates().find(view, key_of(county, template_key))) {
    fill_own(*row, out);
  } else if (const auto* builtin = find_builtin_template(template_key)) {
    *out->mutable_spec() = builtin->current();
    add_variables(builtin->trigger, out->mutable_variables());
  } else {
    return false;
  }
  out->set_in_force(true);
  return true;
}

Status list_rules(const runtime::QueryContext& context, const Actor& actor,
                  const v1::ListRulesRequest& request, v1::ListRulesResponse* response) {
  const CountyId county(request.county());
  if (auto refusal = refuse_unless_post_holder(*context.view, county, actor, context.now)) {
    return fail(to_error(*refusal));
  }
  auto page = cut(rule_ids(*context.view, county, request.trigger()), request.page_size(),
                  request.page_token());
  if (!page) return fail(std::move(page.error()));
  for (const auto& id : page->ids) fill_rule(*context.view, county, id, response->add_rules());
  response->set_next_page_token(std::move(page->next_page_token));
  return {};
}

Status list_templates(const runtime::QueryContext& context, const Actor& actor,
                      const v1::ListTemplatesRequest& request,
                      v1::ListTemplatesResponse* response) {
  const CountyId county(request.county());
  if (auto refusal = refuse_unless_post_holder(*context.view, county, actor, context.now)) {
    return fail(to_error(*refusal));
  }
  if (!request.template_key().empty()) return list_versions(*context.view, request, response);
  auto page = cut(template_keys(*context.view, county, request.trigger()), request.page_size(),
                  request.page_token());
  if (!page) return fail(std::move(page.error()));
  for (const auto& key : page->ids) {
    fill_template(*context.view, county, key, response->add_templates());
  }
  response->set_next_page_token(std::move(page->next_page_token));
  return {};
}

Status preview_template(const runtime::QueryContext& context, const Actor& actor,
                        const v1::PreviewTemplateRequest& request,
                        v1::PreviewTemplateResponse* response) {
  const CountyId county(request.county());
  if (auto refusal = refuse_unless_post_holder(*context.view, county, actor, context.now)) {
    return fail(to_error(*refusal));
  }
  auto spec = request.draft();
  if (!request.template_key().empty()) {
    auto found = template_in_force(*context.view, county, request.template_key());
    if (!found) return fail(unknown_template(*context.view, request.template_key(), county));
    spec = std::move(found->spec);
  } else if (auto refusal = refuse_words(spec, "draft")) {
    return fail(to_error(*refusal));
  }
  std::map<std::string, std::string> values(request.values().begin(), request.values().end());
  auto words = render_example(spec, values);
  response->set_title(std::move(words.title));
  response->set_text(std::move(words.text));
  response->set_title_en(std::move(words.title_en));
  response->set_text_en(std::move(words.text_en));
  add_variables(spec.trigger(), response->mutable_variables());
  return {};
}

}  // namespace lianmeng::notification
