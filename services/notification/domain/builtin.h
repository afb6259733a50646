// The rules and templates that every county begins with.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "lianmeng/notification/v1/notification_events.pb.h"

namespace lianmeng::notification {

// In the order in which they are asked: whoever two of them mean hears by the first.
const std::vector<v1::RuleSpec>& builtin_rules();
const v1::RuleSpec* find_builtin_rule(std::string_view rule_id);

// The words of a template, one after another as they were changed. A notice names its revision, so
// a revision is never altered, only followed by the next: a test holds their digests.
struct BuiltinTemplate {
  std::string_view template_key;
  v1::Trigger trigger;
  std::vector<v1::TemplateSpec> revisions;

  int revision() const { return static_cast<int>(revisions.size()); }
  const v1::TemplateSpec& current() const { return revisions.back(); }
};

const std::vector<BuiltinTemplate>& builtin_templates();
const BuiltinTemplate* find_builtin_template(std::string_view template_key);

}  // namespace lianmeng::notification
