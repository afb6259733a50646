#include <fmt/format.h>
#include <google/protobuf/util/message_differencer.h>

#include <algorithm>

#include "membership/domain/organisation.h"
#include "membership/domain/reasons.h"
#include "membership/domain/tables.h"
#include "membership/projection/roster_tables.h"
#include "platform/state/proto_time.h"

namespace lianmeng::membership {

using state::from_proto;
using state::Key;
using state::to_proto;

namespace {

constexpr std::string_view kActZh = "维护组织";
constexpr std::string_view kActEn = "maintain organisations";

// Another organisation of that name under the same parent.
Refused check_name_free(const state::View& view, const CountyId& county,
                        const std::string& organisation_id, const std::string& parent_id,
                        const std::string& name) {
  Refused no;
  roster::each<v1::Organisation>(
      roster::organisations(), view, roster::kOrganisationsByName,
      Key{}.add(county.str()).add(name), [&](const v1::Organisation& row) {
        if (row.parent_id() != parent_id || row.organisation_id() == organisation_id) return true;
        no = refuse(kOrganisationExists, {{"organisation", row.organisation_id()}, {"name", name}});
        return false;
      });
  return no;
}

// Levels of the tree from this organisation down, counted no further than to the limit.
int height(const state::View& view, const CountyId& county, const std::string& organisation_id,
           int limit) {
  if (limit == 0) return 0;
  int below = 0;
  roster::each<v1::Organisation>(
      roster::organisations(), view, roster::kOrganisationsByParent,
      Key{}.add(county.str()).add(organisation_id), [&](const v1::Organisation& row) {
        below = std::max(below, height(view, county, row.organisation_id(), limit - 1));
        return below < limit - 1;
      });
  return below + 1;
}

Refused check_depth(const state::View& view, const CountyId& county, const std::string& parent_id,
                    int levels_below) {
  const int above = parent_id.empty()
                        ? 0
                        : static_cast<int>(roster::ancestors(view, county, parent_id).size()) + 1;
  if (above + levels_below <= kDepthMax) return std::nullopt;
  return refuse(kOrganisationTooDeep, {{"limit", std::to_string(kDepthMax)}});
}

// The fields that creating and updating share.
Refused check_attributes(const state::View& view, const CountyId& county,
                         const v1::Organisation& row) {
  if (auto no = check_given("name", row.name())) return no;
  if (auto no = check_words("industries", {row.industries().begin(), row.industries().end()})) {
    return no;
  }
  if (!v1::FoundingMode_IsValid(row.founding_mode())) {
    return refuse_field("founding_mode", "没有这种组建方式。", "there is no such mode");
  }
  if (!row.founder_organisation_id().empty()) {
    if (auto no = check_organisation(view, county, row.founder_organisation_id())) return no;
  }
  if (!row.follows_organisation_id().empty()) {
    if (auto no = check_organisation(view, county, row.follows_organisation_id())) return no;
    if (row.follows_organisation_id() == row.organisation_id()) {
      return refuse_field("follows_organisation_id", "组织不能跟建自己。请填写所跟建的党组织。",
                          "an organisation cannot follow itself; name the party organisation");
    }
  }
  return std::nullopt;
}

Refused in_use(const std::string& organisation_id, std::string zh, std::string en) {
  return refuse(kOrganisationInUse,
                {{"organisation", organisation_id}, {"zh", std::move(zh)}, {"en", std::move(en)}});
}

Refused check_unused(const state::View& view, const CountyId& county, const std::string& id,
                     Time at) {
  const auto at_it = Key{}.add(county.str()).add(id);
  if (const auto below =
          roster::organisations().first(view, roster::kOrganisationsByParent, at_it)) {
    return in_use(id, "下级组织 " + below->organisation_id(),
                  "an organisation below it, " + below->organisation_id());
  }
  if (const auto person = roster::people().first(view, roster::kPeopleByOrganisation, at_it)) {
    return in_use(id, "所属人员 " + person->person_id(), "a person, " + person->person_id());
  }
  Refused no;
  roster::each<v1::Post>(roster::posts(), view, roster::kPostsByOrganisation, at_it,
                         [&](const v1::Post& post) {
                           if (post.has_until_time() && from_proto(post.until_time()) <= at) {
                             return true;
                           }
                           no = in_use(id, "未结束的任职 " + post.post_id(),
                                       "a post that has not ended, " + post.post_id());
                           return false;
                         });
  const auto still = [&](const v1::Membership& row) {
    if (row.has_until_time() && from_proto(row.until_time()) <= at) return true;
    no = in_use(id, "未结束的成员关系 " + row.membership_id(),
                "a membership that has not ended, " + row.membership_id());
    return false;
  };
  if (!no) {
    roster::each<v1::Membership>(roster::memberships(), view, roster::kMembershipsByOrganisation,
                                 at_it, still);
  }
  if (!no) {
    roster::each<v1::Membership>(roster::memberships(), view, roster::kMembershipsByAlliance, at_it,
                                 still);
  }
  return no;
}

bool overlaps(const v1::Membership& row, Time from, const std::optional<Time>& until) {
  if (until && *until <= from_proto(row.from_time())) return false;
  return !row.has_until_time() || from < from_proto(row.until_time());
}

}  // namespace

Decision<Event> decide(const state::View& view, const CreateOrganisation& command,
                       const DecideContext& context) {
  if (auto no = check_keeps_roster(view, context, kActZh, kActEn)) return *no;
  if (command.kind == v1::ORGANISATION_KIND_UNSPECIFIED ||
      !v1::OrganisationKind_IsValid(command.kind)) {
    return refuse_field("kind", "必须选择组织类别。", "a kind of organisation must be chosen");
  }
  const bool is_group = command.kind == v1::ORGANISATION_KIND_FUNCTIONAL_GROUP;
  Event event;
  auto& row = *event.mutable_organisation_created()->mutable_organisation();
  row.set_county(context.county.str());
  row.set_organisation_id(next_id(view, context.county, is_group ? 'g' : 'o'));
  row.set_name(command.name);
  row.set_kind(command.kind);
  row.set_parent_id(command.parent_id);
  row.mutable_industries()->Assign(command.industries.begin(), command.industries.end());
  row.set_founding_mode(command.founding_mode);
  row.set_founder_organisation_id(command.founder_organisation_id);
  row.set_follows_organisation_id(command.follows_organisation_id);
  row.set_description(command.description);
  *row.mutable_created_time() = to_proto(context.effective_time);
  if (auto no = check_attributes(view, context.county, row)) return *no;
  if (!command.parent_id.empty()) {
    if (auto no = check_organisation(view, context.county, command.parent_id)) return *no;
  }
  if (auto no = check_name_free(view, context.county, "", command.parent_id, command.name)) {
    return *no;
  }
  if (auto no = check_depth(view, context.county, command.parent_id, 1)) return *no;
  return event;
}

Decision<Event> decide(const state::View& view, const UpdateOrganisation& command,
                       const DecideContext& context) {
  if (auto no = check_keeps_roster(view, context, kActZh, kActEn)) return *no;
  Event event;
  auto& row = *event.mutable_organisation_updated()->mutable_organisation();
  if (auto no = check_organisation(view, context.county, command.organisation_id, &row)) return *no;
  const auto before = row;
  if (command.name) row.set_name(*command.name);
  if (command.industries) {
    row.mutable_industries()->Assign(command.industries->begin(), command.industries->end());
  }
  if (command.founding_mode) row.set_founding_mode(*command.founding_mode);
  if (command.founder_organisation_id) {
    row.set_founder_organisation_id(*command.founder_organisation_id);
  }
  if (command.follows_organisation_id) {
    row.set_follows_organisation_id(*command.follows_organisation_id);
  }
  if (command.description) row.set_description(*command.description);
  if (google::protobuf::util::MessageDifferencer::Equals(before, row)) {
    return refuse(kNothingChanges, {{"subject", command.organisation_id}});
  }
  if (auto no = check_attributes(view, context.county, row)) return *no;
  if (auto no = check_name_free(view, context.county, row.organisation_id(), row.parent_id(),
                                row.name())) {
    return *no;
  }
  return event;
}

Decision<Event> decide(const state::View& view, const MoveOrganisation& command,
                       const DecideContext& context) {
  if (auto no = check_keeps_roster(view, context, kActZh, kActEn)) return *no;
  v1::Organisation row;
  if (auto no = check_organisation(view, context.county, command.organisation_id, &row)) return *no;
  if (row.parent_id() == command.parent_id) {
    return refuse(kNothingChanges, {{"subject", command.organisation_id}});
  }
  if (!command.parent_id.empty()) {
    if (auto no = check_organisation(view, context.county, command.parent_id)) return *no;
    if (roster::is_at_or_below(view, context.county, command.parent_id, command.organisation_id)) {
      return refuse(kOrganisationCircle,
                    {{"organisation", command.organisation_id}, {"parent", command.parent_id}});
    }
  }
  if (auto no = check_depth(view, context.county, command.parent_id,
                            height(view, context.county, command.organisation_id, kDepthMax + 1))) {
    return *no;
  }
  if (auto no = check_name_free(view, context.county, row.organisation_id(), command.parent_id,
                                row.name())) {
    return *no;
  }
  Event event;
  auto& moved = *event.mutable_organisation_moved();
  moved.set_county(context.county.str());
  moved.set_organisation_id(command.organisation_id);
  moved.set_parent_id(command.parent_id);
  moved.set_former_parent_id(row.parent_id());
  return event;
}

Decision<Event> decide(const state::View& view, const DissolveOrganisation& command,
                       const DecideContext& context) {
  if (auto no = check_keeps_roster(view, context, kActZh, kActEn)) return *no;
  if (auto no = check_given("reason", command.reason)) return *no;
  if (auto no = check_organisation(view, context.county, command.organisation_id)) return *no;
  if (roster::county(view, context.county)->office_organisation_id() == command.organisation_id) {
    return *in_use(command.organisation_id, "县级主管办公室的职能",
                   "the duty of the county's office");
  }
  if (auto no =
          check_unused(view, context.county, command.organisation_id, context.effective_time)) {
    return *no;
  }
  Event event;
  auto& dissolved = *event.mutable_organisation_dissolved();
  dissolved.set_county(context.county.str());
  dissolved.set_organisation_id(command.organisation_id);
  *dissolved.mutable_dissolved_time() = to_proto(context.effective_time);
  dissolved.set_reason(command.reason);
  return event;
}

Decision<Event> decide(const state::View& view, const AddMembership& command,
                       const DecideContext& context) {
  if (auto no = check_keeps_roster(view, context, "维护成员关系", "maintain memberships"))
    return *no;
  if (auto no = check_organisation(view, context.county, command.organisation_id)) return *no;
  v1::Organisation alliance;
  if (auto no = check_organisation(view, context.county, command.alliance_id, &alliance))
    return *no;
  if (alliance.kind() != v1::ORGANISATION_KIND_ALLIANCE &&
      alliance.kind() != v1::ORGANISATION_KIND_TEAM) {
    return refuse_field(
        "alliance_id",
        fmt::format("{}（{}）不是联盟或助力团。", command.alliance_id, alliance.name()),
        fmt::format("{} ({}) is neither an alliance nor a team", command.alliance_id,
                    alliance.name()));
  }
  if (command.organisation_id == command.alliance_id) {
    return refuse_field("alliance_id", "组织不能加入自身。", "nothing can be a member of itself");
  }
  const auto role =
      command.role == v1::MEMBERSHIP_ROLE_UNSPECIFIED ? v1::MEMBERSHIP_ROLE_MEMBER : command.role;
  const auto from = command.from.value_or(context.effective_time);
  if (auto no = check_period("until_time", from, command.until)) return *no;
  Refused no;
  roster::each<v1::Membership>(
      roster::memberships(), view, roster::kMembershipsByOrganisation,
      Key{}.add(context.county.str()).add(command.organisation_id), [&](const v1::Membership& row) {
        if (row.alliance_id() != command.alliance_id || row.role() != role ||
            !overlaps(row, from, command.until)) {
          return true;
        }
        no = refuse(kMembershipExists, {{"membership", row.membership_id()},
                                        {"organisation", command.organisation_id},
                                        {"alliance", command.alliance_id}});
        return false;
      });
  if (no) return *no;
  Event event;
  auto& row = *event.mutable_membership_added()->mutable_membership();
  row.set_county(context.county.str());
  row.set_membership_id(next_id(view, context.county, 'm'));
  row.set_organisation_id(command.organisation_id);
  row.set_alliance_id(command.alliance_id);
  row.set_role(role);
  *row.mutable_from_time() = to_proto(from);
  if (command.until) *row.mutable_until_time() = to_proto(*command.until);
  return event;
}

Decision<Event> decide(const state::View& view, const EndMembership& command,
                       const DecideContext& context) {
  if (auto no = check_keeps_roster(view, context, "维护成员关系", "maintain memberships"))
    return *no;
  if (auto no = check_given("reason", command.reason)) return *no;
  const auto row =
      roster::memberships().find(view, Key{}.add(context.county.str()).add(command.membership_id));
  if (!row) return refuse(kMembershipUnknown, {{"membership", command.membership_id}});
  const auto until = command.until.value_or(context.effective_time);
  if (row->has_until_time() && from_proto(row->until_time()) <= until) {
    return refuse(kMembershipEnded, {{"membership", command.membership_id},
                                     {"until", day_text(from_proto(row->until_time()))}});
  }
  if (auto no = check_end("until_time", from_proto(row->from_time()), until)) return *no;
  Event event;
  auto& ended = *event.mutable_membership_ended();
  ended.set_county(context.county.str());
  ended.set_membership_id(command.membership_id);
  *ended.mutable_until_time() = to_proto(until);
  ended.set_reason(command.reason);
  ended.set_organisation_id(row->organisation_id());
  ended.set_alliance_id(row->alliance_id());
  return event;
}

}  // namespace lianmeng::membership
