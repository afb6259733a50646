#include "notification/domain/audience.h"

#include <algorithm>
#include <cctype>
#include <deque>

#include "membership/projection/roster.h"
#include "membership/projection/roster_tables.h"

namespace lianmeng::notification {
namespace {

namespace roster = membership::roster;
using membership::v1::Post;
using membership::v1::PostRole;

// Organisations looked at in one tree before it counts as too many.
constexpr std::size_t kOrganisationsMax = 200;
// Posts looked at, ended ones among them.
constexpr std::size_t kPostsMax = 2'000;

constexpr const char* kGroupHead = "group_head";
constexpr const char* kCoordinator = "coordinator";
constexpr const char* kCountyOfficer = "county_officer";
// No role of its own: every one whose holder speaks for the organisation.
constexpr std::string_view kSpeaker = "speaker";

// Unspecified for "" and for "speaker", which mean several.
PostRole role_of(std::string_view name) {
  std::string full = "POST_ROLE_";
  for (const unsigned char c : name) full.push_back(static_cast<char>(std::toupper(c)));
  PostRole role = membership::v1::POST_ROLE_UNSPECIFIED;
  if (!name.empty() && name != kSpeaker) {
    LM_ASSERT(membership::v1::PostRole_Parse(full, &role), "no post has the role {}", name);
  }
  return role;
}

// Whether a post has the role that a source names.
class Wanted {
 public:
  explicit Wanted(const v1::MailingSource& source)
      : speaker_(source.post_role() == kSpeaker), role_(role_of(source.post_role())) {}

  // Unspecified when it means several.
  PostRole role() const { return role_; }
  bool has(const Post& post) const {
    if (speaker_) return roster::speaks(post.role());
    return role_ == membership::v1::POST_ROLE_UNSPECIFIED ? roster::is_public(post.role())
                                                          : post.role() == role_;
  }

