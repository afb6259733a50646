// The words that rules and templates are made of: what may happen, what may be said of it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lianmeng/notification/v1/notification_events.pb.h"

namespace lianmeng::notification {

// A word that stands for something in rules, with what people read.
struct Word {
  std::string_view name;
  std::string_view zh;
  std::string_view en;
};

// Kinds and urgencies of a demand, as dispatch names them; policies/ checks that none is missing.
std::span<const Word> demand_kinds();
std::span<const Word> demand_urgencies();
// The roles of posts, as membership names them: "group_head".
std::vector<std::string> post_role_names();
// Null when there is none of that name.
const Word* find_word(std::span<const Word> words, std::string_view name);

// What a template may name in braces.
struct Variable {
  std::string_view name;
  std::string_view zh;
  std::string_view en;
  std::string_view example_zh;
  std::string_view example_en;
};

struct TriggerInfo {
  v1::Trigger trigger;
  std::string_view zh;
  std::string_view en;
  bool names_next;                          // The event names who is next in charge.
  bool names_groups;                        // The event is about a group of its own.
  std::vector<std::string_view> variables;  // Beside those that every trigger has.
};

std::span<const TriggerInfo> triggers();
// Null for what is no trigger.
const TriggerInfo* find_trigger(v1::Trigger trigger);

// Every variable of a trigger, in a settled order.
std::vector<const Variable*> variables_of(v1::Trigger trigger);
// "number title …".
std::string known_variables(v1::Trigger trigger);

}  // namespace lianmeng::notification
