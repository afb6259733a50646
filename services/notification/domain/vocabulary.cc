#include "notification/domain/vocabulary.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "lianmeng/membership/v1/membership_events.pb.h"
#include "platform/base/assert.h"

namespace lianmeng::notification {
namespace {

constexpr std::array kKinds{
    Word{"question", "咨询", "question"},
    Word{"ordinary", "一般诉求", "ordinary"},
    Word{"technique", "技术指导", "technique"},
    Word{"training", "培训", "training"},
    Word{"funds", "资金", "funds"},
    Word{"project", "项目", "project"},
};

constexpr std::array kUrgencies{
    Word{"ordinary", "一般", "ordinary"},
    Word{"urgent", "特急", "urgent"},
};

constexpr std::array kVariables{
    Variable{"number", "诉求编号", "the demand's number", "合阳-230628-012", "合阳-230628-012"},
    Variable{"title", "诉求标题", "its title", "气调库缺配套设施", "气调库缺配套设施"},
    Variable{"asker", "诉求方", "who asks", "东白龙村", "东白龙村"},
    Variable{"village", "所在村", "where it is", "东白龙村", "东白龙村"},
    Variable{"kind", "类别", "its kind", "资金", "funds"},
    Variable{"urgency", "紧急程度", "its urgency", "一般", "ordinary"},
    Variable{"group", "主办小组", "the group that leads", "产业组", "产业组"},
    Variable{"groups", "被派单小组", "the groups it is offered to", "产业组、营销组",
             "产业组、营销组"},
    Variable{"mode", "派单方式", "how it is offered", "指派", "assigned"},
    Variable{"due", "到期时间", "when it is due", "2023年6月30日 18:00", "2023-06-30 18:00"},
    Variable{"reason", "原因", "why", "不属于本组职责", "不属于本组职责"},
    Variable{"concerned", "所涉小组", "the group it is about", "营销组", "营销组"},
    Variable{"words", "说明", "what was said", "已联系帮扶单位", "已联系帮扶单位"},
    Variable{"answer", "答复", "the answer", "同意", "yes"},
    Variable{"outcome", "办理结果", "the result", "已解决", "solved"},
    Variable{"solved", "是否解决", "whether it is solved", "已解决", "yes"},
    Variable{"score", "满意度", "how content the asker is", "5", "5"},
    Variable{"round", "第几次", "for which time", "1", "1"},
    Variable{"limit", "时限种类", "which limit", "办理时限", "limit for the result"},
    Variable{"level", "上报级别", "the level", "2", "2"},
    Variable{"action", "须办事项", "what must be done now", "尽快办理", "to be dealt with now"},
};

constexpr std::array<std::string_view, 7> kCommon{"number", "title",   "asker", "village",
                                                  "kind",   "urgency", "group"};

const Variable* find_variable(std::string_view name) {
  const auto found = std::find_if(kVariables.begin(), kVariables.end(),
                                  [&](const Variable& v) { return v.name == name; });
  LM_ASSERT(found != kVariables.end(), "{} is no variable", name);
  return &*found;
}

}  // namespace

std::span<const Word> demand_kinds() { return kKinds; }
std::span<const Word> demand_urgencies() { return kUrgencies; }

std::vector<std::string> post_role_names() {
  constexpr std::string_view kPrefix = "POST_ROLE_";
  std::vector<std::string> names;
  const auto* all = membership::v1::PostRole_descriptor();
  for (int i = 0; i < all->value_count(); ++i) {
    if (all->value(i)->number() == 0) continue;
    auto name = all->value(i)->name().substr(kPrefix.size());
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    names.push_back(std::move(name));
  }
  return names;
}

const Word* find_word(std::span<const Word> words, std::string_view name) {
  const auto found =
      std::find_if(words.begin(), words.end(), [&](const Word& w) { return w.name == name; });
  return found == words.end() ? nullptr : &*found;
}

std::span<const TriggerInfo> triggers() {
  static const std::vector<TriggerInfo> kAll{
      {v1::TRIGGER_DEMAND_SUBMITTED, "点单", "demand submitted", false, false, {"due"}},
      {v1::TRIGGER_DEMAND_ROUTED,
       "派单",
       "demand routed",
       false,
       false,
       {"groups", "mode", "words", "due"}},
      {v1::TRIGGER_DEMAND_DECLINED, "不予受理", "demand declined", false, false, {"reason"}},
      {v1::TRIGGER_DEMAND_TAKEN, "接单", "demand taken", false, false, {"due"}},
      {v1::TRIGGER_DEMAND_PASSED_BACK,
       "退单",
       "demand passed back",
       false,
       true,
       {"concerned", "reason", "round", "action"}},
      {v1::TRIGGER_HANDLER_ASSIGNED, "指定经办人", "handler assigned", false, false, {"words"}},
      {v1::TRIGGER_HELPER_INVITED,
       "邀请会办",
       "helper invited",
       false,
       true,
       {"concerned", "words"}},
      {v1::TRIGGER_INVITATION_ANSWERED,
       "答复会办邀请",
       "invitation answered",
       false,
       true,
       {"concerned", "answer", "words"}},
      {v1::TRIGGER_SUPPORT_INTRODUCED, "牵线推荐", "support introduced", false, false, {"words"}},
      {v1::TRIGGER_DEMAND_RECLASSIFIED,
       "调整类别或紧急程度",
       "demand reclassified",
       false,
       false,
       {"reason", "due"}},
      {v1::TRIGGER_RESULT_SUBMITTED, "提交办理结果", "result submitted", false, false, {"outcome"}},
      {v1::TRIGGER_RESULT_ACCEPTED,
       "审核通过",
       "result accepted",
       false,
       false,
       {"outcome", "words"}},
      {v1::TRIGGER_RESULT_SENT_BACK,
       "退回补办",
       "result sent back",
       false,
       false,
       {"reason", "due"}},
      {v1::TRIGGER_DEMAND_RATED,
       "评价",
       "demand rated",
       false,
       false,
       {"solved", "score", "words"}},
      {v1::TRIGGER_DEMAND_REDONE,
       "重办",
       "demand redone",
       false,
       false,
       {"reason", "round", "due"}},
      {v1::TRIGGER_DEMAND_WITHDRAWN, "撤单", "demand withdrawn", false, false, {"reason"}},
      {v1::TRIGGER_LIGHT_YELLOW, "时限黄灯", "limit turned yellow", true, false, {"limit", "due"}},
      {v1::TRIGGER_LIGHT_RED, "时限红灯", "limit turned red", true, false, {"limit", "due"}},
      {v1::TRIGGER_DEMAND_ESCALATED,
       "逾期上报",
       "demand escalated",
       true,
       false,
       {"limit", "due", "level", "action"}},
      {v1::TRIGGER_RESULT_AWAITING_SIGNATURE,
       "结果待签发",
       "result awaiting signature",
       false,
       false,
       {"outcome"}},
      {v1::TRIGGER_RATING_EXPLAINED, "复核说明", "rating explained", false, false, {"words"}},
      {v1::TRIGGER_ROUTING_RULE_LAPSED,
       "派单规则不适用",
       "routing rule lapsed",
       false,
       false,
       {"reason"}},
  };
  return kAll;
}

const TriggerInfo* find_trigger(v1::Trigger trigger) {
  const auto all = triggers();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const TriggerInfo& info) { return info.trigger == trigger; });
  return found == all.end() ? nullptr : &*found;
}

std::vector<const Variable*> variables_of(v1::Trigger trigger) {
  std::vector<const Variable*> found;
  for (const auto name : kCommon) found.push_back(find_variable(name));
  if (const auto* info = find_trigger(trigger)) {
    for (const auto name : info->variables) found.push_back(find_variable(name));
  }
  return found;
}

std::string known_variables(v1::Trigger trigger) {
  std::string text;
  for (const auto* variable : variables_of(trigger)) {
    if (!text.empty()) text += ' ';
    text.append(variable->name);
  }
  return text;
}

}  // namespace lianmeng::notification
