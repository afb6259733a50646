#include <fmt/format.h>

#include <algorithm>

#include "membership/domain/person.h"
#include "membership/domain/post.h"
#include "membership/domain/reasons.h"
#include "membership/domain/tables.h"
#include "membership/projection/roster_tables.h"
#include "platform/state/proto_time.h"

namespace lianmeng::membership {

using state::from_proto;
using state::Key;
using state::to_proto;

namespace {

Refused not_fitting(const v1::Organisation& organisation, std::string zh, std::string en) {
  return refuse(kRoleNotFitting, {{"organisation", organisation.organisation_id()},
                                  {"zh", std::move(zh)},
                                  {"en", std::move(en)}});
}

Refused check_fits(v1::PostRole role, const v1::Organisation& organisation,
                   const std::string& office_id) {
  const auto kind = organisation.kind();
  switch (role) {
    case v1::POST_ROLE_VILLAGE_CADRE:
      if (kind == v1::ORGANISATION_KIND_VILLAGE || kind == v1::ORGANISATION_KIND_COMMUNITY) break;
      return not_fitting(organisation, "村（社区）干部只能任职于村或社区。",
                         "a village cadre's is at a village or a community");
    case v1::POST_ROLE_TOWNSHIP_OFFICER:
      if (kind == v1::ORGANISATION_KIND_TOWNSHIP) break;
      return not_fitting(organisation, "乡镇干部只能任职于乡镇。",
                         "a township officer's is at a township");
    case v1::POST_ROLE_GROUP_MEMBER:
    case v1::POST_ROLE_GROUP_HEAD:
      if (kind == v1::ORGANISATION_KIND_FUNCTIONAL_GROUP) break;
      return not_fitting(organisation, "小组成员和负责人只能任职于功能小组。",
                         "a group's head and members are at a functional group");
    case v1::POST_ROLE_COUNTY_OFFICER:
      if (organisation.organisation_id() == office_id) break;
      return not_fitting(
          organisation, fmt::format("县级主管办公室人员只能任职于主管办公室（{}）。", office_id),
          fmt::format("a county officer's is at the county's office ({})", office_id));
    default:
      break;
  }
  return std::nullopt;
}

bool overlaps(const v1::Post& row, const v1::Post& post) {
  if (post.has_until_time() && from_proto(post.until_time()) <= from_proto(row.from_time())) {
    return false;
  }
  return !row.has_until_time() || from_proto(post.from_time()) < from_proto(row.until_time());
}

}  // namespace

Refused check_may_appoint(const roster::Standing& standing, v1::PostRole role,
                          const std::string& organisation_id) {
  switch (role) {
    case v1::POST_ROLE_COUNTY_OFFICER:
    case v1::POST_ROLE_COORDINATOR:
    case v1::POST_ROLE_CITY_OFFICER:
    case v1::POST_ROLE_AUDITOR:
      if (standing.is_county_officer()) return std::nullopt;
      return deny("任免该角色", "appoint to or end this role", "该角色只能由县级主管办公室任免。",
                  "only the county's office does");
    case v1::POST_ROLE_GROUP_MEMBER:
      if (standing.is_group_head(organisation_id)) return std::nullopt;
      break;
    default:
      break;
  }
  if (keeps_roster(standing)) return std::nullopt;
  return deny("任免该角色", "appoint to or end this role",
              "任职由县级主管办公室和联盟办调度员任免；小组负责人只能任免本组成员。",
              "the county's office and its coordinators do; a group's head only the members of it");
}

Refused make_post(const DecideContext& context, const PostDraft& draft,
                  const v1::Organisation& organisation, const std::string& office_id,
                  const std::string& path, v1::Post* post) {
  if (draft.role == v1::POST_ROLE_UNSPECIFIED || !v1::PostRole_IsValid(draft.role)) {
    return refuse_field(path + "role", "必须选择角色。", "a role must be chosen");
  }
  if (auto no = check_given(path + "title", draft.title)) return no;
  if (auto no = check_words(path + "duties", draft.duties)) return no;
  const auto from = draft.from.value_or(context.effective_time);
  if (auto no = check_period(path + "until_time", from, draft.until)) return no;
  if (auto no = check_fits(draft.role, organisation, office_id)) return no;
  post->set_county(context.county.str());
  post->set_organisation_id(organisation.organisation_id());
  post->set_title(draft.title);
  post->set_role(draft.role);
  post->mutable_duties()->Assign(draft.duties.begin(), draft.duties.end());
  *post->mutable_from_time() = to_proto(from);
  if (draft.until) *post->mutable_until_time() = to_proto(*draft.until);
  post->set_certified(draft.certified);
  return std::nullopt;
}

Decision<Event> decide(const state::View& view, const AppointPost& command,
                       const DecideContext& context) {
  if (auto no = check_county(view, context.county)) return *no;
  const auto& draft = command.post;
  const auto standing = roster::standing_of(view, context.actor, context.county, context.now);
  if (auto no = check_may_appoint(standing, draft.role, draft.organisation_id)) return *no;
  if (auto no = check_import(standing, context)) return *no;
  if (auto no = check_import_of(standing, context, draft.from)) return *no;
  if (auto no = check_import_of(standing, context, draft.until)) return *no;
  v1::Organisation organisation;
  if (auto no = check_organisation(view, context.county, draft.organisation_id, &organisation)) {
    return *no;
  }
  Event event;
  auto& appointed = *event.mutable_post_appointed();
  auto& post = *appointed.mutable_post();
  if (auto no = make_post(context, draft, organisation,
                          roster::county(view, context.county)->office_organisation_id(), "post.",
                          &post)) {
    return *no;
  }
  post.set_person_id(command.person_id);
  post.set_post_id(next_id(view, context.county, 't'));

  const auto person = roster::person(view, context.county, PersonId(command.person_id));
  const auto registered_in = county_of_person(command.person_id);
  if (!person && (registered_in.empty() || registered_in == context.county.str())) {
    return refuse(kPersonUnknown, {{"person", command.person_id}});
  }
  if (person && roster::is_erased(*person)) return erased(*person);
  if (!person && !roster::is_public(draft.role)) {
    // Only a public post makes a name plain, and of somebody of another county this one can keep no
    // other.
    return refuse_field("post.role",
                        fmt::format("{} 在本县没有登记，本县只能记其公开任职。"
                                    "请先在本县登记，或选择其他角色。",
                                    command.person_id),
                        fmt::format("{} is not registered in this county, which may keep no more "
                                    "of them than public posts; register them here first, or "
                                    "choose another role",
                                    command.person_id));
  }
  if (roster::is_public(draft.role)) {
    if (person && !person->public_name().empty()) {
      appointed.set_public_name(person->public_name());
    } else if (command.name.empty()) {
      return refuse(kPublicNameNeeded, {{"person", command.person_id}});
    } else {
      if (auto no = check_given("name", command.name)) return *no;
      appointed.set_public_name(command.name);
    }
  }
  Refused no;
  roster::each<v1::Post>(roster::posts(), view, roster::kPostsByPerson,
                         Key{}.add(context.county.str()).add(command.person_id),
                         [&](const v1::Post& row) {
                           if (row.organisation_id() != post.organisation_id() ||
                               row.role() != post.role() || !overlaps(row, post)) {
                             return true;
                           }
                           no = refuse(kPostExists, {{"post", row.post_id()},
                                                     {"person", command.person_id},
                                                     {"organisation", post.organisation_id()}});
                           return false;
                         });
  if (no) return *no;
  return event;
}

Refused check_not_last_officer(const state::View& view, const v1::Post& post, Time at,
                               const std::function<bool(const v1::Post&)>& stays) {
  if (post.role() != v1::POST_ROLE_COUNTY_OFFICER) return std::nullopt;
  const auto officers =
      roster::holders(view, CountyId(post.county()), post.organisation_id(), post.role(), at);
  if (std::any_of(officers.begin(), officers.end(), stays)) return std::nullopt;
  return refuse(kLastOfficer, {{"post", post.post_id()}});
}

v1::PostEnded make_end(const v1::Post& post, Time until, const std::string& reason) {
  v1::PostEnded ended;
  ended.set_county(post.county());
  ended.set_post_id(post.post_id());
  *ended.mutable_until_time() = to_proto(until);
  ended.set_reason(reason);
  ended.set_person_id(post.person_id());
  ended.set_organisation_id(post.organisation_id());
  ended.set_role(post.role());
  return ended;
}

Decision<Event> decide(const state::View& view, const EndPost& command,
                       const DecideContext& context) {
  if (auto no = check_county(view, context.county)) return *no;
  const auto row = roster::posts().find(view, Key{}.add(context.county.str()).add(command.post_id));
  if (!row) return refuse(kPostUnknown, {{"post", command.post_id}});
  const auto standing = roster::standing_of(view, context.actor, context.county, context.now);
  if (auto no = check_may_appoint(standing, row->role(), row->organisation_id())) return *no;
  if (auto no = check_import(standing, context)) return *no;
  if (auto no = check_import_of(standing, context, command.until)) return *no;
  if (auto no = check_given("reason", command.reason)) return *no;
  const auto until = command.until.value_or(context.effective_time);
  if (row->has_until_time() && from_proto(row->until_time()) <= until) {
    return refuse(kPostEnded,
                  {{"post", command.post_id}, {"until", day_text(from_proto(row->until_time()))}});
  }
  if (auto no = check_end("until_time", from_proto(row->from_time()), until)) return *no;
  const auto another = [&](const v1::Post& post) { return post.post_id() != row->post_id(); };
  if (auto no = check_not_last_officer(view, *row, std::max(until, context.now), another)) {
    return *no;
  }
  Event event;
  *event.mutable_post_ended() = make_end(*row, until, command.reason);
  return event;
}

}  // namespace lianmeng::membership
