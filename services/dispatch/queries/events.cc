#include "dispatch/queries/events.h"

#include <fmt/format.h>

#include <array>

#include "dispatch/domain/desk.h"
#include "dispatch/domain/working_time/clocks.h"

namespace lianmeng::dispatch::queries {

namespace roster = membership::roster;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using v1::DispatchEvent;

namespace {

constexpr std::array kAskerFields{"asker_person_id", "recorder_person_id", "callback_person_id",
                                  "tell_person_ids"};

void mask(Message& message) {
  const auto* reflection = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const auto* field : fields) {
    if (std::find(kAskerFields.begin(), kAskerFields.end(), field->name()) != kAskerFields.end()) {
      reflection->ClearField(&message, field);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !field->is_repeated()) {
      mask(*reflection->MutableMessage(&message, field));
    }
  }
}

std::string_view kind_zh(v1::DemandKind kind) {
  switch (kind) {
    case v1::DEMAND_KIND_QUESTION:
      return "咨询";
    case v1::DEMAND_KIND_TECHNIQUE:
      return "技术指导";
    case v1::DEMAND_KIND_TRAINING:
      return "培训";
    case v1::DEMAND_KIND_FUNDS:
      return "资金";
    case v1::DEMAND_KIND_PROJECT:
      return "项目";
    default:
      return "一般诉求";
  }
}

std::string_view result_zh(v1::ResultKind kind) {
  switch (kind) {
    case v1::RESULT_KIND_SOLVED:
      return "已解决";
    case v1::RESULT_KIND_PARTLY_SOLVED:
      return "部分解决";
    case v1::RESULT_KIND_EXPLAINED:
      return "解释说明";
    case v1::RESULT_KIND_PLANNED:
      return "列入计划";
    default:
      return "无法解决";
  }
}

std::string_view solved_zh(v1::SolvedAnswer answer) {
  switch (answer) {
    case v1::SOLVED_ANSWER_YES:
      return "已解决";
    case v1::SOLVED_ANSWER_PARTLY:
      return "部分解决";
    default:
      return "未解决";
  }
}

std::string clock_zh(const v1::Clock& clock) {
  return std::string(name_zh(static_cast<ClockKind>(clock.kind())));
}

}  // namespace

bool sees_event(const state::View& view, const roster::Standing& me, const std::string& demand_id,
                const DispatchEvent& event) {
  if (!me.is_known()) return false;
  // A stream would be a look without an end: audit watches nothing.
  const auto scopes = scopes_of(me, Sight::kActing);
  // A batch speaks of many demands; each has its own part in its history.
  if (demand_id.empty() && event.event_case() == DispatchEvent::kDeadlinesResettled) {
    return std::find(scopes.begin(), scopes.end(), kCountyScope) != scopes.end();
  }
  if (demand_id.empty()) return true;
  const auto row = demands().find(view, demand_key(me.county(), demand_id));
  return row && sees(scopes, *row);
}

void mask_asker(DispatchEvent& event) {
  mask(event);
  if (event.has_contact_revealed()) event.mutable_contact_revealed()->clear_person_id();
}

