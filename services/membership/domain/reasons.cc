#include "membership/domain/reasons.h"

#include <array>

namespace lianmeng::membership {

const Reason kCountyExists{
    "COUNTY_EXISTS", ErrorKind::kAlreadyExists,
    "县 {county} 已建立（{name}），不能再次建立。如需更改县名或代码，请由县级主管办公室修改。",
    "County {county} exists already ({name}). Its office may change its name or code."};
const Reason kCountyUnknown{
    "COUNTY_UNKNOWN", ErrorKind::kNotFound,
    "没有编号为 {county} 的县。请核对县编号，或先由运营方建县。",
    "There is no county {county}. Check the id, or have the operator create "
    "it first."};
const Reason kOrganisationUnknown{
    "ORGANISATION_UNKNOWN", ErrorKind::kNotFound,
    "没有编号为 {organisation} 的组织。请用组织列表查找正确的编号。",
    "There is no organisation {organisation}. Look its id up in the list of organisations."};
const Reason kOrganisationDissolved{
    "ORGANISATION_DISSOLVED", ErrorKind::kFailedPrecondition,
    "组织 {organisation}（{name}）已撤销，不能再使用。请选择现存的组织。",
    "Organisation {organisation} ({name}) is dissolved. Choose one that is in being."};
const Reason kOrganisationExists{
    "ORGANISATION_EXISTS", ErrorKind::kAlreadyExists,
    "同一上级之下已有名为“{name}”的组织（{organisation}）。请直接使用，或换一个名称。",
    "{name} is already there under the same parent ({organisation}). Use it, or take another "
    "name."};
const Reason kOrganisationCircle{
    "ORGANISATION_CIRCLE", ErrorKind::kFailedPrecondition,
    "{parent} 就是 {organisation} 本身或其下级，不能作为它的上级。",
    "{parent} is {organisation} itself or below it, and cannot be above it."};
const Reason kOrganisationTooDeep{
    "ORGANISATION_TOO_DEEP", ErrorKind::kFailedPrecondition,
    "组织层级最多 {limit} 层，此操作将超过。请选择更高一级的上级。",
    "Organisations are at most {limit} levels deep; this would be more. Choose a higher parent."};
const Reason kOrganisationInUse{
    "ORGANISATION_IN_USE", ErrorKind::kFailedPrecondition,
    "组织 {organisation} 还有{zh}，不能撤销。请先处理完毕。",
    "Organisation {organisation} still has {en} and cannot be dissolved. See to that first."};
const Reason kPersonUnknown{"PERSON_UNKNOWN", ErrorKind::kNotFound,
                            "没有编号为 {person} 的人员。请核对编号，或先登记。",
                            "There is no person {person} here. Check the id, or register first."};
const Reason kPersonRegisteredElsewhere{
    "PERSON_REGISTERED_ELSEWHERE", ErrorKind::kFailedPrecondition,
    "人员 {person} 在县 {county} 登记，个人信息只能在该县修改。",
    "Person {person} is registered in county {county}; personal values are changed there only."};
const Reason kPersonErased{
    "PERSON_ERASED", ErrorKind::kFailedPrecondition,
    "人员 {person} 的信息已于 {day} 永久删除，不能再使用。如确为同一人再次参与，请重新登记。",
    "Person {person} was erased on {day} and cannot be used any more. If the same person takes "
    "part "
    "again, register them anew."};
const Reason kContactMissing{
    "CONTACT_MISSING", ErrorKind::kNotFound,
    "人员 {person} 没有登记所要查看的联系方式。请先补充登记，或选择其他信息。",
    "None of the contact values asked for is kept of person {person}. Enter them first, or ask for "
    "another."};
const Reason kPublicNameNeeded{
    "PUBLIC_NAME_NEEDED", ErrorKind::kFailedPrecondition,
    "人员 {person} 尚无公开姓名，而公开任职须公开姓名。请在任职时填写姓名。",
    "Person {person} has no public name, which a public post needs. Give the name with the post."};
const Reason kPostUnknown{"POST_UNKNOWN", ErrorKind::kNotFound,
                          "没有编号为 {post} 的任职。请用任职列表查找正确的编号。",
                          "There is no post {post}. Look its id up in the list of posts."};
const Reason kPostExists{
    "POST_EXISTS", ErrorKind::kAlreadyExists,
    "{person} 在 {organisation} 已有同一角色的任职（{post}），任期重叠。请先结束原任职。",
    "{person} already holds this role at {organisation} in that time ({post}). End that post "
    "first."};
const Reason kPostEnded{"POST_ENDED", ErrorKind::kFailedPrecondition,
                        "任职 {post} 已于 {until} 结束。", "Post {post} ended at {until} already."};
const Reason kRoleNotFitting{"ROLE_NOT_FITTING", ErrorKind::kFailedPrecondition,
                             "组织 {organisation} 不能设此角色：{zh}",
                             "Organisation {organisation} cannot have this role: {en}"};
const Reason kLastOfficer{
    "LAST_OFFICER", ErrorKind::kFailedPrecondition,
    "{post} 是县级主管办公室的最后一个任职，结束后无人能维护名册。请先任命接替者。",
    "{post} is the last post at the county's office; nobody could keep the roster after it. "
    "Appoint "
    "a successor first."};
const Reason kMembershipUnknown{
    "MEMBERSHIP_UNKNOWN", ErrorKind::kNotFound,
    "没有编号为 {membership} 的成员关系。请用成员列表查找正确的编号。",
    "There is no membership {membership}. Look its id up in the list of memberships."};
const Reason kMembershipExists{
    "MEMBERSHIP_EXISTS", ErrorKind::kAlreadyExists,
    "{organisation} 在 {alliance} 已有同一身份的成员关系（{membership}），期间重叠。",
    "{organisation} already has this role in {alliance} in that time ({membership})."};
const Reason kMembershipEnded{"MEMBERSHIP_ENDED", ErrorKind::kFailedPrecondition,
                              "成员关系 {membership} 已于 {until} 结束。",
                              "Membership {membership} ended at {until} already."};
const Reason kNothingChanges{"NOTHING_CHANGES", ErrorKind::kInvalidArgument,
                             "{subject} 已是如此，没有可更改的内容。请填写要更改的字段。",
                             "Nothing of {subject} would change. Give the fields to change."};

std::span<const Reason* const> reasons() {
  static constexpr std::array kAll{&kCountyExists,        &kCountyUnknown,
                                   &kOrganisationUnknown, &kOrganisationDissolved,
                                   &kOrganisationExists,  &kOrganisationCircle,
                                   &kOrganisationTooDeep, &kOrganisationInUse,
                                   &kPersonUnknown,       &kPersonRegisteredElsewhere,
                                   &kPublicNameNeeded,    &kPersonErased,
                                   &kContactMissing,      &kPostUnknown,
                                   &kPostExists,          &kPostEnded,
                                   &kRoleNotFitting,      &kLastOfficer,
                                   &kMembershipUnknown,   &kMembershipExists,
                                   &kMembershipEnded,     &kNothingChanges};
  return kAll;
}

}  // namespace lianmeng::membership
