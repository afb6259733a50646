#include <algorithm>

#include "notification/domain/builtin.h"

namespace lianmeng::notification {
namespace {

struct Words {
  std::string_view title_zh;
  std::string_view text_zh;
  std::string_view title_en;
  std::string_view text_en;
};

BuiltinTemplate make(std::string_view key, v1::Trigger trigger, std::vector<Words> revisions) {
  BuiltinTemplate made{key, trigger, {}};
  for (const auto& words : revisions) {
    auto& spec = made.revisions.emplace_back();
    spec.set_template_key(std::string(key));
    spec.set_trigger(trigger);
    spec.set_title_zh(std::string(words.title_zh));
    spec.set_text_zh(std::string(words.text_zh));
    spec.set_title_en(std::string(words.title_en));
    spec.set_text_en(std::string(words.text_en));
  }
  return made;
}

std::vector<BuiltinTemplate> build() {
  return {
      make("submitted.coordinators", v1::TRIGGER_DEMAND_SUBMITTED,
           {{"新诉求待派单：{title}",
             "{asker}提交了诉求 {number}“{title}”（{kind}，{urgency}），请在 {due} 前派单。",
             "To be routed: {title}",
             "{asker} submitted {number} \"{title}\" ({kind}, {urgency}). Route it by {due}."}}),
      make("submitted.asker", v1::TRIGGER_DEMAND_SUBMITTED,
           {{"诉求已登记：{title}",
             "已为您登记诉求 {number}“{title}”（{kind}，{urgency}），{due} 前派单。",
             "Demand recorded: {title}",
             "{number} \"{title}\" ({kind}, {urgency}) was recorded for you. It is to be routed by "
             "{due}."}}),
      make("lapsed.coordinators", v1::TRIGGER_ROUTING_RULE_LAPSED,
           {{"请人工派单：{title}", "诉求 {number}“{title}”未能自动派单：{reason}。请人工派单。",
             "Route by hand: {title}",
             "{number} \"{title}\" could not be routed by rule: {reason}. Route it by hand."}}),
      make("routed.offered", v1::TRIGGER_DEMAND_ROUTED,
           {{"待接单：{title}",
             "{asker}的诉求 {number}“{title}”（{kind}，{urgency}）已派给{groups}（{mode}），请在 "
             "{due} 前接单。",
             "To be taken: {title}",
             "{number} \"{title}\" of {asker} ({kind}, {urgency}) is offered to {groups} ({mode}). "
             "Take it by {due}."}}),
      make("routed.asker", v1::TRIGGER_DEMAND_ROUTED,
           {{"诉求已派单：{title}", "您的诉求 {number}“{title}”已派给{groups}，{due} 前接单。",
             "Demand routed: {title}",
             "Your demand {number} \"{title}\" is offered to {groups}, to be taken by {due}."}}),
      make("declined.asker", v1::TRIGGER_DEMAND_DECLINED,
           {{"诉求不予受理：{title}", "您的诉求 {number}“{title}”不予受理，原因：{reason}。",
             "Demand declined: {title}",
             "Your demand {number} \"{title}\" was declined: {reason}."}}),
      make("taken.asker", v1::TRIGGER_DEMAND_TAKEN,
           {{"诉求已接单：{title}",
             "您的诉求 {number}“{title}”已由{group}接单，{due} 前提交办理结果。",
             "Demand taken: {title}",
             "{group} took your demand {number} \"{title}\". A result is due by {due}."}}),
      make("taken.lead", v1::TRIGGER_DEMAND_TAKEN,
           {{"本组已接单：{title}",
             "{group}已接诉求 {number}“{title}”，请指定经办人，{due} 前提交办理结果。",
             "Taken by your group: {title}",
             "{group} took {number} \"{title}\". Name the handler; a result is due by {due}."}}),
      make("taken.helpers", v1::TRIGGER_DEMAND_TAKEN,
           {{"请协办：{title}", "诉求 {number}“{title}”已由{group}主办接单，请贵组协办。",
             "Please help: {title}", "{group} leads {number} \"{title}\"; your group helps."}}),
      make("passed-back.coordinators", v1::TRIGGER_DEMAND_PASSED_BACK,
           {{"退单：{title}",
             "{concerned}退回诉求 {number}“{title}”（第 {round} "
             "次退单），原因：{reason}。{action}。",
             "Passed back: {title}",
             "{concerned} passed back {number} \"{title}\" (time {round}): {reason}. {action}."}}),
      make("passed-back.asker", v1::TRIGGER_DEMAND_PASSED_BACK,
           {{"诉求被退单：{title}",
             "{concerned}退回了您的诉求 {number}“{title}”，原因：{reason}。{action}。",
             "Passed back: {title}",
             "{concerned} passed back your demand {number} \"{title}\": {reason}. {action}."}}),
      make("assigned.handler", v1::TRIGGER_HANDLER_ASSIGNED,
           {{"请您经办：{title}",
             "{group}指定您为诉求 {number}“{title}”（{asker}）的经办人。说明：{words}。",
             "You handle: {title}",
             "{group} named you handler of {number} \"{title}\" of {asker}. Note: {words}."}}),
      make("invited.group", v1::TRIGGER_HELPER_INVITED,
           {{"邀请会办：{title}",
             "{group}邀请{concerned}会办诉求 {number}“{title}”：{words}。请答复。",
             "Asked to help: {title}",
             "{group} asks {concerned} to help with {number} \"{title}\": {words}. Please "
             "answer."}}),
      make("answered.lead", v1::TRIGGER_INVITATION_ANSWERED,
           {{"会办答复：{title}",
             "{concerned}对会办诉求 {number}“{title}”的答复：{answer}。{words}", "Answer: {title}",
             "{concerned} on helping with {number} \"{title}\": {answer}. {words}"}}),
      make("introduced.lead", v1::TRIGGER_SUPPORT_INTRODUCED,
           {{"牵线推荐：{title}", "诉求 {number}“{title}”有人牵线：{words}。请跟进，主办小组不变。",
             "Support introduced: {title}",
             "For {number} \"{title}\": {words}. Please follow it up; the lead stays."}}),
      make("introduced.asker", v1::TRIGGER_SUPPORT_INTRODUCED,
           {{"有人牵线：{title}", "您的诉求 {number}“{title}”有人牵线：{words}。",
             "Support introduced: {title}", "For your demand {number} \"{title}\": {words}."}}),
      make("reclassified.holders", v1::TRIGGER_DEMAND_RECLASSIFIED,
           {{"诉求已调整：{title}",
             "诉求 "
             "{number}“{title}”已调整为{kind}、{urgency}，原因：{reason}。新的到期时间：{due}。",
             "Reclassified: {title}",
             "{number} \"{title}\" is now {kind}, {urgency}: {reason}. Now due {due}."}}),
      make("reclassified.asker", v1::TRIGGER_DEMAND_RECLASSIFIED,
           {{"诉求已调整：{title}",
             "您的诉求 {number}“{title}”已调整为{kind}、{urgency}，原因：{reason}。",
             "Reclassified: {title}",
             "Your demand {number} \"{title}\" is now {kind}, {urgency}: {reason}."}}),
      make("result-unsigned.lead", v1::TRIGGER_RESULT_AWAITING_SIGNATURE,
           {{"结果待签发：{title}",
             "诉求 {number}“{title}”的办理结果（{outcome}）待您签发，签发前时限继续计算。",
             "To be signed: {title}",
             "The result of {number} \"{title}\" ({outcome}) waits for your signature; the clock "
             "runs on until then."}}),
      make("result.coordinators", v1::TRIGGER_RESULT_SUBMITTED,
           {{"结果待审核：{title}",
             "{group}提交了诉求 {number}“{title}”的办理结果（{outcome}），请审核。",
             "To be audited: {title}",
             "{group} submitted a result ({outcome}) for {number} \"{title}\". Please audit it."}}),
      make(
          "accepted.asker", v1::TRIGGER_RESULT_ACCEPTED,
          {{"请评价：{title}",
            "您的诉求 {number}“{title}”办理结果（{outcome}）已审核通过，请评价是否解决、是否满意。",
            "Please rate: {title}",
            "The result ({outcome}) of your demand {number} \"{title}\" was accepted. Please say "
            "whether it is solved and how content you are."}}),
      make("accepted.lead", v1::TRIGGER_RESULT_ACCEPTED,
           {{"结果审核通过：{title}",
             "诉求 {number}“{title}”的办理结果（{outcome}）已审核通过，待诉求方评价。",
             "Result accepted: {title}",
             "The result ({outcome}) of {number} \"{title}\" was accepted; the asker rates it "
             "next."}}),
      make("sent-back.lead", v1::TRIGGER_RESULT_SENT_BACK,
           {{"退回补办：{title}",
             "诉求 {number}“{title}”的办理结果被退回补办，原因：{reason}。请在 {due} 前重新提交。",
             "Sent back: {title}",
             "The result of {number} \"{title}\" was sent back: {reason}. Submit it again by "
             "{due}."}}),
      make("rated.review", v1::TRIGGER_DEMAND_RATED,
           {{"评价待复核：{title}",
             "{asker}对诉求 {number}“{title}”的评价：{solved}，满意度 {score}。{words} 请复核。",
             "To be reviewed: {title}",
             "{asker} rated {number} \"{title}\": solved {solved}, content {score}. {words} Please "
             "review it."}}),
      make("rated.lead", v1::TRIGGER_DEMAND_RATED,
           {{"诉求已评价：{title}",
             "{asker}对诉求 {number}“{title}”的评价：{solved}，满意度 {score}。{words}",
             "Rated: {title}",
             "{asker} rated {number} \"{title}\": solved {solved}, content {score}. {words}"}}),
      make("explained.asker", v1::TRIGGER_RATING_EXPLAINED,
           {{"复核说明：{title}", "您的诉求 {number}“{title}”经复核：{words}。",
             "Reviewed: {title}", "Your demand {number} \"{title}\" was reviewed: {words}."}}),
      make(
          "redone.lead", v1::TRIGGER_DEMAND_REDONE,
          {{"重办：{title}",
            "诉求 {number}“{title}”须重办（第 {round} 次），原因：{reason}。请在 {due} "
            "前提交办理结果。",
            "To be done again: {title}",
            "{number} \"{title}\" is to be done again (time {round}): {reason}. A result is due by "
            "{due}."}}),
      make("redone.others", v1::TRIGGER_DEMAND_REDONE,
           {{"重办：{title}",
             "诉求 {number}“{title}”已由{group}重办（第 {round} 次），{due} 前提交办理结果。",
             "Done again: {title}",
             "{group} does {number} \"{title}\" again (time {round}). A result is due by {due}."}}),
      make(
          "withdrawn.holders", v1::TRIGGER_DEMAND_WITHDRAWN,
          {{"诉求已撤单：{title}",
            "{asker}撤回了诉求 {number}“{title}”，原因：{reason}。无需再办。", "Withdrawn: {title}",
            "{asker} withdrew {number} \"{title}\": {reason}. Nothing more is to be done."}}),
      make("yellow.next", v1::TRIGGER_LIGHT_YELLOW,
           {{"即将逾期：{title}",
             "诉求 {number}“{title}”的{limit}已过七成，{due} 到期，请抓紧办理。",
             "Nearly late: {title}",
             "70 % of the {limit} of {number} \"{title}\" are over; it is due {due}."}}),
      make(
          "red.next", v1::TRIGGER_LIGHT_RED,
          {{"已逾期，请督促：{title}",
            "诉求 {number}“{title}”的{limit}已于 {due} 到期未完成，现报您知悉，请督促办理。",
            "Late: {title}",
            "{number} \"{title}\" is late: its {limit} ended {due}. You are next in charge; please "
            "see that it is done."}}),
      make(
          "red.holders", v1::TRIGGER_LIGHT_RED,
          {{"已逾期：{title}",
            "诉求 {number}“{title}”的{limit}已于 {due} 到期未完成，并已上报，请立即办理。",
            "Late: {title}",
            "{number} \"{title}\" is late: its {limit} ended {due}, which was reported. Please act "
            "now."}}),
      make(
          "red.asker", v1::TRIGGER_LIGHT_RED,
          {{"您的诉求已逾期：{title}",
            "您的诉求 {number}“{title}”的{limit}已于 {due} 到期未完成，已上报上一级责任人督促。",
            "Your demand is late: {title}",
            "Your demand {number} \"{title}\" is late: its {limit} ended {due}. The next in charge "
            "was told."}}),
      make(
          "escalated.next", v1::TRIGGER_DEMAND_ESCALATED,
          {{"逾期上报（{level} 级）：{title}",
            "诉求 {number}“{title}”的{limit}已于 {due} 到期仍未完成，现 {level} 级上报，{action}。",
            "Escalated to level {level}: {title}",
            "{number} \"{title}\" is still late: its {limit} ended {due}. Raised to you at level "
            "{level}, {action}."}}),
      make("escalated.holders", v1::TRIGGER_DEMAND_ESCALATED,
           {{"已 {level} 级上报：{title}",
             "诉求 {number}“{title}”的{limit}已于 {due} 到期仍未完成，已 {level} "
             "级上报，请立即办理。",
             "Escalated to level {level}: {title}",
             "{number} \"{title}\" is still late: its {limit} ended {due}. It was raised to level "
             "{level}. Please act now."}}),
      make("escalated.asker", v1::TRIGGER_DEMAND_ESCALATED,
           {{"您的诉求已 {level} 级上报：{title}",
             "您的诉求 {number}“{title}”的{limit}已于 {due} 到期仍未完成，已 {level} "
             "级上报，由上一级责任人督促。",
             "Your demand was escalated: {title}",
             "Your demand {number} \"{title}\" is still late: its {limit} ended {due}. It was "
             "raised "
             "to level {level}."}}),
  };
}

}  // namespace

const std::vector<BuiltinTemplate>& builtin_templates() {
  static const auto templates = build();
  return templates;
}

const BuiltinTemplate* find_builtin_template(std::string_view template_key) {
  const auto& all = builtin_templates();
  const auto found = std::find_if(all.begin(), all.end(), [&](const BuiltinTemplate& t) {
    return t.template_key == template_key;
  });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace lianmeng::notification
