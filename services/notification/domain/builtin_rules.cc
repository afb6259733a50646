#include <algorithm>

#include "notification/domain/builtin.h"

namespace lianmeng::notification {
namespace {

enum class When { kAlways, kUrgent, kPoorlyRated };

struct Line {
  std::string_view rule_id;
  v1::Trigger trigger;
  v1::AudienceRole role;
  v1::NoticeUrgency urgency;
  std::string_view template_key;
  When when = When::kAlways;
};

constexpr auto kNormal = v1::NOTICE_URGENCY_NORMAL;
constexpr auto kCritical = v1::NOTICE_URGENCY_CRITICAL;

// Of each trigger, whom it asks to act comes before whom it only informs.
constexpr Line kLines[] = {
    {"submitted.coordinators", v1::TRIGGER_DEMAND_SUBMITTED, v1::AUDIENCE_ROLE_COORDINATORS,
     kCritical, "submitted.coordinators", When::kUrgent},
    {"submitted.asker", v1::TRIGGER_DEMAND_SUBMITTED, v1::AUDIENCE_ROLE_ASKER, kNormal,
     "submitted.asker"},
    {"lapsed.coordinators", v1::TRIGGER_ROUTING_RULE_LAPSED, v1::AUDIENCE_ROLE_COORDINATORS,
     kNormal, "lapsed.coordinators"},
    {"routed.offered-critical", v1::TRIGGER_DEMAND_ROUTED, v1::AUDIENCE_ROLE_OFFERED_HEADS,
     kCritical, "routed.offered", When::kUrgent},
    {"routed.offered", v1::TRIGGER_DEMAND_ROUTED, v1::AUDIENCE_ROLE_OFFERED_HEADS, kNormal,
     "routed.offered"},
    {"routed.asker", v1::TRIGGER_DEMAND_ROUTED, v1::AUDIENCE_ROLE_ASKER, kNormal, "routed.asker"},
    {"declined.asker", v1::TRIGGER_DEMAND_DECLINED, v1::AUDIENCE_ROLE_ASKER, kNormal,
     "declined.asker"},
    {"taken.asker", v1::TRIGGER_DEMAND_TAKEN, v1::AUDIENCE_ROLE_ASKER, kNormal, "taken.asker"},
    {"taken.lead", v1::TRIGGER_DEMAND_TAKEN, v1::AUDIENCE_ROLE_LEAD_HEAD, kNormal, "taken.lead"},
    {"taken.helpers", v1::TRIGGER_DEMAND_TAKEN, v1::AUDIENCE_ROLE_HELPER_HEADS, kNormal,
     "taken.helpers"},
    {"passed-back.coordinators", v1::TRIGGER_DEMAND_PASSED_BACK, v1::AUDIENCE_ROLE_COORDINATORS,
     kNormal, "passed-back.coordinators"},
    {"passed-back.asker", v1::TRIGGER_DEMAND_PASSED_BACK, v1::AUDIENCE_ROLE_ASKER, kNormal,
     "passed-back.asker"},
    {"assigned.handler", v1::TRIGGER_HANDLER_ASSIGNED, v1::AUDIENCE_ROLE_HANDLER, kNormal,
     "assigned.handler"},
    {"invited.group", v1::TRIGGER_HELPER_INVITED, v1::AUDIENCE_ROLE_CONCERNED_HEADS, kNormal,
     "invited.group"},
    {"answered.handler", v1::TRIGGER_INVITATION_ANSWERED, v1::AUDIENCE_ROLE_HANDLER, kNormal,
     "answered.lead"},
    {"answered.lead", v1::TRIGGER_INVITATION_ANSWERED, v1::AUDIENCE_ROLE_LEAD_HEAD, kNormal,
     "answered.lead"},
    {"introduced.handler", v1::TRIGGER_SUPPORT_INTRODUCED, v1::AUDIENCE_ROLE_HANDLER, kNormal,
     "introduced.lead"},
    {"introduced.lead", v1::TRIGGER_SUPPORT_INTRODUCED, v1::AUDIENCE_ROLE_LEAD_HEAD, kNormal,
     "introduced.lead"},
    {"introduced.asker", v1::TRIGGER_SUPPORT_INTRODUCED, v1::AUDIENCE_ROLE_ASKER, kNormal,
     "introduced.asker"},
    {"reclassified.holders-critical", v1::TRIGGER_DEMAND_RECLASSIFIED, v1::AUDIENCE_ROLE_HOLDERS,
     kCritical, "reclassified.holders", When::kUrgent},
    {"reclassified.holders", v1::TRIGGER_DEMAND_RECLASSIFIED, v1::AUDIENCE_ROLE_HOLDERS, kNormal,
     "reclassified.holders"},
    {"reclassified.asker", v1::TRIGGER_DEMAND_RECLASSIFIED, v1::AUDIENCE_ROLE_ASKER, kNormal,
     "reclassified.asker"},
    {"result-unsigned.lead", v1::TRIGGER_RESULT_AWAITING_SIGNATURE, v1::AUDIENCE_ROLE_LEAD_HEAD,
     kNormal, "result-unsigned.lead"},
    {"result.coordinators", v1::TRIGGER_RESULT_SUBMITTED, v1::AUDIENCE_ROLE_COORDINATORS, kNormal,
     "result.coordinators"},
    {"accepted.asker", v1::TRIGGER_RESULT_ACCEPTED, v1::AUDIENCE_ROLE_ASKER, kNormal,
     "accepted.asker"},
    {"accepted.handler", v1::TRIGGER_RESULT_ACCEPTED, v1::AUDIENCE_ROLE_HANDLER, kNormal,
     "accepted.lead"},
    {"accepted.lead", v1::TRIGGER_RESULT_ACCEPTED, v1::AUDIENCE_ROLE_LEAD_HEAD, kNormal,
     "accepted.lead"},
    {"sent-back.handler", v1::TRIGGER_RESULT_SENT_BACK, v1::AUDIENCE_ROLE_HANDLER, kCritical,
     "sent-back.lead"},
    {"sent-back.lead", v1::TRIGGER_RESULT_SENT_BACK, v1::AUDIENCE_ROLE_LEAD_HEAD, kCritical,
     "sent-back.lead"},
    {"rated.coordinators", v1::TRIGGER_DEMAND_RATED, v1::AUDIENCE_ROLE_COORDINATORS, kNormal,
     "rated.review", When::kPoorlyRated},
    {"rated.handler", v1::TRIGGER_DEMAND_RATED, v1::AUDIENCE_ROLE_HANDLER, kNormal, "rated.lead"},
    {"rated.lead", v1::TRIGGER_DEMAND_RATED, v1::AUDIENCE_ROLE_LEAD_HEAD, kNormal, "rated.lead"},
    {"explained.asker", v1::TRIGGER_RATING_EXPLAINED, v1::AUDIENCE_ROLE_ASKER, kNormal,
     "explained.asker"},
    {"redone.handler", v1::TRIGGER_DEMAND_REDONE, v1::AUDIENCE_ROLE_HANDLER, kCritical,
     "redone.lead"},
    {"redone.lead", v1::TRIGGER_DEMAND_REDONE, v1::AUDIENCE_ROLE_LEAD_HEAD, kCritical,
     "redone.lead"},
    {"redone.coordinators", v1::TRIGGER_DEMAND_REDONE, v1::AUDIENCE_ROLE_COORDINATORS, kNormal,
     "redone.others"},
    {"redone.asker", v1::TRIGGER_DEMAND_REDONE, v1::AUDIENCE_ROLE_ASKER, kNormal, "redone.others"},
    {"withdrawn.holders", v1::TRIGGER_DEMAND_WITHDRAWN, v1::AUDIENCE_ROLE_HOLDERS, kNormal,
     "withdrawn.holders"},
    {"withdrawn.lead", v1::TRIGGER_DEMAND_WITHDRAWN, v1::AUDIENCE_ROLE_LEAD_HEAD, kNormal,
     "withdrawn.holders"},
    {"yellow.next", v1::TRIGGER_LIGHT_YELLOW, v1::AUDIENCE_ROLE_NEXT_IN_CHARGE, kNormal,
     "yellow.next"},
    {"yellow.holders", v1::TRIGGER_LIGHT_YELLOW, v1::AUDIENCE_ROLE_HOLDERS, kNormal, "yellow.next"},
    {"red.next", v1::TRIGGER_LIGHT_RED, v1::AUDIENCE_ROLE_NEXT_IN_CHARGE, kCritical, "red.next"},
    {"red.holders", v1::TRIGGER_LIGHT_RED, v1::AUDIENCE_ROLE_HOLDERS, kCritical, "red.holders"},
    {"red.asker", v1::TRIGGER_LIGHT_RED, v1::AUDIENCE_ROLE_ASKER, kNormal, "red.asker"},
    {"escalated.next", v1::TRIGGER_DEMAND_ESCALATED, v1::AUDIENCE_ROLE_NEXT_IN_CHARGE, kCritical,
     "escalated.next"},
    {"escalated.holders", v1::TRIGGER_DEMAND_ESCALATED, v1::AUDIENCE_ROLE_HOLDERS, kCritical,
     "escalated.holders"},
    {"escalated.asker", v1::TRIGGER_DEMAND_ESCALATED, v1::AUDIENCE_ROLE_ASKER, kNormal,
     "escalated.asker"},
};

std::vector<v1::RuleSpec> build() {
  std::vector<v1::RuleSpec> rules;
  for (const auto& line : kLines) {
    auto& rule = rules.emplace_back();
    rule.set_rule_id(std::string(line.rule_id));
    rule.set_trigger(line.trigger);
    if (line.when == When::kUrgent) rule.mutable_condition()->add_urgencies("urgent");
    if (line.when == When::kPoorlyRated) rule.mutable_condition()->set_poorly_rated(true);
    rule.mutable_audience()->set_role(line.role);
    rule.add_channels(v1::CHANNEL_INBOX);
    rule.set_urgency(line.urgency);
    rule.set_template_key(std::string(line.template_key));
  }
  return rules;
}

}  // namespace

const std::vector<v1::RuleSpec>& builtin_rules() {
  static const auto rules = build();
  return rules;
}

const v1::RuleSpec* find_builtin_rule(std::string_view rule_id) {
  const auto& all = builtin_rules();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const v1::RuleSpec& r) { return r.rule_id() == rule_id; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace lianmeng::notification