std::string summary_zh(const state::View& view, const CountyId& county,
                       const DispatchEvent& event) {
  const auto name = [&](const std::string& id) {
    const auto found = roster::organisation_name(view, county, id);
    return found.empty() ? id : found;
  };
  const auto person = [&](const std::string& id) {
    const auto found = roster::person_name(view, county, PersonId(id));
    return found.empty() ? id : found;
  };
  switch (event.event_case()) {
    case DispatchEvent::kDemandSubmitted: {
      const auto& e = event.demand_submitted();
      return fmt::format("点单：{}（{}）", e.title(), kind_zh(e.kind()));
    }
    case DispatchEvent::kDemandRouted: {
      const auto& e = event.demand_routed();
      std::string groups;
      for (const auto& offer : e.offers()) {
        groups += (groups.empty() ? "" : "、") + name(offer.group_id());
        if (offer.role() == v1::GROUP_ROLE_LEAD) groups += "（牵头）";
      }
      return fmt::format("{}{}{}：{}", e.rule_id().empty() ? "" : "按规则",
                         e.mode() == v1::ROUTING_MODE_OPEN ? "公开派单" : "指派",
                         e.binding() ? "（裁定）" : "", groups);
    }
    case DispatchEvent::kDemandDeclined:
      return fmt::format("不予受理：{}", event.demand_declined().reason());
    case DispatchEvent::kDemandTaken:
      return fmt::format("{}接单牵头", name(event.demand_taken().lead_group_id()));
    case DispatchEvent::kDemandPassedBack: {
      const auto& e = event.demand_passed_back();
      return fmt::format("{}退单（第{}次）：{}", name(e.group_id()), e.pass_back_count(),
                         e.reason());
    }
    case DispatchEvent::kHandlerAssigned:
      return fmt::format("指定{}为经办人", person(event.handler_assigned().handler_person_id()));
    case DispatchEvent::kProgressReported:
      return fmt::format("进展：{}", event.progress_reported().progress().words());
    case DispatchEvent::kContactRecorded:
      return fmt::format("已联系诉求人：{}", event.contact_recorded().words());
    case DispatchEvent::kHelperInvited:
      return fmt::format("邀请{}会办：{}", name(event.helper_invited().group_id()),
                         event.helper_invited().request());
    case DispatchEvent::kInvitationAnswered: {
      const auto& e = event.invitation_answered();
      return fmt::format("{}{}会办", name(e.group_id()), e.accepted() ? "同意" : "婉拒");
    }
    case DispatchEvent::kSupportIntroduced:
      return fmt::format("牵线推荐：{}", event.support_introduced().support().supporter());
    case DispatchEvent::kDemandCommented:
      return fmt::format("留言：{}", event.demand_commented().words());
    case DispatchEvent::kContactRevealed:
      return fmt::format("查看联系方式：{}", event.contact_revealed().reason());
    case DispatchEvent::kDemandReclassified: {
      const auto& e = event.demand_reclassified();
      return fmt::format("调整为{}{}：{}", e.urgency() == v1::URGENCY_URGENT ? "特急" : "",
                         kind_zh(e.kind()), e.reason());
    }
    case DispatchEvent::kResultSubmitted: {
      const auto& e = event.result_submitted();
      return fmt::format("提交结果（{}{}）：{}", result_zh(e.result().kind()),
                         e.is_signed() ? "" : "，待签发", e.result().words());
    }
    case DispatchEvent::kResultSigned:
      return "结果已签发，待审核";
    case DispatchEvent::kResultAccepted:
      return "审核通过，待评价";
    case DispatchEvent::kResultSentBack:
      return fmt::format("退回补办：{}", event.result_sent_back().reason());
    case DispatchEvent::kDemandRated: {
      const auto& e = event.demand_rated();
      return fmt::format("{}：{}，满意度{}，{}", e.rating().by_callback() ? "回访评价" : "评价",
                         solved_zh(e.rating().solved()), e.rating().content(),
                         e.review() ? "转复核" : "办结");
    }
    case DispatchEvent::kRatingExplained:
      return fmt::format("复核说明并办结：{}", event.rating_explained().explanation());
    case DispatchEvent::kDemandRedone:
      return fmt::format("第{}次重办：{}", event.demand_redone().redo_count(),
                         event.demand_redone().reason());
    case DispatchEvent::kDemandWithdrawn:
      return fmt::format("撤单：{}", event.demand_withdrawn().reason());
    case DispatchEvent::kDemandClockYellow:
      return fmt::format("{}时限黄灯，{}到期", clock_zh(event.demand_clock_yellow().clock()),
                         wall_time(from_proto(event.demand_clock_yellow().clock().due_time())));
    case DispatchEvent::kDemandClockRed:
      return fmt::format("{}时限已逾期（红灯，一级上报）",
                         clock_zh(event.demand_clock_red().clock()));
    case DispatchEvent::kDemandEscalated: {
      const auto& e = event.demand_escalated();
      return fmt::format("{}逾期，{}级上报{}", clock_zh(e.clock()), e.clock().level(),
                         e.assignment_required() ? "，须指派" : "");
    }
    case DispatchEvent::kRoutingRuleLapsed:
      return fmt::format("派单规则未能适用（{}），转人工派单",
                         event.routing_rule_lapsed().reason());
    case DispatchEvent::kLimitsSet:
      return fmt::format("设置时限（第{}版）", event.limits_set().version());
    case DispatchEvent::kCalendarLayerSet:
      return fmt::format("登记{}年日历", event.calendar_layer_set().calendar().year());
    case DispatchEvent::kOfficeHoursSet:
      return "设置办公时间";
    case DispatchEvent::kAuditLooked:
      return fmt::format("审计查阅（{}件）", event.audit_looked().demand_ids_size());
    case DispatchEvent::kDeadlinesResettled:
      return fmt::format("按新日历重算时限（{}件）", event.deadlines_resettled().demands_size());
    case DispatchEvent::kRoutingRuleSet:
      return fmt::format("设置派单规则：{}", event.routing_rule_set().rule().name());
    case DispatchEvent::kRoutingRuleRemoved:
      return fmt::format("删除派单规则 {}", event.routing_rule_removed().rule_id());
    case DispatchEvent::EVENT_NOT_SET:
      break;
  }
  return {};
}

std::string due_zh(v1::ClockKind kind, Duration left, bool round_the_clock) {
  const auto minutes = std::abs(std::chrono::duration_cast<std::chrono::minutes>(left).count());
  std::string span;
  if (minutes >= 60) span += fmt::format("{}小时", minutes / 60);
  if (minutes % 60 != 0 || minutes == 0) span += fmt::format("{}分钟", minutes % 60);
  return fmt::format("{}，{}{}{}", name_zh(static_cast<ClockKind>(kind)),
                     left < Duration{0} ? "已逾期" : "还剩", span,
                     round_the_clock ? "" : "（工作时间）");
}

}  // namespace lianmeng::dispatch::queries