 private:
  bool speaker_;
  PostRole role_;
};

v1::MailingSource source(std::string_view organisation, std::string_view role,
                         bool with_below = false) {
  v1::MailingSource made;
  made.set_organisation_id(std::string(organisation));
  made.set_post_role(std::string(role));
  made.set_with_below(with_below);
  return made;
}

void add_person(Recipients& to, const std::string& person_id) {
  if (!person_id.empty()) to.person_ids.push_back(person_id);
}

void add_asker(Recipients& to, const Demand& demand) {
  add_person(to, demand.asker_person_id);
  add_person(to, demand.recorder_person_id);
  if (!demand.asker_organisation_id.empty()) {
    // Not all who have a public post there: those who may not see the demand hear nothing of it.
    to.sources.push_back(source(demand.asker_organisation_id, kSpeaker));
  }
}

template <class Groups>
void add_heads(Recipients& to, const Groups& group_ids) {
  for (const auto& group : group_ids) to.sources.push_back(source(group, kGroupHead));
}

void add_lead_head(Recipients& to, const Demand& demand) {
  if (!demand.lead_group_id.empty()) {
    to.sources.push_back(source(demand.lead_group_id, kGroupHead));
  }
}

// Who was named and still belongs to the leading group; otherwise it waits for its head to name
// one.
void add_handler(const state::View& view, const CountyId& county, Time at, Recipients& to,
                 const Demand& demand) {
  const auto& named = demand.handler_person_id;
  if (named.empty()) return add_lead_head(to, demand);
  const auto handler = roster::standing_of(view, PersonId(named), county, at);
  // Who is not in this roster yet has just been entered in dispatch's.
  const bool known = handler.is_known() || roster::person(view, county, PersonId(named));
  if (known && !handler.is_group_member(demand.lead_group_id)) return add_lead_head(to, demand);
  add_person(to, named);
}

void add_holders(const state::View& view, const CountyId& county, Time at, Recipients& to,
                 const Happening& happening) {
  switch (happening.holder) {
    case Holder::kNobody:
      return;
    case Holder::kCoordinators:
      to.sources.push_back(source("", kCoordinator));
      return;
    case Holder::kOfferedHeads:
      return add_heads(to, happening.demand.offered_group_ids);
    case Holder::kHandler:
      return add_handler(view, county, at, to, happening.demand);
    case Holder::kLeadHead:
      return add_lead_head(to, happening.demand);
    case Holder::kAsker:
      return add_asker(to, happening.demand);
  }
}

}  // namespace

Recipients recipients_of(const state::View& view, const CountyId& county,
                         const v1::Audience& audience, const Happening& happening, Time at) {
  Recipients to;
  switch (audience.role()) {
    case v1::AUDIENCE_ROLE_ASKER:
      add_asker(to, happening.demand);
      break;
    case v1::AUDIENCE_ROLE_OFFERED_HEADS:
      add_heads(to, happening.demand.offered_group_ids);
      break;
    case v1::AUDIENCE_ROLE_LEAD_HEAD:
      add_lead_head(to, happening.demand);
      break;
    case v1::AUDIENCE_ROLE_HANDLER:
      add_handler(view, county, at, to, happening.demand);
      break;
    case v1::AUDIENCE_ROLE_HELPER_HEADS:
      add_heads(to, happening.demand.helper_group_ids);
      break;
    case v1::AUDIENCE_ROLE_CONCERNED_HEADS:
      add_heads(to, happening.concerned_group_ids);
      break;
    case v1::AUDIENCE_ROLE_COORDINATORS:
      to.sources.push_back(source("", kCoordinator));
      break;
    case v1::AUDIENCE_ROLE_NEXT_IN_CHARGE:
      to.person_ids = happening.next_person_ids;
      break;
    case v1::AUDIENCE_ROLE_COUNTY_OFFICE:
      if (const auto row = roster::county(view, county)) {
        to.sources.push_back(source(row->office_organisation_id(), kCountyOfficer));
      }
      break;
    case v1::AUDIENCE_ROLE_ORGANISATION:
      to.sources.push_back(
          source(audience.organisation_id(), audience.post_role(), audience.with_below()));
      break;
    case v1::AUDIENCE_ROLE_HOLDERS:
      add_holders(view, county, at, to, happening);
      break;
    default:
      break;
  }
  return to;
}

std::optional<std::vector<std::string>> expand(const state::View& view, const CountyId& county,
                                               const v1::MailingSource& source, Time at,
                                               std::size_t limit) {
  const Wanted wanted(source);
  std::vector<std::string> people;
  bool too_many = false;
  std::size_t looked_at = 0;
  const auto take = [&](const Post& post) {
    too_many = ++looked_at > kPostsMax;
    if (!too_many && wanted.has(post) && roster::in_force(post, at) &&
        std::find(people.begin(), people.end(), post.person_id()) == people.end()) {
      too_many = people.size() == limit;
      if (!too_many) people.push_back(post.person_id());
    }
    return !too_many;
  };

  if (source.organisation_id().empty()) {
    LM_ASSERT(wanted.role() != membership::v1::POST_ROLE_UNSPECIFIED);
    for (const auto& post : roster::holders(view, county, wanted.role(), at)) {
      if (!take(post)) return std::nullopt;
    }
    return people;
  }
  std::deque<std::string> open{source.organisation_id()};
  for (std::size_t seen = 0; !open.empty(); open.pop_front()) {
    if (++seen > kOrganisationsMax) return std::nullopt;
    roster::each<Post>(roster::posts(), view, roster::kPostsByOrganisation,
                       key_of(county, open.front()), take);
    if (too_many) return std::nullopt;
    if (!source.with_below()) break;
    roster::each<membership::v1::Organisation>(
        roster::organisations(), view, roster::kOrganisationsByParent, key_of(county, open.front()),
        [&](const membership::v1::Organisation& below) {
          open.push_back(below.organisation_id());
          return open.size() <= kOrganisationsMax;
        });
  }
  return people;
}

bool is_meant(const state::View& view, const CountyId& county, const std::string& person_id,
              const v1::MailingSource& source, Time at) {
  const Wanted wanted(source);
  const auto standing = roster::standing_of(view, PersonId(person_id), county, at);
  return std::any_of(standing.posts().begin(), standing.posts().end(), [&](const Post& post) {
    if (!wanted.has(post)) return false;
    if (source.organisation_id().empty() || post.organisation_id() == source.organisation_id()) {
      return true;
    }
    return source.with_below() &&
           roster::is_at_or_below(view, county, post.organisation_id(), source.organisation_id());
  });
}

}  // namespace lianmeng::notification
