#include "notification/domain/reasons.h"

#include <array>

namespace lianmeng::notification {

const Reason kRuleUnknown{"RULE_UNKNOWN", ErrorKind::kNotFound,
                          "本县没有通知规则 {rule}。请用 list-rules 查看现有规则编号。",
                          "There is no notice rule {rule}. See list-rules for the ids there are."};
const Reason kRuleNotSet{"RULE_NOT_SET", ErrorKind::kFailedPrecondition,
                         "通知规则 {rule} 现行的就是内置规则，无需恢复。",
                         "Notice rule {rule} is the built-in one already: nothing to reset."};
const Reason kRuleLimitReached{
    "RULE_LIMIT_REACHED", ErrorKind::kResourceExhausted,
    "本县自设通知规则已达上限 {limit} 条。请先恢复或改用已有规则。",
    "The county has its {limit} own notice rules. Reset one or change one that is there."};
const Reason kOrganisationUnknown{
    "ORGANISATION_UNKNOWN", ErrorKind::kNotFound,
    "本县没有组织 {organisation}，或已撤销。请核对组织编号。",
    "There is no organisation {organisation} in this county, or it was dissolved. Check its id."};
const Reason kTemplateUnknown{"TEMPLATE_UNKNOWN", ErrorKind::kNotFound,
                              "没有模板 {template}。该事项可用的模板：{known}。",
                              "There is no template {template}. Known here: {known}."};
const Reason kTemplateForAnotherTrigger{
    "TEMPLATE_FOR_ANOTHER_TRIGGER", ErrorKind::kFailedPrecondition,
    "模板 {template} 用于“{trigger}”，不能用于其他事项。请另用一个模板编号。",
    "Template {template} is for \"{trigger_en}\" and for nothing else. Use another template key."};
const Reason kTemplateVariableUnknown{
    "TEMPLATE_VARIABLE_UNKNOWN", ErrorKind::kInvalidArgument,
    "模板中的变量 {variable} 不存在。该事项可用的变量：{known}。",
    "The template names {variable}, which is no variable. Known here: {known}."};
const Reason kTemplateLimitReached{
    "TEMPLATE_LIMIT_REACHED", ErrorKind::kResourceExhausted,
    "本县自设模板已达上限 {limit} 个。请改用已有模板编号。",
    "The county has its {limit} own templates. Use a template key that is there."};
const Reason kNoticeUnknown{"NOTICE_UNKNOWN", ErrorKind::kNotFound,
                            "您的收件箱中没有第 {notice} 号通知。请用 list-notices 查看序号。",
                            "Your inbox has no notice {notice}. See list-notices for the numbers."};
const Reason kNoticeAlreadyRead{"NOTICE_ALREADY_READ", ErrorKind::kFailedPrecondition,
                                "第 {notice} 号通知已经是已读，无需再标。",
                                "Notice {notice} is read already: nothing to mark."};
const Reason kNothingUnread{"NOTHING_UNREAD", ErrorKind::kFailedPrecondition,
                            "第 {number} 号及以前没有未读通知，无需再标。",
                            "No notice up to {number} is unread: nothing to mark."};
const Reason kTooManyNewerUnread{
    "TOO_MANY_NEWER_UNREAD", ErrorKind::kFailedPrecondition,
    "第 {number} 号之后还有超过 {limit} 条未读通知。请改用更新的序号。",
    "More than {limit} notices after {number} are unread. Give a later number."};

std::span<const Reason* const> reasons() {
  static constexpr std::array<const Reason*, 12> kAll{&kRuleUnknown,
                                                      &kRuleNotSet,
                                                      &kRuleLimitReached,
                                                      &kOrganisationUnknown,
                                                      &kTemplateUnknown,
                                                      &kTemplateForAnotherTrigger,
                                                      &kTemplateVariableUnknown,
                                                      &kTemplateLimitReached,
                                                      &kNoticeUnknown,
                                                      &kNoticeAlreadyRead,
                                                      &kNothingUnread,
                                                      &kTooManyNewerUnread};
  return kAll;
}

}  // namespace lianmeng::notification
