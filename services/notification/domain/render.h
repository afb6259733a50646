// Puts a template's words and the settled values together.
#pragma once

#include <google/protobuf/repeated_ptr_field.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lianmeng/notification/v1/notification_events.pb.h"
#include "platform/base/time.h"

namespace lianmeng::notification {

// The names in braces, in order; nothing when a brace has no partner.
std::optional<std::vector<std::string>> variables_in(std::string_view text);

struct Rendered {
  std::string title;
  std::string text;
  std::string title_en;  // The Chinese one where the template has no English.
  std::string text_en;
};

using VariableValues = google::protobuf::RepeatedPtrField<v1::VariableValue>;

// A variable without a value reads 无.
Rendered render(const v1::TemplateSpec& spec, const VariableValues& values);
// With the examples of the trigger's variables; `given` stands before them.
Rendered render_example(const v1::TemplateSpec& spec,
                        const std::map<std::string, std::string>& given);

// Shanghai's time: 2023年6月30日 18:00, 2023-06-30 18:00. (UTC+8 all year since 1991.)
std::string time_zh(Time time);
std::string time_en(Time time);

}  // namespace lianmeng::notification
