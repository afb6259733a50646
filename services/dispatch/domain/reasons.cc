#include "dispatch/domain/reasons.h"

#include <array>

namespace lianmeng::dispatch {

const Reason kDemandUnknown{"DEMAND_UNKNOWN", ErrorKind::kNotFound,
                            "没有您可查看的诉求 {demand}。请核对编号。",
                            "There is no demand {demand} that you may see. Check the number."};
const Reason kDemandStateUnfit{"DEMAND_STATE_UNFIT", ErrorKind::kFailedPrecondition,
                               "诉求 {demand} 现为“{state}”，此操作须在“{needed}”时进行。",
                               "Demand {demand} is {state_en}; this needs it to be {needed_en}."};
const Reason kDemandAlreadyTaken{
    "DEMAND_ALREADY_TAKEN", ErrorKind::kFailedPrecondition,
    "诉求 {demand} 已由 {lead} 接单牵头。如需参与，请联系该小组邀请会办。",
    "Demand {demand} was taken and is led by {lead}. Ask that group for an invitation to help."};
const Reason kGroupUnknown{"GROUP_UNKNOWN", ErrorKind::kNotFound,
                           "没有功能小组 {group}，或其已撤销。请核对小组编号。",
                           "There is no functional group {group} in being. Check its id."};
const Reason kGroupNotOffered{
    "GROUP_NOT_OFFERED", ErrorKind::kFailedPrecondition,
    "诉求 {demand} 没有派给小组 {group}。请联系调度员派单。",
    "Demand {demand} is not offered to group {group}. Ask the coordinator to route it there."};
const Reason kLeadOfferedToAnother{
    "LEAD_OFFERED_TO_ANOTHER", ErrorKind::kFailedPrecondition,
    "诉求 {demand} 指派 {lead} 牵头，协办小组待其接单后参与。",
    "Demand {demand} is assigned to {lead} as the lead; helpers join once it is taken."};
const Reason kPassBackTooLate{
    "PASS_BACK_TOO_LATE", ErrorKind::kFailedPrecondition,
    "诉求 {demand} 的退单期限已于 {until} 届满。请接单，或与调度员协商。",
    "Demand {demand} could be passed back until {until}. Take it, or talk to the coordinator."};
const Reason kRoutingBinds{
    "ROUTING_BINDS", ErrorKind::kFailedPrecondition,
    "诉求 {demand} 已退单 {count} 次，调度员的派单为裁定，不得再退。",
    "Demand {demand} was passed back {count} times: the coordinator's ruling binds now."};
const Reason kAssignmentRequired{
    "ASSIGNMENT_REQUIRED", ErrorKind::kFailedPrecondition,
    "诉求 {demand} 逾期无人接单，须指派牵头小组，不能再公开抢单。",
    "Nobody took demand {demand} in time: assign it to a lead, it cannot be opened to several."};
const Reason kOwnGroup{"OWN_GROUP", ErrorKind::kPermissionDenied,
                       "您属于办理诉求 {demand} 的小组 {group}，或曾在该小组经办此事，"
                       "须由其他调度员处理。",
                       "You belong to group {group}, which handles demand {demand}, or handled it "
                       "there: another coordinator must do this."};
const Reason kHandlerNotInGroup{"HANDLER_NOT_IN_GROUP", ErrorKind::kFailedPrecondition,
                                "{person} 不是小组 {group} 的负责人或成员，不能担任经办人。",
                                "{person} is neither head nor member of group {group}."};
const Reason kHandlerAlreadyAssigned{"HANDLER_ALREADY_ASSIGNED", ErrorKind::kFailedPrecondition,
                                     "诉求 {demand} 的经办人已经是 {person}。",
                                     "{person} is the handler of demand {demand} already."};
const Reason kHelperAlreadyInvited{
    "HELPER_ALREADY_INVITED", ErrorKind::kFailedPrecondition,
    "小组 {group} 已受邀会办诉求 {demand}。",
    "Group {group} was invited to help with demand {demand} already."};
const Reason kGroupLeadsItself{"GROUP_LEADS_ITSELF", ErrorKind::kFailedPrecondition,
                               "小组 {group} 正是诉求 {demand} 的牵头小组，无须邀请。",
                               "Group {group} leads demand {demand} itself."};
const Reason kGroupNotInvited{"GROUP_NOT_INVITED", ErrorKind::kFailedPrecondition,
                              "小组 {group} 在诉求 {demand} 中没有待答复的会办邀请。",
                              "Group {group} has no open invitation to help with demand {demand}."};
const Reason kNothingToChange{"NOTHING_TO_CHANGE", ErrorKind::kFailedPrecondition,
                              "{what}与现有的相同，无须更改。",
                              "Nothing to change: {what_en} is as it was."};
const Reason kRedoTooLate{"REDO_TOO_LATE", ErrorKind::kFailedPrecondition,
                          "诉求 {demand} 的重办期限已于 {until} 届满。请重新点单。",
                          "Demand {demand} could be redone until {until}. Submit a new one."};
const Reason kRedoLimitReached{
    "REDO_LIMIT_REACHED", ErrorKind::kFailedPrecondition,
    "诉求 {demand} 已重办 {count} 次，不能再次重办，须提请联席会议。",
    "Demand {demand} was redone {count} times already: it goes to the joint meeting."};
const Reason kOrganisationUnknown{
    "ORGANISATION_UNKNOWN", ErrorKind::kNotFound,
    "没有组织 {organisation}，或其已撤销。请核对编号。",
    "There is no organisation {organisation} in being. Check its id."};
const Reason kPersonUnknown{"PERSON_UNKNOWN", ErrorKind::kNotFound,
                            "本县名册中没有人员 {person}。请先登记。",
                            "The county's roster has no person {person}. Register them first."};
const Reason kPersonErased{"PERSON_ERASED", ErrorKind::kFailedPrecondition,
                           "人员 {person} 的信息已于 {day} 永久删除，不能再使用。请选择其他人员。",
                           "Person {person} was erased on {day}. Choose somebody else."};
const Reason kContactMissing{
    "CONTACT_MISSING", ErrorKind::kNotFound,
    "诉求 {demand} 没有登记可查看的手机号。请通过诉求单位联系，或先补充登记。",
    "No telephone number is kept for demand {demand}. Ask the organisation, or enter it first."};
const Reason kCountyUnknown{"COUNTY_UNKNOWN", ErrorKind::kNotFound,
                            "没有县 {county}，或其名册尚未同步。请核对县编号，稍后再试。",
                            "County {county} is not known here (yet). Check its id or try again."};
const Reason kRuleUnknown{"RULE_UNKNOWN", ErrorKind::kNotFound,
                          "没有派单规则 {rule}。请核对规则编号。",
                          "There is no routing rule {rule}. Check its id."};
const Reason kRuleLimitReached{"RULE_LIMIT_REACHED", ErrorKind::kFailedPrecondition,
                               "派单规则至多 {limit} 条。请先删除不用的规则。",
                               "A county has at most {limit} routing rules. Remove one first."};

std::span<const Reason* const> reasons() {
  static constexpr std::array kAll{&kDemandUnknown,        &kDemandStateUnfit,
                                   &kDemandAlreadyTaken,   &kGroupUnknown,
                                   &kGroupNotOffered,      &kLeadOfferedToAnother,
                                   &kPassBackTooLate,      &kRoutingBinds,
                                   &kAssignmentRequired,   &kOwnGroup,
                                   &kHandlerNotInGroup,    &kHandlerAlreadyAssigned,
                                   &kHelperAlreadyInvited, &kGroupLeadsItself,
                                   &kGroupNotInvited,      &kNothingToChange,
                                   &kRedoTooLate,          &kRedoLimitReached,
                                   &kOrganisationUnknown,  &kPersonUnknown,
                                   &kCountyUnknown,        &kRuleUnknown,
                                   &kRuleLimitReached,     &kPersonErased,
                                   &kContactMissing};
  return kAll;
}

}  // namespace lianmeng::dispatch
